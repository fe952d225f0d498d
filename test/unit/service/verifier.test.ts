import { CompactEncrypt } from 'jose';
import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { requireRole, requireScopes } from '../../../src/service/index.ts';
import type { Refusal, VerifierOptions } from '../../../src/service/index.ts';
import {
  ATTACKER,
  AUDIENCE,
  ISSUER,
  KEY,
  NOW,
  aRequest,
  aVerifier,
  bearing,
  encode,
  goodClaims,
  goodHeader,
  hmac,
  keyPair,
  mint,
  sign,
} from './support/tokens.ts';

const verify = (token: string, options: Partial<VerifierOptions> = {}) => aVerifier(options).verify(bearing(token));
const refused = (reason: string): Refusal => ({
  ok: false,
  status: 401,
  message: 'Unauthorized',
  challenge: 'Bearer error="invalid_token", error_description="The access token is not acceptable here"',
  reason,
});
const signature = 'signature';
const claims = (changes: object): string => mint({ ...goodClaims, ...changes });
const without = (name: keyof typeof goodClaims): string =>
  mint(Object.fromEntries(Object.entries(goodClaims).filter(([key]) => key !== name)));
const header = (changes: object): string => mint(goodClaims, { ...goodHeader, ...changes });
const [headerPart = '', payloadPart = '', signaturePart = ''] = mint().split('.');
const pem = createPublicKey({ key: KEY.jwk as never, format: 'jwk' })
  .export({ type: 'spki', format: 'pem' })
  .toString();
const confused = (secret: string | Buffer, changes: object = {}): string => {
  const input = `${encode({ ...goodHeader, alg: 'HS256', ...changes })}.${encode(goodClaims)}`;
  return `${input}.${hmac(input, secret)}`;
};

describe('a good token', () => {
  it('passes, with its claims and what it grants', async () => {
    const token = mint();
    expect(await verify(token)).toEqual({
      ok: true,
      claims: goodClaims,
      token,
      source: 'header',
      issuer: 'https://id.example/realms/shop',
      further: false,
      scopes: new Set(['openid', 'orders:read']),
      roles: new Set(['customer']),
      signIn: { acr: undefined, age: undefined },
      payload: JSON.stringify(goodClaims),
    });
  });
  it.each([
    ['typed at+jwt, without the typ of Keycloak', mint({ ...goodClaims, typ: undefined }, { ...goodHeader, typ: 'at+jwt' })],
    ['with the long form of its media type', header({ typ: 'application/at+JWT' })],
    ['with one audience', claims({ aud: AUDIENCE })],
    ['expired by less than the leeway', claims({ exp: NOW - 4 })],
    ['not yet valid by less than the leeway', claims({ nbf: NOW + 5 })],
  ])('passes %s', async (_name, token) => {
    expect(await verify(token)).toMatchObject({ ok: true });
  });
  it('takes a token without a header typ where that is said to be good, and its kind by the claim that the issuer has for it', async () => {
    const outcome = async (token: string, options: Partial<VerifierOptions>): Promise<unknown> => {
      const answer = await aVerifier(options).verify(bearing(token));
      return answer.ok ? 'ok' : answer.reason;
    };
    const bare = { ...goodHeader, typ: undefined };
    expect(await outcome(mint(goodClaims, bare), {})).toBe('typ');
    expect(await outcome(mint(goodClaims, bare), { typeless: true })).toBe('ok');
    // Its kind is looked at as before, and what has a typ has a good one.
    expect(await outcome(mint({ ...goodClaims, typ: undefined }, bare), { typeless: true })).toBe('typ of the payload');
    expect(await outcome(mint({ ...goodClaims, typ: 'ID' }, bare), { typeless: true })).toBe('typ of the payload');
    expect(await outcome(mint(goodClaims, { ...goodHeader, typ: 'logout+jwt' }), { typeless: true })).toBe('typ');
    expect(await outcome(mint(goodClaims, { ...goodHeader, typ: null }), { typeless: true })).toBe('typ');
    const cognito = { typeless: true, tokenTypes: ['access'], tokenTypeClaim: 'token_use' };
    expect(await outcome(mint({ ...goodClaims, typ: undefined, token_use: 'access' }, bare), cognito)).toBe('ok');
    expect(await outcome(mint({ ...goodClaims, typ: 'access', token_use: 'id' }, bare), cognito)).toBe('token_use of the payload');
    expect(await outcome(mint({ ...goodClaims, typ: 'access' }, bare), { ...cognito, tokenTypeClaim: 'constructor' })).toBe('constructor of the payload');
  });
  it('gives handlers the type that they work with, or is refused when it has no such shape', async () => {
    const user = ({ sub, email }: { readonly sub: string; readonly email?: unknown }): { readonly id: string; readonly email: string } => {
      if (typeof email !== 'string') throw new Error('no e-mail address');
      return { id: sub, email };
    };
    expect(await verify(claims({ email: 'a@shop.example' }), { claims: user as never })).toMatchObject({
      claims: { id: 'alice', email: 'a@shop.example' },
    });
    expect(await verify(mint(), { claims: user as never })).toEqual(refused('the claims are not of the shape that the service takes'));
  });
});

