import { beforeEach, describe, expect, it } from 'vitest';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { makePlan } from '../../../../src/core/plan.ts';
import type { Danger } from '../../../../src/core/resource.ts';
import { realmPart } from '../../../../src/patterns/realm.ts';
import { createKeycloakProvider } from '../../../../src/providers/keycloak/index.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { applied, planned } from './applying.ts';
import { aPersona, line, shop } from './blueprint.ts';
import { groupsOf } from './fake/groups.ts';
import { bareClient, exportedBeside } from './fake/new-realm.ts';
import type { Body } from './fake/state.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';

let keycloak: FakeKeycloak;
const expansion = (blueprint: Blueprint) => ({ name: blueprint.name, desired: realmPart(blueprint).desired, deferred: [] });
const plan = (blueprint = shop()) => makePlan([createKeycloakProvider(blueprint, keycloak)], expansion(blueprint));
const dangers = async (blueprint = shop()): Promise<readonly Danger[]> =>
  (await plan(blueprint)).dangers.flatMap((change) => ('danger' in change ? [change.danger] : []));
const told = async (): Promise<string[]> =>
  (await dangers()).map(({ effect, kind, id, field }) => [effect, kind.replace('keycloak.', ''), id.replace('shop/', ''), ...(field ? [field] : [])].join(' ')).toSorted();

beforeEach(async () => {
  keycloak = fakeKeycloak();
  const provider = createKeycloakProvider(shop(), keycloak);
  const results = await applyPlan({ providers: [provider], plan: await makePlan([provider], expansion(shop())), options: {} });
  expect(results.flatMap(({ problem }) => problem ?? [])).toEqual([]);
});

const realm = () => keycloak.realms.get('shop')!;
const client = (clientId: string): Body => realm().clients.find((one) => one.clientId === clientId)!;
const scope = (name: string): Body => realm().scopes.find((one) => one.name === name)!;
const role = (name: string): Body => realm().roles.find((one) => one.name === name)!;
const addMapper = (place: Body, name: string, protocolMapper: string, config: Body): void => {
  place.protocolMappers = [...(place.protocolMappers ?? []), { name, protocol: 'openid-connect', protocolMapper, config: { 'access.token.claim': 'true', ...config } }];
};
const foreign = (clientId: string, rep: Body = {}): Body => {
  const made = { ...bareClient(), id: `id of ${clientId}`, clientId, directAccessGrantsEnabled: false, publicClient: true, redirectUris: ['https://evil.example/cb'], ...rep };
  realm().clients.push(made);
  return made;
};
const contains = (name: string, inside: string): void => {
  const place = `roles-by-id/${role(name).id}/composites`;
  realm().links.set(place, new Set([...(name.startsWith('default-roles-') ? (realm().links.get(place) ?? []) : []), inside]));
};

type Row = readonly [what: string, change: () => void, told: readonly string[]];

describe('nothing is told', () => {
  it('of a realm as apply has made it', async () => {
    expect(await plan()).toMatchObject({ dangers: [], unseen: [] });
  });

  it.each<readonly [string, () => void]>([
    ['a foreign client that can get no scope of ours, however open it is', () => foreign('wild', { redirectUris: ['*'], implicitFlowEnabled: true, directAccessGrantsEnabled: true })],
    ['one with our scope that is off', () => foreign('off', { enabled: false, optionalClientScopes: ['orders:read'] })],
    ['one with our scope for SAML', () => foreign('saml', { protocol: 'saml', optionalClientScopes: ['orders:read'] })],
    ['one with our scope and no way to a token', () => foreign('quiet', { redirectUris: [], optionalClientScopes: ['orders:read'] })],
    ['a mapper on a scope that none of ours has', () => addMapper(scope('profile'), 'department', 'oidc-usermodel-attribute-mapper', { 'claim.name': 'department' })],
    ['a foreign role that contains none of ours', () => (realm().roles.push({ id: 'theirs', name: 'theirs', attributes: {} }), contains('theirs', 'offline_access'))],
    ['what the admin console leaves behind when it saves a realm', () => Object.assign(realm().rep.attributes, { clientSessionIdleTimeout: '0', scimApiEnabled: 'false' })],
    ['what it leaves behind when it saves a client', () => Object.assign(client('storefront').attributes, { 'tls.client.certificate.bound.access.tokens': 'false', 'dpop.bound.access.tokens': 'false' })],
    ['a policy that was saved as it was', () => (realm().beside.components['org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy'][0].config['allowed-client-scopes'] = [])],
  ])('of %s', async (_what, change) => {
    change();
    expect(await told()).toEqual([]);
  });
});

