import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAuthctl } from '../../src/app/index.ts';
import type { Blueprint } from '../../src/blueprint/types.ts';
import type { PlanOptions } from '../../src/core/plan.ts';
import { Secret } from '../../src/core/secret.ts';
import { entities, shopWith } from '../unit/providers/keycloak/entities.ts';
import { bound, flowEntities, withSteps } from '../unit/providers/keycloak/flow-entities.ts';
import { stackEnv } from './authctl.ts';
import { appliedTo, toldIn } from './realm-plans.ts';
import { keycloakByHand } from './sabotages/keycloak-by-hand.ts';

const env = stackEnv();
const url = env.KEYCLOAK_URL ?? '';
const realm = `kcf-${randomBytes(4).toString('hex')}`;
const credentials = { realm: 'master', clientId: env.KEYCLOAK_CLIENT_ID ?? 'authctl', clientSecret: new Secret(env.KEYCLOAK_CLIENT_SECRET ?? '') };
const keycloak = keycloakByHand(realm);

type Stated = NonNullable<Parameters<typeof shopWith>[0]>;
const corp = { identityProviders: { corp: { ...entities.identityProviders?.corp, mappers: {}, firstBrokerLoginFlowAlias: 'shop first login' } } };
const blueprint = (stated: Stated = { ...flowEntities, ...corp }, bindings: Readonly<Record<string, string>> = bound): Blueprint => {
  const made = shopWith(stated, { realmName: realm, targets: { keycloak: { url, credentials } } });
  return { ...made, raw: { ...made.raw, keycloak: { ...made.raw.keycloak, realm: bindings } } };
};
/** What a plan would change of flows, and what it tells of them. */
const told = (of = blueprint(), options: PlanOptions = {}): Promise<readonly string[]> => toldIn(realm, of, options);
const changes = async (of = blueprint(), options: PlanOptions = {}): Promise<readonly string[]> => (await told(of, options)).filter((text) => !text.startsWith('danger'));
const applied = (of = blueprint(), options: PlanOptions = {}): Promise<number> => appliedTo(of, options);

// What an answer holds is looked at by the tests alone.
type Answered = any; // eslint-disable-line @typescript-eslint/no-explicit-any
const exported = (): Promise<Answered> => keycloak.ask<Answered>('POST', '/partial-export?exportClients=true&exportGroupsAndRoles=true');
const flowIn = async (alias: string): Promise<Answered> => (await exported()).authenticationFlows.find((one: Answered) => one.alias === alias);
const steps = (alias: string): Promise<Answered[]> => keycloak.ask<Answered[]>('GET', `/authentication/flows/${encodeURIComponent(alias)}/executions`);
const stepIn = async (alias: string, provider: string): Promise<Answered> => (await steps(alias)).find(({ providerId }) => providerId === provider);
const clientId = async (): Promise<string> => (await keycloak.only<{ id: string }>('/clients?clientId=storefront')).id;

/** What somebody meets who wants to sign in. */
const signIn = async (): Promise<string> => {
  const asked = new URLSearchParams({ client_id: 'storefront', redirect_uri: 'https://shop.example/callback', response_type: 'code', scope: 'openid', code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' });
  const answer = await fetch(`${url}/realms/${realm}/protocol/openid-connect/auth?${asked.toString()}`, { redirect: 'manual' });
  return `${answer.status} ${(await answer.text()).includes('name="password"') ? 'password' : 'other'}`;
};

let directory: string;
afterAll(async () => {
  await keycloak.ask('DELETE', '', undefined, { missing: true });
  await rm(directory, { recursive: true, force: true });
});
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'authctl-flows-'));
  expect((await told()).filter((text) => !text.startsWith('create '))).toEqual([]);
  await applied();
});

it('makes flows and binds them, reads them back as asked for, and writes nothing the second time', async () => {
  expect(await changes()).toEqual([]);
  expect(await applied()).toBe(0);
  expect(await signIn()).toBe('200 password');
  expect(await exported()).toMatchObject({ browserFlow: 'shop browser', registrationFlow: 'shop registration', identityProviders: [{ firstBrokerLoginFlowAlias: 'shop first login' }] });
});

