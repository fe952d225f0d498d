import { describe, expect, it } from 'vitest';
import { audiencesBy, audiencesByRole, claimIn, judged } from '../../../../src/providers/keycloak/reach/mappers.ts';
import type { Rows } from './reach-world.ts';
import { world } from './reach-world.ts';

const { told, where, foreign, client, scope, theirScope, mapper, addMapper } = world();

describe('the claim that a mapper writes', () => {
  it.each([
    ['aud', 'aud'],
    ['aud.', 'aud'],
    ['realm_access.roles', 'realm_access'],
    ['realm_access\\.roles', 'realm_access.roles'],
    ['a\\ud', 'aud'],
    ['re\\alm_access.roles', 'realm_access'],
    ['https://shop\\.example/team.name', 'https://shop.example/team'],
    ['', ''],
    [undefined, ''],
    [null, ''],
  ])('%s begins with %j, as Keycloak splits it', (path, claim) => expect(claimIn(path)).toBe(claim));
});

describe('the audiences that tokens can be for by a mapper', () => {
  const ours = new Set(['orders', 'invoices']);
  it.each<readonly [type: string, config: Record<string, string>, found: readonly string[]]>([
    ['oidc-audience-mapper', { 'included.custom.audience': 'orders' }, ['orders']],
    ['oidc-audience-mapper', { 'included.custom.audience': 'other' }, []],
    ['oidc-audience-mapper', {}, []],
    ['oidc-hardcoded-claim-mapper', { 'claim.name': 'aud', 'claim.value': 'invoices' }, ['invoices']],
    ['oidc-hardcoded-claim-mapper', { 'claim.name': 'a\\ud', 'claim.value': 'invoices' }, ['invoices']],
    ['oidc-hardcoded-claim-mapper', { 'claim.name': 'aud', 'claim.value': '["invoices","orders"]' }, ['orders', 'invoices']],
    ['oidc-hardcoded-claim-mapper', { 'claim.name': 'aud', 'claim.value': 'the orders' }, []],
    ['oidc-hardcoded-claim-mapper', { 'claim.name': 'aud' }, []],
    ['oidc-usermodel-attribute-mapper', { 'claim.name': 'aud', 'user.attribute': 'x' }, ['orders', 'invoices']],
    ['oidc-usermodel-attribute-mapper', { 'claim.name': 'team', 'user.attribute': 'x' }, []],
    ['oidc-usersessionmodel-note-mapper', { 'claim.name': 'aud' }, ['orders', 'invoices']],
    ['oidc-group-membership-mapper', { 'claim.name': 'aud' }, ['orders', 'invoices']],
    ['script-evil.js', {}, ['orders', 'invoices']],
  ])('%s with %j', (type, config, found) => expect(audiencesBy({ protocolMapper: type, config }, ours)).toEqual(found));

  it.each<readonly [type: string, config: Record<string, string>, found: readonly string[]]>([
    ['oidc-hardcoded-role-mapper', { role: 'orders.buyer' }, ['orders']],
    ['oidc-hardcoded-role-mapper', { role: 'ordersx.buyer' }, []],
    ['oidc-hardcoded-role-mapper', { role: 'orders' }, []],
    ['oidc-hardcoded-role-mapper', {}, []],
    ['oidc-role-name-mapper', { role: 'x', 'new.role.name': 'invoices.x' }, ['invoices']],
    ['oidc-audience-mapper', { role: 'orders.buyer' }, []],
  ])('%s with %j, by a role', (type, config, found) => expect(audiencesByRole({ protocolMapper: type, config }, ours)).toEqual(found));
});

describe('a mapper beside those of the blueprint', () => {
  const says = (config: Record<string, string>, type = 'oidc-usermodel-attribute-mapper') => judged({ protocolMapper: type, config }, { audiences: new Set(['orders']), claims: new Set(['department']), matters: (role) => role === 'realm-management.view-users' });
  it('opens where it writes what they write', () => expect([says({ 'claim.name': 'department' }).effect, says({ 'claim.name': 'team' }).effect]).toEqual(['opens', 'weakens']));
  it('opens where the name of its claim is known only when the token is made', () => expect(says({ 'claim.name': '${client_id}.roles' }, 'oidc-usermodel-client-role-mapper').effect).toBe('opens'));
  it('counts where only lightweight tokens have what it says', () => expect(says({ 'claim.name': 'sub', 'access.token.claim': 'false', 'lightweight.claim': 'true' }).effect).toBe('opens'));
  it('counts as much as the role that it gives', () => expect(says({ role: 'realm-management.view-users' }, 'oidc-hardcoded-role-mapper').effect).toBe('exposes'));
  it('makes tokens good for the client of a role', () => expect(says({ role: 'orders.buyer' }, 'oidc-hardcoded-role-mapper')).toEqual({ effect: 'opens', what: 'carries a role of orders, whoever its bearer is, and can be good for that audience' }));
});

