import { beforeEach, describe, expect, it } from 'vitest';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { addressOfChange, changesOf, makePlan, reasonsOf } from '../../../../src/core/plan.ts';
import type { PlanOptions } from '../../../../src/core/plan.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { createKeycloakProvider } from '../../../../src/providers/keycloak/index.ts';
import { keycloak as specs } from '../../../../src/providers/keycloak/specs/index.ts';
import type { Http } from '../../../../src/providers/http.ts';
import { expansion } from './applying.ts';
import { entities, shopWith } from './entities.ts';
import { configsOf, flowsOf } from './fake/flows.ts';
import type { Body } from './fake/state.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';
import { bound, flowEntities, withSteps } from './flow-entities.ts';

let keycloak: FakeKeycloak;
beforeEach(() => {
  keycloak = fakeKeycloak();
});

type Stated = NonNullable<Parameters<typeof shopWith>[0]>;
const corp = { identityProviders: { corp: { ...entities.identityProviders?.corp, mappers: {}, firstBrokerLoginFlowAlias: 'shop first login' } } };
const shop = (stated: Stated = { ...flowEntities, ...corp }, bindings: Readonly<Record<string, string>> = bound): Blueprint => {
  const made = shopWith(stated);
  return { ...made, raw: { ...made.raw, keycloak: { ...made.raw.keycloak, realm: bindings } } };
};
const kinds = new Map(Object.values(specs).map(({ kind, fields }) => [kind, fields]));
const providerOf = (blueprint: Blueprint, http: Http = keycloak) => ({ ...createKeycloakProvider(blueprint, http), fieldsOf: (kind: string) => kinds.get(kind) });
const planned = (blueprint: Blueprint, options: PlanOptions = {}) => makePlan([providerOf(blueprint)], expansion(blueprint), options);
const told = async (blueprint = shop(), options: PlanOptions = {}): Promise<readonly string[]> =>
  changesOf(await planned(blueprint, options))
    .filter(({ action }) => action !== 'keep' && action !== 'danger')
    .map((change) => [change.action, addressOfChange(change), ...reasonsOf(change).map(({ path }) => path)].join(' '));
const apply = async (blueprint = shop(), options: PlanOptions = {}, http: Http = keycloak): Promise<readonly unknown[]> => {
  const provider = providerOf(blueprint, http);
  const results = await applyPlan({ providers: [provider], plan: await makePlan([provider], expansion(blueprint), options), options });
  return results.flatMap(({ problem }) => problem ?? []);
};
const realm = () => keycloak.realms.get('shop')!;
const flowNamed = (alias: string): Body | undefined => flowsOf(realm()).find((one) => one.alias === alias);
const own = (): readonly string[] => flowsOf(realm()).filter(({ builtIn }) => builtIn !== true).map(({ alias }) => alias).toSorted();
const problems = async (blueprint: Blueprint) => (await providerOf(blueprint).check!(expansion(blueprint).desired)).map(({ code, message, hint }) => ({ code, message, hint }));

/** The cookie goes. */
const changed = (): Blueprint => shop({ ...withSteps('shop browser', (steps) => steps.filter(({ authenticator }) => authenticator !== 'auth-cookie')), ...corp });