const drifts: readonly (readonly [what: string, change: () => Promise<unknown>, told: string])[] = [
  [
    'whether a step is required',
    async () => keycloak.ask('PUT', '/authentication/flows/shop%20browser/executions', { ...(await stepIn('shop browser', 'auth-otp-form')), requirement: 'DISABLED' }),
    'update keycloak.flow/shop/shop browser steps.shop forms/shop second factor/auth-otp-form.requirement',
  ],
  ['a step more', () => keycloak.ask('POST', '/authentication/flows/shop%20forms/executions/execution', { provider: 'auth-otp-form' }), 'update keycloak.flow/shop/shop browser steps.shop forms/auth-otp-form'],
  ['a step less', async () => keycloak.ask('DELETE', `/authentication/executions/${(await stepIn('shop browser', 'auth-otp-form')).id}`), 'update keycloak.flow/shop/shop browser steps.shop forms/shop second factor/auth-otp-form'],
  [
    'how a step judges',
    async () => keycloak.ask('PUT', `/authentication/config/${(await exported()).authenticatorConfig.find((one: Answered) => one.alias === 'shop review').id}`, { alias: 'shop review', config: { 'update.profile.on.first.login': 'off' } }),
    'update keycloak.flow/shop/shop first login config.shop review/update.profile.on.first.login config.shop review/undeclared',
  ],
  [
    'what a flow is told to be for',
    async () => {
      const { authenticationExecutions: _steps, ...rep } = await flowIn('shop browser');
      return keycloak.ask('PUT', `/authentication/flows/${rep.id}`, { ...rep, description: 'x' });
    },
    'update keycloak.flow/shop/shop browser description',
  ],
  ['which flow people pass', () => keycloak.ask('PUT', '', { realm, browserFlow: 'browser' }), 'update keycloak.flow-binding/shop/browserFlow flow'],
  [
    'what somebody passes who comes from elsewhere',
    async () => keycloak.ask('PUT', '/identity-provider/instances/corp', { ...(await keycloak.ask<object>('GET', '/identity-provider/instances/corp')), firstBrokerLoginFlowAlias: 'first broker login' }),
    'update keycloak.identity-provider/shop/corp firstBrokerLoginFlowAlias',
  ],
];
it.each(drifts)('names what somebody changed by hand, and puts it back: %s', async (_what, change, changeTold) => {
  await change();
  expect((await changes()).filter((text) => text.startsWith('update'))).toEqual([changeTold]);
  await applied();
  expect(await changes()).toEqual([]);
});

it('changes a flow that people pass at this very moment, and at none of them is there another way in or none', async () => {
  await keycloak.ask('PUT', `/clients/${await clientId()}`, { authenticationFlowBindingOverrides: { browser: (await flowIn('shop browser')).id } });
  // What stands among the attributes of a realm alone is set back by Keycloak whenever something is sent of the realm without them.
  const attributesIn = async (): Promise<Answered> => (await keycloak.ask<Answered>('GET', '')).attributes;
  await keycloak.ask('PUT', '', { realm, attributes: { ...(await attributesIn()), parRequestUriLifespan: '123' } });
  const changed = blueprint({ ...withSteps('shop browser', (list) => list.filter(({ authenticator }) => authenticator !== 'identity-provider-redirector')), ...corp });
  expect(await changes(changed)).toEqual(['update keycloak.flow/shop/shop browser steps.shop forms.place steps.identity-provider-redirector']);
  const met = new Set<string>();
  const over = applied(changed);
  let going = true;
  void over.finally(() => (going = false));
  while (going) met.add(await signIn());
  await over;
  expect([...met]).toEqual(['200 password']);
  const kept = await attributesIn();
  expect(kept.parRequestUriLifespan).toBe('123');
  await keycloak.ask('PUT', '', { realm, attributes: { ...kept, parRequestUriLifespan: '60' } });
  const now = await exported();
  expect(now.authenticationFlows.filter(({ alias }: Answered) => alias.endsWith('~old'))).toEqual([]);
  expect(now.clients.find((one: Answered) => one.clientId === 'storefront').authenticationFlowBindingOverrides).toEqual({ browser: (await flowIn('shop browser')).id });
  expect(await changes(changed)).toEqual([]);
  await keycloak.ask('PUT', `/clients/${await clientId()}`, { authenticationFlowBindingOverrides: { browser: '' } });
  await applied();
  expect(await changes()).toEqual([]);
});

