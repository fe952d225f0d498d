import { beforeEach, describe, expect, it } from 'vitest';
import type { Danger, Spec } from '../../../../src/core/resource.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { layered } from '../../../../src/providers/keycloak/attributes.ts';
import { createFingerprints } from '../../../../src/providers/keycloak/fingerprints.ts';
import { unmarked } from '../../../../src/providers/keycloak/ownership.ts';
import { grantsOf } from '../../../../src/providers/keycloak/reach/foreign-clients.ts';
import { markOf } from '../../../../src/providers/keycloak/reach/scene.ts';
import { sharedRealm } from '../../../../src/providers/keycloak/reach/shared-realm.ts';
import { realmSettings } from '../../../../src/providers/keycloak/realm-settings.ts';
import { realm as realmSpec } from '../../../../src/providers/keycloak/specs/realm.ts';
import type { RealmSpec } from '../../../../src/providers/keycloak/specs/realm.ts';
import { applied, planned } from './applying.ts';
import { line, shop, target } from './blueprint.ts';
import { groupsOf } from './fake/groups.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';

describe('how a client comes to tokens', () => {
  const bare = { id: 'x', clientId: 'x' };
  const open = { redirectUris: ['https://a.example/cb'] };
  const assertions = { 'oauth2.jwt.authorization.grant.enabled': 'true' };
  it.each([
    [{ ...open, standardFlowEnabled: true }, [/codes go to https:\/\/a\.example\/cb$/]],
    [{ standardFlowEnabled: true, implicitFlowEnabled: true }, []],
    [{ redirectUris: ['https://a.example/*', 'https://b.example'], standardFlowEnabled: true }, [/any address that fits https:\/\/a\.example\/\*$/]],
    [{ ...open, implicitFlowEnabled: true }, [/go in URLs to https:\/\/a\.example\/cb$/]],
    [{ directAccessGrantsEnabled: true }, [/^it changes passwords/]],
    [{ directAccessGrantsEnabled: true, publicClient: true }, [/^anybody who asks as it changes passwords/]],
    [{ serviceAccountsEnabled: true }, [/for itself/]],
    [{ serviceAccountsEnabled: true, publicClient: true }, []],
    [{ attributes: { 'oauth2.device.authorization.grant.enabled': 'true' } }, [/device flow/]],
    [{ attributes: { 'oidc.ciba.grant.enabled': 'true' } }, [/CIBA/]],
    [{ attributes: { 'standard.token.exchange.enabled': 'true' } }, [/exchanges tokens/]],
    [{ attributes: assertions }, [/assertions/]],
    [{ attributes: { 'standard.token.exchange.enabled': 'false' } }, []],
    [{ attributes: assertions, protocol: 'openid-connect', enabled: true, bearerOnly: false }, [/assertions/]],
    [{ attributes: assertions, protocol: 'saml' }, []],
    [{ attributes: assertions, enabled: false }, []],
    [{ attributes: assertions, bearerOnly: true }, []],
    [{}, []],
  ])('%j', (rep, words) => expect(grantsOf({ ...bare, ...rep })).toEqual(words.map((one) => expect.stringMatching(one) as string)));
});

