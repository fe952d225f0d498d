import { randomBytes } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import type { Blueprint } from '../../src/blueprint/types.ts';
import { applyPlan } from '../../src/core/apply.ts';
import { makePlan } from '../../src/core/plan.ts';
import type { PlanOptions } from '../../src/core/plan.ts';
import { Problem } from '../../src/core/problem.ts';
import { Secret } from '../../src/core/secret.ts';
import { authorizationOf } from '../../src/import/keycloak/authorization.ts';
import { permissions } from '../../src/providers/keycloak/permissions.ts';
import { leastRights } from '../../src/providers/permissions.ts';
import { library, settings, shopThatDecides } from '../unit/providers/keycloak/authorization-settings.ts';
import { stackEnv } from './authctl.ts';
import { appliedTo, connected, expansion, toldIn } from './realm-plans.ts';
import { consoleOf } from './keycloak-whole/console.ts';

const env = stackEnv();
const url = env.KEYCLOAK_URL ?? '';
const clientSecret = env.KEYCLOAK_CLIENT_SECRET ?? '';
const realm = `kca-${randomBytes(4).toString('hex')}`;
const credentials = { realm: 'master', clientId: env.KEYCLOAK_CLIENT_ID ?? 'authctl', clientSecret: new Secret(clientSecret) };
const { ask, client, save } = consoleOf(url, clientSecret, realm);

const blueprint = (stated = library()): Blueprint => shopThatDecides(stated, { realmName: realm, targets: { keycloak: { url, credentials } } });
const told = (of = blueprint(), options: PlanOptions = {}): Promise<readonly string[]> => toldIn(realm, of, options, ({ effect, field }) => [effect, field]);
const applied = (of = blueprint(), options: PlanOptions = {}): Promise<number> => appliedTo(of, options);
const ADDRESS = 'keycloak.authorization/shop/library';
const server = async (): Promise<string> => `/clients/${await client('library')}/authz/resource-server`;
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const held = async (): Promise<any> => ask('GET', `${await server()}/settings`);
const found = async (what: string, name: string): Promise<{ readonly id?: string; readonly _id?: string }> => ask('GET', `${await server()}/${what}/search?name=${encodeURIComponent(name)}`);

afterAll(() => ask('DELETE', '').catch(() => undefined));

it('is made from nothing, reads back as stated, and is written once', async () => {
  await applied();
  expect(await told()).toEqual([]);
  expect(await applied()).toBe(0);
});

it('is imported as it is: a plan of what an import says has nothing to do', async () => {
  const exported = await ask('POST', '/partial-export?exportClients=true&exportGroupsAndRoles=true');
  const said = authorizationOf(exported.clients.find((one: { clientId: string }) => one.clientId === 'library'));
  expect(Object.keys(said)).toEqual(['authorizationSettings']);
  expect(await told(blueprint({ ...library(), ...said } as ReturnType<typeof library>))).toEqual([]);
});

it('outlives a change of the client that says nothing of it', async () => {
  await save(`/clients/${await client('library')}`, (rep) => (rep.fullScopeAllowed = true));
  expect(await told()).toEqual(['update keycloak.client/shop/library fullScopeAllowed']);
  await applied();
  expect(await told()).toEqual([]);
});

it('is the same when an administrator has saved every part of it unchanged', async () => {
  const at = await server();
  await save(at);
  for (const { name } of settings.scopes) await save(`${at}/scope/${(await found('scope', name)).id}`);
  for (const { name } of settings.resources) await save(`${at}/resource/${(await found('resource', name))._id}`);
  for (const { name, type } of settings.policies) await save(`${at}/${type === 'scope' || type === 'resource' ? 'permission' : 'policy'}/${type}/${(await found('policy', name)).id}`);
  expect(await told()).toEqual([]);
});

it('names what somebody changed in each of it, and puts it back', async () => {
  const at = await server();
  const now = await ask('GET', at);
  await ask('PUT', at, { ...now, policyEnforcementMode: 'PERMISSIVE', decisionStrategy: 'AFFIRMATIVE', allowRemoteResourceManagement: true });
  await save(`${at}/scope/${(await found('scope', 'read')).id}`, (rep) => (rep.displayName = 'See'));
  await save(`${at}/resource/${(await found('resource', 'shelf'))._id}`, (rep) => (rep.uris = ['/*']));
  // As the console does it: policies by the page of their type.
  const readers = `${at}/policy/role/${(await found('policy', 'readers')).id}`;
  await save(readers, (rep) => (rep.roles = [...rep.roles.map((one: { required: boolean }) => ({ ...one, required: false }))]));
  const desk = `${at}/policy/group/${(await found('policy', 'not at the desk')).id}`;
  await save(desk, (rep) => (rep.logic = 'POSITIVE'));
  const lend = `${at}/permission/scope/${(await found('policy', 'may lend')).id}`;
  const [policy] = [await found('policy', 'readers')];
  await save(lend, (rep) => Object.assign(rep, { policies: [policy?.id] }));
  expect(await told()).toEqual([
    [
      `update ${ADDRESS}`,
      'policyEnforcementMode', 'decisionStrategy', 'allowRemoteResourceManagement', 'scopes.read.displayName', 'resources.shelf.uris',
      'policies.may lend.config.applyPolicies', 'policies.readers.config.roles', 'policies.not at the desk.logic',
    ].join(' '), // prettier-ignore
  ]);
  await applied();
  expect(await told()).toEqual([]);
});