describe('what a token says', () => {
  it.each<Row>([
    [
      'a hardcoded role on a client',
      () => addMapper(client('storefront'), 'evil', 'oidc-hardcoded-role-mapper', { role: 'admin' }),
      ['opens client storefront mappers.evil'],
    ],
    [
      'an audience of ours on a built-in scope',
      () => addMapper(scope('basic'), 'evil', 'oidc-audience-mapper', { 'included.custom.audience': 'orders' }),
      ['opens client-scope basic mappers.evil'],
    ],
    [
      'an audience of others on a built-in scope',
      () => addMapper(scope('basic'), 'evil', 'oidc-audience-mapper', { 'included.custom.audience': 'elsewhere' }),
      ['exposes client-scope basic mappers.evil'],
    ],
    [
      'roles from an attribute that people edit',
      () => addMapper(scope('roles'), 'evil', 'oidc-usermodel-attribute-mapper', { 'user.attribute': 'x', 'claim.name': 'realm_access.roles' }),
      ['opens client-scope roles mappers.evil'],
    ],
    [
      'a mapper of a kind that nobody knows',
      () => addMapper(scope('acr'), 'evil', 'script-evil.js', {}),
      ['opens client-scope acr mappers.evil'],
    ],
    ['a built-in mapper that is gone', () => (scope('roles').protocolMappers = scope('roles').protocolMappers.slice(1)), ['breaks client-scope roles mappers.audience resolve']],
    [
      'a built-in mapper that says something else',
      () => (scope('basic').protocolMappers.find(({ name }: Body) => name === 'sub').config['access.token.claim'] = 'false'),
      ['differs client-scope basic mappers.sub'],
    ],
    [
      'an audience of ours on a scope that none of ours has',
      () => addMapper(scope('profile'), 'evil', 'oidc-audience-mapper', { 'included.custom.audience': 'orders' }),
      ['opens client-scope profile mappers.evil'],
    ],
    [
      'a role in a built-in scope',
      () => realm().links.set(`client-scopes/${scope('basic').id}/scope-mappings/realm`, new Set(['admin'])),
      ['weakens client-scope basic scopeMappings'],
    ],
    ['a scope of ours that every new client gets', () => (realm().beside.defaultOptionalClientScopes = [...exportedBeside().defaultOptionalClientScopes, 'orders:read']), ['opens realm  defaultOptionalClientScopes']],
  ])('%s', async (_what, change, expected) => {
    change();
    expect(await told()).toEqual(expected.map((text) => text.replace('realm  ', 'realm shop ')));
  });
});