const FLOWS = ['shop browser', 'shop first login config.shop review/undeclared', 'shop registration config.shop recaptcha/secret.key'];
it('leads people of one client through a flow of its own', async () => {
  const stated = (overrides: Readonly<Record<string, string>>, flows = flowEntities): Blueprint => {
    const made = blueprint({ ...flows, ...corp });
    return { ...made, raw: { ...made.raw, keycloak: { ...made.raw.keycloak, clients: { storefront: { authenticationFlowBindingOverrides: overrides } } } } };
  };
  const held = async () => (await keycloak.only<{ authenticationFlowBindingOverrides: Readonly<Record<string, string>> }>('/clients?clientId=storefront')).authenticationFlowBindingOverrides;
  const own = stated({ browser: 'shop browser' });
  expect(await changes(own)).toEqual(['update keycloak.client/shop/storefront authenticationFlowBindingOverrides.browser']);
  await applied(own);
  expect(await told(own)).toEqual([]);
  expect(await held()).toEqual({ browser: (await flowIn('shop browser')).id });
  await applied(stated({ browser: 'shop browser' }, withSteps('shop browser', (list) => list.slice(1))));
  expect(await held()).toEqual({ browser: (await flowIn('shop browser')).id });
  await applied(stated({}));
  expect([await changes(stated({})), await held()]).toEqual([[], {}]);
  expect(await changes()).toEqual([]);
});

it('lets go of flows, which are in the way then, and takes them over again', async () => {
  const nothing = blueprint({}, {});
  await applied(nothing, { release: ['keycloak.flow*', 'keycloak.identity-provider*'] });
  expect((await changes(nothing)).filter((text) => text.startsWith('orphan'))).toEqual([]);
  expect(await exported()).toMatchObject({ browserFlow: 'shop browser' });
  // Imported, they are taken over as they are, but for what Keycloak does not show.
  const out = join(directory, 'imported.yaml');
  const authctl = createAuthctl({ env, localStack: false });
  const imported = await authctl.import({ from: ['keycloak'], realm, out });
  expect(imported.problems).toEqual([]);
  await writeFile(out, (await readFile(out, 'utf8')).replace(/^manage: none$/m, ''));
  const known = createAuthctl({ env: { ...env, ...Object.fromEntries(imported.data!.secrets.flatMap(({ variable }) => (variable in env ? [] : [[variable, 'not known here']]))) }, localStack: false });
  expect((await changes(await known.load(out), { adopt: true })).filter((text) => text.includes('keycloak.flow/'))).toEqual(FLOWS.map((text) => `adopt keycloak.flow/shop/${text}`));
  expect(await changes()).toContain('blocked keycloak.flow/shop/shop browser');
  await keycloak.ask('PUT', '/authentication/flows/shop%20browser/executions', { ...(await stepIn('shop browser', 'auth-otp-form')), requirement: 'ALTERNATIVE' });
  expect(await changes(blueprint(), { adopt: true })).toContain('adopt keycloak.flow/shop/shop browser steps.shop forms/shop second factor/auth-otp-form.requirement');
  await applied(blueprint(), { adopt: true });
  expect(await changes()).toEqual([]);
  // What was there before is let go, never deleted, though another has its place by now.
  await applied(nothing, { prune: true });
  expect((await flowIn('shop browser')).topLevel).toBe(true);
});

it('takes away what the blueprint no longer says, and people pass what Keycloak ships', async () => {
  const now = await exported();
  await keycloak.ask('PUT', '', { realm, browserFlow: 'browser', registrationFlow: 'registration' });
  for (const { alias } of now.identityProviders) await keycloak.ask('DELETE', `/identity-provider/instances/${alias}`);
  for (const { id, builtIn, topLevel } of now.authenticationFlows) if (!builtIn && topLevel) await keycloak.ask('DELETE', `/authentication/flows/${id}`);
  await applied();
  await applied(blueprint({}, {}), { prune: true });
  const left = await exported();
  expect(left).toMatchObject({ browserFlow: 'browser', registrationFlow: 'registration', identityProviders: [] });
  expect(left.authenticationFlows.filter(({ builtIn }: Answered) => !builtIn)).toEqual([]);
  expect(JSON.stringify(left.attributes)).not.toContain('authctl.binding');
  expect(await signIn()).toBe('200 password');
});
