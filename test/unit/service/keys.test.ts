import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { VerifierOptions } from '../../../src/service/index.ts';
import { ATTACKER, KEY, aVerifier, bearing, goodClaims, goodHeader, keyPair, mint } from './support/tokens.ts';

interface Issuer {
  readonly url: string;
  readonly paths: string[];
  answer: Readonly<Record<string, unknown>>;
  status: number;
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

/** An issuer on loopback that answers what the test says, and counts. */
const anIssuer = async (): Promise<Issuer> => {
  const issuer = { url: '', paths: [] as string[], answer: {} as Record<string, unknown>, status: 200 };
  const server = createServer((request, response) => {
    issuer.paths.push(request.url ?? '');
    const body = issuer.answer[request.url ?? ''];
    response.writeHead(body === undefined ? 404 : issuer.status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  );
  issuer.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return issuer;
};

const tokenOf = (issuer: Issuer, kid = 'key-1', key = KEY.privateKey): string =>
  mint({ ...goodClaims, iss: issuer.url }, { ...goodHeader, kid }, key);
const forIssuer = (issuer: Issuer, options: Partial<VerifierOptions> = {}) =>
  aVerifier({ issuer: issuer.url, jwks: 'discovery', ...options });
const publishing = (issuer: Issuer, keys: readonly unknown[], named = issuer.url): Record<string, unknown> => ({
  '/.well-known/openid-configuration': { issuer: named, jwks_uri: `${issuer.url}/keys` },
  '/keys': { keys },
});

describe('keys of an issuer', () => {
  it('are found by discovery, once for many requests', async () => {
    const issuer = await anIssuer();
    issuer.answer = publishing(issuer, [KEY.jwk]);
    const verifier = forIssuer(issuer);
    const answers = await Promise.all(Array.from({ length: 20 }, () => verifier.verify(bearing(tokenOf(issuer)))));
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(issuer.paths).toEqual(['/.well-known/openid-configuration', '/keys']);
  });
  it('are waited for by many different tokens at once, of which each is judged by its own signature', async () => {
    const issuer = await anIssuer();
    issuer.answer = publishing(issuer, [KEY.jwk]);
    const verifier = forIssuer(issuer);
    const tokens = Array.from({ length: 12 }, (_, at) => mint({ ...goodClaims, iss: issuer.url, sub: `caller-${at}` }, goodHeader, at % 3 === 2 ? ATTACKER.privateKey : KEY.privateKey));
    const answers = await Promise.all(tokens.map((token) => verifier.verify(bearing(token))));
    expect(answers.map((answer) => (answer.ok ? answer.claims.sub : answer.reason))).toEqual(tokens.map((_, at) => (at % 3 === 2 ? 'signature' : `caller-${at}`)));
  });
  it('may be of the other curve of EdDSA, beside others, and are verified from then on without a download', async () => {
    const issuer = await anIssuer();
    const { publicKey, privateKey } = generateKeyPairSync('ed448');
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'ed-1', alg: 'EdDSA', use: 'sig' };
    const tokenBy = (key: KeyObject, kid = 'ed-1'): string => {
      const text = [{ ...goodHeader, alg: 'EdDSA', kid }, { ...goodClaims, iss: issuer.url }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
      return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
    };
    const judged = async (keys: readonly object[], tokens: readonly string[]): Promise<readonly (number | true)[]> => {
      issuer.answer = publishing(issuer, keys);
      const verifier = forIssuer(issuer, { algorithms: ['RS256', 'EdDSA'] });
      const answers: (number | true)[] = [];
      for (const token of tokens) {
        const answer = await verifier.verify(bearing(token));
        answers.push(answer.ok || answer.status);
      }
      return answers;
    };
    const [good, stranger] = [tokenBy(privateKey), tokenBy(generateKeyPairSync('ed448').privateKey)];
    expect(await judged([KEY.jwk, jwk], [good, stranger, good, tokenOf(issuer), tokenBy(privateKey, 'unknown'), good])).toEqual([true, 401, true, true, 401, true]);
    expect(issuer.paths).toHaveLength(2);
    // One that is for something else, or private, or whose id another one has, too.
    const shorter = { ...jwk, x: Buffer.from(jwk.x ?? '', 'base64url').subarray(1).toString('base64url') };
    for (const keys of [[{ ...jwk, use: 'enc' }], [{ ...jwk, key_ops: ['sign'] }], [{ ...jwk, alg: 'Ed25519' }], [{ ...jwk, d: jwk.x }], [shorter], [jwk, { ...KEY.jwk, kid: 'ed-1' }]]) expect([keys, await judged([...keys, KEY.jwk], [good])]).toEqual([keys, [401]]);
  });
  it('are picked up when they change, without a restart', async () => {
    const issuer = await anIssuer();
    issuer.answer = publishing(issuer, [KEY.jwk]);
    const verifier = forIssuer(issuer, { keys: { cooldown: 0 } });
    expect(await verifier.verify(bearing(tokenOf(issuer)))).toMatchObject({ ok: true });
    const next = keyPair('key-2');
    issuer.answer = publishing(issuer, [KEY.jwk, next.jwk]);
    expect(await verifier.verify(bearing(tokenOf(issuer, 'key-2', next.privateKey)))).toMatchObject({ ok: true });
    expect(await verifier.verify(bearing(tokenOf(issuer)))).toMatchObject({ ok: true });
  });
  it('are not asked for again by every unknown key id', async () => {
    const issuer = await anIssuer();
    issuer.answer = publishing(issuer, [KEY.jwk]);
    const verifier = forIssuer(issuer);
    for (let index = 0; index < 20; index += 1)
      expect(await verifier.verify(bearing(tokenOf(issuer, `unknown-${String(index)}`)))).toMatchObject({ status: 401 });
    expect(issuer.paths).toHaveLength(2);
  });
  it.each([
    ['the issuer answers 500', (issuer: Issuer) => void (issuer.status = 500), 'status 500'],
    ['the issuer redirects', (issuer: Issuer) => void (issuer.status = 302), 'status 302'],
    [
      'its metadata names another issuer',
      (issuer: Issuer) => void (issuer.answer = publishing(issuer, [KEY.jwk], 'https://other.example')),
      'the metadata is of another issuer',
    ],
    [
      'its keys are no key set',
      (issuer: Issuer) => void (issuer.answer = { ...publishing(issuer, []), '/keys': { keys: 'x' } }),
      'the answer is not a key set',
    ],
    [
      'its keys are at a place that anybody could answer for',
      (issuer: Issuer) =>
        void (issuer.answer = { '/.well-known/openid-configuration': { issuer: issuer.url, jwks_uri: 'http://id.example/keys' } }),
      'jwks_uri must be an https URL; allowHttp takes plain http on a network you trust',
    ],
    [
      'its answer has no end',
      (issuer: Issuer) => void (issuer.answer = { ...publishing(issuer, []), '/keys': 'x'.repeat(2 << 20) }),
      'the answer is longer than 1048576 bytes',
    ],
  ])('cannot be had when %s: 503, not 401, and one attempt', async (_name, spoil, reason) => {
    const issuer = await anIssuer();
    issuer.answer = publishing(issuer, [KEY.jwk]);
    spoil(issuer);
    const verifier = forIssuer(issuer);
    const refusal = {
      ok: false,
      status: 503,
      message: 'Service unavailable',
      retryAfter: 2,
      reason: `the keys of the issuer cannot be had: ${reason}`,
    };
    expect(await verifier.verify(bearing(tokenOf(issuer)))).toEqual(refusal);
    const attempts = issuer.paths.length;
    expect(await verifier.verify(bearing(tokenOf(issuer)))).toEqual(refusal);
    expect(issuer.paths).toHaveLength(attempts);
  });
  it('cannot be had when nobody answers: 503; garbage is 401 all the same', async () => {
    const verifier = aVerifier({ jwks: new URL('http://127.0.0.1:1/keys') });
    expect(await verifier.verify(bearing(mint()))).toMatchObject({ status: 503 });
    expect(await verifier.verify(bearing('garbage'))).toMatchObject({ status: 401 });
  });
  it('cannot be had in time when the issuer hangs', async () => {
    const hang = (_url: unknown, options?: { readonly signal?: AbortSignal | null }): Promise<Response> =>
      new Promise((_resolve, reject) =>
        options?.signal?.addEventListener('abort', () => {
          reject(options.signal?.reason as Error);
        }),
      );
    const verifier = aVerifier({ jwks: new URL('https://id.example/keys'), keys: { timeout: 0.1 }, fetch: hang as typeof fetch });
    expect(await verifier.verify(bearing(mint()))).toMatchObject({ status: 503 });
  });
});
