import { beforeEach, describe, expect, it } from 'vitest';
import { applyPlan } from '../../../../src/core/apply.ts';
import { makePlan } from '../../../../src/core/plan.ts';
import type { PlanOptions } from '../../../../src/core/plan.ts';
import { createKeycloakProvider } from '../../../../src/providers/keycloak/index.ts';
import { applied, expansion, planned, toldBy } from './applying.ts';
import { library, settings, shopThatDecides } from './authorization-settings.ts';
import { shopWith } from './entities.ts';
import { settingsOf } from './fake/authorization.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';
import type { Body } from './fake/state.ts';

let keycloak: FakeKeycloak;
beforeEach(async () => {
  keycloak = fakeKeycloak();
  await applied(keycloak, shopThatDecides());
});
const realm = () => keycloak.realms.get('shop')!;
const held = () => settingsOf(realm(), 'library');
const policy = (name: string): Body => held().policies.find((one: Body) => one.name === name);
const shelf = (): Body => held().resources.find(({ name }: Body) => name === 'shelf');
const told = (of = shopThatDecides(), options: PlanOptions = {}) => toldBy(keycloak, of, options);
const ADDRESS = 'keycloak.authorization/shop/library';
const deciding = (over: object) => shopThatDecides(library({ authorizationSettings: { ...settings, ...over } }));
/** Effects of what is there, by the plan. */
const effects = async (): Promise<readonly (string | undefined)[]> => (await planned(keycloak, shopThatDecides())).waves.flat().flatMap((change) => (change.action === 'update' ? [change.effect] : []));
const failing = async (of: ReturnType<typeof shopThatDecides>): Promise<readonly string[]> => {
  const provider = createKeycloakProvider(of, keycloak);
  const results = await applyPlan({ providers: [provider], plan: await makePlan([provider], expansion(of), {}), options: {} });
  return results.flatMap(({ problem }) => (problem ? [problem.code] : []));
};

