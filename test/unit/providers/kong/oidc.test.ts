import { describe, expect, it } from 'vitest';
import { askedBy, asksAll } from '../../../../src/providers/kong/reach/oidc.ts';
import type { Asked } from '../../../../src/providers/kong/reach/oidc.ts';

const ISSUER = 'https://id.example/realms/shop';
const wanted = [{ issuers: [ISSUER], audience: 'orders' }];
/** As a blueprint has it: tokens of the issuer for the audience, with a scope, and by no other way. */
const good = { issuer: `${ISSUER}/.well-known/openid-configuration`, auth_methods: ['bearer'], audience_required: ['orders'], scopes_required: ['orders:read'] } as const;

describe('what openid-connect asks for', () => {
  it.each<readonly [what: string, change: Parameters<typeof askedBy>[0], is: Asked['is'], words: RegExp]>([
    ['a token with scopes', {}, 'same', /and with scopes/],
    ['by the issuer itself, not by its discovery', { issuer: ISSUER }, 'same', /scopes/],
    ['by introspection, too', { auth_methods: ['bearer', 'introspection'] }, 'same', /scopes/],
    ['a role in the place of a scope', { scopes_required: null, roles_required: ['admin'] }, 'same', /scopes/],
    ['the audience beside another word', { audience_required: ['orders partners'] }, 'same', /scopes/],
    ['no scope', { scopes_required: null }, 'thin', /any token for the same audience/],
    ['a scope of another claim', { scopes_claim: ['scp'] }, 'thin', /any token for the same audience/],
    ['every way there is, because none is stated', { auth_methods: null }, 'thin', /password/],
    ['a password', { auth_methods: ['bearer', 'password'] }, 'thin', /other ways \(password\)/],
    ['no end', { verify_claims: false }, 'thin', /even when it has ended/],
    ['no active token', { introspection_check_active: false }, 'thin', /even when it has ended/],
    ['signatures by a secret', { enable_hs_signatures: true }, 'thin', /secret of the client/],
    ['no audience', { audience_required: null }, 'other', /whichever audience/],
    ['one of two audiences', { audience_required: ['orders', 'partners'] }, 'other', /orders or partners/],
    ['the audience in another claim', { audience_claim: ['azp'] }, 'other', /whichever audience/],
    ['another issuer', { issuer: 'https://elsewhere.example' }, 'other', /elsewhere/],
    ['another issuer, too', { issuers_allowed: [ISSUER, 'https://elsewhere.example'] }, 'other', /a token of https:\/\/elsewhere.example, too/],
    ['keys of somebody else', { extra_jwks_uris: ['https://elsewhere.example/keys'] }, 'other', /a key of https:\/\/elsewhere.example\/keys has signed/],
    ['keys of the issuer', { extra_jwks_uris: [`${ISSUER}/protocol/openid-connect/certs`] }, 'same', /scopes/],
    ['no signature', { verify_signature: false }, 'nothing', /nobody has signed/],
  ])('%s', (_what, change, is, words) => {
    const asked = askedBy({ ...good, ...change }, wanted);
    expect(asked).toMatchObject({ is });
    expect(asked.words).toMatch(words);
  });

  it('is what the blueprint has of ways and keys, where it has some', () => {
    const [own] = wanted;
    if (own) expect(askedBy({ ...good, auth_methods: ['session', 'bearer'], extra_jwks_uris: ['http://keycloak:8080/keys'] }, [{ ...own, methods: ['session'], keys: ['http://keycloak:8080/keys'] }]).is).toBe('same');
  });

  it('lets nobody in beyond the blueprint, where each alternative asks for all', () => {
    const asks = (scopes: readonly string[], roles: readonly string[] = []) => asksAll({ scopes, roles }, { scopes: ['a', 'b'], roles: [] });
    expect([asks(['a b']), asks(['b a c']), asks(['a b', 'a']), asks(['a']), asks([])]).toEqual([true, true, false, false, false]);
    const roles = (...held: readonly string[]) => asksAll({ scopes: [], roles: held }, { scopes: [], roles: ['admin', 'support'] });
    expect([roles('admin'), roles('admin', 'support x'), roles('admin', 'x'), roles()]).toEqual([true, true, false, false]);
  });
});