describe('clients', () => {
  const ours = { optionalClientScopes: ['orders:read'] };
  it.each<Row>([
    ['a public one with our scope', () => foreign('evil', ours), ['opens client evil']],
    ['a service with our scope', () => foreign('evil', { ...ours, publicClient: false, serviceAccountsEnabled: true, redirectUris: [] }), ['opens client evil']],
    ['passwords', () => foreign('evil', { ...ours, redirectUris: [], directAccessGrantsEnabled: true }), ['opens client evil']],
    [
      'a foreign scope with our audience',
      () => {
        realm().scopes.push({ id: 'theirs', name: 'theirs', protocol: 'openid-connect', attributes: {}, protocolMappers: [] });
        addMapper(scope('theirs'), 'evil', 'oidc-audience-mapper', { 'included.custom.audience': 'orders' });
        foreign('evil', { defaultClientScopes: ['theirs'] });
      },
      ['opens client evil', 'opens client-scope theirs mappers.evil'],
    ],
    ['a mapper of its own', () => addMapper(foreign('evil'), 'x', 'oidc-audience-mapper', { 'included.custom.audience': 'orders' }), ['opens client evil']],
    ['a console with another redirect', () => client('security-admin-console').redirectUris.push('https://evil.example/*'), ['opens client security-admin-console redirectUris']],
    ['an attribute of ours that nobody stated', () => (client('storefront').attributes['access.token.lifespan'] = '31536000'), ['weakens client storefront attributes.access.token.lifespan']],
    [
      'a key that proves who a client is, beside the way that is stated and that a plan puts back',
      () => Object.assign(client('reports'), { clientAuthenticatorType: 'client-jwt', attributes: { ...client('reports').attributes, 'jwks.url': 'https://evil.example/jwks' } }),
      ['opens client reports attributes.jwks.url'],
    ],
    ['an attribute that nobody knows', () => (client('storefront').attributes.novel = 'x'), ['differs client storefront attributes.novel']],
  ])('%s', async (_what, change, expected) => {
    change();
    expect(await told()).toEqual(expected);
  });

  it('are told with what they can do now, on the line of the blueprint that they concern', async () => {
    foreign('evil', { ...ours, implicitFlowEnabled: true, redirectUris: ['https://evil.example/*'] });
    client('storefront').attributes['standard.token.exchange.enabled'] = 'true';
    expect((await dangers()).toReversed()).toMatchObject([
      { what: expect.stringMatching(/^evil gets tokens for orders: people sign in at it and their codes go to any address that fits https:\/\/evil.example\/\*; tokens of people go in URLs/) as string, seen: expect.any(String) as string, origin: { line: 1 } },
      { id: 'shop/storefront', what: 'storefront gets tokens in exchange for those of others' },
    ]);
  });

  it('are told as changed when they can do something else than before', async () => {
    foreign('evil', ours);
    const [before] = await dangers();
    client('evil').redirectUris.push('https://evil.example/other');
    const [after] = await dangers();
    expect(before?.seen).toMatch(/^[0-9a-f]{12}$/);
    expect(after?.seen).not.toBe(before?.seen);
  });
});

describe('the realm', () => {
  it.each<Row>([
    ['many guesses', () => (realm().rep.failureFactor = 1_000_000), ['weakens realm shop failureFactor']],
    ['fewer guesses', () => (realm().rep.failureFactor = 3), ['differs realm shop failureFactor']],
    ['mail through others', () => (realm().rep.smtpServer = { host: 'evil.example', from: 'a@evil.example' }), ['exposes realm shop smtpServer']],
    ['another listener', () => realm().rep.eventsListeners.push('http-evil'), ['exposes realm shop eventsListeners']],
    ['a setting that nobody knows', () => (realm().rep.novel = true), ['differs realm shop novel']],
  ])('%s', async (_what, change, expected) => {
    change();
    expect(await told()).toEqual(expected);
  });
});

describe('roles', () => {
  it.each<Row>([
    ['the role that everybody has contains one of ours', () => contains('default-roles-shop', 'admin'), ['opens role default-roles-shop composites.admin']],
    ['a foreign role contains one of ours', () => (realm().roles.push({ id: 'theirs', name: 'theirs', attributes: {} }), contains('theirs', 'admin')), ['opens role theirs composites.admin']],
    ['one of ours rules the realm', () => (role('customer').client = { 'realm-management': ['realm-admin'] }), ['opens role customer composites.realm-management/realm-admin']],
  ])('%s', async (_what, change, expected) => {
    change();
    expect(await told()).toEqual(expected);
  });
});