describe('authentication flows', () => {
  it('are made whole, bound, and read back as asked for', async () => {
    expect(await apply()).toEqual([]);
    expect(await told()).toEqual([]);
    expect(realm().rep).toMatchObject({ browserFlow: 'shop browser', registrationFlow: 'shop registration', directGrantFlow: 'direct grant' });
    const writes = keycloak.requests().writes;
    await apply();
    expect(keycloak.requests().writes).toBe(writes);
  });

  it('are asked about when they are stated, and never else', async () => {
    await apply(shop({}, {}));
    keycloak.sent.length = 0;
    await problems(shop({}, {}));
    expect(keycloak.sent.filter((text) => text.includes('-providers'))).toEqual([]);
    expect(await problems(shop())).toEqual([]);
    expect(keycloak.sent.filter((text) => text.includes('-providers'))).toHaveLength(4);
  });

  const drifts: readonly (readonly [what: string, change: () => void, found: string])[] = [
    ['whether a step is required', () => (flowNamed('shop second factor')!.authenticationExecutions[1].requirement = 'DISABLED'), 'update keycloak.flow/shop/shop browser steps.shop forms/shop second factor/auth-otp-form.requirement'],
    [
      'a step more',
      () => flowNamed('shop forms')!.authenticationExecutions.push({ authenticator: 'allow-access-authenticator', requirement: 'ALTERNATIVE', priority: 50 }),
      'update keycloak.flow/shop/shop browser steps.shop forms/allow-access-authenticator',
    ],
    ['a step less', () => flowNamed('shop second factor')!.authenticationExecutions.pop(), 'update keycloak.flow/shop/shop browser steps.shop forms/shop second factor/auth-otp-form'],
    ['the order of steps', () => (flowNamed('shop second factor')!.authenticationExecutions[0].priority = 99), 'update keycloak.flow/shop/shop browser steps.shop forms/shop second factor/conditional-user-configured.place steps.shop forms/shop second factor/auth-otp-form.place'],
    ['a setting', () => (configsOf(realm()).find(({ alias }) => alias === 'shop review')!.config['update.profile.on.first.login'] = 'off'), 'update keycloak.flow/shop/shop first login config.shop review/update.profile.on.first.login'],
    ['a setting more', () => (configsOf(realm()).find(({ alias }) => alias === 'shop review')!.config.more = 'x'), 'update keycloak.flow/shop/shop first login config.shop review/more'],
    ['the words', () => (flowNamed('shop browser')!.description = 'x'), 'update keycloak.flow/shop/shop browser description'],
    ['which one is bound', () => (realm().rep.browserFlow = 'browser'), 'update keycloak.flow-binding/shop/browserFlow flow'],
  ];
  it.each(drifts)('are told by the field, and put back: %s', async (_what, change, found) => {
    await apply();
    change();
    expect(await told()).toEqual([found]);
    await apply();
    expect(await told()).toEqual([]);
  });

  it('know a secret of theirs by its fingerprint, and change for another', async () => {
    await apply();
    const { authenticatorConfig = {} } = flowEntities;
    const other = shop({ ...flowEntities, authenticatorConfig: { ...authenticatorConfig, 'shop recaptcha': { config: { 'site.key': 'public', 'secret.key': new Secret('another') } } }, ...corp });
    expect(await told(other)).toEqual(['update keycloak.flow/shop/shop registration config.shop recaptcha/secret.key']);
    await apply(other);
    expect(await told(other)).toEqual([]);
    expect(JSON.stringify(await planned(shop()))).not.toContain('recaptcha-secret');
  });

  describe('that somebody passes', () => {
    it('are never without a whole flow: another is made beside, and what led to the first is led there', async () => {
      await apply();
      const client = realm().clients.find(({ clientId }) => clientId === 'storefront')!;
      client.authenticationFlowBindingOverrides = { browser: flowNamed('shop browser')!.id };
      const before = flowNamed('shop browser')!.id;
      keycloak.sent.length = 0;
      expect(await apply(changed())).toEqual([]);
      expect(await told(changed())).toEqual([]);
      expect(flowNamed('shop browser')!.id).not.toBe(before);
      expect(client.authenticationFlowBindingOverrides).toEqual({ browser: flowNamed('shop browser')!.id });
      expect(realm().rep.browserFlow).toBe('shop browser');
      expect(own().filter((alias) => alias.includes('~'))).toEqual([]);
      expect(keycloak.sent.filter((text) => text.startsWith('DELETE'))).toEqual([`DELETE /shop/authentication/flows/${before}`]);
    });

    it('follow where an identity provider leads people, and back again', async () => {
      await apply();
      const other = shop({ ...withSteps('shop first login', (steps) => [...steps, { authenticator: 'auth-otp-form', requirement: 'REQUIRED' }]), ...corp });
      await apply(other);
      expect(await told(other)).toEqual([]);
      expect(realm().beside.identityProviders[0].firstBrokerLoginFlowAlias).toBe('shop first login');
      await apply();
      expect(await told()).toEqual([]);
    });

    /** Ends a run after so many writes. */
    const dying = (after: number): Http => {
      let writes = 0;
      return {
        ...keycloak,
        send: (method, path, options) => {
          if (method !== 'GET' && !options?.reads) writes += 1;
          return writes > after ? Promise.reject(new Error('killed')) : keycloak.send(method, path, options);
        },
      };
    };

    it('are brought to their end by the next run, wherever the first was killed', async () => {
      const whole = () => flowsOf(realm()).find(({ alias }) => alias === realm().rep.browserFlow);
      let after = 0;
      for (let done = false; !done; after += 1) {
        keycloak = fakeKeycloak();
        await apply();
        const client = realm().clients.find(({ clientId }) => clientId === 'storefront')!;
        client.authenticationFlowBindingOverrides = { browser: flowNamed('shop browser')!.id };
        await apply(changed(), {}, dying(after)).catch(() => undefined);
        done = (await told(changed())).length === 0;
        // What is passed meanwhile is the one or the other, and whole.
        expect([2, 3]).toContain(whole()!.authenticationExecutions.length);
        expect(await apply(changed())).toEqual([]);
        expect([after, await told(changed())]).toEqual([after, []]);
        expect(own().filter((alias) => alias.includes('~'))).toEqual([]);
        expect(client.authenticationFlowBindingOverrides).toEqual({ browser: flowNamed('shop browser')!.id });
      }
      // So many writes it takes.
      expect(after).toBe(16);
    });
  });

  it('that nobody passes are made anew', async () => {
    await apply(shop(flowEntities, {}));
    const other = shop(withSteps('shop browser', (steps) => steps.slice(1)), {});
    await apply(other);
    expect(await told(other)).toEqual([]);
    expect(own().filter((alias) => alias.includes('~'))).toEqual([]);
  });

  it('are let go, in the way then, and taken over; what was there before is never deleted', async () => {
    await apply();
    const nothing = shop({}, {});
    await apply(nothing, { release: ['keycloak.flow*', 'keycloak.identity-provider/*'] });
    expect(await told(nothing)).toEqual([]);
    expect(await told()).toContain('blocked keycloak.flow/shop/shop browser');
    flowNamed('shop second factor')!.authenticationExecutions[1].requirement = 'DISABLED';
    expect(await told(shop(), { adopt: true })).toContain('adopt keycloak.flow/shop/shop browser steps.shop forms/shop second factor/auth-otp-form.requirement');
    await apply(shop(), { adopt: true });
    expect(await told()).toEqual([]);
    await apply(nothing, { prune: true });
    expect(own()).toContain('shop browser');
  });

  it('go when they are no longer stated, and people pass what Keycloak ships', async () => {
    await apply();
    expect((await told(shop({}, {}))).filter((text) => text.includes('flow'))).toContain('orphan keycloak.flow/shop/shop browser');
    await apply(shop({}, {}), { prune: true });
    expect(own()).toEqual([]);
    expect(realm().rep).toMatchObject({ browserFlow: 'browser', registrationFlow: 'registration' });
    expect(JSON.stringify(realm().rep.attributes)).not.toContain('authctl.binding');
  });

  it('stay while somebody else leads people through them, and who does is named', async () => {
    await apply(shop({ authenticationFlows: { open: { authenticationExecutions: [{ authenticator: 'auth-cookie', requirement: 'REQUIRED' }] } } }, {}));
    const harms = async (): Promise<readonly string[]> =>
      (await told(shop({}, {}), { prune: true })).filter((text) => text.includes('keycloak.flow/'));
    expect(await harms()).toEqual(['delete keycloak.flow/shop/open']);
    realm().clients.find(({ clientId }) => clientId === 'account')!.authenticationFlowBindingOverrides = { browser: flowNamed('open')!.id };
    realm().rep.registrationFlow = 'open';
    realm().beside.identityProviders.push({ alias: 'theirs', providerId: 'oidc', enabled: true, firstBrokerLoginFlowAlias: 'open', config: {} });
    const stopped = changesOf(await planned(shop({}, {}), { prune: true })).filter((change) => addressOfChange(change) === 'keycloak.flow/shop/open');
    expect(stopped).toMatchObject([{ action: 'blocked' }]);
    for (const name of ['keycloak.client/shop/account', 'keycloak.flow-binding/shop/registrationFlow', 'keycloak.identity-provider/shop/theirs']) expect(JSON.stringify(stopped)).toContain(name);
  });

  it('of somebody else are left alone', async () => {
    await apply(shop({}, {}));
    flowsOf(realm()).push({ id: 'theirs', alias: 'shop browser', providerId: 'basic-flow', topLevel: true, builtIn: false, authenticationExecutions: [] });
    expect(await told()).toContain('blocked keycloak.flow/shop/shop browser');
    const early = providerOf(shop());
    const wanted = expansion(shop()).desired.find(({ id, kind }) => kind === 'keycloak.flow' && id === 'shop/shop browser')!;
    await expect(early.kinds.find(({ name }) => name === 'keycloak.flow')!.put(wanted, undefined)).rejects.toMatchObject({ code: 'KEYCLOAK_CONFLICT' });
  });
});

