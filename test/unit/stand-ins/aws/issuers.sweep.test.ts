import { type JWTPayload } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EmbeddedAws } from '../../../../infra/stand-ins/src/aws/index.ts';
import {
  answerDiscovery,
  answerKeys,
  call,
  createApi,
  makeKey,
  sdk,
  serve,
  sign,
  start,
  startIssuer,
  startUpstream,
  testClock,
  type Answered,
  type Issuer,
  type Local,
  type SigningKey,
  type TestApi,
  type Upstream,
} from './fixture.ts';

let aws: EmbeddedAws;
let issuer: Issuer;
let upstream: Upstream;
let key: SigningKey;
let other: SigningKey;
let api: TestApi;
/** Serves the issuer's own discovery document from another place. */
let moved: Local;
const clock = testClock();

beforeAll(async () => {
  [key, other] = await Promise.all([makeKey('first'), makeKey('other')]);
  [issuer, upstream, aws] = await Promise.all([startIssuer(key), startUpstream(), start({ clock: clock.read })]);
  moved = await serve((_, response) => answerDiscovery(issuer.url)(response));
  api = await createApi(sdk(aws));
  const integration = await api.integration(`${upstream.url}/orders`);
  const authorizer = await api.authorizer(issuer.url, ['orders']);
  await api.route('GET /orders', integration, { AuthorizationType: 'JWT', AuthorizerId: authorizer });
  await api.stage();
});

beforeEach(() => {
  upstream.seen.length = 0;
});

afterAll(() => Promise.all([aws.close(), issuer.close(), upstream.close(), moved.close()]));

const good = (): JWTPayload => ({ iss: issuer.url, aud: 'orders', sub: 'alice', iat: clock.now, nbf: clock.now, exp: clock.now + 300 });

const get = (path: string, token?: string): Promise<Answered> =>
  call(`${api.url}${path}`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

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

describe("the issuer's keys", () => {
  beforeEach(() => {
    issuer.jwks = answerKeys(key.jwk);
    issuer.discovery = answerDiscovery(issuer.url);
    aws.forgetKeys();
    issuer.asked.discovery = 0;
    issuer.asked.jwks = 0;
  });

  it('are fetched once for many requests, by way of discovery', async () => {
    const token = await sign(key, good());
    await Promise.all(Array.from({ length: 8 }, () => get('/orders', token)));
    await get('/orders', token);
    expect(issuer.asked).toEqual({ discovery: 1, jwks: 1 });
  });

  it('are kept for two hours: a new key is unknown until then, an old one still good', async () => {
    const began = clock.now;
    const fresh = async (): Promise<readonly number[]> =>
      Promise.all([key, other].map(async (one) => (await get('/orders', await sign(one, good()))).status));
    expect(await fresh()).toEqual([200, 401]);
    issuer.jwks = answerKeys(other.jwk);
    clock.now = began + 7199;
    expect(await fresh()).toEqual([200, 401]);
    clock.now = began + 7200;
    expect(await fresh()).toEqual([401, 200]);
  });

  it('are forgotten on request, which needs no signature', async () => {
    await get('/orders', await sign(key, good()));
    issuer.jwks = answerKeys(other.jwk);
    const forgot = await call(`${aws.control.url}/_authctl/forget-keys`, { method: 'POST' });
    expect([forgot.status, (await get('/orders', await sign(other, good()))).status]).toEqual([204, 200]);
  });

  it('do not include one for encryption', async () => {
    issuer.jwks = answerKeys({ ...key.jwk, use: 'enc' });
    unauthorized(await get('/orders', await sign(key, good())), unexplained);
  });

  it('may be published without a use', async () => {
    const { use: _, ...jwk } = key.jwk;
    issuer.jwks = answerKeys(jwk);
    expect((await get('/orders', await sign(key, good()))).status).toBe(200);
  });

  it('are not asked for when the algorithm is none that the authorizer takes', async () => {
    await get('/orders', `${part({ alg: 'none' })}.${part(good())}.`);
    expect(issuer.asked).toEqual({ discovery: 0, jwks: 0 });
  });

  const broken: readonly (readonly [string, () => void, string])[] = [
    [
      'discovery is down',
      () => (issuer.discovery = (response) => void response.writeHead(503).end()),
      'OIDC discovery endpoint communication error',
    ],
    [
      'discovery is not JSON',
      () => (issuer.discovery = (response) => void response.end('<html>')),
      'OIDC discovery endpoint communication error',
    ],
    [
      'discovery names another issuer',
      () => (issuer.discovery = answerDiscovery('https://elsewhere.example', `${issuer.url}/keys/here`)),
      'OIDC discovery endpoint communication error',
    ],
    [
      'discovery redirects',
      () => (issuer.discovery = (response) => void response.writeHead(302, { location: moved.url }).end()),
      'OIDC discovery endpoint communication error',
    ],
    ['discovery does not answer within 1500 ms', () => (issuer.discovery = () => undefined), 'OIDC discovery endpoint communication error'],
    ['the key set is down', () => (issuer.jwks = (response) => void response.destroy()), 'JWKS communication error'],
    ['the key set does not answer within 1500 ms', () => (issuer.jwks = () => undefined), 'JWKS communication error'],
    [
      'the key set has more than 150 000 bytes',
      () => (issuer.jwks = answerKeys(key.jwk, { kty: 'RSA', pad: 'x'.repeat(150_000) })),
      'JWKS communication error',
    ],
    ['the key set is no key set', () => (issuer.jwks = (response) => void response.end('[]')), 'JWKS communication error'],
    [
      'the jwks_uri is no http URL',
      () => (issuer.discovery = answerDiscovery(issuer.url, 'file:///etc/passwd')),
      'JWKS communication error',
    ],
  ];
  it.each(broken)('cost 401 while %s, and not a second longer', async (_, breakIt, text) => {
    const token = await sign(key, good());
    breakIt();
    unauthorized(await get('/orders', token), invalid(text));
    issuer.jwks = answerKeys(key.jwk);
    issuer.discovery = answerDiscovery(issuer.url);
    expect((await get('/orders', token)).status).toBe(200);
  });

  it('are found for an issuer that ends in a slash', async () => {
    const slashed = await serve((request, response) => {
      if (request.url === '/.well-known/openid-configuration') return answerDiscovery(`${slashed.url}/`, `${slashed.url}/jwks`)(response);
      answerKeys(key.jwk)(response);
    });
    const own = await createApi(api.client, 'slashed');
    const authorizer = await own.authorizer(`${slashed.url}/`, ['orders']);
    await own.route('GET /x', await own.integration(upstream.url), { AuthorizationType: 'JWT', AuthorizerId: authorizer });
    await own.stage();
    const answer = await call(`${own.url}/x`, { headers: { authorization: await sign(key, { ...good(), iss: `${slashed.url}/` }) } });
    await slashed.close();
    expect(answer.status).toBe(200);
  });
});
