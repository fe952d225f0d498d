import { describe, expect, it } from 'vitest';
import type { Rows } from './reach-world.ts';
import { world } from './reach-world.ts';

const { told, where, seen, mapped, foreign, client, scope, theirScope, mapper, realm, person } = world();
const orders = (): void => void (foreign('orders', { bearerOnly: true }), (realm().beside.roles.client.orders = [{ id: 'buyer', name: 'buyer' }]));

/** With full scope, they get tokens for any client with roles. */
const consoles = ['opens client/admin-cli: admin-cli gets tokens for orders: anybody who asks as it changes passwords into tokens', 'opens client/security-admin-console: security-admin-console gets tokens for orders: people sign in at it and their codes go to any address that fits /admin/shop/console/*'];

const rows: Rows = [
  ['a right over the realm in the scope of a client of ours', () => mapped('realm-management', { client: 'storefront', roles: ['manage-users'] }), ['opens client/storefront clientScopeMappings: tokens of storefront carry realm-management/manage-users of who has it, and are good for realm-management: who gets hold of one may give anybody any role, and set any password']],
  ['one that shows people', () => mapped('realm-management', { client: 'storefront', roles: ['view-users'] }), ['exposes client/storefront clientScopeMappings: tokens of storefront carry realm-management/view-users of who has it, and are good for realm-management: who gets hold of one may read the name, mail address and attributes of everybody']],
  ['roles of a client that matters to nobody', () => mapped('account', { client: 'storefront', roles: ['manage-account', 'view-profile'] }), ['weakens client/storefront clientScopeMappings: tokens of storefront carry account/manage-account, account/view-profile of who has them, and are good for account']],
  ['roles of a client that is a service of ours', () => { orders(); mapped('orders', { client: 'storefront', roles: ['buyer'] }); }, [...consoles, 'opens client/storefront clientScopeMappings: tokens of storefront carry orders/buyer of who has it, and are good for orders']],
  ['the same at a client of others, whose tokens are good for it', () => { orders(); mapped('orders', { client: 'evil', roles: ['buyer'] }); foreign('evil'); }, ['opens client/evil: evil gets tokens for orders: people sign in at it and their codes go to https://evil.example/cb', ...consoles].toSorted()],
  ['the same by a scope of others', () => { orders(); theirScope('theirs'); mapped('orders', { clientScope: 'theirs', roles: ['buyer'] }); foreign('evil', { optionalClientScopes: ['roles', 'theirs'] }); }, ['opens client/evil: evil gets tokens for orders: people sign in at it and their codes go to https://evil.example/cb', ...consoles].toSorted()],
  ['a right at a client of others', () => { foreign('evil'); mapped('realm-management', { client: 'evil', roles: ['realm-admin'] }); }, ['opens client/evil clientScopeMappings: tokens of evil carry realm-management/realm-admin of who has it, and are good for realm-management: who gets hold of one may do everything in the realm']],
  ['what is nobody’s business at a client of others', () => { foreign('evil'); mapped('account', { client: 'evil', roles: ['view-profile'] }); }, []],
  ['a right at a client of others that comes to no token', () => { foreign('evil', { redirectUris: [] }); mapped('realm-management', { client: 'evil', roles: ['realm-admin'] }); }, []],
  ['a right at a client of ours with full scope, where it says nothing', () => { Object.assign(client('security-admin-console'), { fullScopeAllowed: true }); mapped('realm-management', { client: 'security-admin-console', roles: ['realm-admin'] }); }, []],
  ['a right at the account console', () => mapped('realm-management', { client: 'account-console', roles: ['manage-realm'] }), ['opens client/account-console clientScopeMappings: tokens of account-console carry realm-management/manage-realm of who has it, and are good for realm-management: who gets hold of one may change keys, flows, roles and scopes']],
  ['another role at the account console', () => mapped('account', { client: 'account-console', roles: ['delete-account'] }), ['weakens client/account-console clientScopeMappings: tokens of account-console carry account/delete-account of who has it, and are good for account']],
  ['a role in a scope of ours that is for others', () => mapped('account', { clientScope: 'orders:write', roles: ['view-profile'] }), ['opens client-scope/orders:write clientScopeMappings: who has account/view-profile gets the scope orders:write, which is for others; tokens with it carry account/view-profile of who has it, and are good for account']],
  ['a role in a scope of ours that is for everybody', () => mapped('account', { clientScope: 'orders:read', roles: ['view-profile'] }), ['breaks client-scope/orders:read clientScopeMappings: only who has account/view-profile gets the scope orders:read; tokens with it carry account/view-profile of who has it, and are good for account']],
  ['a right in it', () => mapped('realm-management', { clientScope: 'orders:read', roles: ['impersonation'] }), ['opens client-scope/orders:read clientScopeMappings: only who has realm-management/impersonation gets the scope orders:read; tokens with it carry realm-management/impersonation of who has it, and are good for realm-management: who gets hold of one may sign in as anybody']],
  ['a role in a built-in scope that ours have', () => mapped('account', { clientScope: 'basic', roles: ['view-profile'] }), ['weakens client-scope/basic clientScopeMappings: tokens of storefront, reports have the scope basic only for who has a role in it, and carry account/view-profile of who has it, and are good for account']],
  ['a right in a built-in scope that none of ours has', () => mapped('realm-management', { clientScope: 'profile', roles: ['realm-admin'] }), ['opens client-scope/profile clientScopeMappings: tokens with the scope profile carry realm-management/realm-admin of who has it, and are good for realm-management: who gets hold of one may do everything in the realm']],
  ['what is nobody’s business in it', () => mapped('account', { clientScope: 'profile', roles: ['view-profile'] }), []],
];

