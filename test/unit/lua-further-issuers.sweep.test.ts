import { createHmac, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createVerifier } from '../../src/service/index.ts';
import type { Verifier } from '../../src/service/index.ts';
import { issuer as own, part, startGateway } from '../lua/gateway.ts';
import type { Gateway } from '../lua/gateway.ts';

/** Two issuers, each with a key of its own under one id, at the guard and at the middleware: whatever the one takes the other takes. */
const now = 1_795_228_215;
const partner = 'https://id.partner.example/realms/agencies';
/** It types no header, and tells its tokens apart by a claim of its own. */
const pool = 'https://id.pool.example/pool';
let gateway: Gateway;
let middleware: Verifier;
beforeAll(async () => {
  gateway = await startGateway({ clock: () => now });
});
afterAll(() => gateway.close());

const KID = 'the-same';
const keys = { own: generateKeyPairSync('rsa', { modulusLength: 2048 }), partner: generateKeyPairSync('rsa', { modulusLength: 2048 }), nobody: generateKeyPairSync('rsa', { modulusLength: 2048 }) };
const jwkOf = (name: keyof typeof keys): object => ({ ...keys[name].publicKey.export({ format: 'jwk' }), kid: KID, alg: 'RS256', use: 'sig' });
const signed = (text: string, key: KeyObject): string => signBytes('sha256', Buffer.from(text), key).toString('base64url');
const standard = { aud: 'orders', sub: 'user-1', typ: 'Bearer', azp: 'batch', scope: 'orders:read', iat: now, exp: now + 300, realm_access: { roles: ['customer'] } };
const tokenOf = (iss: unknown, by: keyof typeof keys, claims: object = {}, header: object = {}): string => {
  const text = `${part({ alg: 'RS256', typ: 'JWT', kid: KID, ...header })}.${part({ ...standard, iss, ...claims })}`;
  return `${text}.${signed(text, keys[by].privateKey)}`;
};

beforeEach(async () => {
  gateway.provider.behave = ({ url }) => (url === '/certs' ? { body: JSON.stringify({ keys: [jwkOf('own')] }) } : url === '/theirs' ? { body: JSON.stringify({ keys: [jwkOf('partner')] }) } : { status: 404 });
  const { port } = gateway.provider.server.address() as { port: number };
  const further = [
    { issuer: partner, jwks_url: `http://127.0.0.1:${port}/theirs`, jwks_allow_plain_http: true, audience: 'orders', token_types: ['Bearer'] },
    { issuer: pool, jwks_url: `http://127.0.0.1:${port}/theirs`, jwks_allow_plain_http: true, audience: 'orders', typeless: true, token_types: ['access'], token_type_claim: 'token_use' },
  ];
  const guard = { further_issuers: further };
  const answer = await gateway.configure({ orders: { followed: guard, scope: { scopes: ['orders:read'], identity_headers: true } }, roles: { followed: guard, scope: { roles: ['customer'] } }, alone: { followed: {}, scope: {} }, decided: { followed: guard, scope: {}, opa: {} } });
  expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
  middleware = createVerifier({ issuer: own, audience: 'orders', jwks: { keys: [jwkOf('own') as never] }, furtherIssuers: [{ issuer: partner, jwks: { keys: [jwkOf('partner') as never] } }, { issuer: pool, jwks: { keys: [jwkOf('partner') as never] }, typeless: true, tokenTypes: ['access'], tokenTypeClaim: 'token_use' }], clock: () => now * 1000 });
});
const atGuard = async (token: string, path = '/orders'): Promise<number> => (await gateway.send(path, { headers: { authorization: `Bearer ${token}` } })).status;
const verified = (token: string) => middleware.verify({ method: 'GET', target: '/orders', scheme: 'https', headers: new Map([['authorization', [`Bearer ${token}`]]]) });
const both = async (token: string): Promise<readonly number[]> => {
  const answer = await verified(token);
  return [await atGuard(token), answer.ok ? 200 : answer.status];
};

