import { describe, expect, it } from 'vitest';
import { createVerifier, headersOf, proofsInMemory, requireScopes } from '../../../src/service/index.ts';
import type { ServiceRequest } from '../../../src/service/request.ts';
import { dpop, verdictOf } from '../../dpop-vectors.ts';

const { now, window, leeway, issuer, audience, origins, jwks, vectors, nonces } = dpop;
const rules = { issuer, audience, jwks, leeway, clock: () => now * 1000 };
const requestOf = ({ method, path, authorization, dpop: proofs }: Omit<(typeof vectors)[number], 'name' | 'expect'>): ServiceRequest => ({
  method, target: path, scheme: 'http', headers: new Map([...(authorization.length > 0 ? [['authorization', authorization] as const] : []), ...(proofs.length > 0 ? [['dpop', proofs] as const] : [])]),
});
const [good] = vectors;
if (!good) throw new Error('no vectors');

describe('bound tokens at the middleware', () => {
  const verifier = createVerifier({ ...rules, dpop: { origins, window } });

  it('are judged as the vectors say, each refusal with the scheme and the algorithms of proofs', async () => {
    const judged: unknown[] = [];
    for (const vector of vectors) {
      const answer = await verifier.verify(requestOf(vector));
      judged.push([vector.name, answer.ok ? 'passes' : verdictOf(answer.status, answer.challenge)]);
      if (!answer.ok) expect([vector.name, answer.challenge]).toEqual([vector.name, expect.stringMatching(/^DPoP (error=.*, )?algs="ES256 ES384 ES512 EdDSA PS256 PS384 PS512 RS256"$/)]);
    }
    expect(judged).toEqual(vectors.map(({ name, expect: wanted }) => [name, wanted]));
    expect(vectors.length).toBeGreaterThan(80);
  });

  it('are refused where tokens are not bound, and say so of a scope that they lack', async () => {
    const plain = createVerifier(rules);
    expect(await plain.verify(requestOf(good))).toMatchObject({ status: 401, challenge: 'Bearer' });
    const verified = await createVerifier({ ...rules, dpop: { origins, window } }).verify(requestOf(good));
    expect(verified.ok && requireScopes(verified, 'orders:write')).toMatchObject({ status: 403, challenge: expect.stringMatching(/^DPoP error="insufficient_scope", scope="orders:write", algs=/) as string });
  });

  it('are not taken where the proof cannot be noted', async () => {
    const away = createVerifier({ ...rules, dpop: { origins, window, memory: { once: () => Promise.reject(new Error('away')) } } });
    expect(await away.verify(requestOf(good))).toMatchObject({ status: 503, reason: 'proofs cannot be noted' });
  });

  it('need a nonce where one is asked for: of the secret and of now or lately, told with each answer that needs it', async () => {
    let moment = now;
    const { secret, lifetime } = nonces;
    const asking = createVerifier({ ...rules, clock: () => moment * 1000, dpop: { origins, window, nonce: { secret, lifetime } } });
    const judged: unknown[] = [];
    for (const vector of nonces.vectors) {
      moment = vector.at;
      const answer = await asking.verify(requestOf(vector));
      judged.push([vector.name, answer.ok ? 'passes' : verdictOf(answer.status, answer.challenge), answer.nonce]);
      if (!answer.ok) expect([vector.name, headersOf(answer)['dpop-nonce']]).toEqual([vector.name, vector.tells ? vector.next : undefined]);
    }
    expect(judged).toEqual(nonces.vectors.map(({ name, expect: wanted, tells, next }) => [name, wanted, tells ? next : undefined]));
    expect(nonces.vectors.length).toBeGreaterThan(25);
  });

  it('are told the next nonce with the refusal of a scope as well', async () => {
    const { secret, lifetime, vectors: [, , , , last] } = nonces;
    if (!last) throw new Error('no vectors');
    const verified = await createVerifier({ ...rules, dpop: { origins, window, nonce: { secret, lifetime } } }).verify(requestOf(last));
    expect([verified.ok, verified.nonce]).toEqual([true, last.next]);
    expect(verified.ok && requireScopes(verified, 'orders:write')).toMatchObject({ status: 403, nonce: last.next });
  });

  it('have one memory in several processes, when it is given', async () => {
    const seen = new Map<string, number>();
    const memory = { once: async (proof: string, seconds: number) => Promise.resolve(!seen.has(proof) && Boolean(seen.set(proof, seconds))) };
    const [one, other] = [0, 1].map(() => createVerifier({ ...rules, dpop: { origins, window, memory } }));
    expect([(await one?.verify(requestOf(good)))?.ok, (await other?.verify(requestOf(good)))?.ok, [...seen.values()]]).toEqual([true, false, [window + 3 * leeway + 1]]);
  });

  it.each([
    ['no origin', { origins: [] }],
    ['an origin with a path', { origins: ['https://api.example/v1'] }],
    ['a window of a day', { origins, window: 86_400 }],
    ['a secret of nonces that can be guessed', { origins, nonce: { secret: 'nonces' } }],
    ['nonces of a day', { origins, nonce: { secret: nonces.secret, lifetime: 86_400 } }],
    ['an algorithm with a secret', { origins, algorithms: ['HS256' as 'ES256'] }],
  ])('are refused as an option with %s', (_, options) => {
    expect(() => createVerifier({ ...rules, dpop: options })).toThrow(expect.objectContaining({ code: 'SERVICE_OPTION_INVALID' }) as Error);
  });

  it('do not come in a cookie', () => {
    expect(() => createVerifier({ ...rules, cookie: '__Host-shop', dpop: { origins } })).toThrow(expect.objectContaining({ code: 'SERVICE_OPTION_INVALID' }) as Error);
  });
});

describe('the memory of proofs', () => {
  it('forgets what is over, and takes nothing new when it is full', () => {
    let moment = 0;
    const memory = proofsInMemory(2, () => moment);
    expect([memory.once('a', 10), memory.once('a', 10), memory.once('b', 10)]).toEqual([true, false, true]);
    expect(() => memory.once('c', 10)).toThrow('full');
    moment = 10_000;
    expect([memory.once('c', 10), memory.once('a', 10)]).toEqual([true, true]);
  });
});