describe('who has our roles, or rules the realm', () => {
  const person = (username: string, holds: readonly string[] = []): Body => {
    const made = { id: `id of ${username}`, username, enabled: true, holds };
    realm().users.push(made);
    realm().links.set(`users/${made.id}/role-mappings/realm`, new Set(['default-roles-shop']));
    return made;
  };
  const has = (username: string, name: string): void => void realm().links.get(`users/id of ${username}/role-mappings/realm`)!.add(name);
  const joins = (username: string, group: Body): Body => {
    groupsOf(realm()).push({ id: `id of ${group.name}`, attributes: {}, members: new Set([realm().users.find((one) => one.username === username)!.id]), ...group });
    if (group.realmRole) realm().links.set(`groups/id of ${group.name}/role-mappings/realm`, new Set([group.realmRole]));
    return group;
  };
  it.each<Row>([
    ['somebody beyond the personas', () => (person('mallory'), has('mallory', 'admin')), ['opens role admin holders']],
    ['somebody with a foreign role that contains ours', () => {
      realm().roles.push({ id: 'theirs', name: 'theirs', attributes: {} });
      contains('theirs', 'admin');
      person('mallory');
      has('mallory', 'theirs');
    }, ['opens role theirs composites.admin', 'opens role theirs holders']],
    ['somebody who may set every password', () => person('mallory', ['realm-management/manage-users']), ['opens client-role realm-management/manage-users holders']],
    ['a persona who may', () => (realm().users.find((one) => one.username === 'alice')!.holds = ['realm-management/manage-users']), ['opens client-role realm-management/manage-users holders']],
    ['a persona in a foreign group with our role', () => joins('alice', { name: 'bosses', realmRole: 'admin' }), ['opens role admin holders', 'weakens group bosses realmRoles']],
    ['somebody in a group of ours', () => groupsOf(realm())[0]!.members.add(person('mallory').id), ['opens role support holders']],
    ['a service of ours that rules', () => (realm().users.find((one) => one.serviceAccountClientId === 'reports')!.holds = ['realm-management/realm-admin']), ['opens client reports serviceAccountRoles']],
    ['a service of others that rules', () => {
      foreign('theirs', { publicClient: false, serviceAccountsEnabled: true });
      realm().users.push({ id: 'id of their account', username: 'service-account-theirs', enabled: true, serviceAccountClientId: 'theirs', holds: ['realm-management/manage-clients'] });
    }, ['opens client theirs serviceAccountRoles']],
    ['a group that everybody joins', () => (joins('alice', { name: 'all', realmRole: 'admin' }), (realm().rep.defaultGroups = ['/all'])), ['opens realm shop defaultGroups', 'opens role admin holders', 'weakens group all realmRoles']],
  ])('%s', async (_what, change, expected) => {
    change();
    expect(await told()).toEqual(expected);
  });

  it.each<readonly [string, () => void, readonly unknown[]]>([
    ['by name and role', () => (person('mallory'), has('mallory', 'admin')), [{ role: 'admin', holders: { people: ['mallory'] } }]],
    ['as whoever has the role that contains ours', () => {
      realm().roles.push({ id: 'theirs', name: 'theirs', attributes: {} });
      contains('theirs', 'admin');
      person('mallory');
      has('mallory', 'theirs');
    }, [{ role: 'admin', holders: { role: 'theirs' } }, { role: 'admin', holders: { people: ['mallory'] } }]],
    ['not where who has it may do everything', () => person('mallory', ['realm-management/manage-users']), []],
    ['as everybody', () => (joins('alice', { name: 'all', realmRole: 'admin' }), (realm().rep.defaultGroups = ['/all'])), [{ role: 'admin', holders: { people: ['alice'] } }, { role: 'admin', holders: 'everybody' }]],
  ])('says who can do what by it, %s', async (_how, change, gains) => {
    change();
    const found = (await dangers()).flatMap((danger) => danger.gains ?? []);
    expect(found.filter((one, at) => found.findIndex((other) => JSON.stringify(other) === JSON.stringify(one)) === at).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))).toEqual(
      gains.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    );
  });

  it('is told as a number, with names while they are few, and anew when somebody comes', async () => {
    for (const name of ['a', 'b', 'c', 'd']) {
      person(name);
      has(name, 'admin');
    }
    const [four] = await dangers();
    expect(four).toMatchObject({ id: 'shop/admin', what: '4 accounts beyond the personas have the role admin' });
    person('e');
    has('e', 'admin');
    expect((await dangers())[0]?.seen).not.toBe(four?.seen);
  });

  it('is told as not looked at where this login may not see it', async () => {
    keycloak.forbidden = /GET \/shop\/(roles|clients)\/.*users$/;
    expect(await plan()).toMatchObject({ dangers: [], unseen: expect.arrayContaining([{ target: 'keycloak', what: 'who has the role admin', why: expect.any(String) as string }]) as unknown });
    keycloak.forbidden = /shop\/partial-export/;
    expect((await plan()).unseen.map(({ what }) => what)).toEqual([expect.stringContaining('flows, identity providers, keys')]);
  });
});