describe('roles of clients in the scope of others', () => {
  it.each(rows)('%s', async (_what, change, expected) => {
    change();
    expect(await told()).toEqual(expected);
  });

  it('are told anew when there is one more', async () => {
    mapped('realm-management', { client: 'storefront', roles: ['view-users'] });
    const before = await seen();
    realm().beside.clientScopeMappings['realm-management'][0].roles.push('manage-users');
    expect(await seen()).not.toEqual(before);
  });
});

describe('a client of others that was accepted', () => {
  const ours = { optionalClientScopes: ['orders:read', 'profile'] };
  it.each<readonly [what: string, change: () => unknown]>([
    ['another mapper', () => (client('evil').protocolMappers = [mapper('x', 'oidc-hardcoded-role-mapper', { role: 'admin' })])],
    ['another mapper in a scope of its own', () => scope('profile').protocolMappers.push(mapper('x', 'oidc-hardcoded-role-mapper', { role: 'admin' }))],
    ['another attribute', () => (client('evil').attributes = { ...client('evil').attributes, 'jwks.url': 'https://evil.example/jwks' })],
    ['another proof of who it is', () => (client('evil').clientAuthenticatorType = 'client-jwt')],
    ['a fifth address', () => client('evil').redirectUris.push('https://evil.example/5')],
    ['another web origin', () => (client('evil').webOrigins = ['https://evil.example'])],
    ['a scope that it has without asking', () => Object.assign(client('evil'), { defaultClientScopes: [...client('evil').defaultClientScopes, 'orders:read'], optionalClientScopes: ['profile'] })],
    ['a role in its scope', () => realm().links.set('clients/id of evil/scope-mappings/realm', new Set(['admin']))],
    ['a flow of its own', () => (client('evil').authenticationFlowBindingOverrides = { browser: 'x' })],
    ['a role of a client in its scope', () => mapped('account', { client: 'evil', roles: ['view-profile'] })],
  ])('is told anew when it has %s', async (_what, change) => {
    foreign('evil', { ...ours, redirectUris: [1, 2, 3, 4].map((at) => `https://evil.example/${at}`) });
    const [before] = await seen();
    change();
    const after = await seen();
    expect(after).toHaveLength(1);
    expect(after[0]).not.toBe(before);
  });

  it.each<readonly [what: string, change: () => unknown]>([
    ['the flags that are off', () => Object.assign(client('evil').attributes, { 'dpop.bound.access.tokens': 'false', 'login_theme': '' })],
    ['what it is called', () => Object.assign(client('evil'), { name: 'Evil', description: 'theirs' })],
    ['lists in another order', () => client('evil').defaultClientScopes.reverse()],
    ['a new secret, and since when', () => Object.assign(client('evil'), { secret: 'new', attributes: { ...client('evil').attributes, 'client.secret.creation.time': '7' } })],
  ])('is not told anew when somebody writes down %s', async (_what, change) => {
    foreign('evil', ours);
    const before = await seen();
    change();
    expect(await seen()).toEqual(before);
  });
});

describe('rights to read what there is of people', () => {
  it.each<readonly [what: string, change: () => unknown, told: readonly string[]]>([
    ['somebody who reads them', () => person('mallory', [], ['realm-management/view-users']), ['exposes client-role/realm-management/view-users holders: 1 account beyond the personas has the role realm-management/view-users, and so may read the name, mail address and attributes of everybody (mallory)']],
    ['somebody who looks them up', () => person('mallory', [], ['realm-management/query-users']), ['exposes client-role/realm-management/query-users holders: 1 account beyond the personas has the role realm-management/query-users, and so may look people up (mallory)']],
    ['somebody who reads of sign-ins', () => person('mallory', [], ['realm-management/view-events']), ['exposes client-role/realm-management/view-events holders: 1 account beyond the personas has the role realm-management/view-events, and so may read who signed in, when and from where (mallory)']],
    ['somebody with a role without people', () => person('mallory', [], ['realm-management/query-clients']), []],
    ['a role of others with it', () => realm().roles.push({ id: 'theirs', name: 'theirs', attributes: {}, client: { 'realm-management': ['view-users'] } }), ['exposes role/theirs composites.realm-management/view-users: who has the role theirs has realm-management/view-users as well, and so may read the name, mail address and attributes of everybody']],
    ['the account of a client of ours', () => (realm().users.find((one) => one.serviceAccountClientId === 'reports')!.holds = ['realm-management/view-users']), ['exposes client/reports serviceAccountRoles: the account of reports has realm-management/view-users, and so may read the name, mail address and attributes of everybody']],
    ['the same, that may more', () => (realm().users.find((one) => one.serviceAccountClientId === 'reports')!.holds = ['realm-management/view-users', 'realm-management/impersonation']), ['opens client/reports serviceAccountRoles: the account of reports has realm-management/view-users, realm-management/impersonation, and so may read the name, mail address and attributes of everybody; sign in as anybody']],
  ])('%s', async (_what, change, expected) => {
    change();
    expect(await told()).toEqual(expected);
  });

  it('count whoever gains a role of ours beside them', async () => {
    realm().roles.push({ id: 'theirs', name: 'theirs', attributes: {}, client: { 'realm-management': ['view-users'] } });
    realm().links.set('roles-by-id/theirs/composites', new Set(['customer']));
    person('mallory', ['theirs']);
    expect(await where()).toContain('opens role/theirs holders');
  });
});