describe('STR: a token that is not one', () => {
  it.each([
    ['STR-02 empty', '', 'structure'],
    ['STR-03 garbage', 'garbage', 'structure'],
    ['STR-04 two segments', `${headerPart}.${payloadPart}`, 'structure'],
    ['STR-05 an empty signature', `${headerPart}.${payloadPart}.`, 'structure'],
    ['STR-06 an empty payload', `${headerPart}..${signaturePart}`, 'structure'],
    ['STR-06 an empty header', `.${payloadPart}.${signaturePart}`, 'structure'],
    ['STR-07 four segments', `${mint()}.x`, 'structure'],
    ['STR-09 the JSON serialization', JSON.stringify({ payload: payloadPart, signatures: [] }), 'structure'],
    ['STR-10 a null header', mint(goodClaims, 'null'), 'header: not an object'],
    ['STR-11 a null payload', mint('null'), 'payload: not an object'],
    ['STR-12 a string for payload', mint('"x"'), 'payload: not an object'],
    ['STR-12 an array for payload', mint('[]'), 'payload: not an object'],
    ['STR-13 a number for issuer', claims({ iss: 7 }), 'iss'],
    ['STR-13 an array for issuer', claims({ iss: [ISSUER] }), 'iss'],
    ['STR-14 plus in the signature', `${headerPart}.${payloadPart}.+${signaturePart.slice(1)}`, 'signature length'],
    ['STR-14 padding', `${mint()}=`, 'signature length'],
    [
      'STR-14 unused bits that are set',
      `${headerPart}.${payloadPart}.${signaturePart.slice(0, -1)}${signaturePart.endsWith('B') ? 'C' : 'B'}`,
      'signature length',
    ],
    ['STR-15 duplicate members', mint(JSON.stringify(goodClaims).replace('{', '{"sub":"victim",')), 'payload: a duplicate member'],
    [
      'STR-15 duplicate members, one escaped',
      mint(JSON.stringify(goodClaims).replace('{', '{"s\\u0075b":"victim",')),
      'payload: a duplicate member',
    ],
    [
      'STR-15 duplicate members inside',
      mint(`${JSON.stringify(goodClaims).slice(0, -1)},"x":[{"a":1,"a":2}]}`),
      'payload: a duplicate member',
    ],
    [
      'STR-16 invalid UTF-8',
      mint(Buffer.from(JSON.stringify(goodClaims).replace('alice', '\xff\xfe'), 'latin1')),
      'payload: invalid UTF-8',
    ],
    ['a byte order mark', mint(`\ufeff${JSON.stringify(goodClaims)}`), 'payload: not JSON'],
    [
      'a lone surrogate',
      mint(JSON.stringify(goodClaims).replace('alice', 'al\\ud800ice')),
      'payload: a value that readers take differently',
    ],
    [
      'a number without end',
      mint(JSON.stringify(goodClaims).replace('{', '{"n":1e999,')),
      'payload: a value that readers take differently',
    ],
    ['STR-17 too long', `${headerPart}.${'A'.repeat(1 << 20)}.${signaturePart}`, 'size'],
    ['nesting without end', mint(`{"a":${'['.repeat(4000)}${']'.repeat(4000)}}`), 'payload: too deep'],
  ])('is refused: %s', async (_name, token, reason) => {
    expect(await verify(token)).toEqual(refused(reason));
  });
  it('STR-08 is refused when it is encrypted', async () => {
    const key = createPublicKey({ key: KEY.jwk as never, format: 'jwk' });
    const token = await new CompactEncrypt(Buffer.from('{}'))
      .setProtectedHeader({ alg: 'RSA-OAEP', enc: 'A256GCM', kid: 'key-1' })
      .encrypt(key);
    expect(await verify(token)).toEqual(refused('structure'));
  });
  it('STR-01 is asked for, without an error, when there is none', async () => {
    expect(await aVerifier().verify(aRequest())).toEqual({
      ok: false,
      status: 401,
      message: 'Unauthorized',
      challenge: 'Bearer',
      reason: 'no token',
    });
  });
});

