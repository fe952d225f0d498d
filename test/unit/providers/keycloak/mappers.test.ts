import { describe, expect, it } from 'vitest';
import { mapperReps, mapperSpecs, mappersOfClient, sameMapper } from '../../../../src/providers/keycloak/mappers.ts';
import { audienceOf, judged } from '../../../../src/providers/keycloak/reach/mappers.ts';
import type { MapperSpec } from '../../../../src/providers/keycloak/specs/mapper.ts';

type Config = Readonly<Record<string, string>>;
const mapper = (protocolMapper: string | undefined, config: Config = {}): MapperSpec => ({ ...(protocolMapper !== undefined && { protocolMapper }), config });
const audiences = new Set(['orders']);
const matters = (role: string): boolean => role === 'admin';
const says = (type: string | undefined, config?: Config) => judged(mapper(type, config), { audiences, matters });

describe('the audience that a mapper gives', () => {
  it.each<readonly [type: string | undefined, config: Config, audience: string | undefined]>([
    ['oidc-audience-mapper', { 'included.client.audience': 'orders' }, 'orders'],
    ['oidc-audience-mapper', { 'included.custom.audience': 'orders' }, 'orders'],
    ['oidc-audience-mapper', { 'included.client.audience': 'orders', 'included.custom.audience': 'other' }, 'orders'],
    ['oidc-audience-mapper', { 'included.client.audience': '', 'included.custom.audience': 'other' }, 'other'],
    ['oidc-audience-mapper', { 'included.client.audience': '', 'included.custom.audience': '' }, undefined],
    ['oidc-audience-mapper', {}, undefined],
    ['oidc-hardcoded-claim-mapper', { 'claim.name': 'aud', 'claim.value': 'orders' }, 'orders'],
    ['oidc-hardcoded-claim-mapper', { 'claim.name': 'aud' }, undefined],
    ['oidc-hardcoded-claim-mapper', { 'claim.name': 'team', 'claim.value': 'orders' }, undefined],
    ['other', { 'claim.name': 'aud', 'claim.value': 'orders', 'included.client.audience': 'orders' }, undefined],
    [undefined, {}, undefined],
  ])('%s with %j', (type, config, audience) => expect(audienceOf(mapper(type, config))).toBe(audience));
  it('is none of no mapper', () => expect([audienceOf(undefined), audienceOf(null)]).toEqual([undefined, undefined]));
  it('is none of a mapper without a configuration', () => expect(audienceOf({ protocolMapper: 'oidc-audience-mapper' })).toBeUndefined());
});

describe('a mapper that nobody asked for', () => {
  const claim = (name: string, more: Config = {}): Config => ({ 'claim.name': name, ...more });
  const off = { 'access.token.claim': 'false' };
  it.each<readonly [type: string | undefined, config: Config, effect: string, what: string]>([
    ['oidc-audience-mapper', { 'included.custom.audience': 'orders' }, 'opens', 'is good for the audience orders'],
    ['oidc-audience-mapper', { 'included.custom.audience': 'other' }, 'exposes', 'is good at other as well, which may use it as its bearer'],
    ['oidc-audience-mapper', { ...off, 'included.custom.audience': 'orders' }, 'differs', 'says something more outside the access token'],
    ['oidc-audience-mapper', { ...off, 'introspection.token.claim': 'true', 'included.custom.audience': 'orders' }, 'opens', 'is good for the audience orders'],
    ['oidc-audience-mapper', { ...off, 'introspection.token.claim': 'false', 'included.custom.audience': 'orders' }, 'differs', 'says something more outside the access token'],
    ['oidc-hardcoded-claim-mapper', claim('roles', { ...off, 'claim.value': 'admin' }), 'differs', 'says roles outside the access token'],
    ['oidc-hardcoded-role-mapper', { role: 'admin' }, 'opens', 'carries the role admin, whoever its bearer is'],
    ['oidc-hardcoded-role-mapper', { role: 'admin', ...off }, 'opens', 'carries the role admin, whoever its bearer is'],
    ['oidc-hardcoded-role-mapper', { role: 'guest' }, 'weakens', 'carries the role guest, whoever its bearer is'],
    ['oidc-hardcoded-role-mapper', {}, 'weakens', 'carries the role , whoever its bearer is'],
    ['oidc-role-name-mapper', { role: 'guest', 'new.role.name': 'admin' }, 'opens', 'calls the role guest admin'],
    ['oidc-role-name-mapper', { role: 'admin', 'new.role.name': 'guest' }, 'breaks', 'calls the role admin guest'],
    ['oidc-role-name-mapper', {}, 'breaks', 'calls the role  '],
    ['oidc-role-name-mapper', { ...off, role: 'guest', 'new.role.name': 'admin' }, 'opens', 'calls the role guest admin'],
    ['script-evil.js', off, 'opens', 'says what script-evil.js makes it say, which nobody here knows'],
    ['oidc-hardcoded-claim-mapper', claim('scope', { 'claim.value': 'orders:write' }), 'opens', 'says scope is orders:write'],
    ['oidc-hardcoded-claim-mapper', claim('team'), 'differs', 'says team is '],
    ['oidc-usermodel-attribute-mapper', claim('roles', { 'user.attribute': 'x' }), 'opens', 'takes roles from the attribute "x" of its bearer'],
    ['oidc-usermodel-property-mapper', claim('team', { 'user.attribute': 'x' }), 'weakens', 'takes team from the attribute "x" of its bearer'],
    ['oidc-usermodel-attribute-mapper', claim('team'), 'weakens', 'takes team from the attribute "" of its bearer'],
    ['oidc-usermodel-realm-role-mapper', claim('realm_access.roles'), 'opens', 'says the roles of its bearer in realm_access.roles'],
    ['oidc-usermodel-client-role-mapper', claim('mine'), 'weakens', 'says the roles of its bearer in mine'],
    ['oidc-group-membership-mapper', claim('groups'), 'opens', 'says the groups of its bearer in groups'],
    ['oidc-group-membership-mapper', claim('mine'), 'weakens', 'says the groups of its bearer in mine'],
    ['oidc-sha256-pairwise-sub-mapper', {}, 'breaks', 'calls its bearer by another sub'],
    ['oidc-audience-resolve-mapper', {}, 'weakens', 'is good for every client of which its bearer has a role'],
    ...[
      'oidc-full-name-mapper', 'oidc-address-mapper', 'oidc-organization-membership-mapper', 'oidc-organization-group-membership-mapper', 'oidc-claims-param-token-mapper', 'oidc-acr-mapper',
      'oidc-amr-mapper', 'oidc-nonce-backwards-compatible-mapper', 'oidc-sub-mapper', 'oidc-session-state-mapper', 'oidc-usersessionmodel-note-mapper', 'oidc-allowed-origins-mapper',
    ].flatMap((type) => [
      [type, {}, 'differs', `carries more than the blueprint says (${type})`] as const,
      [type, claim('email'), 'opens', `carries more than the blueprint says (${type})`] as const,
    ]),
    ['script-evil.js', {}, 'opens', 'says what script-evil.js makes it say, which nobody here knows'],
    [undefined, {}, 'opens', 'says what a mapper makes it say, which nobody here knows'],
  ])('%s with %j %s', (type, config, effect, what) => expect(says(type, config)).toEqual({ effect, what })); // prettier-ignore

  it.each<readonly [name: string, decides: boolean]>([
    ...['aud', 'azp', 'iss', 'sub', 'scope', 'exp', 'nbf', 'typ', 'acr', 'auth_time', 'cnf', 'scp', 'client_id', 'preferred_username', 'username', 'email', 'role', 'roles', 'group', 'groups', 'realm_access', 'resource_access', 'permissions', 'authorization'].map((name) => [name, true] as const),
    ['roles.inside', true],
    ['resource_access.orders.roles', true],
    ['my.roles', false],
    ['rolesx', false],
    ['email_verified', false],
    ['', false],
  ])('decides by the claim %j: %s', (name, decides) => expect(says('oidc-usermodel-attribute-mapper', claim(name)).effect).toBe(decides ? 'opens' : 'weakens'));
});