describe('tokens of two issuers', () => {
  it('pass with the key of the issuer that they name', async () => {
    expect(await both(tokenOf(own, 'own'))).toEqual([200, 200]);
    expect(await both(tokenOf(partner, 'partner'))).toEqual([200, 200]);
  });

  it.each([
    ['ours, signed by the key of theirs', tokenOf(own, 'partner')],
    ['theirs, signed by the key of ours', tokenOf(partner, 'own')],
    ['theirs, signed by nobody’s key', tokenOf(partner, 'nobody')],
    ['of nobody, signed by theirs', tokenOf('https://evil.example', 'partner')],
    ['of nobody, signed by ours', tokenOf('https://evil.example', 'own')],
    ['of nobody at all', tokenOf(undefined, 'partner')],
    ['of a list with theirs in it', tokenOf([partner], 'partner')],
    ['of a list of both', tokenOf([own, partner], 'own')],
    ['theirs with a slash more', tokenOf(`${partner}/`, 'partner')],
    ['theirs for another audience', tokenOf(partner, 'partner', { aud: 'invoices' })],
    ['theirs, an ID token', tokenOf(partner, 'partner', { typ: 'ID' })],
    ['theirs, ended', tokenOf(partner, 'partner', { exp: now - 60 })],
    ['theirs, bound to a key', tokenOf(partner, 'partner', { cnf: { jkt: 'x' } })],
    ['theirs with the issuer in the header, too', tokenOf(partner, 'partner', {}, { iss: own })],
    ['theirs, of an algorithm that is not theirs', tokenOf(partner, 'partner', {}, { alg: 'RS512' })],
    ['theirs, unsigned', `${part({ alg: 'none', typ: 'JWT', kid: KID })}.${part({ ...standard, iss: partner })}.`],
  ])('are refused: %s', async (_what, token) => {
    expect(await both(token)).toEqual([401, 401]);
  });

  it('have a header typ or not, and are of a kind, as it is said of their issuer', async () => {
    const bare = { typ: undefined };
    expect(await both(tokenOf(own, 'own', {}, bare))).toEqual([401, 401]);
    expect(await both(tokenOf(partner, 'partner', {}, bare))).toEqual([401, 401]);
    expect(await both(tokenOf(pool, 'partner', { token_use: 'access' }, bare))).toEqual([200, 200]);
    expect(await both(tokenOf(pool, 'partner', { token_use: 'access' }))).toEqual([200, 200]);
    expect(await both(tokenOf(pool, 'partner', { token_use: 'access', typ: undefined }, { typ: 'at+jwt' }))).toEqual([200, 200]);
    expect(await both(tokenOf(pool, 'partner', { token_use: 'id' }, bare))).toEqual([401, 401]);
    expect(await both(tokenOf(pool, 'partner', {}, bare))).toEqual([401, 401]);
    expect(await both(tokenOf(pool, 'partner', { token_use: 'access' }, { typ: 'logout+jwt' }))).toEqual([401, 401]);
    expect(await both(tokenOf(pool, 'partner', { token_use: 'access' }, { typ: null }))).toEqual([401, 401]);
  });

  it('are refused with an HMAC under the public key of either', async () => {
    for (const name of ['own', 'partner'] as const)
      for (const secret of [keys[name].publicKey.export({ type: 'spki', format: 'pem' }).toString(), JSON.stringify(jwkOf(name))])
        for (const iss of [own, partner]) {
          const text = `${part({ alg: 'HS256', typ: 'JWT', kid: KID })}.${part({ ...standard, iss })}`;
          expect(await both(`${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`)).toEqual([401, 401]);
        }
  });

  it('are taken where the route names their issuer, and nowhere else', async () => {
    expect([await atGuard(tokenOf(own, 'own'), '/alone'), await atGuard(tokenOf(partner, 'partner'), '/alone')]).toEqual([200, 401]);
  });

  it('of the further one have scopes, and no role, no name and no policy', async () => {
    expect(await atGuard(tokenOf(partner, 'partner', { scope: 'openid' }))).toBe(403);
    expect([await atGuard(tokenOf(own, 'own'), '/roles'), await atGuard(tokenOf(partner, 'partner'), '/roles')]).toEqual([200, 403]);
    const answer = await gateway.send('/orders', { headers: { authorization: `Bearer ${tokenOf(partner, 'partner')}` } });
    expect([answer.status, answer.received?.headers['x-auth-subject'], answer.received?.headers['x-auth-client']]).toEqual([200, undefined, undefined]);
    gateway.opa.behave = () => ({ body: '{"result":true}' });
    expect([await atGuard(tokenOf(own, 'own'), '/decided'), await atGuard(tokenOf(partner, 'partner'), '/decided')]).toEqual([200, 403]);
    expect(gateway.opa.calls.length).toBe(1);
    const [ours, theirs] = [await verified(tokenOf(own, 'own')), await verified(tokenOf(partner, 'partner', { acr: 'gold', auth_time: now }))];
    expect([ours.ok && [...ours.roles], theirs.ok && [...theirs.roles]]).toEqual([['customer'], []]);
    expect(theirs).toMatchObject({ issuer: partner, further: true, signIn: { acr: undefined, age: undefined } });
  });

  it('are not taken by a guard whose keys Kong holds', async () => {
    const answer = await gateway.configure({ orders: { guard: { further_issuers: [{ issuer: partner, jwks_url: 'https://id.partner.example/certs', audience: 'orders' }] }, jwt: {}, scope: {} } });
    expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('further_issuers')]);
  });
});

describe('the middleware', () => {
  it('takes no issuer twice, none without a name, and no cookie beside several', () => {
    const of = (further: readonly { readonly issuer: string }[], more: object = {}) => () => createVerifier({ issuer: own, audience: 'orders', furtherIssuers: further, ...more });
    expect(of([{ issuer: own }])).toThrow('named already');
    expect(of([{ issuer: partner }, { issuer: partner }])).toThrow('named already');
    expect(of([{ issuer: '' }])).toThrow('must not be empty');
    expect(of([{ issuer: partner }], { cookie: '__Host-shop' })).toThrow('a cookie');
  });
});