describe('what authorization services decide by', () => {
  it('is as it is stated, whatever the order and whichever ids, and nothing is written twice', async () => {
    expect(await told()).toEqual([]);
    const { writes } = keycloak.requests();
    held().policies.reverse();
    held().resources.reverse();
    await applied(keycloak, shopThatDecides());
    expect(keycloak.requests().writes).toBe(writes);
  });

  it('comes by one import, with no permission before its policy', () => {
    const about = keycloak.sent.filter((text) => text.includes('/authz/'));
    expect(about.filter((text) => text.startsWith('POST'))).toHaveLength(1);
    expect(about.filter((text) => !/^(GET|POST) /.test(text))).toEqual([]);
  });

  it.each<[what: string, change: () => void, field: string, effect: string]>([
    ['what no permission is about is granted', () => (held().policyEnforcementMode = 'PERMISSIVE'), 'policyEnforcementMode', 'opens'],
    ['one permission is enough', () => (held().decisionStrategy = 'AFFIRMATIVE'), 'decisionStrategy', 'opens'],
    ['the client makes resources', () => (held().allowRemoteResourceManagement = true), 'allowRemoteResourceManagement', 'weakens'],
    ['a scope is called otherwise', () => (held().scopes[0].displayName = 'x'), 'scopes.read.displayName', 'differs'],
    ['other addresses', () => (shelf().uris = ['/*']), 'resources.shelf.uris', 'weakens'],
    ['its owner may share it', () => (shelf().ownerManagedAccess = true), 'resources.shelf.ownerManagedAccess', 'opens'],
    ['a permission stands on less', () => (policy('may lend').config.applyPolicies = '["readers"]'), 'policies.may lend.config.applyPolicies', 'opens'],
    ['a permission stands on more', () => (policy('may lend').config.applyPolicies = '["readers","by day","sam"]'), 'policies.may lend.config.applyPolicies', 'breaks'],
    ['one of two is enough', () => (policy('sam by day').decisionStrategy = 'UNANIMOUS'), 'policies.sam by day.decisionStrategy', 'breaks'],
    ['a role is required no more', () => (policy('readers').config.roles = '[{"id":"library/librarian","required":false},{"id":"support","required":false}]'), 'policies.readers.config.roles', 'opens'],
    ['more roles', () => (policy('readers').config.roles = '[{"id":"library/librarian","required":false},{"id":"support","required":true},{"id":"customer","required":false}]'), 'policies.readers.config.roles', 'opens'],
    ['fewer roles', () => (policy('readers').config.roles = '[{"id":"support","required":true}]'), 'policies.readers.config.roles', 'breaks'],
    ['other people', () => (policy('sam').config.users = '["alice"]'), 'policies.sam.config.users', 'opens'],
    ['the other way round', () => (policy('not at the desk').logic = 'POSITIVE'), 'policies.not at the desk.logic', 'opens'],
    ['whom a policy turns away comes in', () => (policy('not at the desk').config.groups = '[]'), 'policies.not at the desk.config.groups', 'opens'],
    ['another time', () => (policy('by day').config.hourEnd = '23'), 'policies.by day.config.hourEnd', 'opens'],
    ['a field that was not there', () => (policy('by day').config.minute = '1'), 'policies.by day.config.minute', 'opens'],
    ['a permission is about more', () => (policy('may lend').config.resources = '["shelf","Magazin / 書庫"]'), 'policies.may lend.config.resources', 'opens'],
    ['a permission is about less, beside another that has to grant, too', () => (policy('may lend').config.scopes = '["read"]'), 'policies.may lend.config.scopes', 'opens'],
    ['a permission that had to grant, too, is gone', () => (held().policies = held().policies.filter(({ name }: Body) => name !== 'all shelves')), 'policies.all shelves', 'opens'],
    ['a policy is gone that nothing stood on', () => (held().policies = held().policies.filter(({ name }: Body) => name !== 'ours')), 'policies.ours', 'breaks'],
    ['a resource is gone', () => (held().resources = held().resources.filter(({ name }: Body) => name === 'shelf')), 'resources.Magazin / 書庫', 'breaks'],
    ['another word for it', () => (policy('readers').description = 'x'), 'policies.readers.description', 'differs'],
  ])('is told and put back: %s', async (_what, change, field, effect) => {
    change();
    expect(await told()).toEqual([`update ${ADDRESS} ${field}`]);
    expect(await effects()).toEqual([effect]);
    await applied(keycloak, shopThatDecides());
    expect(await told()).toEqual([]);
  });

  it('is made again where somebody deleted it: a permission, a policy, a resource', async () => {
    held().policies = held().policies.filter(({ name }: Body) => name !== 'all shelves' && name !== 'ours');
    held().resources = held().resources.filter(({ name }: Body) => name === 'shelf');
    expect(await told()).toEqual([`update ${ADDRESS} resources.Magazin / 書庫 policies.ours policies.all shelves`]);
    await applied(keycloak, shopThatDecides());
    expect(await told()).toEqual([]);
  });

  it('leaves what somebody put beside it, and tells it once for each', async () => {
    held().policies.push({ id: '1', name: 'their.own', type: 'user', logic: 'POSITIVE', decisionStrategy: 'UNANIMOUS', config: { users: '[]' } }, { id: '2', name: 'theirs', type: 'resource', logic: 'POSITIVE', decisionStrategy: 'UNANIMOUS', config: { applyPolicies: '["their.own"]' } });
    held().scopes.push({ id: '3', name: 'theirs' });
    const lines = [`danger ${ADDRESS} policies.theirs`, `danger ${ADDRESS} scopes.theirs`, `danger ${ADDRESS} policies.their.own`];
    expect((await told()).toSorted()).toEqual(lines.toSorted());
    await applied(keycloak, deciding({ scopes: settings.scopes.filter(({ name }) => name !== 'burn') }));
    expect((await told()).filter((text) => text.startsWith('danger')).toSorted()).toEqual(lines.toSorted());
    expect(policy('theirs')).toBeDefined();
  });

  it('goes where it is stated no more: entry by entry, and all of it with --prune', async () => {
    const less = deciding({ policies: settings.policies.filter(({ name }) => !['all shelves', 'sam by day', 'sam'].includes(name)), scopes: settings.scopes.filter(({ name }) => name !== 'burn') });
    expect(await told(less)).toEqual([`update ${ADDRESS} scopes.burn policies.sam policies.sam by day policies.all shelves`]);
    keycloak.sent.length = 0;
    await applied(keycloak, less);
    expect(await told(less)).toEqual([]);
    const { authorizationSettings: _stated, ...none } = library();
    expect((await told(shopThatDecides(none), { prune: true })).filter((text) => text.startsWith('delete'))).toEqual([`delete ${ADDRESS}`]);
    await applied(keycloak, shopThatDecides(none), { prune: true });
    expect(held()).toMatchObject({ scopes: [], resources: [], policies: [] });
  });

  it.each(['constructor', 'toString', '__proto__'])('is called "%s" as well as anything', async (name) => {
    const of = deciding({
      scopes: [...settings.scopes, { name }],
      resources: [...settings.resources, { name, scopes: [{ name }] }],
      policies: [...settings.policies, { name, type: 'user', config: { users: ['sam'] } }],
    });
    expect(await told(of)).toEqual([`update ${ADDRESS} scopes.${name} resources.${name} policies.${name}`]);
    await applied(keycloak, of);
    expect(await told(of)).toEqual([]);
    expect([held().scopes, held().resources, held().policies].map((all: Body[]) => all.some((one) => one.name === name))).toEqual([true, true, true]);
    await applied(keycloak, shopThatDecides());
    expect([held().scopes, held().resources, held().policies].map((all: Body[]) => all.some((one) => one.name === name))).toEqual([false, false, false]);
  });

  it('leaves a pattern that looks like a list as it is', async () => {
    const of = deciding({ policies: [...settings.policies, { name: 'digit', type: 'regex', config: { targetClaim: 'floor', pattern: '[0]' } }] });
    await applied(keycloak, of);
    expect(policy('digit').config).toEqual({ targetClaim: 'floor', pattern: '[0]' });
    policy('digit').config.pattern = '["0"]';
    expect(await told(of)).toEqual([`update ${ADDRESS} policies.digit.config.pattern`]);
  });

  it('writes over nothing, and deletes nothing, that an account calls as one of ours is called', async () => {
    const theirs = { id: 'theirs', name: 'shelf', owner: { id: 'sam', name: 'sam' }, ownerManagedAccess: true, attributes: {}, uris: ['/sam'] };
    held().resources.push(theirs);
    await applied(keycloak, deciding({ resources: settings.resources.map((one) => (one.name === 'shelf' ? { ...one, uris: ['/new'] } : one)) }));
    expect([held().resources.find(({ id }: Body) => id === 'theirs'), shelf().uris]).toEqual([theirs, ['/new']]);
    const { authorizationSettings: _stated, ...none } = library();
    await applied(keycloak, shopThatDecides(none), { prune: true });
    expect(held().resources).toEqual([theirs]);
  });

  it.each<[what: string, before: () => void]>([
    ['a permission of others stands on a policy of it', () => held().policies.push({ id: '1', name: 'theirs', type: 'resource', logic: 'POSITIVE', decisionStrategy: 'UNANIMOUS', config: { applyPolicies: '["sam"]' } })],
    ['a permission of others is about a resource of it', () => held().policies.push({ id: '1', name: 'theirs', type: 'resource', logic: 'POSITIVE', decisionStrategy: 'UNANIMOUS', config: { resources: '["shelf"]' } })],
    ['a resource of others has a scope of it', () => held().resources.push({ id: '1', name: 'theirs', ownerManagedAccess: false, attributes: {}, uris: [], scopes: [{ name: 'burn' }] })],
    ['a resource of an account has a scope of it', () => held().resources.push({ id: '1', name: 'theirs', owner: { id: 'sam', name: 'sam' }, ownerManagedAccess: true, attributes: {}, uris: [], scopes: [{ name: 'burn' }] })],
  ])('is not deleted while %s', async (_what, before) => {
    before();
    const was = structuredClone(held());
    const { authorizationSettings: _stated, ...none } = library();
    const of = shopThatDecides(none);
    const plan = await planned(keycloak, of, { prune: true });
    expect([...plan.waves.flat(), ...plan.removals].flatMap((change) => (change.action === 'blocked' ? [change.problem.message] : []))).toEqual([`${ADDRESS} is not deleted: ${ADDRESS}/theirs stands on what would be deleted`]);
    const provider = createKeycloakProvider(of, keycloak);
    await applyPlan({ providers: [provider], plan, options: { prune: true } });
    expect(held()).toEqual(was);
  });

  it('is let go with everything in it', async () => {
    const { authorizationSettings: _stated, ...none } = library();
    await applied(keycloak, shopThatDecides(none), { release: [ADDRESS] });
    expect(held().policies).toHaveLength(settings.policies.length);
    expect(Object.keys(realm().clients.find(({ clientId }) => clientId === 'library')!.attributes).filter((name) => name.startsWith('authctl.authorization'))).toEqual([]);
  });

  it('stays when something else of its client is written, and when its client is let go', async () => {
    const client = realm().clients.find(({ clientId }) => clientId === 'library')!;
    client.fullScopeAllowed = true;
    const { authorizationSettings: _stated, authorizationServicesEnabled: _on, ...silent } = library();
    await applied(keycloak, shopThatDecides(silent));
    expect([client.fullScopeAllowed, held().policies.length]).toEqual([false, settings.policies.length]);
    await applied(keycloak, shopWith({ groups: { '/desk': {} } }), { release: ['*'] });
    expect(Object.keys(client.attributes).filter((name) => name.startsWith('authctl.'))).toEqual([]);
    expect(held().policies).toHaveLength(settings.policies.length);
  });
});