describe('a realm that others use as well', () => {
  it('is quiet after one review, and tells what comes after it', async () => {
    for (let at = 0; at < 60; at += 1) foreign(`client-${at}`, at % 3 === 0 ? { optionalClientScopes: ['orders:read'] } : {});
    const join = (at: number): void => {
      realm().users.push({ id: `id of person-${at}`, username: `person-${at}`, enabled: true });
      realm().links.set(`users/id of person-${at}/role-mappings/realm`, new Set(['default-roles-shop', ...(at % 2 === 0 ? ['customer'] : [])]));
    };
    for (let at = 0; at < 300; at += 1) join(at);
    for (const alias of ['one', 'two', 'three']) realm().beside.identityProviders.push({ alias, providerId: 'oidc', enabled: true, config: {} });
    const review = await dangers();
    expect(review).toHaveLength(20 + 1 + 3);
    const accept = review.map((danger) => ({ what: `${danger.kind}/${danger.id}`, reason: 'known', ...(danger.seen !== undefined && { seen: danger.seen }), origin: line }));
    const after = async (): Promise<readonly string[]> =>
      (await makePlan([createKeycloakProvider(shop(), keycloak)], { ...expansion(shop()), accept })).dangers.flatMap((change) => ('danger' in change ? [change.danger.id] : []));
    expect(await after()).toEqual([]);
    join(300);
    foreign('evil', { optionalClientScopes: ['orders:read'] });
    client('client-0').redirectUris = ['*'];
    expect((await after()).toSorted()).toEqual(['shop/client-0', 'shop/customer', 'shop/evil']);
  });
});