describe('SIG and KEY: a token that nobody signed for this', () => {
  it.each([
    ['SIG-01 alg none', `${encode({ ...goodHeader, alg: 'none' })}.${payloadPart}.`, 'structure'],
    ['SIG-02 alg none with the signature kept', `${encode({ ...goodHeader, alg: 'none' })}.${payloadPart}.${signaturePart}`, 'algorithm'],
    ['SIG-03 another payload', `${headerPart}.${encode({ ...goodClaims, sub: 'mallory' })}.${signaturePart}`, signature],
    ['SIG-04 a truncated signature', `${headerPart}.${payloadPart}.${signaturePart.slice(0, -4)}`, 'signature length'],
    [
      'SIG-04 a flipped bit',
      `${headerPart}.${payloadPart}.${signaturePart.startsWith('A') ? 'B' : 'A'}${signaturePart.slice(1)}`,
      signature,
    ],
    ['SIG-05 key confusion by PEM', confused(pem), 'algorithm'],
    ['SIG-05 key confusion by PEM without the last newline', confused(pem.trim()), 'algorithm'],
    ['SIG-07 a blank secret', confused(''), 'algorithm'],
    ['SIG-08 a common secret', confused('secret'), 'algorithm'],
    ['SIG-09 no alg', header({ alg: undefined }), 'algorithm'],
    ['SIG-09 alg null', header({ alg: null }), 'algorithm'],
    ['SIG-09 alg as a list', header({ alg: ['RS256'] }), 'algorithm'],
    ['SIG-10 a psychic signature', `${encode({ ...goodHeader, alg: 'ES256' })}.${payloadPart}.${encode(Buffer.alloc(64))}`, 'algorithm'],
    ['SIG-11 a signature of zeros', `${headerPart}.${payloadPart}.${encode(Buffer.alloc(256))}`, signature],
    ['SIG-11 a signature above the modulus', `${headerPart}.${payloadPart}.${encode(Buffer.alloc(256, 255))}`, signature],
    [
      'SIG-11 a signature with a leading zero',
      `${headerPart}.${payloadPart}.${encode(Buffer.concat([Buffer.alloc(1), Buffer.from(signaturePart, 'base64url')]))}`,
      signature,
    ],
    ['SIG-12 the key of an attacker under the same id', mint(goodClaims, goodHeader, ATTACKER.privateKey), signature],
    ['SIG-14 an unknown critical extension', header({ crit: ['zz'], zz: 1 }), 'header member crit'],
    ['SIG-15 PBES2', header({ alg: 'PBES2-HS256+A128KW', p2c: 1e9 }), 'algorithm'],
    ['an unencoded payload', header({ b64: false, crit: ['b64'] }), 'header member crit'],
    ['KEY-01 an embedded key', mint(goodClaims, { ...goodHeader, jwk: ATTACKER.jwk }, ATTACKER.privateKey), 'header member jwk'],
    [
      'KEY-02 the address of a key',
      mint(goodClaims, { ...goodHeader, jku: 'http://127.0.0.1:1/' }, ATTACKER.privateKey),
      'header member jku',
    ],
    ['KEY-04 a path for a key id', confused(Buffer.of(), { kid: '../../../../dev/null' }), 'algorithm'],
    ['KEY-05 SQL for a key id', header({ kid: "x' UNION SELECT '1';--" }), 'kid'],
    ['KEY-06 an unknown key id', header({ kid: 'evil' }), 'key: ERR_JWKS_NO_MATCHING_KEY'],
    ['KEY-06 no key id', header({ kid: undefined }), 'kid'],
    ['KEY-07 the issuer in the header only', mint({ ...goodClaims, iss: undefined }, { ...goodHeader, iss: ISSUER }), 'header member iss'],
    ['an algorithm that was not allowed', header({ alg: 'RS512' }), 'algorithm'],
    ['no type', header({ typ: undefined }), 'typ'],
    ['another type', header({ typ: 'logout+jwt' }), 'typ'],
  ])('is refused: %s', async (_name, token, reason) => {
    expect(await verify(token)).toEqual(refused(reason));
  });
  it('SIG-10 is refused when ES256 is allowed and the signature is zero', async () => {
    const { generateKeyPairSync } = await import('node:crypto');
    const jwk = { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }), kid: 'key-1', alg: 'ES256' };
    const token = `${encode({ ...goodHeader, alg: 'ES256' })}.${payloadPart}.${encode(Buffer.alloc(64))}`;
    expect(await verify(token, { algorithms: ['ES256'], jwks: { keys: [jwk as never] } })).toEqual(refused(signature));
  });
  it('KEY-08 is refused when the key is for encryption', async () => {
    expect(await verify(mint(), { jwks: { keys: [{ ...KEY.jwk, use: 'enc' }] } })).toEqual(refused('key: ERR_JWKS_NO_MATCHING_KEY'));
  });
  it('KEY-09 is refused when two keys have its id, and never a crash', async () => {
    expect(await verify(mint(), { jwks: { keys: [KEY.jwk, ATTACKER.jwk] } })).toEqual(refused('key: ERR_JWKS_MULTIPLE_MATCHING_KEYS'));
  });
  it('KEY-10 is refused when the published key is weak', async () => {
    const weak = keyPair('key-1', 1024);
    const input = `${encode(goodHeader)}.${encode(goodClaims)}`;
    expect(await verify(`${input}.${sign(input, weak.privateKey)}`, { jwks: { keys: [weak.jwk] } })).toEqual(refused('signature length'));
    // With an exponent of one every signature is its own message: the key is not used at all.
    expect(await verify(mint(), { jwks: { keys: [{ ...KEY.jwk, e: 'AQ' }] } })).toEqual(refused('key: ERR_JWKS_NO_MATCHING_KEY'));
  });
});