it('tells what somebody put beside it, and leaves it', async () => {
  const at = await server();
  const { id } = await found('policy', 'sam');
  await ask('POST', `${at}/permission/resource`, { name: 'theirs', type: 'resource', resourceType: 'urn:shelf', policies: [id] });
  await ask('POST', `${at}/resource`, { name: 'their shelf' });
  const beside = [`danger ${ADDRESS} opens policies.theirs`, `danger ${ADDRESS} differs resources.their shelf`];
  expect((await told()).toSorted()).toEqual(beside.toSorted());
  await applied();
  expect((await told()).toSorted()).toEqual(beside.toSorted());
  await ask('DELETE', `${at}/permission/resource/${(await found('policy', 'theirs')).id}`);
  await ask('DELETE', `${at}/resource/${(await found('resource', 'their shelf'))._id}`);
});

it('takes away what was stated and is stated no more, and with --prune all that was', async () => {
  const fewer = {
    ...settings,
    scopes: settings.scopes.filter(({ name }) => name !== 'burn'),
    resources: settings.resources.filter(({ name }) => name === 'shelf'),
    policies: settings.policies.filter(({ name }) => !['all shelves', 'sam by day', 'sam'].includes(name)),
  };
  const less = blueprint(library({ authorizationSettings: fewer }));
  expect(await told(less)).toEqual([`update ${ADDRESS} scopes.burn resources.Magazin / 書庫 policies.sam policies.sam by day policies.all shelves`]);
  await applied(less);
  expect(await told(less)).toEqual([]);
  const { authorizationSettings: _stated, ...none } = library();
  expect(await told(blueprint(none), { prune: true })).toContain(`delete ${ADDRESS}`);
  await applied(blueprint(none), { prune: true });
  expect(await held()).toMatchObject({ scopes: [], resources: [], policies: [] });
});

it.each([
  ['a role that is not there', { name: 'x', type: 'role', config: { roles: '[{"id":"nobody has it"}]' } }, 'KEYCLOAK_NO_SUCH_NAME'],
  ['a group that is not there', { name: 'x', type: 'group', logic: 'NEGATIVE', config: { groups: '[{"path":"/nowhere"}]' } }, 'KEYCLOAK_NO_SUCH_NAME'],
  ['a policy by a script', { name: 'x', type: 'js', config: { code: '$evaluation.grant()' } }, 'KEYCLOAK_REFUSED'],
])('makes nothing of what stands on %s', async (_what, policy, code) => {
  const of = blueprint(library({ authorizationSettings: { policies: [policy] } }));
  const provider = connected(of);
  const results = await applyPlan({ providers: [provider], plan: await makePlan([provider], expansion(of), {}), options: {} });
  await provider.close?.();
  expect(results.flatMap(({ problem }) => (problem ? [problem.code] : []))).toEqual([code]);
  expect((await held()).policies).toEqual([]);
});

it('is written by a login with exactly what permissions says, and by none with less', async () => {
  await applied();
  const rights = leastRights(permissions, 'apply', expansion(blueprint()).desired.map(({ kind }) => kind));
  const master = consoleOf(url, clientSecret, 'master');
  const secret = randomBytes(24).toString('base64url');
  const clientId = `least-${realm}`;
  await master.ask('POST', '/clients', { clientId, protocol: 'openid-connect', publicClient: false, standardFlowEnabled: false, serviceAccountsEnabled: true, secret });
  const id = await master.client(clientId);
  try {
    const account = await master.ask('GET', `/clients/${id}/service-account-user`);
    const given = `/users/${account.id}/role-mappings/clients/${await master.client(`${realm}-realm`)}`;
    const all: readonly { readonly name: string }[] = await master.ask('GET', `/clients/${await master.client(`${realm}-realm`)}/roles`);
    const held = (): readonly object[] => all.filter(({ name }) => rights.includes(name));
    const least = { url, credentials: { realm: 'master', clientId, clientSecret: new Secret(secret) } };
    let turn = 0;
    /** Something of each list is another than it was, and what that login says of it. */
    const written = async (): Promise<readonly string[]> => {
      turn += 1;
      const scopes = settings.scopes.map((one) => (one.name === 'lend' ? { ...one, displayName: `Lend ${turn}` } : one));
      const resources = settings.resources.map((one) => (one.name === 'shelf' ? { ...one, displayName: `Shelf ${turn}` } : one));
      const of = shopThatDecides(library({ authorizationSettings: { ...settings, scopes, resources } }), { realmName: realm, targets: { keycloak: least } });
      const provider = connected(of);
      try {
        const only = expansion(of).desired.filter(({ kind }) => kind === 'keycloak.authorization');
        const plan = await makePlan([provider], { name: of.name, desired: only, deferred: [] }, {});
        const results = await applyPlan({ providers: [provider], plan, options: {} });
        return results.map(({ action, problem }) => `${action} ${problem?.code ?? 'done'}`);
      } catch (thrown) {
        return [thrown instanceof Problem ? thrown.code : String(thrown)];
      } finally {
        await provider.close?.();
      }
    };
    await master.ask('POST', given, held());
    expect(await written()).toEqual(['update done']);
    await master.ask('DELETE', given, all.filter(({ name }) => name === 'manage-clients'));
    expect(await written()).toEqual(['update KEYCLOAK_FORBIDDEN']);
    await master.ask('DELETE', given, held());
    expect(await written()).toEqual(['KEYCLOAK_FORBIDDEN']);
  } finally {
    await master.ask('DELETE', `/clients/${id}`);
  }
});
