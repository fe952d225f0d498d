import { beforeEach, describe, expect, it } from 'vitest';
import type { Danger } from '../../../../src/core/resource.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { applied, planned, toldBy } from './applying.ts';
import { aPersona, shop, target } from './blueprint.ts';
import { masterOf } from './fake/master.ts';
import { groupsOf } from './fake/groups.ts';
import type { Body } from './fake/state.ts';
import { newUser } from './fake/users.ts';
import { waysOf } from './fake/ways.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';

let keycloak: FakeKeycloak;
beforeEach(async () => {
  keycloak = fakeKeycloak();
  await applied(keycloak, shop());
});
const realm = () => keycloak.realms.get('shop')!;
const user = (username: string): Body => realm().users.find((one) => one.username === username)!;
const client = (clientId: string): Body => realm().clients.find((one) => one.clientId === clientId)!;
const plan = () => planned(keycloak, shop());
const dangers = async (): Promise<readonly Danger[]> => (await plan()).dangers.flatMap((change) => ('danger' in change ? [change.danger] : []));
const told = async (): Promise<string[]> =>
  (await dangers()).map(({ effect, kind, id, field }) => [effect, kind.replace('keycloak.', ''), id.replace(/^shop\/?/, ''), field].filter(Boolean).join(' ')).toSorted();
/** Sets a password as somebody does in the admin console. */
const setByHand = (username: string, password: string): void => void Object.assign(user(username), { password, passwordSet: user(username).passwordSet + 60_000 });

describe('the password of a persona', () => {
  it('is set again when somebody else has set it, and then left alone', async () => {
    setByHand('alice', 'theirs');
    expect(await toldBy(keycloak, shop())).toEqual(['update keycloak.user/shop/alice password']);
    await applied(keycloak, shop());
    expect(user('alice').password).toBe('alice-password');
    expect(await toldBy(keycloak, shop())).toEqual([]);
  });

  it('is not taken for ours on an account that was made anew with the marks of the old one', async () => {
    const { attributes } = user('alice');
    realm().users = realm().users.filter(({ username }) => username !== 'alice');
    realm().links.set(`users/${newUser(realm(), { username: 'alice', enabled: true, attributes, password: 'theirs' }).id as string}/role-mappings/realm`, new Set(['customer']));
    expect(await toldBy(keycloak, shop())).toEqual([expect.stringMatching(/^update keycloak.user\/shop\/alice .*password/)]);
  });

  it('is set once more when the first run was cut off before it was noted', async () => {
    delete user('alice').attributes['authctl.credential-set'];
    expect(await toldBy(keycloak, shop())).toEqual(['update keycloak.user/shop/alice password']);
  });

  it('is there by our word alone where this login may not see when it was set, which is told', async () => {
    setByHand('alice', 'theirs');
    keycloak.forbidden = /credentials$/;
    expect(await toldBy(keycloak, shop())).toEqual([]);
    expect((await plan()).unseen).toEqual([{ target: 'keycloak', what: 'what 2 personas prove themselves by, and since when', why: 'this login may not see it (manage-users)' }]);
  });

  it('is not asked about where there are more than a hundred, which is told', async () => {
    const password = new Secret('password');
    const personas = Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`user${at}`, aPersona([], password)]));
    keycloak = fakeKeycloak();
    await applied(keycloak, shop({ personas }));
    keycloak.sent.length = 0;
    expect((await planned(keycloak, shop({ personas }))).unseen).toMatchObject([{ what: 'what 101 personas prove themselves by, and since when' }]);
    expect(keycloak.sent.filter((text) => text.endsWith('/credentials'))).toEqual([]);
  });
});

type Row = readonly [what: string, change: () => void, told: readonly string[]];
const proofs = (...held: readonly Body[]): void => void (user('alice').proofs = held.map((one, at) => ({ id: `proof ${at}`, createdDate: at, ...one })));
const access = (over: Body = {}): void => void waysOf(realm()).initialAccess.push({ id: 'token', timestamp: 1_700_000_000, expiration: 600, count: 3, remainingCount: 2, ...over });
const organization = (over: Body = {}): void => {
  realm().rep.organizationsEnabled = true;
  waysOf(realm()).organizations.push({ id: 'their id', name: 'theirs', alias: 'theirs', enabled: true, domains: [{ name: 'theirs.test' }], ...over });
};
const settings = { resources: [{ name: 'all' }], policies: [{ name: 'nobody', type: 'role' }, { name: 'all', type: 'resource' }] };
const ruling = (username: string, role: string): void => {
  const master = masterOf(keycloak.realms);
  const made = newUser(master, { username, enabled: true, ...(role !== 'admin' && { holds: [role] }) });
  if (role === 'admin') master.links.get(`users/${made.id as string}/role-mappings/realm`)?.add('admin');
};