describe('TIM: a token at the wrong time', () => {
  it.each([
    ['TIM-01 expired', claims({ exp: NOW - 3600 }), 'exp has passed'],
    ['TIM-02 expired this second, after the leeway', claims({ exp: NOW - 5 }), 'exp has passed'],
    ['TIM-03 no exp', without('exp'), 'exp is not a time'],
    ['exp as text', claims({ exp: String(NOW + 300) }), 'exp is not a time'],
    ['exp in milliseconds', claims({ exp: (NOW + 300) * 1000 }), 'exp is not a time'],
    ['TIM-05 nbf in the future', claims({ nbf: NOW + 3600 }), 'nbf is in the future'],
    ['nbf null', claims({ nbf: null }), 'nbf is not a time'],
    ['iat in the future', claims({ iat: NOW + 3600 }), 'iat is in the future'],
    ['TIM-08 expired beyond the leeway', claims({ exp: NOW - 10 }), 'exp has passed'],
  ])('is refused: %s', async (_name, token, reason) => {
    expect(await verify(token)).toEqual(refused(reason));
  });
  it('TIM-04 is refused when it lives longer than declared', async () => {
    expect(await verify(claims({ exp: NOW + 301 }), { maxLifetime: 300 })).toEqual(refused('lives too long'));
    expect(await verify(mint(), { maxLifetime: 300 })).toMatchObject({ ok: true });
    expect(await verify(without('iat'), { maxLifetime: 300 })).toEqual(refused('lives too long'));
  });
  it('TIM-06 is refused when it is older than declared', async () => {
    expect(await verify(claims({ iat: NOW - 604_800 }), { maxAge: 3600 })).toEqual(refused('is too old'));
  });
});

