import { constants, createHmac, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:https';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { selfSigned } from '../../src/core/certificate.ts';
import { createVerifier } from '../../src/service/index.ts';
import { issuer, part, startGateway } from '../lua/gateway.ts';
import type { Answer, Gateway } from '../lua/gateway.ts';

/** Seconds of the gateway's clock, which stands unless a test moves it. */
let now = 1_795_228_215;
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ clock: () => now });
});
afterAll(() => gateway.close());

interface Signer {
  readonly kid: string;
  readonly alg: string;
  readonly key: KeyObject;
  readonly jwk: object;
}
const digestOf = (alg: string): string | null => (alg === 'EdDSA' ? null : `sha${alg.slice(2)}`);
const signed = (alg: string, text: string, key: KeyObject, saltLength: number = constants.RSA_PSS_SALTLEN_DIGEST): Buffer =>
  signBytes(digestOf(alg), Buffer.from(text), {
    key,
    dsaEncoding: 'ieee-p1363',
    ...(alg.startsWith('PS') && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }),
  });
const signer = (kid: string, alg: string, { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }): Signer => ({
  kid, alg, key: privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' },
});
const rsa = (modulusLength: number): { publicKey: KeyObject; privateKey: KeyObject } => generateKeyPairSync('rsa', { modulusLength });
const [rsa2048, rsa3072] = [rsa(2048), rsa(3072)];

const claims = (): object => ({
  iss: issuer, aud: 'orders', sub: 'user-1', typ: 'Bearer', azp: 'storefront', scope: 'orders:read', iat: now, exp: now + 3600, realm_access: { roles: ['customer'] },
});
const tokenOf = ({ kid, alg, key }: Signer, header: object = {}, signature?: (text: string) => Buffer): string => {
  const text = `${part({ alg, typ: 'JWT', kid, ...header })}.${part(claims())}`;
  return `${text}.${(signature ?? ((input: string) => signed(alg, input, key)))(text).toString('base64url')}`;
};

let published: readonly object[] = [];
/** How the issuer answers now. */
let behave: () => { status?: number; body?: string; headers?: Record<string, string>; delay?: number; hangUp?: boolean };
const publishes = (...signers: readonly Signer[]): void => {
  published = signers.map(({ jwk }) => jwk);
};
const asked = (): number => gateway.provider.calls.length;
/** A configuration of its own for each test, by which no test knows the keys of another: the address differs. */
let number = 0;
const configure = async (given: object = {}): Promise<void> => {
  number += 1;
  const path = `/certs-${number}`;
  gateway.provider.behave = (call) => (call.url === path ? behave() : { status: 404 });
  const { port } = gateway.provider.server.address() as { port: number };
  const guard = { jwks_url: `http://127.0.0.1:${port}${path}`, ...given };
  const answer = await gateway.configure({
    orders: { followed: guard, scope: { scopes: ['orders:read'], identity_headers: true } },
    decided: { followed: guard, scope: {}, opa: {} },
  });
  expect(answer.status).toBe(201);
  gateway.provider.calls.length = 0;
};
const send = (token: string, path = '/orders'): Promise<Answer> => gateway.send(path, { headers: { authorization: `Bearer ${token}` } });
const status = async (token: string): Promise<number> => (await send(token)).status;
const statuses = async (tokens: readonly string[]): Promise<Record<number, number>> => {
  const counts: Record<number, number> = {};
  for (const one of await Promise.all(tokens.map(status))) counts[one] = (counts[one] ?? 0) + 1;
  return counts;
};

const first = signer('first', 'RS256', rsa2048);
const second = signer('second', 'RS256', rsa3072);
beforeEach(() => {
  publishes(first);
  behave = () => ({ body: JSON.stringify({ keys: published }) });
  now += 100_000;
});

