import { createSign, generateKeyPairSync, KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { exportSPKI, SignJWT, type JWTPayload } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EmbeddedAws } from '../../../../infra/stand-ins/src/aws/index.ts';
import { TokenFault, verifyToken } from '../../../../infra/stand-ins/src/aws/jwt.ts';
import {
  answerKeys,
  call,
  createApi,
  makeKey,
  sdk,
  sign,
  start,
  startIssuer,
  startUpstream,
  testClock,
  type Answered,
  type Issuer,
  type SigningKey,
  type TestApi,
  type Upstream,
} from './fixture.ts';
import { draws } from '../../../properties.ts';

let aws: EmbeddedAws;
let issuer: Issuer;
let upstream: Upstream;
let key: SigningKey;
let other: SigningKey;
let api: TestApi;
const clock = testClock();

beforeAll(async () => {
  [key, other] = await Promise.all([makeKey('first'), makeKey('other')]);
  [issuer, upstream, aws] = await Promise.all([startIssuer(key), startUpstream(), start({ clock: clock.read })]);
  api = await createApi(sdk(aws));
  const integration = await api.integration(`${upstream.url}/orders`);
  const authorizer = await api.authorizer(issuer.url, ['orders', 'more']);
  const inQuery = await api.authorizer(issuer.url, ['orders'], '$request.querystring.access_token');
  const jwt = { AuthorizationType: 'JWT', AuthorizerId: authorizer } as const;
  await api.route('GET /orders', integration, jwt);
  await api.route('GET /scoped', integration, { ...jwt, AuthorizationScopes: ['orders:read', 'orders:write'] });
  await api.route('GET /query', integration, { AuthorizationType: 'JWT', AuthorizerId: inQuery });
  await api.stage();
});

beforeEach(() => {
  upstream.seen.length = 0;
});

afterAll(() => Promise.all([aws.close(), issuer.close(), upstream.close()]));

const good = (): JWTPayload => ({ iss: issuer.url, aud: 'orders', sub: 'alice', iat: clock.now, nbf: clock.now, exp: clock.now + 300 });
const without = (claims: JWTPayload, ...names: readonly string[]): JWTPayload =>
  Object.fromEntries(Object.entries(claims).filter(([name]) => !names.includes(name)));

