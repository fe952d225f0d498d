import { describe, expect, it } from 'vitest';
import { masterOf } from './fake/master.ts';
import { groupsOf } from './fake/groups.ts';
import { bareClient } from './fake/new-realm.ts';
import type { Body, FakeRealm } from './fake/state.ts';
import type { Rows } from './reach-world.ts';
import { world } from './reach-world.ts';

const { keycloak, told, where, seen, unseen, person, group } = world();
const master = (): FakeRealm => masterOf(keycloak().realms);
const role = (name: string, inside: readonly string[], ofClients: Body = {}): void => {
  master().roles.push({ id: `id of ${name}`, name, attributes: {}, client: ofClients });
  master().links.set(`roles-by-id/id of ${name}/composites`, new Set(inside));
};
const client = (clientId: string): Body => master().clients.find((one) => one.clientId === clientId)!;
const login = (over: Body = {}): Body => {
  const made = { ...bareClient(), id: 'id of authctl', clientId: 'authctl', publicClient: false, serviceAccountsEnabled: true, standardFlowEnabled: false, directAccessGrantsEnabled: false, ...over };
  master().clients.push(made);
  return made;
};
const service = (clientId: string, over: Body = {}): Body => {
  const made: Body = { id: `account of ${clientId}`, username: `service-account-${clientId}`, enabled: true, serviceAccountClientId: clientId, ...over };
  master().users.push(made);
  master().links.set(`users/account of ${clientId}/role-mappings/realm`, new Set(['default-roles-master', ...((over.roles ?? []) as string[])]));
  return made;
};
const flow = (alias: string): Body => (master().beside.authenticationFlows as Body[]).find((one) => one.alias === alias)!;
const named = (...who: readonly string[]): string => `opens administrators/ holders: ${who.length === 1 ? '1 account' : `${who.length} accounts`} of realm "master" may change everything here, or part of it (${who.join(', ')})`;
const directory = (subComponents: Body = {}): void => void (master().beside.components['org.keycloak.storage.UserStorageProvider'] = [{ name: 'people', providerId: 'ldap', config: { enabled: ['true'], connectionUrl: ['ldap://x'] }, subComponents }]);