describe('ways in that the blueprint does not state', () => {
  it.each<Row>([
    ['a one-time password', () => proofs({ type: 'otp', userLabel: 'phone' }), ['breaks user alice credentials.otp']],
    ['a security key beside the password', () => proofs({ type: 'webauthn' }), ['breaks user alice credentials.webauthn']],
    ['a passkey instead of it', () => proofs({ type: 'webauthn-passwordless' }), ['opens user alice credentials.webauthn-passwordless']],
    ['recovery codes', () => proofs({ type: 'recovery-authn-codes' }), ['weakens user alice credentials.recovery-authn-codes']],
    ['what a plugin brought', () => proofs({ type: 'magic' }), ['opens user alice credentials.magic']],
    ['passwords from before', () => proofs({ type: 'password-history' }), []],
    ['a token that makes clients', () => access(), ['opens initial-access-token token']],
    ['one that is used up', () => access({ remainingCount: 0 }), []],
    ['an organization', () => organization(), ['differs realm  organizationsEnabled', 'weakens organization theirs']],
    ['one that is off', () => organization({ enabled: false }), ['differs realm  organizationsEnabled']],
    [
      'one that another server vouches for',
      () => {
        organization();
        realm().beside.identityProviders.push({ alias: 'evil', providerId: 'oidc', enabled: true, organizationId: 'their id', config: {} });
      },
      ['differs realm  organizationsEnabled', 'opens identity-provider evil', 'opens organization theirs'],
    ],
    ['what Keycloak decides for a client', () => (client('reports').authorizationSettings = settings), ['weakens client reports authorizationSettings']],
    ['what it decides for a client of others', () => (client('account').authorizationSettings = settings), []],
    ['rights of administrators one by one', () => (client('realm-management').authorizationSettings = settings), ['opens client realm-management authorizationSettings']],
    ['none of them', () => (client('realm-management').authorizationSettings = { resources: [{ name: 'Users' }], policies: [] }), []],
    ['the client for such rights, which stays when they are switched off', () => (realm().rep.adminPermissionsClient = { clientId: 'admin-permissions' }), []],
    ['an administrator of the server', () => ruling('root', 'admin'), ['opens administrators  holders']],
    ['one of this realm alone', () => ruling('root', 'shop-realm/manage-users'), ['opens administrators  holders']],
    ['somebody who may only look', () => ruling('root', 'shop-realm/view-users'), ['exposes administrators  readers']],
    ['somebody who may look at nobody', () => ruling('root', 'shop-realm/query-groups'), []],
  ])('%s', async (_what, change, expected) => {
    change();
    expect(await told()).toEqual(expected.map((line) => line.replace('  ', ' ')));
  });

  it('are told by what they let through', async () => {
    access();
    proofs({ type: 'webauthn-passwordless', userLabel: 'key ring' });
    for (const name of ['root', 'operator']) ruling(name, 'admin');
    expect((await dangers()).map(({ what }) => what).toSorted()).toEqual([
      '2 accounts of realm "master" may change everything here, or part of it (operator, root)',
      'who holds the initial access token of 2023-11-14 22:13 makes 2 clients in this realm, until 2023-11-14 22:23',
      'who holds the passkey (key ring) signs in as alice without a password',
    ]);
  });

  it.each<readonly [what: string, change: () => void, words: readonly string[]]>([
    ['a token for one client, for ever', () => access({ remainingCount: 1, expiration: 0 }), ['who holds the initial access token of 2023-11-14 22:13 makes a client in this realm']],
    ['a token that does not say how much is left', () => access({ remainingCount: undefined, count: 5, expiration: undefined }), ['who holds the initial access token of 2023-11-14 22:13 makes 5 clients in this realm']],
    ['an organization with domains', () => organization(), ['people of theirs.test may belong to the organization theirs, and tokens may say so']],
    ['an organization without', () => organization({ alias: undefined, domains: undefined }), ['its members may belong to the organization theirs, and tokens may say so']],
    ['an organization without a name', () => organization({ alias: undefined, name: undefined, domains: [] }), ['its members may belong to the organization their id, and tokens may say so']],
    ['a server that vouches for an organization', () => {
      organization();
      for (const over of [{ alias: 'one' }, { alias: 'off', enabled: false }, { alias: 'other', organizationId: 'another' }]) realm().beside.identityProviders.push({ providerId: 'oidc', enabled: true, linkOnly: true, organizationId: 'their id', config: {}, ...over });
    }, ['people of theirs.test sign in by one, and belong to the organization theirs from then on', 'who signs in at oidc signs in here (identity provider one)', 'who signs in at oidc signs in here (identity provider other)']],
    ['decisions for a client of ours', () => (client('reports').authorizationSettings = { resources: [{ name: 'a' }, { name: 'b' }], policies: [{ name: 'x', type: 'scope' }, { name: 'y', type: 'uma' }, { name: 'z', type: 'role' }] }), ['Keycloak decides itself what may be done at reports, by 2 permissions over 2 resources: tokens can say so, and the blueprint does not']],
    ['none for a client of ours', () => (client('reports').authorizationSettings = {}), ['Keycloak decides itself what may be done at reports, by 0 permissions over 0 resources: tokens can say so, and the blueprint does not']],
    ['rights of administrators', () => (client('realm-management').authorizationSettings = settings), ['who may change which people, groups and clients of this realm is given one by one: 1 permission by 1 policy']],
    ['more rights of administrators', () => (client('realm-management').authorizationSettings = { policies: [{ type: 'scope' }, { type: 'resource' }, { type: 'role' }, {}] }), ['who may change which people, groups and clients of this realm is given one by one: 2 permissions by 2 policies']],
    ['a one-time password with a name', () => proofs({ type: 'otp', userLabel: 'phone' }, { type: 'otp', userLabel: 'tablet' }), ['alice is asked for a one-time password (phone, tablet) beside the password']],
    ['a security key without', () => proofs({ type: 'webauthn' }), ['alice is asked for a security key beside the password']],
    ['recovery codes', () => proofs({ type: 'recovery-authn-codes' }), ['whoever holds a recovery code of alice has its second proof']],
    ['something else', () => proofs({ type: 'magic' }), ['who has what "magic" stands for may sign in as alice']],
    ['one administrator', () => ruling('root', 'admin'), ['1 account of realm "master" may change everything here, or part of it (root)']],
    ['three', () => ['c', 'a', 'b'].forEach((name) => ruling(name, 'admin')), ['3 accounts of realm "master" may change everything here, or part of it (a, b, c)']],
    ['four', () => ['c', 'a', 'b', 'd'].forEach((name) => ruling(name, 'admin')), ['4 accounts of realm "master" may change everything here, or part of it']],
    ...['manage-users', 'manage-realm', 'manage-clients', 'manage-identity-providers', 'impersonation'].map((right) => [`one who may ${right}`, () => ruling('root', `shop-realm/${right}`), ['1 account of realm "master" may change everything here, or part of it (root)']] as const),
  ])('are told in words: %s', async (_what, change, words) => {
    change();
    expect((await dangers()).filter(({ field }) => field !== 'organizationsEnabled').map(({ what }) => what).toSorted()).toEqual(words);
  });

  it('are told anew when they change after they were accepted', async () => {
    ruling('root', 'admin');
    client('reports').authorizationSettings = settings;
    const seen = async (): Promise<readonly (string | undefined)[]> => (await dangers()).map((danger) => danger.seen);
    const before = await seen();
    ruling('operator', 'shop-realm/manage-realm');
    client('reports').authorizationSettings = { ...settings, policies: [] };
    const after = await seen();
    expect(after).toHaveLength(2);
    expect(after.filter((one) => before.includes(one))).toEqual([]);
  });

  it.each([
    [/clients-initial-access$/, 'tokens that make clients'],
    [/organizations$/, 'organizations'],
    [/\/master\/(partial-export|roles\/admin\/users)$/, 'who rules realm "shop" from realm "master"'],
    [/\/master\/users$/, 'who rules realm "shop" from realm "master"'],
    [/\/master\/(partial-export|roles\/admin\/groups)$/, 'who rules realm "shop" from realm "master"'],
    [/\/master\/(partial-export|clients)/, 'who rules realm "shop" from realm "master"'],
    [/\/users\/[^/]+\/credentials$/, 'what 2 personas prove themselves by, and since when'],
    [/\/groups\/[^/]+\/members$/, 'who is in the group /staff'],
    [/\/federated-identity$/, 'at which servers alice is known'],
  ])('are told as not looked at where this login may not see them: %s', async (forbidden, what) => {
    organization({ enabled: false });
    realm().beside.identityProviders.push({ alias: 'off', providerId: 'oidc', enabled: false, config: {} });
    expect(groupsOf(realm())).toHaveLength(1);
    ruling('visitor', 'shop-realm/query-groups');
    keycloak.forbidden = forbidden;
    const { dangers: found, unseen } = await plan();
    expect(found).toMatchObject([{ danger: { field: 'organizationsEnabled' } }]);
    expect(unseen.map((one) => one.what)).toContain(what);
  });

  it('are told as not looked at, of the server, by a login that is of the realm', async () => {
    const login = { realm: 'shop', clientId: 'reports', clientSecret: new Secret('reports-secret') };
    const { unseen } = await planned(keycloak, shop({ targets: { keycloak: target(login) } }));
    expect(unseen).toContainEqual({ target: 'keycloak', what: 'who rules realm "shop" from realm "master"', why: 'this login is of realm "shop"' });
  });
});