describe('the account of a client', () => {
  let keycloak: FakeKeycloak;
  beforeEach(async () => {
    keycloak = fakeKeycloak();
    await applied(keycloak, shop());
  });
  const realm = () => keycloak.realms.get('shop')!;
  const account = (clientId: string, holds: readonly string[], roles: readonly string[] = []): void => {
    const held = realm().users.find((one) => one.serviceAccountClientId === clientId);
    if (held === undefined) realm().users.push({ id: `account of ${clientId}`, username: `service-account-${clientId}`, enabled: true, serviceAccountClientId: clientId, holds });
    else held.holds = holds;
    realm().links.set(`users/${String(held?.id ?? `account of ${clientId}`)}/role-mappings/realm`, new Set(['default-roles-shop', ...(held ? ['support'] : []), ...roles]));
  };
  const told = async (): Promise<readonly Danger[]> => (await planned(keycloak, shop())).dangers.flatMap((change) => ('danger' in change && change.danger.field === 'serviceAccountRoles' ? [change.danger] : []));

  it('is told by what it may do, once for each thing', async () => {
    account('reports', ['realm-management/manage-users', 'realm-management/impersonation']);
    expect(await told()).toMatchObject([{
      kind: 'keycloak.client', id: 'shop/reports', effect: 'opens', origin: line, hint: expect.stringMatching(/./) as string,
      what: 'the account of reports has realm-management/manage-users, realm-management/impersonation, and so may give anybody any role, and set any password; sign in as anybody',
    }]);
  });
  it('that may do everything is told so, and nothing less', async () => {
    account('reports', ['realm-management/manage-users', 'realm-management/realm-admin']);
    expect((await told()).map(({ what }) => what)).toEqual(['the account of reports has realm-management/manage-users, realm-management/realm-admin, and so may do everything in the realm']);
  });
  it('of ours that has a role of others is told, as the lesser harm', async () => {
    account('reports', ['account/view-profile']);
    expect(await told()).toMatchObject([{ effect: 'weakens', what: 'the account of reports has account/view-profile beyond what the blueprint says' }]);
  });
  it('of others is told only where it rules', async () => {
    account('theirs', ['account/view-profile'], ['customer']);
    expect(await told()).toEqual([]);
    account('theirs', ['realm-management/manage-realm', 'account/view-profile']);
    expect(await told()).toMatchObject([{ id: 'shop/theirs', effect: 'opens', what: 'the account of theirs has realm-management/manage-realm, and so may change keys, flows, roles and scopes' }]);
  });
  const joins = (clientId: string, realmRoles: readonly string[], clientRoles: Record<string, string[]> = {}): void => {
    const id = realm().users.find((one) => one.serviceAccountClientId === clientId)!.id as string;
    groupsOf(realm()).push({ id: 'id of bosses', name: 'bosses', attributes: {}, clientRoles, members: new Set([id]) });
    realm().links.set('groups/id of bosses/role-mappings/realm', new Set(realmRoles));
  };
  it('of ours that has a role of ours by a group is told, with who gains by it', async () => {
    joins('reports', ['admin']);
    expect(await told()).toMatchObject([{ effect: 'opens', what: 'the account of reports has admin beyond what the blueprint says', gains: [{ role: 'admin', holders: { client: 'reports' } }] }]);
  });
  it('of ours that has roles of all kinds is told by those that rule', async () => {
    account('reports', ['account/view-profile']);
    joins('reports', ['admin'], { 'realm-management': ['manage-clients'] });
    const [danger] = await told();
    expect(danger).toMatchObject({ effect: 'opens', what: 'the account of reports has realm-management/manage-clients, and so may give any client any scope, and read every secret' });
    expect(danger).not.toHaveProperty('gains');
  });
  it('of ours that has a role of ours and one of others is told by both', async () => {
    account('reports', ['account/view-profile']);
    joins('reports', ['customer']);
    expect(await told()).toMatchObject([{ effect: 'opens', what: 'the account of reports has customer, account/view-profile beyond what the blueprint says', gains: [{ role: 'customer', holders: { client: 'reports' } }] }]);
  });
  it('of others rules by a role that contains one that does, and by what everybody has it does not', async () => {
    realm().roles.push({ id: 'boss', name: 'boss', attributes: {}, client: { 'realm-management': ['impersonation'], account: ['view-profile'] } });
    account('theirs', [], ['boss']);
    expect(await told()).toMatchObject([{ id: 'shop/theirs', what: 'the account of theirs has boss, and so may sign in as anybody', origin: line }]);
    realm().roles.find(({ name }) => name === 'default-roles-shop')!.client = { 'realm-management': ['impersonation'] };
    account('theirs', [], []);
    expect(await told()).toEqual([]);
  });
  it('of the login of authctl is its own business', async () => {
    account('reports', ['realm-management/realm-admin']);
    const login = { realm: 'shop', clientId: 'reports', clientSecret: new Secret('reports-secret') };
    const { dangers } = await planned(keycloak, shop({ targets: { keycloak: target(login) } }));
    expect(dangers.filter((change) => 'danger' in change && change.danger.field === 'serviceAccountRoles')).toEqual([]);
    // One of that name in another realm is another.
    const elsewhere = await planned(keycloak, shop({ targets: { keycloak: target({ clientId: 'reports' }) } }));
    expect(elsewhere.dangers.filter((change) => 'danger' in change && change.danger.field === 'serviceAccountRoles')).toHaveLength(1);
  });
  it('as the blueprint has it is not told', async () => expect(await told()).toEqual([]));
  it('is told anew when it gets more, in whatever order Keycloak gives it', async () => {
    const seen = async (...holds: readonly string[]) => (account('reports', holds), (await told())[0]?.seen);
    const both = await seen('account/view-profile', 'account/manage-account');
    expect(await seen('account/manage-account', 'account/view-profile')).toBe(both);
    expect(await seen('account/view-profile')).not.toBe(both);
  });
});

