import { spawnSync } from 'node:child_process';
import { createSign, createVerify, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asNginxLetsThrough, hostileRequests, tokenOf } from '../lua/hostile.ts';
import type { HostileRequest } from '../lua/hostile.ts';
import { startJudge } from '../lua/judge.ts';
import type { Chain, Judge, Judgement } from '../lua/judge.ts';
import { wrongAboutHeaders, wrongAboutPassing } from '../lua/verdict.ts';

const requests = Number(process.env.AUTHCTL_HOSTILE_REQUESTS ?? 10_000);
const seed = Number(process.env.AUTHCTL_HOSTILE_SEED ?? 20_261_121);
const luajit = spawnSync('luajit', ['-e', 'require "cjson.safe"; require "ffi"']).status === 0;

// The judge takes a signature's word; the real thing is tried through HTTP.
const sign = (): string => 'c2ln'.repeat(85) + 'cw';
const good = tokenOf(sign);
const opaque = 'b3BhcXVl_opaque-token~1';
const refusals = [400, 401, 403, 413, 431];
const plain = (token: string): HostileRequest => ({ method: 'GET', query: '', body: '', headers: [['Authorization', `Bearer ${token}`]],
  signed: '' });
const wrongAbout = (chain: Chain, request: HostileRequest, { crash, status, upstream }: Judgement): string | undefined => {
  if (crash !== undefined) return `crashed: ${crash}`;
  if (upstream) return chain === 'public' ? wrongAboutHeaders(upstream) : wrongAboutPassing(request, upstream, good);
  // The issuer here vouches for whatever it signed: what it says of a token that says something else is no answer about it.
  if (chain === 'phantom' && request.signed !== '' && status === 503) return undefined;
  return refusals.includes(status ?? 0) ? undefined : `answered ${status}`;
};

const median = (values: readonly number[]): number => values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;

describe.skipIf(!luajit)(`${requests} hostile requests, seed ${seed}, at the plugins in LuaJIT (needs luajit and lua-cjson)`, () => {
  let court: Judge;
  beforeAll(() => {
    court = startJudge({ good, opaque });
  });
  afterAll(() => court.close());

  /** What a signature check costs here, in nanoseconds: the judge pretends it, and a good request pays for it. */
  const checkCost = (): number => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signature = createSign('RSA-SHA256').update(good).sign(privateKey);
    return median(Array.from({ length: 201 }, () => {
      const begun = performance.now();
      createVerify('RSA-SHA256').update(good).verify(publicKey, signature);
      return (performance.now() - begun) * 1e6;
    }));
  };
  const goodCosts: Record<Chain, number[]> = { jwt: [], followed: [], phantom: [], public: [] };
  const control = async (chain: Chain): Promise<void> => {
    const { upstream, nanoseconds = 0 } = await court.judge(chain, plain(chain === 'phantom' ? opaque : good));
    if (!upstream) throw new Error(`a good request does not pass the chain ${chain}: nothing is known`);
    goodCosts[chain].push(nanoseconds);
  };
  interface Costly {
    readonly chain: Chain;
    readonly request: HostileRequest;
    readonly nanoseconds: number;
  }
  /** What a request costs when it is tried alone: the least of five, because a busy machine only ever adds. */
  const alone = async ({ chain, request }: Costly): Promise<number> => {
    const tries: number[] = [];
    for (let count = 0; count < 5; count += 1) tries.push((await court.judge(chain, request)).nanoseconds ?? 0);
    return Math.min(...tries);
  };

  it('crash nothing, pass nothing that was not signed for here, claim no identity, and cost no more than ten good ones',
    { timeout: 900_000 }, async () => {
    const signature = checkCost();
    const chains: readonly Chain[] = ['jwt', 'followed', 'phantom', 'public'];
    for (let count = 0; count < 300; count += 1) for (const chain of chains) await control(chain);
    // What is longer than 4 KB may cost in proportion: nginx lets 32 KB through.
    const limit = ({ chain, request }: Pick<Costly, 'chain' | 'request'>): number =>
      10 * (median(goodCosts[chain === 'public' ? 'jwt' : chain]) + signature) * Math.max(1,
        request.headers.flat().join().length / 4096);
    const passed: Record<Chain, number> = { jwt: 0, followed: 0, phantom: 0, public: 0 };
    let costly: Costly[] = [];
    let judged = 0;
    const hostile = fc.record({
      chain: fc.constantFrom<Chain>('jwt', 'jwt', 'followed', 'followed', 'phantom', 'phantom', 'public'),
      request: hostileRequests(good, sign).map(asNginxLetsThrough),
    });
    await fc.assert(
      fc.asyncProperty(hostile, async ({ chain, request }) => {
        const judgement = await court.judge(chain, request);
        expect(wrongAbout(chain, request, judgement)).toBeUndefined();
        judged += 1;
        if (judgement.upstream) passed[chain] += 1;
        costly.push({ chain, request, nanoseconds: judgement.nanoseconds ?? 0 });
        if (judged % 1000 !== 0) return;
        for (const each of chains) await control(each);
        costly = costly.filter((one) => one.nanoseconds > limit(one));
      }),
      { numRuns: requests, seed },
    );
    const slow: string[] = [];
    for (const one of costly) {
      const least = await alone(one);
      if (least > limit(one)) slow.push(`${one.chain}: ${least} ns, allowed ${limit(one)}: ${JSON.stringify(one.request)}`);
    }
    expect(slow).toEqual([]);
    // Draws that never come near a good request would prove little.
    expect(Math.min(passed.jwt, passed.followed, passed.phantom, passed.public)).toBeGreaterThan(requests / 100);
  });
});
