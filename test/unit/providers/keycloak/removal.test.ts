import { beforeEach, describe, expect, it } from 'vitest';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import { createEngine } from '../../../../src/core/engine.ts';
import { addressOfChange, changesOf, makePlan, reasonsOf } from '../../../../src/core/plan.ts';
import type { PlanOptions } from '../../../../src/core/plan.ts';
import { realmPart } from '../../../../src/patterns/realm.ts';
import { createKeycloakProvider } from '../../../../src/providers/keycloak/index.ts';
import { shop } from './blueprint.ts';
import { entities, shopWith } from './entities.ts';
import { policiesOf } from './fake/client-policies.ts';
import { componentOf } from './fake/components.ts';
import { groupsOf } from './fake/groups.ts';
import { newUser } from './fake/users.ts';
import { waysOf } from './fake/ways.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';

let keycloak: FakeKeycloak;
beforeEach(() => {
  keycloak = fakeKeycloak();
});
const realm = () => keycloak.realms.get('shop')!;
const user = (username: string) => realm().users.find((item) => item.username === username);
const client = (clientId: string) => realm().clients.find((item) => item.clientId === clientId);
const everything = (blueprint: Blueprint) => ({ name: blueprint.name, desired: realmPart(blueprint).desired, deferred: [] });
const nothing = (blueprint: Blueprint) => ({ name: blueprint.name, desired: [], deferred: [] });

const run = (options: PlanOptions = {}, expansion = everything(shop())) =>
  createEngine([createKeycloakProvider(shop(), keycloak)], expansion).apply({ ...options, approve: () => Promise.resolve(true) });
const destroy = () => run({ prune: true }, nothing(shop()));
const messages = async (report: ReturnType<typeof run>) => (await report).problems.map(({ code, message }) => `${code} ${message}`);
const told = async (options: PlanOptions = {}) =>
  changesOf(await makePlan([createKeycloakProvider(shop(), keycloak)], everything(shop()), options))
    .filter(({ action }) => action !== 'keep' && action !== 'danger')
    .map((change) => [change.action, addressOfChange(change), ...reasonsOf(change).map(({ path }) => path)].join(' '));

describe('deleting what others belong to, in Keycloak’s own words', () => {
  it.each<readonly [what: string, to: () => void, told: readonly string[]]>([
    ['an organization with somebody in it', () => void (waysOf(realm()).organizations.find(({ alias }) => alias === 'acme')!.belonging = [newUser(realm(), { username: 'real.person' }).id]), ['PLAN_DEPENDENTS keycloak.organization/shop/acme is not deleted: keycloak.user/shop/real.person belongs to this organization, and may be deleted with it']],
    ['a profile that a policy of others names', () => policiesOf(realm()).push({ name: 'theirs', enabled: true, conditions: [], profiles: ['asks for PKCE'] }), ['PLAN_DEPENDENTS keycloak.client-profile/shop/asks for PKCE is not deleted: keycloak.client-policy/shop/theirs demands this of clients, and none could be made or changed without it']],
  ])('is refused: %s', async (_what, to, told) => {
    const provider = () => createKeycloakProvider(shopWith(), keycloak);
    await createEngine([provider()], everything(shopWith())).apply({ approve: () => Promise.resolve(true) });
    to();
    const { clientProfiles: _profiles, clientPolicies: _policies, organizations: _all, ...less } = entities;
    const { problems } = await createEngine([provider()], everything(shopWith(less))).apply({ prune: true, approve: () => Promise.resolve(true) });
    expect(problems.map(({ code, message }) => `${code} ${message}`)).toEqual(told);
  });
});

it('keeps the accounts that a directory imported when the directory goes', async () => {
  const provider = () => createKeycloakProvider(shopWith(), keycloak);
  await createEngine([provider()], everything(shopWith())).apply({ approve: () => Promise.resolve(true) });
  const { id } = newUser(realm(), { username: 'real.person', federationLink: componentOf(realm(), 'directory')!.id });
  const { components: _components, ...less } = entities;
  const { problems } = await createEngine([provider()], everything(shopWith(less))).apply({ prune: true, approve: () => Promise.resolve(true) });
  expect(problems).toEqual([]);
  expect(componentOf(realm(), 'directory')).toBeUndefined();
  expect(user('real.person')).toMatchObject({ id });
  expect(user('real.person')).not.toHaveProperty('federationLink');
});

