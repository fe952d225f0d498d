import { beforeEach, describe, expect, it } from 'vitest';
import type { Danger } from '../../../../src/core/resource.ts';
import { applied, planned } from './applying.ts';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import { OTHERS_ASKED } from '../../../../src/providers/keycloak/reach/holders.ts';
import { line, shop } from './blueprint.ts';
import { entities, shopWith } from './entities.ts';
import { groupsOf } from './fake/groups.ts';
import { newUser } from './fake/users.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';
import type { Body } from './fake/state.ts';

let keycloak: FakeKeycloak;
beforeEach(async () => {
  keycloak = fakeKeycloak();
  await applied(keycloak, shopWith());
});
const realm = () => keycloak.realms.get('shop')!;
const found = async (): Promise<readonly Danger[]> => (await planned(keycloak, shopWith())).dangers.flatMap((change) => ('danger' in change ? [change.danger] : []));
const account = (username: string): Body => realm().users.find((one) => one.username === username)!;
const person = (username: string, roles: readonly string[] = [], holds: readonly string[] = []): Body => {
  const made = newUser(realm(), { username, enabled: true, holds });
  for (const name of roles) realm().links.get(`users/${String(made.id)}/role-mappings/realm`)!.add(name);
  return made;
};
const group = (name: string): Body => groupsOf(realm()).find((one) => one.name === name)!;
const joins = (name: string, who: readonly string[], realmRoles: readonly string[] = [], over: Body = {}): void => {
  groupsOf(realm()).push({ id: `id of ${name}`, name, attributes: {}, members: new Set(who.map((one) => String(account(one).id))), ...over });
  realm().links.set(`groups/id of ${name}/role-mappings/realm`, new Set(realmRoles));
};
const theirs = (rep: Body = {}, inside: readonly string[] = []): void => {
  realm().roles.push({ id: 'theirs', name: 'theirs', attributes: {}, ...rep });
  realm().links.set('roles-by-id/theirs/composites', new Set(inside));
};
const told = async (): Promise<string[]> => (await found()).map(({ effect, what }) => `${effect}: ${what}`).toSorted();

describe('who holds a role', () => {
  it.each<readonly [what: string, change: () => unknown, told: readonly string[]]>([
    ['somebody', () => person('mallory', ['admin']), ['opens: 1 account beyond the personas has the role admin (mallory)']],
    ['several, in the order of their names', () => ['c', 'a', 'b'].map((name) => person(name, ['admin'])), ['opens: 3 accounts beyond the personas have the role admin (a, b, c)']],
    ['many', () => ['c', 'a', 'b', 'd'].map((name) => person(name, ['admin'])), ['opens: 4 accounts beyond the personas have the role admin']],
    ['a persona by a group of others', () => joins('bosses', ['alice'], ['support']), ['opens: 1 account beyond the personas has the role support (alice)', 'weakens: who is in the group bosses has support']],
    ['nobody, where the group is empty', () => joins('bosses', [], ['support']), ['weakens: who is in the group bosses has support']],
    ['a persona in a group of ours that says who is in it', () => group('staff').members.add(account('alice').id), []],
    ['a seeded account in a group that it was put into', () => undefined, []],
    ['a seeded account in another', () => group('staff').members.add(account('seed.one').id), ['opens: 1 account beyond the personas has the role support (seed.one)']],
    ['a seeded account with another role', () => realm().links.get(`users/${String(account('seed.one').id)}/role-mappings/realm`)!.add('admin'), ['opens: 1 account beyond the personas has the role admin (seed.one)']],
    ['somebody in a group below ours', () => (person('mallory'), joins('below', ['mallory'], [], { parentId: group('staff').id })), ['opens: 1 account beyond the personas has the role support (mallory)']],
    ['somebody by a role that contains ours', () => (theirs({}, ['admin']), person('mallory', ['theirs'])), ['opens: 1 account beyond the personas has the role theirs, and with it admin, customer, support (mallory)', 'opens: who has the role theirs has admin as well']],
    ['somebody with a role that contains none', () => (theirs(), person('mallory', ['theirs'])), []],
    ['somebody who rules by a role', () => (theirs({ client: { 'realm-management': ['manage-users'] } }), person('mallory', ['theirs'])), ['opens: 1 account beyond the personas has the role theirs, and with it realm-management/manage-users (mallory)', 'opens: who has the role theirs has realm-management/manage-users as well, and so may give anybody any role, and set any password']],
    ['an account of a client', () => realm().links.get(`users/${String(account('service-account-reports').id)}/role-mappings/realm`)!.add('customer'), []],
    ['somebody with a role of a client that matters to nobody', () => person('mallory', [], ['account/view-profile']), []],
    ['somebody who may impersonate', () => person('mallory', [], ['realm-management/impersonation']), ['opens: 1 account beyond the personas has the role realm-management/impersonation, and so may sign in as anybody (mallory)']],
    ['somebody who reads the secrets of clients', () => person('mallory', [], ['realm-management/view-clients']), ['opens: 1 account beyond the personas has the role realm-management/view-clients, and so may read the secret of every client, and act as it (mallory)']],
    ['somebody who makes clients', () => person('mallory', [], ['realm-management/create-client']), ['opens: 1 account beyond the personas has the role realm-management/create-client, and so may make clients that get tokens of this realm (mallory)']],
  ])('%s', async (_what, change, expected) => {
    change();
    expect(await told()).toEqual(expected);
  });

  it('is told with who can do what by it, at the line of the role', async () => {
    person('mallory', ['admin']);
    expect(await found()).toMatchObject([{ kind: 'keycloak.role', id: 'shop/admin', field: 'holders', origin: line, gains: [{ role: 'admin', holders: { people: ['mallory'] } }], hint: expect.stringMatching(/./) as string }]);
  });

  it('is told with the roles that it brings, once each', async () => {
    theirs({}, ['admin', 'customer', 'plain']);
    person('mallory', ['theirs']);
    const holding = (await found()).find(({ field }) => field === 'holders');
    // Admin contains customer: who counts the one counts the other.
    expect(holding?.gains?.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))).toEqual(['admin', 'plain'].map((role) => ({ role, holders: { people: ['mallory'] } })));
  });
});