describe('a setting of a shared realm', () => {
  const settings = realmSettings(shop().realm);
  const told = (wanted: Partial<RealmSpec>, held: Spec) =>
    sharedRealm(realmSpec.desired(['shop'], { spec: { ...settings, ...wanted }, after: [], origin: line }), [{ kind: realmSpec.kind, id: 'shop', owner: undefined, spec: held }], { dangers: [], unseen: [] }).dangers.map(({ field, effect }) => [field, effect]);
  it.each<readonly [Partial<RealmSpec>, Spec, string | undefined]>([
    [{ accessTokenLifespan: 300 }, { accessTokenLifespan: 301 }, 'weakens'],
    [{ accessTokenLifespan: 300 }, { accessTokenLifespan: 300 }, undefined],
    [{ accessTokenLifespan: 300 }, { accessTokenLifespan: 60 }, undefined],
    [{ accessTokenLifespan: 300 }, {}, undefined],
    [{ sslRequired: 'external' }, { sslRequired: 'none' }, 'weakens'],
    [{ sslRequired: 'all' }, { sslRequired: 'external' }, 'weakens'],
    [{ sslRequired: 'external' }, { sslRequired: 'external' }, undefined],
    [{ sslRequired: 'external' }, { sslRequired: 'all' }, undefined],
    [{ bruteForceProtected: true }, { bruteForceProtected: false }, 'weakens'],
    [{ bruteForceProtected: false }, { bruteForceProtected: true }, undefined],
    [{ bruteForceProtected: false }, { bruteForceProtected: false }, undefined],
    [{ accessTokenLifespan: 300 }, { accessTokenLifespan: '200' }, 'weakens'],
    [{ registrationAllowed: false }, { registrationAllowed: 0 }, 'opens'],
    [{ revokeRefreshToken: true }, { revokeRefreshToken: false }, 'weakens'],
    [{ revokeRefreshToken: true }, { revokeRefreshToken: true }, undefined],
    [{ revokeRefreshToken: false }, { revokeRefreshToken: true }, undefined],
    [{ registrationAllowed: false }, { registrationAllowed: true }, 'opens'],
    [{ resetPasswordAllowed: false }, { resetPasswordAllowed: true }, 'weakens'],
    [{ resetPasswordAllowed: false }, { resetPasswordAllowed: false }, undefined],
  ])('that should be %j and is %j', (wanted, held, effect) => expect(told(wanted, held)).toEqual(effect === undefined ? [] : [[Object.keys(wanted)[0], effect]]));
});

describe('what is written beside an object', () => {
  it('is said in layers: the last word counts, and null takes away', () =>
    expect(layered({ a: '1', b: '2', c: '3' }, undefined, { b: '4', c: null, d: undefined, e: '' })).toEqual({ a: '1', b: '4', e: '' }));
  it('is taken away by blanks, ours alone', () => {
    expect(unmarked({ 'authctl.owner': 'shop', 'authctl.protected': 'true', team: 'red' }, 'shop')).toEqual({ 'authctl.owner': '', 'authctl.protected': '', team: 'red' });
    expect(unmarked(undefined, 'shop')).toEqual({});
  });
  it('is marked as made by verify where all of it is', () =>
    expect([['authctl-verify'], ['authctl-verify', 'alice'], ['alice']].map(markOf)).toEqual([{ tags: ['authctl-verify'] }, {}, {}]));
  it('is a fingerprint of realm, name, secret, and of the moment where that is known', () => {
    const one = createFingerprints({ clientId: 'authctl', clientSecret: 'key' }, 'shop');
    const secret = new Secret('a-password');
    const made = [
      one.of('alice', secret), one.of('sam', secret), one.of('alice', new Secret('other')), one.of('alice', secret, 1), one.of('alice', secret, 2),
      createFingerprints({ clientId: 'authctl', clientSecret: 'key' }, 'desk').of('alice', secret), createFingerprints({ clientId: 'authctl', clientSecret: 'another' }, 'shop').of('alice', secret),
    ];
    expect(new Set(made).size).toBe(made.length);
    expect(made.every((text) => /^[0-9a-f]{8}\.[0-9a-f]{64}$/.test(text))).toBe(true);
    expect(one.of('alice', new Secret('a-password'), 1)).toBe(made[3]);
  });
});