describe('deleting what others have', () => {
  const gives = async (to: () => void): Promise<string[]> => {
    await run();
    to();
    const before = structuredClone({ roles: realm().roles, scopes: realm().scopes, clients: realm().clients, users: realm().users });
    const found = await messages(destroy());
    expect({ roles: realm().roles, scopes: realm().scopes, clients: realm().clients, users: realm().users }).toEqual(before);
    return found;
  };
  const refused = (address: string, dependent: string, harm: string) => [expect.stringContaining(`PLAN_DEPENDENTS ${address} is not deleted: ${dependent} ${harm}`) as string];

  it('is refused for a scope of a foreign client', async () => {
    const found = await gives(() => client('account')!.optionalClientScopes.push('orders:read'));
    expect(found).toEqual(refused('keycloak.client-scope/shop/orders:read', 'keycloak.client/shop/account', 'has this scope'));
  });

  it('is refused for a role inside a foreign one', async () => {
    const found = await gives(() => {
      const id = realm().rep.defaultRole.id as string;
      realm().links.set(`roles-by-id/${id}/composites`, new Set(['customer']));
    });
    expect(found).toEqual(refused('keycloak.role/shop/customer', 'keycloak.role/shop/default-roles-shop', 'contains this role'));
  });

  it('is refused for a role that a person has who is no persona', async () => {
    const found = await gives(() => realm().links.get(`users/${newUser(realm(), { username: 'real.person' }).id as string}/role-mappings/realm`)!.add('customer'));
    expect(found).toEqual(refused('keycloak.role/shop/customer', 'keycloak.user/shop/real.person', 'has this role'));
  });

  it('is refused for a group with somebody else in it', async () => {
    const found = await gives(() => groupsOf(realm())[0]!.members.add(newUser(realm(), { username: 'real.person' }).id));
    expect(found).toEqual(refused('keycloak.group/shop/staff', 'keycloak.user/shop/real.person', 'is in this group'));
  });

  it('is refused for a scope that every new client gets', async () => {
    for (const list of ['defaultDefaultClientScopes', 'defaultOptionalClientScopes']) {
      keycloak = fakeKeycloak();
      const found = await gives(() => (realm().beside[list] = ['orders:read']));
      expect(found).toEqual(refused('keycloak.client-scope/shop/orders:read', 'keycloak.realm/shop', 'gives this scope to every new client'));
    }
  });

  it('is refused for a role that a foreign group, scope, client or account has', async () => {
    const found = await gives(() => {
      const add = (path: string) => realm().links.set(path, new Set(['customer']));
      groupsOf(realm()).push({ id: 'theirs', name: 'theirs', attributes: {}, members: new Set() });
      add('groups/theirs/role-mappings/realm');
      add(`client-scopes/${String(realm().scopes.find(({ name }) => name === 'profile')!.id)}/scope-mappings/realm`);
      add(`clients/${String(client('account')!.id)}/scope-mappings/realm`);
      const account = newUser(realm(), { username: 'service-account-account', enabled: true });
      account.serviceAccountClientId = 'account';
      add(`users/${String(account.id)}/role-mappings/realm`);
    });
    expect(found).toHaveLength(1);
    const role = 'keycloak.role/shop/customer';
    for (const part of [
      'keycloak.group/shop/theirs gives this role to everybody in it',
      'keycloak.client-scope/shop/profile is for those who have this role, and might be for everybody without it',
      'keycloak.client/shop/account has this role in its scope',
      'keycloak.client/shop/account has this role for its service account',
    ])
      expect(found[0]).toContain(part);
    expect(found[0]).toContain(role);
  });

  it('is refused for a client of whose roles somebody else has one, or a foreign role contains one', async () => {
    const { clientRoles } = entities;
    const stated = shopWith({ clientRoles: { reports: { Reader: clientRoles!.reports!.Reader! } } });
    const engine = createEngine([createKeycloakProvider(stated, keycloak)], everything(stated));
    expect((await engine.apply({ approve: () => Promise.resolve(true) })).problems).toEqual([]);
    newUser(realm(), { username: 'real.person', holds: ['reports/Reader'] });
    realm().roles.push({ id: 'theirs', name: 'theirs', attributes: {}, client: { reports: ['Reader'] } });
    const [problem] = await messages(destroy());
    for (const part of ['keycloak.role/shop/theirs contains', 'keycloak.user/shop/real.person has']) expect(problem).toContain(part);
    expect(client('reports')).toBeDefined();
  });

  it('is refused for a group with a foreign one below it', async () => {
    const found = await gives(() => groupsOf(realm()).push({ id: 'below', name: 'below', parentId: groupsOf(realm())[0]!.id as string, attributes: {}, members: new Set() }));
    expect(found).toEqual(refused('keycloak.group/shop/staff', 'keycloak.group/shop/staff/*', 'is below it, and would be deleted with it'));
  });

  it('goes on when nobody else has it: personas, service accounts and protected clients of ours do not count', async () => {
    await run();
    expect(await messages(destroy())).toEqual([]);
    expect([user('alice'), client('reports'), client('storefront')?.clientId]).toEqual([undefined, undefined, 'storefront']);
  });
});