describe('the guard with keys that follow, in the embedded gateway', () => {
  const signers: readonly Signer[] = [
    ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].flatMap((alg) => [signer(`${alg}-2048`, alg, rsa2048), signer(`${alg}-3072`, alg, rsa3072)]),
    signer('p256', 'ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })),
    signer('p384', 'ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' })),
    signer('p521', 'ES512', generateKeyPairSync('ec', { namedCurve: 'P-521' })),
    signer('ed25519', 'EdDSA', generateKeyPairSync('ed25519')),
    signer('ed448', 'EdDSA', generateKeyPairSync('ed448')),
  ];
  const every = [...new Set(signers.map(({ alg }) => alg))];

  it('verifies every algorithm that it names, and takes no signature of another key, algorithm or form; so does the middleware', async () => {
    publishes(...signers);
    await configure({ algorithms: every });
    const middleware = createVerifier({ issuer, audience: 'orders', algorithms: every as never, jwks: { keys: published as never }, clock: () => now * 1000 });
    const judged = async (token: string): Promise<number> => {
      const answer = await middleware.verify({ method: 'GET', target: '/orders', scheme: 'https', headers: new Map([['authorization', [`Bearer ${token}`]]]) });
      return answer.ok ? 200 : answer.status;
    };
    for (const one of signers) {
      const answer = await send(tokenOf(one));
      expect([one.kid, answer.status, answer.received?.headers['x-auth-subject'], answer.received?.headers['authorization']]).toEqual([one.kid, 200, 'user-1', undefined]);
      expect([one.kid, await judged(tokenOf(one))]).toEqual([one.kid, 200]);
      const bad = [
        tokenOf(one, { kid: signers[(signers.indexOf(one) + 1) % signers.length]?.kid }),
        tokenOf(one, {}, (text) => signed(one.alg, `${text}x`, one.key)),
        tokenOf(one, {}, (text) => Buffer.alloc(signed(one.alg, text, one.key).length)),
        tokenOf(one, {}, (text) => Buffer.alloc(signed(one.alg, text, one.key).length, 255)),
        tokenOf(one, {}, (text) => signed(one.alg, text, one.key).subarray(1)),
        tokenOf(one, { alg: 'HS256' }, (text) => createHmac('sha256', JSON.stringify(one.jwk)).update(text).digest()),
        tokenOf(one, { alg: 'none' }, () => Buffer.alloc(0)),
        ...every.filter((alg) => alg !== one.alg).map((alg) => tokenOf(one, { alg })),
      ];
      for (const token of bad) expect([one.kid, token.split('.')[0], await status(token), await judged(token)]).toEqual([one.kid, token.split('.')[0], 401, 401]);
    }
    const ps = signers.find(({ alg }) => alg === 'PS256')!;
    expect(await status(tokenOf(ps, {}, (text) => signed('PS256', text, ps.key, 20)))).toBe(401);
    expect(asked()).toBe(1);
  });

  it('is taken for the verifier by the plugins behind it, and asks for the keys once however many come first', async () => {
    await configure();
    gateway.opa.behave = () => ({ body: '{"result":true}' });
    expect(await statuses(Array.from({ length: 50 }, () => tokenOf(first)))).toEqual({ 200: 50 });
    expect((await send(tokenOf(first), '/decided')).status).toBe(200);
    expect(JSON.parse(gateway.opa.calls.at(-1)?.body ?? '{}')).toMatchObject({ input: { token: { sub: 'user-1' } } });
    expect(asked()).toBe(1);
  });

  it('asks at most once in a cool-down, whatever key ids are made up, and turns no good token away meanwhile', async () => {
    await configure();
    expect(await status(tokenOf(first))).toBe(200);
    now += 11;
    const forged = Array.from({ length: 1000 }, (_, index) => tokenOf(first, { kid: `made-up-${index}` }));
    expect(await statuses([...forged, ...Array.from({ length: 100 }, () => tokenOf(first))])).toEqual({ 401: 1000, 200: 100 });
    expect(asked()).toBe(2);
    publishes(first, second);
    now += 9.9;
    expect(await status(tokenOf(second))).toBe(401);
    now += 0.2;
    expect(await statuses([tokenOf(first, { kid: 'made-up' }), tokenOf(second), tokenOf(second)])).toEqual({ 401: 1, 200: 2 });
    expect(asked()).toBe(3);
  });

  it('takes the new key of a rotation under load without a refusal, and refuses the withdrawn one when the keys are fetched anew', async () => {
    await configure();
    expect(await status(tokenOf(first))).toBe(200);
    now += 20;
    publishes(first, second);
    behave = () => ({ body: JSON.stringify({ keys: published }), delay: 100 });
    expect(await statuses(Array.from({ length: 200 }, (_, index) => tokenOf(index % 2 === 0 ? first : second)))).toEqual({ 200: 200 });
    expect(asked()).toBe(2);
    publishes(second);
    now += 299;
    expect(await status(tokenOf(first))).toBe(200);
    now += 1;
    expect(await status(tokenOf(second))).toBe(200);
    expect(await statuses([tokenOf(first), tokenOf(first), tokenOf(second)])).toEqual({ 401: 2, 200: 1 });
  });

  it('lets good tokens pass and no unknown key while the issuer is away for ten minutes, and nobody when that lasts', async () => {
    await configure({ jwks_stale: 900 });
    expect(await status(tokenOf(first))).toBe(200);
    behave = () => ({ hangUp: true });
    for (let minute = 5; minute <= 15; minute += 1) {
      now += minute === 5 ? 300 : 60;
      expect(await statuses([tokenOf(first), tokenOf(second), tokenOf(first)])).toEqual({ 200: 2, 401: 1 });
    }
    now += 600;
    const answer = await send(tokenOf(first));
    expect([answer.status, answer.headers['retry-after'], answer.received]).toEqual([503, '1', undefined]);
    behave = () => ({ body: JSON.stringify({ keys: published }) });
    now += 11;
    expect(await status(tokenOf(first))).toBe(200);
  });

  it('follows no redirect, and believes no page', async () => {
    await configure();
    const elsewhere = `http://127.0.0.1:${(gateway.provider.server.address() as { port: number }).port}/elsewhere`;
    for (const answer of [{ status: 302, headers: { location: elsewhere } }, { body: '<html></html>' }, { body: JSON.stringify({ keys: [] }) }, { status: 500 }]) {
      behave = () => answer;
      now += 100;
      expect(await status(tokenOf(first))).toBe(503);
    }
    expect(gateway.provider.calls.filter(({ url }) => url === '/elsewhere')).toEqual([]);
  });

  it('takes no keys from a server whose certificate nobody has vouched for', async () => {
    const { privateKey } = rsa2048;
    const [from, to] = [new Date(Date.now() - 60_000), new Date(Date.now() + 86_400_000)];
    let reached = 0;
    const server = createServer({ key: privateKey.export({ type: 'pkcs8', format: 'pem' }), cert: selfSigned('127.0.0.1', privateKey, from, to) }, (_request, response) => {
      reached += 1;
      response.end(JSON.stringify({ keys: published }));
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    onTestFinished(() => { server.close(); });
    await configure({ jwks_url: `https://127.0.0.1:${(server.address() as { port: number }).port}/certs`, jwks_allow_plain_http: false });
    expect([await status(tokenOf(first)), reached]).toEqual([503, 0]);
  });

  it('refuses a configuration without an address', async () => {
    const answer = await gateway.configure({ orders: { guard: { keys: 'followed' } } });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('jwks_url');
  });
});