describe('the flows that a client has of its own', () => {
  const partner = 'https://partner.test/app';
  const withOwn = (overrides: Readonly<Record<string, string | null>> | undefined, stated: Stated = flowEntities): Blueprint => {
    const made = shop({ ...stated, clients: { [partner]: { publicClient: true, ...(overrides && { authenticationFlowBindingOverrides: overrides }) } } }, {});
    return { ...made, raw: { ...made.raw, keycloak: { ...made.raw.keycloak, clients: overrides ? { storefront: { authenticationFlowBindingOverrides: overrides } } : {} } } };
  };
  const held = (): readonly unknown[] => realm().clients.filter(({ clientId }) => [partner, 'storefront'].includes(clientId)).map((one) => one.authenticationFlowBindingOverrides);
  const browser = (): string => flowNamed('shop browser')!.id;

  it('are named by alias, follow a flow that is replaced, and are taken away', async () => {
    const stated = withOwn({ browser: 'shop browser' });
    expect(await apply(stated)).toEqual([]);
    expect([await told(stated), held()]).toEqual([[], [{ browser: browser() }, { browser: browser() }]]);
    const other = withOwn({ browser: 'shop browser' }, withSteps('shop browser', (steps) => steps.slice(1)));
    expect(await apply(other)).toEqual([]);
    expect([await told(other), held()]).toEqual([[], [{ browser: browser() }, { browser: browser() }]]);
    realm().clients.find(({ clientId }) => clientId === partner)!.authenticationFlowBindingOverrides.direct_grant = flowNamed('shop registration')!.id;
    expect(await told(other)).toEqual([`update keycloak.client/shop/${partner} authenticationFlowBindingOverrides.direct_grant`]);
    await apply(other);
    expect([await told(other), held()]).toEqual([[], [{ browser: browser() }, { browser: browser() }]]);
    await apply(withOwn({}));
    expect([await told(withOwn({})), held()]).toEqual([[], [{}, {}]]);
  });

  it('are told where the flow is not as it is stated, and not where it is', async () => {
    const stated = withOwn({ browser: 'shop browser' });
    await apply(stated);
    const dangers = async () => (await planned(stated)).dangers.flatMap((change) => (change.action === 'danger' && change.danger.field?.startsWith('authenticationFlow') ? [`${change.danger.effect} ${change.danger.id}`] : [])).toSorted();
    expect(await dangers()).toEqual([]);
    flowNamed('shop forms')!.authenticationExecutions[0].requirement = 'DISABLED';
    expect(await dangers()).toEqual([`opens shop/${partner}`, 'opens shop/storefront']);
  });

  it('are refused with their line where there is no such flow', async () => {
    await apply(shop({}, {}));
    const at = (path: string) => ({ file: path, line: 1, column: 1 });
    const stated = { ...withOwn({ browser: 'shop brauser' }), at };
    const found = await providerOf(stated).check!(expansion(stated).desired);
    expect(found.map(({ code, at: place, hint }) => [code, place?.file, hint]).toSorted()).toEqual([
      ['KEYCLOAK_NO_SUCH_NAME', 'raw.keycloak.clients.storefront.authenticationFlowBindingOverrides.browser', 'did you mean "shop browser"?'],
      ['KEYCLOAK_NO_SUCH_NAME', `raw.keycloak.entities.clients.${partner}.authenticationFlowBindingOverrides.browser`, 'did you mean "shop browser"?'],
    ]);
    const { kinds: all } = providerOf(shop({}, {}));
    const wanted = expansion(stated).desired.find(({ id }) => id === `shop/${partner}`)!;
    await expect(all.find(({ name }) => name === 'keycloak.client')!.put(wanted, undefined)).rejects.toMatchObject({ code: 'KEYCLOAK_NO_SUCH_NAME' });
  });
});