const evil = 'opens client/evil: evil gets tokens for orders: people sign in at it and their codes go to https://evil.example/cb';
const rows: Rows = [
  ['an audience from an attribute, at a client of others', () => addMapper(foreign('evil'), 'x', 'oidc-usermodel-attribute-mapper', { 'user.attribute': 'x', 'claim.name': 'aud' }), [evil]],
  ['an audience by another spelling', () => addMapper(foreign('evil'), 'x', 'oidc-hardcoded-claim-mapper', { 'claim.name': 'a\\ud', 'claim.value': 'orders' }), [evil]],
  ['one among several', () => addMapper(foreign('evil'), 'x', 'oidc-hardcoded-claim-mapper', { 'claim.name': 'aud', 'claim.value': '["orders","x"]', 'jsonType.label': 'JSON' }), [evil]],
  ['an audience from a note of the session', () => addMapper(foreign('evil'), 'x', 'oidc-usersessionmodel-note-mapper', { 'user.session.note': 'x', 'claim.name': 'aud' }), [evil]],
  ['a script', () => addMapper(foreign('evil'), 'x', 'script-evil.js', {}), [evil]],
  ['a role of a client that is called like a service of ours, with what makes tokens good for it', () => addMapper(foreign('evil', { defaultClientScopes: ['roles'] }), 'x', 'oidc-hardcoded-role-mapper', { role: 'orders.buyer' }), [`${evil}; every token of it carries a role of orders, whoever its bearer is, and can be good for that audience`]],
  ['the same without', () => addMapper(foreign('evil', { defaultClientScopes: [], optionalClientScopes: [] }), 'x', 'oidc-hardcoded-role-mapper', { role: 'orders.buyer' }), []],
  ['a claim that is nobody’s business', () => addMapper(foreign('evil'), 'x', 'oidc-usermodel-attribute-mapper', { 'user.attribute': 'x', 'claim.name': 'roles' }), []],
  ['a client that gets our audience, and whose tokens say that everybody is admin', () => addMapper(foreign('evil', { defaultClientScopes: ['orders:read'] }), 'x', 'oidc-hardcoded-role-mapper', { role: 'admin' }), [`${evil}; every token of it carries the role admin, whoever its bearer is`]],
  ['a scope of others with an audience from an attribute', () => { theirScope('theirs', [mapper('x', 'oidc-usermodel-attribute-mapper', { 'user.attribute': 'x', 'claim.name': 'aud' })]); foreign('evil', { defaultClientScopes: ['theirs'] }); }, ['opens client-scope/theirs mappers.x: every token with the scope theirs can be good for the audience orders (mapper "x")', evil].toSorted()],
  ['a built-in scope that none of ours has, with it', () => addMapper(scope('profile'), 'x', 'oidc-usermodel-attribute-mapper', { 'user.attribute': 'x', 'claim.name': 'aud' }), ['opens client-scope/profile mappers.x: every token with the scope profile can be good for the audience orders (mapper "x")']],
  ['a scope for another protocol', () => scope('role_list').protocolMappers.push(mapper('x', 'saml-anything')), []],
  ['a subject from an attribute, in a built-in scope', () => addMapper(scope('basic'), 'x', 'oidc-usermodel-attribute-mapper', { 'user.attribute': 'x', 'claim.name': 's\\ub' }), ['opens client-scope/basic mappers.x: every token of storefront, reports takes s\\ub from the attribute "x" of its bearer (mapper "x" was added)']],
  ['roles from a note of the session, at a client of ours', () => addMapper(client('storefront'), 'x', 'oidc-usersessionmodel-note-mapper', { 'user.session.note': 'x', 'claim.name': 'realm_access.roles' }), ['opens client/storefront mappers.x: every token of storefront carries more than the blueprint says (oidc-usersessionmodel-note-mapper) (mapper "x", which the blueprint does not name)']],
  ['a role by another name', () => addMapper(client('storefront'), 'x', 'oidc-role-name-mapper', { role: 'offline_access', 'new.role.name': 'admin' }), ['opens client/storefront mappers.x: every token of storefront calls the role offline_access admin (mapper "x", which the blueprint does not name)']],
  ['what is in lightweight tokens alone', () => addMapper(client('storefront'), 'x', 'oidc-hardcoded-claim-mapper', { 'claim.name': 'scope', 'claim.value': 'orders:write', 'access.token.claim': 'false', 'lightweight.claim': 'true' }), ['opens client/storefront mappers.x: every token of storefront says scope is orders:write (mapper "x", which the blueprint does not name)']],
];

describe('what tokens say', () => {
  it.each(rows)('by %s', async (_what, change, expected) => {
    change();
    expect(await told()).toEqual(expected);
  });

  it('is told of the realm where every new client has a scope with an audience that somebody writes', async () => {
    theirScope('theirs', [mapper('x', 'script-x.js')]);
    scope('theirs');
    expect(await where()).toEqual(['opens client-scope/theirs mappers.x']);
  });
});