describe('CLM: a token for something else', () => {
  it.each([
    ['CLM-01 another audience', claims({ aud: 'billing' }), 'aud'],
    ['CLM-02 no audience', without('aud'), 'aud'],
    ['CLM-02 the audience of an account', claims({ aud: 'account' }), 'aud'],
    ['CLM-03 aud null', claims({ aud: null }), 'aud'],
    ['CLM-03 aud a number', claims({ aud: 7 }), 'aud'],
    ['CLM-03 aud empty', claims({ aud: [] }), 'aud'],
    ['CLM-03 aud of mixed types', claims({ aud: [AUDIENCE, 7] }), 'aud'],
    ['CLM-04 an ID token', claims({ typ: 'ID' }), 'typ of the payload'],
    ['CLM-04 no payload type', without('typ'), 'typ of the payload'],
    ['CLM-05 a logout token', claims({ typ: 'Logout' }), 'typ of the payload'],
    ['CLM-06 an introspection answer', header({ typ: 'token-introspection+jwt' }), 'typ'],
    ['CLM-08 no issuer', without('iss'), 'iss'],
    ['another issuer', claims({ iss: `${ISSUER}/` }), 'iss'],
    ['CLM-09 a prototype for issuer', claims({ iss: '__proto__' }), 'iss'],
    ['CLM-10 no subject', without('sub'), 'sub'],
    ['CLM-10 an empty subject', claims({ sub: '' }), 'sub'],
    ['CLM-10 a list for subject', claims({ sub: ['alice'] }), 'sub'],
    ['a subject with a line break', claims({ sub: 'a\r\nb' }), 'sub'],
    ['a token bound to a key', claims({ cnf: { jkt: 'x' } }), 'cnf: bound to a key that a bearer does not prove'],
    ['a key id in the payload', claims({ kid: 'key-1' }), 'kid in the payload'],
  ])('is refused: %s', async (_name, token, reason) => {
    expect(await verify(token)).toEqual(refused(reason));
  });
  it('CLM-11 is refused when its client is not declared', async () => {
    expect(await verify(mint(), { clients: ['storefront'] })).toMatchObject({ ok: true });
    expect(await verify(claims({ azp: 'reports' }), { clients: ['storefront'] })).toEqual(refused('client'));
    expect(await verify(claims({ client_id: 'reports' }), { clients: ['storefront'] })).toEqual(refused('client'));
  });
  it('CLM-13 is told which scopes are needed', async () => {
    const verified = await verify(mint());
    if (!verified.ok) throw new Error(verified.reason);
    expect(requireScopes(verified, 'orders:read')).toBeUndefined();
    expect(requireScopes(verified, 'orders:read', 'orders:write')).toEqual({
      ok: false,
      status: 403,
      message: 'Forbidden',
      challenge: 'Bearer error="insufficient_scope", scope="orders:read orders:write"',
      reason: 'scope orders:write',
    });
    expect(requireRole(verified, 'admin', 'customer')).toBeUndefined();
    expect(requireRole(verified, 'admin')).toMatchObject({ status: 403, reason: 'role' });
    expect(requireRole(verified)).toMatchObject({ status: 403, reason: 'role' });
  });
  it.each([
    [['orders:read', 7], ['orders:read']],
    [null, []],
    [{ toString: 'orders:read' }, []],
    ['  a  b ', ['a', 'b']],
  ])('CLM-14 grants by the scope claim %j what the gateway grants', async (scope, granted) => {
    expect(await verify(claims({ scope }))).toMatchObject({ scopes: new Set(granted) });
  });
  it('AZ-09 takes no role of another client', async () => {
    expect(await verify(claims({ realm_access: undefined, resource_access: { other: { roles: ['admin'] } } }))).toMatchObject({
      roles: new Set(),
    });
  });
});

describe('options that would switch a check off', () => {
  it.each([
    [{ algorithms: [] }],
    [{ algorithms: ['HS256'] }],
    [{ algorithms: ['none'] }],
    [{ types: [] }],
    [{ tokenTypeClaim: '' }],
    [{ tokenTypeClaim: 'https://x.example/type' }],
    [{ issuer: '' }],
    [{ audience: '' }],
    [{ leeway: 3600 }],
    [{ leeway: Number.NaN }],
    [{ maxLifetime: 0 }],
    [{ clients: [] }],
    [{ clients: 'storefront' }],
    [{ tokenTypes: 'Bearer' }],
    [{ header: false }],
    [{ cookie: 'a b' }],
    [{ allowedOrigins: ['https://shop.example/path'] }],
    [{ maxTokenSize: Infinity }],
    [{ jwks: new URL('http://id.example/jwks') }],
    [{ jwks: 'discovery', issuer: 'http://id.example' }],
  ])('are refused at once: %j', (options) => {
    expect(() => aVerifier(options as never)).toThrow(expect.objectContaining({ code: 'SERVICE_OPTION_INVALID' }));
  });
});