const rows: Rows = [
  ['the login of authctl as it is made', () => login(), []],
  ['the account of a client with the role admin', () => service('theirs', { roles: ['admin'] }), [named('service-account-theirs')]],
  ['the account of a client with a right over this realm', () => service('theirs', { holds: ['shop-realm/manage-users'] }), [named('service-account-theirs')]],
  ['the account of a client that reads people', () => service('theirs', { holds: ['shop-realm/view-users'] }), ['exposes administrators/ readers: 1 account of realm "master" may read what there is of people here (service-account-theirs)']],
  ['the account of a client without a right', () => service('theirs', { holds: ['account/view-profile'] }), []],
  ['the account of a client in a group with a right', () => { const { id } = service('theirs'); group('bosses', { members: new Set([id]), clientRoles: { 'shop-realm': ['manage-realm'] } }, [], master()); }, [named('service-account-theirs')]],
  ['a role that contains admin', () => { role('theirs', ['admin']); person('mallory', ['theirs'], [], master()); }, [named('mallory')]],
  ['a role that contains a right over this realm', () => { role('theirs', [], { 'shop-realm': ['impersonation'] }); person('mallory', ['theirs'], [], master()); }, [named('mallory')]],
  ['a role that contains one that contains it', () => { role('theirs', [], { 'shop-realm': ['impersonation'] }); role('more', ['theirs']); person('mallory', ['more'], [], master()); }, [named('mallory')]],
  ['a right over the realm master itself', () => person('mallory', [], ['master-realm/manage-users'], master()), [named('mallory')]],
  ['a group below one that carries admin', () => { group('bosses', {}, ['admin'], master()); group('night', { parentId: 'id of bosses', members: new Set([String(person('mallory', [], [], master()).id)]) }, [], master()); }, [named('mallory')]],
  ['one that may change, and reads as well', () => person('mallory', [], ['shop-realm/view-users', 'shop-realm/manage-users'], master()), [named('mallory')]],
  ['somebody without a right', () => person('mallory', [], ['shop-realm/query-groups'], master()), []],
  ['what everybody there has', () => (master().roles.find(({ name }) => name === 'default-roles-master')!.client = { 'shop-realm': ['manage-users'] }), ['opens administrators/ defaultRole: every account of realm "master" has shop-realm/manage-users, by the role default-roles-master, and so a right over this realm']],
  ['what everybody there joins', () => { group('all', {}, ['admin'], master()); master().rep.defaultGroups = ['/all']; }, ['opens administrators/ defaultGroups: every new account of realm "master" joins all, and so has a right over this realm']],
  ['what everybody there joins, without a right', () => { group('all', {}, ['offline_access'], master()); master().rep.defaultGroups = ['/all']; }, []],
  ['accounts that anybody makes', () => (master().rep.registrationAllowed = true), ['weakens administrators/ registrationAllowed: anybody makes an account in realm "master", which rules every other']],
  ['accounts that anybody makes, with a right', () => { master().rep.registrationAllowed = true; group('all', {}, ['admin'], master()); master().rep.defaultGroups = ['/all']; }, ['opens administrators/ defaultGroups: every new account of realm "master" joins all, and so has a right over this realm', 'opens administrators/ registrationAllowed: anybody makes an account in realm "master", which rules every other, with a right over this realm']],
  ['another server that vouches there', () => master().beside.identityProviders.push({ alias: 'corp', providerId: 'oidc', enabled: true, config: {} }), ['weakens administrators/ identity-provider.corp: in realm "master", which rules this one, who signs in at oidc signs in here (identity provider corp)']],
  ['one whose word for mail addresses counts', () => master().beside.identityProviders.push({ alias: 'corp', providerId: 'oidc', enabled: true, trustEmail: true, config: {} }), ['opens administrators/ identity-provider.corp: in realm "master", which rules this one, who signs in at oidc signs in here (identity provider corp), and takes over accounts by their mail address']],
  ['one that gives a right', () => { master().beside.identityProviders.push({ alias: 'corp', providerId: 'oidc', enabled: true, config: {} }); master().beside.identityProviderMappers.push({ id: 'x', name: 'x', identityProviderAlias: 'corp', identityProviderMapper: 'y', config: { role: 'shop-realm.manage-users' } }); }, ['opens administrators/ identity-provider.corp: in realm "master", which rules this one, who signs in at oidc signs in here (identity provider corp)']],
  ['one that puts people into a group', () => { master().beside.identityProviders.push({ alias: 'corp', providerId: 'oidc', enabled: true, config: {} }); master().beside.identityProviderMappers.push({ id: 'x', name: 'x', identityProviderAlias: 'corp', identityProviderMapper: 'y', config: { group: '/bosses' } }); }, ['opens administrators/ identity-provider.corp: in realm "master", which rules this one, who signs in at oidc signs in here (identity provider corp), and joins /bosses']],
  ['one that is off', () => master().beside.identityProviders.push({ alias: 'corp', providerId: 'oidc', enabled: false, trustEmail: true, config: {} }), []],
  ['a directory', () => directory(), ['weakens administrators/ user-federation.people: people of ldap://x sign in to realm "master", which rules this one, with the passwords that it knows']],
  ['a directory that gives roles', () => directory({ x: [{ name: 'roles', providerId: 'role-ldap-mapper', config: {} }] }), ['opens administrators/ user-federation.people: people of ldap://x sign in to realm "master", which rules this one, with the passwords that it knows']],
  ['a sign-in without a proof', () => (flow('forms').authenticationExecutions = [{ authenticator: 'auth-username-form', requirement: 'REQUIRED' }]), ['opens administrators/ flow.browser: in realm "master", which rules this one, people sign in with a browser without a password or another proof of who they are (the flow "browser" is not as Keycloak ships it)']],
  ['a sign-in with more steps, or less', () => (flow('forms').authenticationExecutions[1].requirement = 'DISABLED'), []],
  ['a key from outside', () => master().beside.components['org.keycloak.keys.KeyProvider'].push({ name: 'evil', providerId: 'rsa', config: {} }), ['opens administrators/ key.evil: in realm "master", which rules this one, tokens signed with a key that came from outside are good (evil, rsa): who brought it can make them']],
  ['codes of the login that go elsewhere', () => login({ standardFlowEnabled: true, redirectUris: ['https://evil.example/*'] }), ['opens administrators/ clients.authctl: tokens that rule realm "master" go out by authctl, the client of this login: people sign in at it and their codes go to any address that fits https://evil.example/*']],
  ['passwords at the login', () => login({ directAccessGrantsEnabled: true }), ['opens administrators/ clients.authctl: tokens that rule realm "master" go out by authctl, the client of this login: it changes passwords into tokens']],
  ['a second secret of the login', () => login({ attributes: { 'client.secret.rotated': 'x' } }), ['opens administrators/ clients.authctl: tokens that rule realm "master" go out by authctl, the client of this login: another secret of it is good as well']],
  ['the admin console there sends codes elsewhere', () => client('security-admin-console').redirectUris.push('https://evil.example/*'), ['opens administrators/ clients.security-admin-console: in realm "master", which rules this one, who signs in at security-admin-console is sent to https://evil.example/*']],
  ['the account console there has the implicit flow', () => (client('account-console').implicitFlowEnabled = true), ['opens administrators/ clients.account-console: in realm "master", which rules this one, account-console has implicitFlowEnabled on']],
  ['a client there that is off', () => Object.assign(client('account-console'), { implicitFlowEnabled: true, enabled: false }), []],
];

describe('who rules from the realm master', () => {
  it.each(rows)('%s', async (_what, change, expected) => {
    change();
    expect(await told()).toEqual(expected);
  });

  it('is told anew when there is more to it', async () => {
    person('mallory', ['admin'], [], master());
    directory();
    login({ directAccessGrantsEnabled: true });
    const before = await seen();
    person('eve', ['admin'], [], master());
    directory({ x: [{ name: 'names', providerId: 'full-name', config: {} }] });
    client('authctl').implicitFlowEnabled = true;
    client('authctl').redirectUris = ['https://evil.example'];
    const after = await seen();
    expect(after).toHaveLength(before.length);
    expect(after.filter((one) => before.includes(one))).toEqual([]);
  });

  it('costs three requests where it has no people, and no groups that carry a right', async () => {
    service('theirs', { holds: ['shop-realm/view-users'] });
    keycloak().sent.length = 0;
    await where();
    expect(keycloak().sent.filter((what) => what.includes('/master'))).toEqual(['POST /master/partial-export', 'GET /master/users', 'GET /master/keys']);
  });

  it('is told by its lists, and as not looked at beyond them, where this login may not export it', async () => {
    person('mallory', ['admin'], [], master());
    role('theirs', ['admin']);
    person('eve', ['theirs'], [], master());
    keycloak().forbidden = /master\/partial-export/;
    expect(await told()).toEqual([named('mallory')]);
    expect(await unseen()).toEqual([{ target: 'keycloak', what: 'who rules realm "shop" from realm "master" by a role that contains another, by a client\'s account, or by another way to sign in there', why: 'this login may not export realm "master" (manage-realm)' }]);
    expect(groupsOf(master())).toEqual([]);
  });
});