describe('how people come in', () => {
  const beside = (): Body => realm().beside;
  const flow = (alias: string): Body => beside().authenticationFlows.find((one: Body) => one.alias === alias);
  const step = (authenticator: string, requirement = 'REQUIRED'): Body => ({ authenticator, requirement, authenticatorFlow: false });
  const addFlow = (alias: string, steps: readonly Body[]): void => void beside().authenticationFlows.push({ id: `id of ${alias}`, alias, topLevel: true, authenticationExecutions: steps });
  const key = (providerId: string, config: Body = {}): void => void beside().components['org.keycloak.keys.KeyProvider'].push({ name: 'evil', providerId, config });
  const idp = (over: Body = {}): void => void beside().identityProviders.push({ alias: 'evil', providerId: 'oidc', enabled: true, config: { authorizationUrl: 'https://evil.example/a' }, ...over });
  const policies = (): Body[] => beside().components['org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy'];
  it.each<Row>([
    ['the browser asks for a name only', () => (flow('forms').authenticationExecutions = [step('auth-username-form')]), ['opens flow browser']],
    ['another flow without a proof is bound', () => (addFlow('open', [step('auth-username-form')]), (realm().rep.browserFlow = 'open')), ['opens realm shop browserFlow']],
    ['a client has such a flow', () => (addFlow('open', [step('auth-username-form')]), (client('storefront').authenticationFlowBindingOverrides = { browser: 'id of open' })), ['opens client storefront authenticationFlowBindingOverrides.browser']],
    ["Keycloak's own client has such a flow, whose session is good at every client", () => (addFlow('open', [step('auth-username-form')]), (client('account-console').authenticationFlowBindingOverrides = { browser: 'id of open' })), ['opens client account-console authenticationFlowBindingOverrides.browser']],
    ['an alternative without a proof stands beside the form', () => flow('browser').authenticationExecutions.push(step('auth-username-form', 'ALTERNATIVE')), ['opens flow browser']],
    ['one more step is asked for', () => flow('forms').authenticationExecutions.push(step('auth-otp-form')), ['differs flow browser']],
    ['the second factor is never asked for', () => (flow('forms').authenticationExecutions[1].requirement = 'DISABLED'), ['weakens flow browser']],
    ['a flow that nobody gets to', () => (flow('registration form').authenticationExecutions = []), ['differs flow registration']],
    ['another server vouches', idp, ['opens identity-provider evil']],
    ['another server that is off', () => idp({ enabled: false }), []],
    ['somebody there is a persona here', () => (idp(), (realm().users.find((one) => one.username === 'alice')!.links = [{ identityProvider: 'evil', userName: 'eve' }])), ['opens identity-provider evil', 'opens user alice federatedIdentities.evil']],
    ['a directory', () => (beside().components['org.keycloak.storage.UserStorageProvider'] = [{ name: 'ldap', providerId: 'ldap', config: { enabled: ['true'] } }]), ['opens user-federation ldap']],
    ['a key from outside', () => key('rsa'), ['opens key evil']],
    ['a key that this server made', () => key('rsa-generated'), []],
    ['a key from outside that is off', () => key('java-keystore', { enabled: ['false'] }), []],
    ['a key from outside that signs nothing any more', () => key('java-keystore', { enabled: ['true'], active: ['false'] }), ['opens key evil']],
    ['a key of this server that is off', () => key('rsa-generated', { enabled: ['false'] }), ['differs key evil']],
    ['a key of this server that signs nothing any more', () => key('ecdsa-generated', { active: ['false'] }), ['differs key evil']],
    ['a key of this server for something else', () => ['aes-generated', 'hmac-generated', 'rsa-enc-generated', 'ecdh-generated', 'eddsa-generated', 'ecdsa-generated'].forEach((providerId) => key(providerId, { keySize: ['16'] })), ['weakens key evil']],
    ['one of the usual length', () => key('rsa-generated', { keySize: ['2048'] }), []],
    ['a short one', () => key('rsa-generated', { keySize: ['1024'] }), ['weakens key evil']],
    ['strangers may register clients', () => policies().splice(policies().findIndex((one) => one.providerId === 'trusted-hosts'), 1), ['opens registration-policy anonymous/Trusted Hosts']],
    ['people write any attribute', () => (realm().profile.unmanagedAttributePolicy = 'ENABLED'), ['weakens user-profile attributes unmanagedAttributePolicy']],
    ['people write what tokens say', () => {
      realm().profile.unmanagedAttributePolicy = 'ENABLED';
      addMapper(scope('roles'), 'evil', 'oidc-usermodel-attribute-mapper', { 'user.attribute': 'x', 'claim.name': 'realm_access.roles' });
    }, ['opens client-scope roles mappers.evil', 'opens user-profile attributes unmanagedAttributePolicy']],
    ['everybody must do something first', () => (beside().requiredActions.find((one: Body) => one.alias === 'CONFIGURE_TOTP').defaultAction = true), ['breaks required-action CONFIGURE_TOTP']],
  ])('%s', async (_what, change, expected) => {
    change();
    expect(await told()).toEqual(expected);
  });

  it('is said by who may come now', async () => {
    idp({ trustEmail: true });
    beside().identityProviderMappers.push({ name: 'all', identityProviderAlias: 'evil', identityProviderMapper: 'oidc-hardcoded-role-idp-mapper', config: { role: 'admin' } });
    expect((await dangers())[0]?.what).toBe('who signs in at evil.example signs in here (identity provider evil), and takes over accounts by their mail address, gets admin');
  });
});

it('asks for nothing twice, however many personas there are', async () => {
  const many = { ...shop(), personas: Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`person-${at}`, aPersona([], new Secret(`password-${at}`))])) };
  const crowded = fakeKeycloak();
  await applied(crowded, many);
  const before = crowded.sent.length;
  const { dangers } = await planned(crowded, many);
  const sent = crowded.sent.slice(before);
  expect(dangers).toEqual([]);
  expect(sent.filter((what, at) => sent.indexOf(what) !== at)).toEqual([]);
  expect(sent.filter((what) => what === 'GET /shop/roles/admin/users')).toHaveLength(1);
});