describe('reach', () => {
  const dangers = async (blueprint = shop()): Promise<readonly string[]> =>
    (await planned(blueprint)).dangers.flatMap((change) => (change.action === 'danger' && (/Flow/.test(change.danger.field ?? '') || change.danger.kind === 'keycloak.flow') ? [`${change.danger.effect} ${change.danger.field ?? ''}`] : []));
  const shipped = { directGrantFlow: 'direct grant' };
  const open = { authenticationFlows: { open: { authenticationExecutions: [{ authenticator: 'allow-access-authenticator', requirement: 'REQUIRED' }] } } };

  it('says nothing of a flow that is stated, bound by the blueprint, and so', async () => {
    await apply();
    expect(await dangers()).toEqual([]);
  });

  it('tells one that is bound and not stated, or stated and not bound by the blueprint', async () => {
    await apply();
    expect(await dangers(shop({}, {}))).not.toEqual([]);
    expect(await dangers(shop({ ...flowEntities, ...corp }, shipped))).toContain('differs registrationFlow');
    expect((await dangers(shop({ ...flowEntities, ...corp }, shipped))).some((text) => text.endsWith(' browserFlow'))).toBe(true);
  });

  it('tells one that is no longer as it is stated', async () => {
    await apply();
    flowNamed('shop forms')!.authenticationExecutions[0].requirement = 'DISABLED';
    expect(await dangers()).toEqual(['opens browserFlow']);
  });

  it('tells one without a proof, whoever stated it', async () => {
    const stated = shop(open, { browserFlow: 'open' });
    await apply(stated);
    expect(await told(stated)).toEqual([]);
    expect(await dangers(stated)).toEqual(['opens browserFlow']);
  });
});