describe('what was there before', () => {
  const alice = { username: 'alice', enabled: true, email: 'alice@real.example', firstName: 'Alice', lastName: 'Real', requiredActions: ['CONFIGURE_TOTP'], attributes: { team: ['red'] } };
  beforeEach(async () => {
    await run();
    realm().users = realm().users.filter(({ username }) => username !== 'alice');
    newUser(realm(), structuredClone(alice));
  });

  it('is shown field by field before it is taken over, and keeps what no line states', async () => {
    expect(await told({ adopt: true })).toContain('adopt keycloak.user/shop/alice realmRoles password');
    expect(await messages(run({ adopt: true }))).toEqual([]);
    expect(user('alice')).toMatchObject({ email: 'alice@real.example', firstName: 'Alice', lastName: 'Real', requiredActions: ['CONFIGURE_TOTP'], password: 'alice-password', attributes: { team: ['red'], 'authctl.owner': ['shop'], 'authctl.adopted': ['true'] } });
    expect(await told()).toEqual([]);
    user('alice')!.firstName = 'Alicia';
    expect(await told()).toEqual([]);
  });

  it('is let go by destroy and by prune, never deleted', async () => {
    await run({ adopt: true });
    expect(await messages(destroy())).toEqual([]);
    expect(user('alice')).toMatchObject({ email: 'alice@real.example', attributes: { team: ['red'] } });
    expect(Object.keys(user('alice')!.attributes as object)).toEqual(['team']);
    expect(user('sam')).toBeUndefined();
    expect(await told()).toContain('blocked keycloak.user/shop/alice');
  });
});

describe('release', () => {
  it('takes our marks off everything, changes nothing else, and what was ours is in the way', async () => {
    await run();
    const bare = () => {
      const without = (rep: Record<string, unknown>) => ({ ...rep, attributes: Object.fromEntries(Object.entries(Object(rep.attributes) as object).filter(([name]) => !name.startsWith('authctl.'))) });
      return structuredClone({ realm: without(realm().rep), roles: realm().roles.map(without), scopes: realm().scopes.map(without), clients: realm().clients.map(without), users: realm().users.map(without), groups: groupsOf(realm()).map(without), links: realm().links });
    };
    const before = bare();
    expect(await messages(run({ release: ['*'] }, nothing(shop())))).toEqual([]);
    expect(bare()).toEqual(before);
    expect(JSON.stringify([realm().rep, realm().roles, realm().scopes, realm().clients, realm().users])).not.toContain('authctl.');
    const after = await told();
    expect(after.length).toBeGreaterThan(5);
    expect(after.every((text) => text.startsWith('blocked '))).toBe(true);
  });
});