const get = (path: string, token?: string): Promise<Answered> =>
  call(`${api.url}${path}`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const signRaw = async ({ kid, privateKey }: SigningKey, claims: unknown): Promise<string> => {
  const input = `${part({ alg: 'RS256', kid })}.${part(claims)}`;
  return `${input}.${createSign('sha256').update(input).sign(KeyObject.from(privateKey), 'base64url')}`;
};

/** What must come back for a refused token, and that the upstream saw nothing of it. */
const unauthorized = (answer: Answered, challenge: string): void => {
  expect({
    status: answer.status,
    body: answer.body,
    length: answer.headers['content-length'],
    challenge: answer.headers['www-authenticate'],
    calls: upstream.seen.length,
  }).toEqual({
    status: 401,
    body: '{"message":"Unauthorized"}',
    length: '26',
    challenge,
    calls: 0,
  });
};
const invalid = (text: string): string => `Bearer scope="" error="invalid_token" error_description="${text}"`;
const unexplained = 'Bearer scope="" error="invalid_token"';

describe('a JWT authorizer lets pass', () => {
  const passing: readonly (readonly [string, () => Promise<string>])[] = [
    ['a good token', () => sign(key, good())],
    ['a list of audiences with one of its own', () => sign(key, { ...good(), aud: ['elsewhere', 'more'] })],
    ['client_id when there is no aud', () => sign(key, { ...without(good(), 'aud'), client_id: 'orders' })],
    ['a token without iat and nbf', () => sign(key, without(good(), 'iat', 'nbf'))],
    ['a token that expires in one second', () => sign(key, { ...good(), exp: clock.now + 1 })],
  ];
  it.each(passing)('%s', async (_, mint) => {
    const answer = await get('/orders', await mint());
    expect({ status: answer.status, body: answer.body, calls: upstream.seen.length }).toEqual({ status: 200, body: 'upstream', calls: 1 });
  });

  it.each(['RS384', 'RS512'])('a token signed %s', async (alg) => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    issuer.jwks = answerKeys(key.jwk, { ...publicKey.export({ format: 'jwk' }), kid: alg });
    aws.forgetKeys();
    const token = await new SignJWT(good()).setProtectedHeader({ alg, kid: alg }).sign(privateKey);
    expect((await get('/orders', token)).status).toBe(200);
  });

  it('a token alone, and either spelling of the scheme', async () => {
    const token = await sign(key, good());
    const answers = await Promise.all(
      [token, `bearer ${token}`, `BEARER ${token}`].map((authorization) => call(`${api.url}/orders`, { headers: { authorization } })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('a token in the query string where that is its identity source, and nowhere else', async () => {
    const token = await sign(key, good());
    const answers = [await get(`/query?access_token=${token}`), await get('/query', token), await get(`/orders?access_token=${token}`)];
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 401]);
  });
});

describe('a JWT authorizer refuses', () => {
  const foreign = (): Promise<string> => sign(other, good(), { kid: key.kid });
  const flipped = async (): Promise<string> => {
    const [head, payload, signature = ''] = (await sign(key, good())).split('.');
    const bytes = Buffer.from(signature, 'base64url');
    bytes[10] = (bytes[10] ?? 0) ^ 1;
    return `${head}.${payload}.${bytes.toString('base64url')}`;
  };
  const tampered = async (): Promise<string> => {
    const [head, , signature] = (await sign(key, good())).split('.');
    return `${head}.${part({ ...good(), sub: 'mallory' })}.${signature}`;
  };
  const padded = async (): Promise<string> => `${await sign(key, good())}=`;
  /** 256 bytes leave four spare bits in the last character: these make another text of the very same signature. */
  const respelled = async (): Promise<string> => {
    const token = await sign(key, good());
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    return token.slice(0, -1) + alphabet.charAt(alphabet.indexOf(token.slice(-1)) | 1);
  };
  const hmac = async (): Promise<string> =>
    new SignJWT(good()).setProtectedHeader({ alg: 'HS256', kid: key.kid }).sign(Buffer.from(await exportSPKI(key.publicKey)));
  const elliptic = async (): Promise<string> => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return new SignJWT(good()).setProtectedHeader({ alg: 'ES256', kid: key.kid }).sign(privateKey);
  };
  const none = (signature: string): string => `${part({ alg: 'none', kid: key.kid })}.${part(good())}${signature}`;
  const noKid = (): Promise<string> => new SignJWT(good()).setProtectedHeader({ alg: 'RS256' }).sign(key.privateKey);
  const numericKid = (): string => {
    const input = `${part({ alg: 'RS256', kid: 1 })}.${part(good())}`;
    return `${input}.${createSign('sha256')
      .update(input)
      .sign(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'base64url')}`;
  };

  const refused: readonly (readonly [string, () => Promise<string> | string, () => string])[] = [
    ['text that is no token', () => 'not-a-jwt', () => invalid('token contains an invalid number of segments')],
    ['five segments', () => 'a.b.c.d.e', () => invalid('token contains an invalid number of segments')],
    ['a header that is not JSON', () => 'a.b.c', () => unexplained],
    ['an expired token', () => sign(key, { ...good(), exp: clock.now - 1 }), () => unexplained],
    ['a token that expires this second', () => sign(key, { ...good(), exp: clock.now }), () => unexplained],
    ['a token without exp', () => sign(key, without(good(), 'exp')), () => unexplained],
    ['an exp that is text', () => sign(key, { ...good(), exp: String(clock.now + 300) as unknown as number }), () => unexplained],
    ['nbf in the future', () => sign(key, { ...good(), nbf: clock.now + 1 }), () => unexplained],
    ['iat in the future', () => sign(key, { ...good(), iat: clock.now + 1 }), () => unexplained],
    ['a foreign issuer', () => sign(key, { ...good(), iss: 'https://elsewhere.example' }), () => invalid('issuer does not match')],
    ['no issuer', () => sign(key, without(good(), 'iss')), () => invalid('issuer does not match')],
    ['the issuer with a slash added', () => sign(key, { ...good(), iss: `${issuer.url}/` }), () => invalid('issuer does not match')],
    ['a foreign audience', () => sign(key, { ...good(), aud: 'elsewhere' }), () => invalid('the token does not have a valid audience')],
    [
      'a foreign audience with a good client_id',
      () => sign(key, { ...good(), aud: 'elsewhere', client_id: 'orders' }),
      () => invalid('the token does not have a valid audience'),
    ],
    [
      'an empty audience with a good client_id',
      () => sign(key, { ...good(), aud: [], client_id: 'orders' }),
      () => invalid('the token does not have a valid audience'),
    ],
    [
      'an audience in azp only',
      () => sign(key, { ...without(good(), 'aud'), azp: 'orders' }),
      () => invalid('the token does not have a valid audience'),
    ],
    [
      'an audience of null with a good client_id',
      () => sign(key, { ...good(), aud: null as unknown as string, client_id: 'orders' }),
      () => invalid('the token does not have a valid audience'),
    ],
    ['a part of the audience', () => sign(key, { ...good(), aud: 'order' }), () => invalid('the token does not have a valid audience')],
    ['a flipped bit in the signature', flipped, () => unexplained],
    ['a changed payload', tampered, () => unexplained],
    ['a padded signature', padded, () => unexplained],
    ['another key under the same kid', foreign, () => unexplained],
    ['an unknown kid', () => sign(other, good()), () => unexplained],
    ['a good key under an unknown kid', () => sign(key, good(), { kid: 'unknown' }), () => unexplained],
    ['a signature spelled another way', respelled, () => unexplained],
    ['no kid', noKid, () => unexplained],
    ['a kid that is no text', numericKid, () => unexplained],
    ['alg none without a signature', () => none('.'), () => invalid('signing method none is invalid')],
    ['alg none with a signature', () => none('.AAAA'), () => invalid('signing method none is invalid')],
    ['alg none in two segments', () => none(''), () => invalid('token contains an invalid number of segments')],
    ['HS256 keyed with the public key', hmac, () => invalid('signing method HS256 is invalid')],
    ['ES256', elliptic, () => invalid('signing method ES256 is invalid')],
    [
      'PS256',
      async () => `${part({ alg: 'PS256', kid: key.kid })}.${(await sign(key, good())).split('.').slice(1).join('.')}`,
      () => invalid('signing method PS256 is invalid'),
    ],
    ['a critical extension', () => sign(key, good(), { crit: ['b64'], b64: true }), () => unexplained],
    ['an algorithm that would break out of the header', () => `${part({ alg: 'x"\r\ny: z', kid: 'first' })}.e30.AAAA`, () => unexplained],
  ];
  it.each(refused)('%s', async (_, mint, challenge) => {
    unauthorized(await get('/orders', await mint()), challenge());
  });

  it('a request without a token, with the bare scheme as its challenge', async () => {
    unauthorized(await get('/orders'), 'Bearer');
    unauthorized(await call(`${api.url}/orders`, { headers: { authorization: 'Bearer ' } }), 'Bearer');
  });

  it('a good token in another header', async () => {
    unauthorized(await call(`${api.url}/orders`, { headers: { 'x-token': await sign(key, good()) } }), 'Bearer');
  });

  it('two Authorization headers', async () => {
    const token = await sign(key, good());
    unauthorized(
      await call(`${api.url}/orders`, { headers: { authorization: [`Bearer ${token}`, `Bearer ${token}`] } }),
      invalid('token contains an invalid number of segments'),
    );
  });
});

describe('scopes', () => {
  it.each([
    ['scope with one of them', { scope: 'profile orders:write' }],
    ['scp as a list', { scp: ['orders:read'] }],
    ['scp as text', { scp: 'orders:read email' }],
  ])('%s passes', async (_, claims) => {
    expect((await get('/scoped', await sign(key, { ...good(), ...claims }))).status).toBe(200);
  });

  it.each([
    ['no scope claim', {}],
    ['foreign scopes', { scope: 'profile email' }],
    ['a scope that only begins alike', { scope: 'orders:readonly' }],
    ['scopes in another case', { scope: 'ORDERS:READ' }],
  ])('%s is 403 without a challenge', async (_, claims) => {
    const answer = await get('/scoped', await sign(key, { ...good(), ...claims }));
    expect({
      status: answer.status,
      body: answer.body,
      challenge: answer.headers['www-authenticate'],
      calls: upstream.seen.length,
    }).toEqual({
      status: 403,
      body: '{"message":"Forbidden"}',
      challenge: undefined,
      calls: 0,
    });
  });

  it('says 401, not 403, when the token is expired as well', async () => {
    unauthorized(await get('/scoped', await sign(key, { ...good(), exp: clock.now - 5 })), unexplained);
  });
});

describe('hostile tokens', () => {
  const keysOf = () => Promise.resolve(new Map([[key.kid, [KeyObject.from(key.publicKey)]]]));
  const verdict = (token: string): Promise<unknown> =>
    verifyToken(token, { issuer: issuer.url, audience: ['orders'] }, { keysOf, now: clock.read }).then(
      () => 'accepted',
      (thrown: unknown) => (thrown instanceof TokenFault ? 'refused' : thrown),
    );

  it('with one character of a good token changed are refused, wherever it is', async () => {
    const token = await sign(key, good());
    expect(await verdict(token)).toBe('accepted');
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.string({ minLength: 0, maxLength: 2 }), async (at, put) => {
        const changed = token.slice(0, at) + put + token.slice(at + 1);
        expect(await verdict(changed)).toBe(changed === token ? 'accepted' : 'refused');
      }),
      { numRuns: draws(500) },
    );
  });

  it('of any text and any JSON are refused, never an error', async () => {
    const json = fc.jsonValue().map(part);
    const header = fc
      .record({
        alg: fc.oneof(fc.constantFrom('RS256', 'none', 'HS256'), fc.jsonValue()),
        kid: fc.oneof(fc.constant('first'), fc.jsonValue()),
      })
      .map(part);
    const token = fc.oneof(
      fc.string(),
      fc.tuple(fc.oneof(json, header), json, fc.base64String()).map((parts) => parts.join('.')),
    );
    await fc.assert(
      fc.asyncProperty(token, async (text) => {
        expect(await verdict(text)).toBe('refused');
      }),
    );
  });

  it('that are signed with odd claims are refused or accepted, never an error', async () => {
    const odd = fc.dictionary(fc.constantFrom('aud', 'client_id', 'exp', 'nbf', 'iat', 'iss', 'scope', '__proto__'), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(odd, async (claims) => {
        const merged = { ...good(), ...(claims as JWTPayload) };
        expect(await verdict(await signRaw(key, merged))).toMatch(/^(accepted|refused)$/);
      }),
    );
  });
});