describe('the mappers of a client or a scope', () => {
  const held = { id: 'its id', name: 'team', protocol: 'openid-connect', protocolMapper: 'a', config: { x: '1', y: '2' } };
  it('are held by name, as what they are and how they are set', () => {
    expect(mapperSpecs([held])).toEqual({ team: { protocolMapper: 'a', config: { x: '1', y: '2' } } });
    expect(mapperSpecs(undefined)).toEqual({});
  });

  it('are sent with the id of one that is there, and without one that is to be absent', () => {
    const specs = { team: { protocolMapper: 'a', config: { x: '1' } }, fresh: { protocolMapper: 'b', config: {} }, bare: null };
    expect(mapperReps(specs, 'saml', [held])).toEqual([
      { id: 'its id', name: 'team', protocol: 'saml', consentRequired: false, protocolMapper: 'a', config: { x: '1' } },
      { name: 'fresh', protocol: 'saml', consentRequired: false, protocolMapper: 'b', config: {} },
    ]);
    expect(mapperReps(undefined, 'saml')).toEqual([]);
    expect(mapperReps(null, 'saml')).toEqual([]);
  });

  it('are sent to a client with those of others, and not at all where there is nothing to change', () => {
    const theirs = { ...held, id: 'their id', name: 'theirs' };
    const stated = { team: { protocolMapper: held.protocolMapper, config: { ...held.config } } };
    expect(mappersOfClient(stated, 'openid-connect', [held, theirs])).toBeUndefined();
    expect(mappersOfClient({ ...stated, gone: null }, 'openid-connect', [held, theirs])).toBeUndefined();
    expect(mappersOfClient({ team: null }, 'openid-connect', [held, theirs])).toEqual([theirs]);
    expect(mappersOfClient({ team: { protocolMapper: 'b', config: {} } }, 'openid-connect', [held, theirs])).toMatchObject([{ id: 'its id', name: 'team', protocolMapper: 'b' }, theirs]);
    expect([undefined, null].map((none) => mappersOfClient(none, 'openid-connect', [theirs]))).toEqual([undefined, undefined]);
  });

  it.each<readonly [what: string, over: object, same: boolean]>([
    ['nothing', {}, true],
    ['the order of its settings', { config: { y: '2', x: '1' } }, true],
    ['a setting', { config: { x: '1', y: '3' } }, false],
    ['a setting less', { config: { x: '1' } }, false],
    ['what it is', { protocolMapper: 'b' }, false],
  ])('differ by %s: same is %s', (_what, over, same) => {
    const [sent] = mapperReps({ team: { protocolMapper: 'a', config: { x: '1', y: '2' } } }, 'openid-connect');
    expect(sameMapper(held, { ...sent!, ...over })).toBe(same);
  });
});