it('what another blueprint says of it stays that one\'s when its client is let go', async () => {
  const { authorizationSettings: _stated, ...none } = library();
  await applied(keycloak, shopThatDecides(none), { release: [ADDRESS] });
  const client = realm().clients.find(({ clientId }) => clientId === 'library')!;
  const theirs = { 'authctl.authorization': 'lending', 'authctl.authorization.adopted': 'true', 'authctl.authorization.made': '{"policies":["readers"]}' };
  Object.assign(client.attributes, theirs);
  await applied(keycloak, shopWith({ groups: { '/desk': {} } }), { release: ['*'] });
  expect(Object.fromEntries(Object.entries(client.attributes).filter(([name]) => name.startsWith('authctl.')))).toEqual(theirs);
});

describe('what Keycloak would do in silence is refused before anything is written', () => {
  it.each<[what: string, over: object, before: () => void, code: string]>([
    ['a role that is not there', { policies: [...settings.policies, { name: 'x', type: 'role', logic: 'NEGATIVE', config: { roles: '[{"id":"nobody"}]' } }] }, () => undefined, 'KEYCLOAK_NO_SUCH_NAME'],
    ['a role of a client that is not there', { policies: [...settings.policies, { name: 'x', type: 'role', config: { roles: '[{"id":"library/nobody"}]' } }] }, () => undefined, 'KEYCLOAK_NO_SUCH_NAME'],
    ['a client that is not there', { policies: [...settings.policies, { name: 'x', type: 'client', config: { clients: '["nobody"]' } }] }, () => undefined, 'KEYCLOAK_NO_SUCH_NAME'],
    ['another type', { policies: settings.policies.map((one) => (one.name === 'ours' ? { name: 'ours', type: 'user', config: { users: ['sam'] } } : one)) }, () => undefined, 'KEYCLOAK_POLICY_TYPE'],
    [
      'a policy on which a permission of others stands',
      { policies: settings.policies.filter(({ name }) => name !== 'ours') },
      () => held().policies.push({ id: '1', name: 'theirs', type: 'resource', logic: 'POSITIVE', decisionStrategy: 'UNANIMOUS', config: { applyPolicies: '["ours"]' } }),
      'KEYCLOAK_IN_USE',
    ],
    ['a policy that is stated no more, and named by one that is', { policies: settings.policies.filter(({ name }) => name !== 'sam by day') }, () => undefined, 'KEYCLOAK_IN_USE'],
    ['a scope that a resource of an account has', { scopes: settings.scopes.filter(({ name }) => name !== 'burn') }, () => held().resources.push({ id: '1', name: 'shelf', owner: { id: 'sam', name: 'sam' }, ownerManagedAccess: true, attributes: {}, uris: [], scopes: [{ name: 'burn' }] }), 'KEYCLOAK_IN_USE'],
    ['a scope that a resource of others has', { scopes: settings.scopes.filter(({ name }) => name !== 'burn') }, () => held().resources.push({ id: '1', name: 'theirs', ownerManagedAccess: false, attributes: {}, uris: [], scopes: [{ name: 'burn' }] }), 'KEYCLOAK_IN_USE'],
  ])('%s', async (_what, over, before, code) => {
    before();
    const was = structuredClone(held());
    expect(await failing(deciding(over))).toEqual([code]);
    expect(held()).toEqual(was);
  });
});