describe('what Keycloak would refuse of a flow', () => {
  const step = { authenticator: 'auth-cookie', requirement: 'REQUIRED' };
  beforeEach(() => apply(shop({}, {})));

  it.each<readonly [what: string, stated: Stated, bindings: Readonly<Record<string, string>>, code: string, message: RegExp]>([
    ["one of Keycloak's own", { authenticationFlows: { browser: { authenticationExecutions: [step] } } }, {}, 'KEYCLOAK_NAME_TAKEN', /"browser" is a flow of Keycloak's own/],
    ['a part of one', { authenticationFlows: { mine: { authenticationExecutions: [{ flowAlias: 'forms', requirement: 'REQUIRED' }] }, forms: { topLevel: false } } }, {}, 'KEYCLOAK_NAME_TAKEN', /"forms" is a flow of Keycloak's own/],
    ['an authenticator that is not there', { authenticationFlows: { mine: { authenticationExecutions: [{ ...step, authenticator: 'auth-cookies' }] } } }, {}, 'KEYCLOAK_NO_SUCH_NAME', /no authenticator "auth-cookies"/],
    [
      'a configuration of another flow',
      { authenticationFlows: { mine: { authenticationExecutions: [{ ...step, authenticatorConfig: 'review profile config' }] } }, authenticatorConfig: { 'review profile config': { config: {} } } },
      {},
      'KEYCLOAK_NAME_TAKEN',
      /a configuration "review profile config" already/,
    ],
    ['a flow to bind that is not there', {}, { browserFlow: 'brauser' }, 'KEYCLOAK_NO_SUCH_NAME', /no flow "brauser"/],
  ])('is told before the first write: %s', async (_what, stated, bindings, code, message) => {
    expect(await problems(shop(stated, bindings))).toEqual([expect.objectContaining({ code, message: expect.stringMatching(message) as string })]);
  });
});

it('knows the flows of every realm before there is one', async () => {
  keycloak.realms.clear();
  const stated = { authenticationFlows: { mine: { authenticationExecutions: [{ flowAlias: 'forms', requirement: 'REQUIRED' }] }, forms: { topLevel: false } } };
  expect(await problems(shop(stated, {}))).toEqual([expect.objectContaining({ code: 'KEYCLOAK_NAME_TAKEN', message: expect.stringMatching(/"forms" is a flow of Keycloak's own/) as string })]);
});

describe('what cannot be said of a flow', () => {
  const step = { authenticator: 'auth-cookie', requirement: 'REQUIRED' };
  const codes = (stated: Stated): readonly string[] => {
    try {
      expansion(shop(stated, {}));
      return [];
    } catch (thrown) {
      return (thrown as { problems: readonly { code: string; message: string }[] }).problems.map(({ code, message }) => `${code} ${message}`);
    }
  };
  it.each<readonly [what: string, stated: Stated, told: string]>([
    ['a field that is none', { authenticationFlows: { a: { describtion: 'x' } } }, 'RAW_UNKNOWN_FIELD Keycloak knows no "describtion" of a flow'],
    ['an id', { authenticationFlows: { a: { id: 'x' } } }, 'RAW_FIELD "id" cannot be stated here'],
    ["that it is Keycloak's", { authenticationFlows: { a: { builtIn: true } } }, 'RAW_FIELD "a" cannot be one of Keycloak\'s own'],
    ['a sort that nobody passes', { authenticationFlows: { a: { providerId: 'basic' } } }, 'RAW_INEFFECTIVE Keycloak takes "a" and lets nobody pass it'],
    ['a step without a name', { authenticationFlows: { a: { authenticationExecutions: [{ requirement: 'REQUIRED' }] } } }, 'RAW_MISSING_FIELD a step of "a" does not say what it is'],
    ['a step without a requirement', { authenticationFlows: { a: { authenticationExecutions: [{ authenticator: 'x', requirement: 'SOMETIMES' }] } } }, 'RAW_MISSING_FIELD a step of "a" does not say whether it is required'],
    ['a flow that is not stated', { authenticationFlows: { a: { authenticationExecutions: [{ flowAlias: 'b', requirement: 'REQUIRED' }] } } }, 'RAW_REFERENCE no authentication flow "b" is stated'],
    ['a configuration that is not stated', { authenticationFlows: { a: { authenticationExecutions: [{ ...step, authenticatorConfig: 'c' }] } } }, 'RAW_REFERENCE no configuration "c" is stated'],
    [
      'a configuration of two steps',
      { authenticationFlows: { a: { authenticationExecutions: [{ ...step, authenticatorConfig: 'c' }, { ...step, authenticatorConfig: 'c' }] } }, authenticatorConfig: { c: { config: {} } } },
      'RAW_FIELD configuration "c" has its place already',
    ],
    ['a configuration of none', { authenticatorConfig: { c: { config: {} } } }, 'RAW_REFERENCE no step has the configuration "c"'],
    [
      'a configuration that says nothing',
      { authenticationFlows: { a: { authenticationExecutions: [{ ...step, authenticatorConfig: 'c' }] } }, authenticatorConfig: { c: {} } },
      'RAW_MISSING_FIELD configuration "c" says nothing',
    ],
    ['a part of none', { authenticationFlows: { a: { topLevel: false } } }, 'RAW_REFERENCE authentication flow "a" is part of none'],
    ['a part that says that it is none', { authenticationFlows: { a: { authenticationExecutions: [{ flowAlias: 'b', requirement: 'REQUIRED' }] }, b: {} } }, 'RAW_MISSING_FIELD authentication flow "b" is part of another'],
  ])('is told with its line: %s', (_what, stated, message) => {
    expect(codes(stated)).toEqual([message]);
  });
});
