import { describe, expect, it, vi } from 'vitest';
import type { Blueprint, Route, Service } from '../../../src/blueprint/types.ts';
import type { Check } from '../../../src/checks/contract.ts';
import { BudgetSpent, Interrupted } from '../../../src/checks/kit/network.ts';
import { NobodyPasses } from '../../../src/checks/kit/index.ts';
import type { Answer, Attack, Kit } from '../../../src/checks/kit/index.ts';
import type { RecordedCall } from '../../../src/checks/kit/recorder.ts';
import { refuses } from '../../../src/checks/refuses.ts';
import type { Refusal } from '../../../src/checks/refuses.ts';
import { runChecks } from '../../../src/checks/runner.ts';
import { Problem } from '../../../src/core/problem.ts';
import { Secret } from '../../../src/core/secret.ts';

const at = { file: 'shop.yaml', line: 4, column: 1 };
const route: Route = { id: 'list', service: 'orders', verbs: 'GET', methods: ['GET', 'HEAD'], method: 'GET', path: '/orders', public: false, scopes: ['orders:read'], roles: [], anyOwner: [], gateways: ['kong'], hosts: [], headers: {}, stripPath: false, preserveHost: false, at };
const authentication = { path: 'authentication', pattern: 'sso', client: 'shop', token: { header: true, sameSite: 'Strict', relay: 'header', bound: 'none', leeway: 0 }, origins: [] } as const;
const service: Service = { id: 'orders', upstream: 'http://orders', recorder: 'http://orders', audience: 'orders', audiences: ['orders'], issuers: [], local: 'recorder', authentication, gateways: ['kong'], objects: {}, routes: [route], at };
const GOOD = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${Buffer.from('{"sub":"alice"}').toString('base64url')}.c2lnbmF0dXJl`;

const arrived: RecordedCall = { method: 'GET', path: '/orders', headers: {} };

interface World {
  /** Status for a good token, by how often it was asked before. */
  readonly good?: (count: number) => number;
  /** What the recorder shows of a good request. */
  readonly seen?: readonly RecordedCall[] | 'nobody';
  /** Instead of a good token. */
  readonly instead?: Error;
  /** Who may pass; alice unless said. */
  readonly passes?: string | null;
  readonly bad?: (attack: Attack) => Partial<Answer>;
  readonly standIn?: boolean;
  readonly has?: boolean;
  /** Somebody else's guards answer. */
  readonly looking?: boolean;
}

/** A kit over a made-up gateway: what it answers is the test's business. */
const kitOf = ({ good = () => 200, seen = [arrived], passes = 'alice', bad = () => ({}), standIn = false, has = true, looking = false, instead }: World): Kit => {
  let controls = 0;
  const answer = (attack: Attack): Answer => {
    const headers = standIn ? { 'x-authctl-stand-in': 'yes' } : {};
    const base = { setCookies: [], body: '', milliseconds: 1, headers };
    const given: Partial<Answer> = attack.token === GOOD ? { status: good(controls++), upstream: seen === 'nobody' || attack.unwatched ? undefined : seen } : { status: 401, upstream: [], ...bad(attack) };
    const whole = { ...base, status: 401, upstream: [], ...given, headers: { ...headers, 'www-authenticate': 'Bearer error="invalid_token"', ...given.headers } };
    return { ...whole, evidence: { request: attack.label, status: whole.status } };
  };
  const blueprint = { targets: looking ? { kong: { manage: 'none' } } : {}, services: { orders: service }, personas: { alice: {} }, realm: { clients: {} }, issuers: {}, expect: { alice: { orders: ['list'] } }, at: () => at, name: 'shop' } as unknown as Blueprint;
  return {
    blueprint: { ...blueprint, authorization: { pattern: 'none' } },
    call: async (_subject: unknown, attack: Attack) => Promise.resolve(answer(attack)),
    sendAll: (_subject: unknown, attacks: readonly Attack[]) => {
      const answers = attacks.map((attack) => {
        try {
          return answer(attack);
        } catch (thrown) {
          return thrown;
        }
      });
      return Promise.resolve(() => Promise.resolve(answers));
    },
    good: () => (instead ? Promise.reject(instead) : Promise.resolve(new Secret(GOOD))),
    whoPasses: () => passes ?? undefined,
    harness: undefined,
    has: () => has,
    disruptive: true,
    journal: [],
  } as unknown as Kit;
};

const refusal: Refusal = {
  id: 'STR-03', claim: 'rubbish is refused', severity: 'high', source: 'RFC 7519', challenge: 'invalid_token', attacks: () => [{ label: 'rubbish', token: 'rubbish' }],
};
const check: Check = refuses(refusal);
const statusOf = async (world: World, checks: readonly Check[] = [check]) =>
  (await runChecks(checks, kitOf(world), () => undefined)).map(({ id, status, why }) => [id, status, why ?? '']);

describe('runChecks', () => {
  it('passes a refusal between two controls', async () => {
    expect(await statusOf({})).toEqual([['STR-03', 'passed', '']]);
  });

  it('fails a request that got through, and one that was refused too late', async () => {
    expect(await statusOf({ bad: () => ({ status: 200 }) })).toEqual([['STR-03', 'failed', 'expected 401, got 200']]);
    const late = { bad: () => ({ upstream: [{ method: 'GET', path: '/orders', headers: {} }] }) };
    expect(await statusOf(late)).toEqual([['STR-03', 'failed', 'the request reached the upstream']]);
  });

  it('calls a 5xx and a lost connection a crash, not a refusal', async () => {
    expect((await statusOf({ bad: () => ({ status: 500 }) }))[0]?.[1]).toBe('crashed');
    expect((await statusOf({ bad: () => ({ status: 0 }) }))[0]?.[1]).toBe('crashed');
  });

  it('fails a refusal without the challenge of RFC 6750', async () => {
    expect((await statusOf({ bad: () => ({ headers: { 'www-authenticate': '' } }) }))[0]?.[1]).toBe('failed');
  });

  it('does not hold guards of others to its words: they refuse in their own', async () => {
    const bad = () => ({ headers: { 'www-authenticate': 'Bearer realm="kong",error="invalid token"' } });
    expect(await statusOf({ bad })).toEqual([['STR-03', 'failed', expect.stringContaining('WWW-Authenticate says')]]);
    expect(await statusOf({ bad, looking: true })).toEqual([['STR-03', 'passed', '']]);
    expect(await statusOf({ bad: () => ({ status: 200 }), looking: true })).toEqual([['STR-03', 'failed', 'expected 401, got 200']]);
  });

  it('judges nothing while a good token does not pass, before or after', async () => {
    expect((await statusOf({ good: () => 503 }))[0]?.[1]).toBe('inconclusive');
    expect((await statusOf({ good: (count) => (count === 0 ? 200 : 401) }))[0]?.[1]).toBe('inconclusive');
  });

  it('judges nothing by a recorder that misses what must arrive, or where nobody may pass', async () => {
    expect(await statusOf({ seen: [] })).toEqual([['STR-03', 'inconclusive', 'a good token got 200, and the recorder of orders saw no call']]);
    expect((await statusOf({ passes: null }))[0]?.[1]).toBe('inconclusive');
  });

  it('calls unknown what the recorder could not tell, unless another attack has shown it', async () => {
    const two = refuses({ ...refusal, attacks: () => [{ label: 'one', token: 'one' }, { label: 'two', token: 'two' }] });
    const unseen = ({ label }: Attack): Partial<Answer> => {
      if (label === 'two') throw new Problem('VERIFY_RECORDER_BLIND', 'not known', {});
      return {};
    };
    expect(await statusOf({ bad: unseen }, [two])).toEqual([['STR-03', 'inconclusive', 'not known']]);
    const through = (attack: Attack): Partial<Answer> => (attack.label === 'one' ? { status: 200 } : unseen(attack));
    expect(await statusOf({ bad: through }, [two])).toEqual([['STR-03', 'failed', 'expected 401, got 200']]);
  });

  it('judges refusals only when their like is let through, if they need one', async () => {
    const control = () => Promise.resolve({ label: 'the cookie from our own page' });
    const csrf = refuses({ ...refusal, control });
    expect(await statusOf({}, [csrf])).toEqual([['STR-03', 'inconclusive', 'the cookie from our own page must pass first, and got 401']]);
    expect((await statusOf({ bad: ({ label }) => (label === 'rubbish' ? {} : { status: 200 }) }, [csrf]))[0]?.[1]).toBe('passed');
  });

  it('believes a stand-in only when it refuses a broken signature', async () => {
    expect((await statusOf({ standIn: true }))[0]?.[1]).toBe('passed');
    const gullible = { standIn: true, bad: ({ label }: Attack) => (label === 'a broken signature' ? { status: 200 } : {}) };
    expect((await statusOf(gullible))[0]?.[1]).toBe('inconclusive');
  });

  it('skips by name what it has no fixture for', async () => {
    expect(await statusOf({ has: false }, [{ ...check, needs: ['issuer-key'] }])).toEqual([['STR-03', 'skipped', 'issuer-key']]);
  });

  it('skips what needs a good token where the blueprint lets nobody in', async () => {
    const needy: Check = { ...check, run: () => Promise.reject(new NobodyPasses('nobody')) };
    expect(await statusOf({}, [needy])).toEqual([['STR-03', 'skipped', 'nobody is expected to pass there']]);
  });

  it('judges the configuration though the control does not hold', async () => {
    const reading: Check = { ...check, id: 'KONG-01', readsConfiguration: true, run: () => Promise.resolve({ status: 'failed', why: 'no plugin', evidence: [] }) };
    expect(await statusOf({ good: () => 401 }, [reading])).toEqual([['KONG-01', 'failed', 'no plugin']]);
  });

  const withEvidence = async (world: World) => (await runChecks([check], kitOf(world), () => undefined)).map(({ status, why, evidence }) => [status, why, evidence.map((one) => `${one.request}: ${one.status ?? ''}`)]);
  it.each<readonly [string, World, string, readonly string[]]>([
    ['there is none to be had', { instead: new Problem('VERIFY_SIGN_IN_FAILED', 'alice is locked', {}) }, 'alice is locked', []],
    ['it was interrupted before', { instead: new Interrupted() }, 'interrupted before a good token was tried', []],
    ['it gets another answer', { good: () => 401 }, 'a good token must pass before this can be judged, and it got 401', ['a good token: 401']],
    ['it does not arrive', { seen: [] }, 'a good token got 200, and the recorder of orders saw no call', ['a good token: 200']],
    ['nobody may pass', { passes: null }, 'no good request can be tried at kong: nobody in expect may pass a read there', []],
    ['it stops passing', { good: (count) => (count === 0 ? 200 : 503) }, 'a good token no longer passes after this group', ['a good token: 503']],
  ])('judges nothing by a good token where %s, and says so', async (_what, world, why, evidence) => {
    expect(await withEvidence(world)).toEqual([['inconclusive', expect.stringContaining(why), evidence]]);
  });

  it('judges nothing where it is interrupted while a stand-in is asked whether it can refuse', async () => {
    const stopped = (): never => { throw new Interrupted(); };
    expect((await withEvidence({ standIn: true, bad: stopped }))[0]?.slice(0, 2)).toEqual(['inconclusive', 'interrupted before a good token was tried']);
  });

  it('asks a recorder again after each group, and before the first one alone', async () => {
    const asked = async (world: World): Promise<readonly (string | undefined)[]> => {
      const kit = kitOf(world);
      const controls: boolean[] = [];
      const call: Kit['call'] = (subject, attack) => {
        if (attack.token === GOOD) controls.push(attack.unwatched === true);
        return kit.call(subject, attack);
      };
      const sendAll: Kit['sendAll'] = (subject, attacks) => {
        for (const { token } of attacks) if (token === GOOD) controls.push(false);
        return kit.sendAll(subject, attacks);
      };
      await runChecks([check, { ...check, id: 'SIG-03' }, { ...check, id: 'TIM-01' }], { ...kit, call, sendAll }, () => undefined);
      return controls.map((unwatched) => (unwatched ? 'asked the gateway alone' : 'asked the recorder'));
    };
    const [alone, both] = ['asked the gateway alone', 'asked the recorder'];
    expect(await asked({})).toEqual([both, both, alone, both, alone, both]);
    // It missed what arrived, or a service's own answer is nobody's without it.
    expect(await asked({ seen: [] })).toEqual([both, both, both]);
    expect(await asked({ good: (count) => (count === 2 ? 404 : 200) })).toEqual([both, both, alone, both, both, alone, both]);
  });

  /** What is sent and what is asked, in order, where the recorder answers in this way. */
  const inOrder = async (checks: readonly Check[], asked: () => void = () => undefined) => {
    const kit = kitOf({});
    const seen: string[] = [];
    const sendAll: Kit['sendAll'] = async (subject, attacks) => {
      const [what = ''] = attacks.map(({ label }) => label);
      seen.push(`sent ${what}`);
      const answers = await kit.sendAll(subject, attacks);
      return () => {
        seen.push(`asked of ${what}`);
        if (what === 'rubbish') asked();
        return answers();
      };
    };
    const verdicts = await runChecks(checks, { ...kit, sendAll }, () => undefined);
    return { seen, verdicts: verdicts.map(({ id, status, why }) => [id, status, why ?? '']) };
  };
  const other = refuses({ ...refusal, id: 'STR-04', attacks: () => [{ label: 'other rubbish', token: 'rubbish' }] });

  it('asks what arrived when everything of a group has been sent on a route, the control last', async () => {
    const { seen, verdicts } = await inOrder([check, other]);
    expect(seen.slice(2)).toEqual(['sent rubbish', 'sent other rubbish', 'sent a good token', 'asked of a good token', 'asked of rubbish', 'asked of other rubbish']);
    expect(verdicts).toEqual([['STR-03', 'passed', ''], ['STR-04', 'passed', '']]);
  });

  it.each<readonly [string, Error, string, string]>([
    ['a recorder that does not tell', new Problem('VERIFY_RECORDER_BLIND', 'not known', {}), 'inconclusive', 'not known'],
    ['no more requests', new BudgetSpent('spent'), 'inconclusive', 'not run: as many requests were sent as --budget allows'],
    ['an interruption', new Interrupted(), 'skipped', 'interrupted'],
  ])('calls a refusal unknown where %s stands between it and what arrived', async (_what, thrown, status, why) => {
    const { verdicts } = await inOrder([check, other], () => { throw thrown; });
    expect(verdicts).toEqual([['STR-03', status, why], ['STR-04', 'passed', '']]);
  });

  it('does not wait with the question for a check that takes long: a recorder forgets', async () => {
    vi.useFakeTimers();
    try {
      const slow: Check = { ...other, id: 'STR-05', run: () => new Promise((settle) => setTimeout(() => settle({ status: 'passed', evidence: [] }), 60_000)) };
      const running = inOrder([check, slow]);
      await vi.advanceTimersByTimeAsync(60_000);
      const { seen, verdicts } = await running;
      expect(seen.slice(2)).toEqual(['sent rubbish', 'asked of rubbish', 'sent a good token', 'asked of a good token']);
      expect(verdicts.map(([, status]) => status)).toEqual(['passed', 'passed']);
    } finally {
      vi.useRealTimers();
    }
  });

  it('sees that the harness key is still taken before the first and after the last check that forges by it, and believes none where it is not', async () => {
    const forging = ['SIG-01', 'SIG-02', 'SIG-03'].map((id): Check => ({ ...check, id, needs: ['issuer-key'] }));
    const withKey = async (taken: (count: number) => boolean) => {
      const kit = kitOf({});
      let count = 0;
      const harness = { forge: () => 'signed by the harness key' } as unknown as NonNullable<Kit['harness']>;
      const call: Kit['call'] = async (subject, attack) => {
        const answer = await kit.call(subject, attack);
        return attack.token === 'signed by the harness key' && taken(count++) ? { ...answer, status: 200, upstream: [arrived] } : answer;
      };
      const verdicts = await runChecks([...forging, { ...check, id: 'SIG-09' }], { ...kit, harness, call }, () => undefined);
      return [count, ...verdicts.map(({ status }) => status)];
    };
    expect(await withKey(() => true)).toEqual([2, 'passed', 'passed', 'passed', 'passed']);
    expect(await withKey((count) => count === 0)).toEqual([2, 'inconclusive', 'inconclusive', 'inconclusive', 'passed']);
    expect(await withKey(() => false)).toEqual([1, 'inconclusive', 'inconclusive', 'inconclusive', 'passed']);
  });

  it('needs no recorder to judge by an answer', async () => {
    expect(await statusOf({ seen: 'nobody' })).toEqual([['STR-03', 'passed', '']]);
  });

  it('does not hide a bug behind a verdict', async () => {
    await expect(withEvidence({ instead: new TypeError('a bug') })).rejects.toThrow('a bug');
  });
});