describe('a role with a slash in its name', () => {
  const slashed = (): Blueprint => {
    const roles = { 'роль/admin': {} };
    return shopWith({ ...entities, roles: { ...entities.roles, ...roles }, clientRoles: { ...entities.clientRoles, 'https://partner.test/app': { 'op/all': { composites: { realm: ['admin'] } } } }, users: { 'seed.two': { realmRoles: Object.keys(roles) } } });
  };
  const holding = async (): Promise<readonly string[]> => (await planned(keycloak, slashed())).dangers.flatMap((change) => ('danger' in change && change.danger.field === 'holders' ? [`${change.danger.kind} ${change.danger.what}`] : []));
  beforeEach(async () => {
    keycloak = fakeKeycloak();
    await applied(keycloak, slashed());
  });

  it('is asked for where it stands, in the realm', async () => {
    expect(await holding()).toEqual([]);
    person('mallory', ['роль/admin']);
    expect(await holding()).toEqual(['keycloak.role 1 account beyond the personas has the role роль/admin (mallory)']);
  });

  it('is asked for where it stands, at a client whose id has slashes, too', async () => {
    person('mallory', [], ['https://partner.test/app/op/all']);
    expect(await holding()).toEqual([expect.stringMatching(/^keycloak.client-role 1 account beyond the personas has the role https:..partner.test.app.op.all, and with it admin/) as string]);
  });
});

describe('who has roles by which the blueprint lets nobody in', () => {
  const spare = (count: number, over: Parameters<typeof shop>[0] = {}): Blueprint => {
    const plain = shop(over);
    const roles = Object.fromEntries(Array.from({ length: count }, (_, at) => [`spare-${String(at).padStart(2, '0')}`, { includes: [] }]));
    return { ...plain, realm: { ...plain.realm, roles: { ...plain.realm.roles, ...roles } } };
  };
  const asked = async (blueprint: Blueprint): Promise<{ readonly holding: readonly string[]; readonly unseen: readonly string[]; readonly reads: number }> => {
    await applied(keycloak, blueprint);
    person('mallory', ['spare-03']);
    keycloak.sent.length = 0;
    const { dangers, unseen } = await planned(keycloak, blueprint);
    return {
      holding: dangers.flatMap((change) => ('danger' in change && change.danger.field === 'holders' ? [change.danger.what] : [])),
      unseen: unseen.map(({ what }) => what),
      reads: keycloak.sent.filter((text) => text.startsWith('GET /shop/roles/spare-')).length,
    };
  };
  beforeEach(() => {
    keycloak = fakeKeycloak();
  });

  it('is asked while they are few', async () => {
    expect(await asked(spare(OTHERS_ASKED))).toEqual({ holding: ['1 account beyond the personas has the role spare-03 (mallory)'], unseen: [], reads: OTHERS_ASKED });
  });

  it('is not asked of many, and that is said', async () => {
    expect(await asked(spare(OTHERS_ASKED + 1))).toEqual({
      holding: [],
      unseen: [`who has ${OTHERS_ASKED + 1} roles by which this blueprint lets nobody in: spare-00, spare-01, spare-02, spare-03 and ${OTHERS_ASKED - 3} more`],
      reads: 0,
    });
  });

  it.each<readonly [what: string, over: (plain: Blueprint) => Blueprint]>([
    ['a persona has', (plain) => ({ ...plain, personas: { ...plain.personas, alice: { ...plain.personas.alice!, roles: ['customer', 'spare-03'] } } })],
    ['a scope is for', (plain) => ({ ...plain, realm: { ...plain.realm, scopes: { ...plain.realm.scopes, 'orders:read': { ...plain.realm.scopes['orders:read']!, roles: ['spare-03'] } } } })],
    ['a policy may ask for', (plain) => ({ ...plain, authorization: { ...plain.authorization, pattern: 'centralised' } })],
    ['contains one that decides', (plain) => ({ ...plain, realm: { ...plain.realm, roles: { ...plain.realm.roles, 'spare-03': { includes: ['customer'] } } } })],
  ])('is asked of one that %s, however many there are', async (_what, over) => {
    const { holding } = await asked(over(spare(OTHERS_ASKED + 2)));
    expect(holding.filter((what) => what.includes('the role spare-03'))).toHaveLength(1);
  });
});
