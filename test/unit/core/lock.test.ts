import { describe, expect, it, vi } from 'vitest';
import { LOCK_LIFETIME, describeHolder, holderIn, isLockName, lockNameOf, takeLock, wordsOf } from '../../../src/core/lock.ts';
import type { Holder, Lock, LockPlace, Locking } from '../../../src/core/lock.ts';
import { Problem } from '../../../src/core/problem.ts';

const NOW = Date.UTC(2026, 10, 29, 8);
const holder = (run: string, over: Partial<Holder> = {}): Holder => ({ run, command: 'apply', by: 'jo', host: 'ci-7', place: 'here', pid: 812, since: NOW, until: NOW + LOCK_LIFETIME, ...over });

/** A server that keeps one lock. */
const placeOf = (held?: Holder, refuses?: Problem) => {
  const state = { held, log: [] as string[] };
  const place: LockPlace = {
    where: 'the lock of a fake',
    take: (claim) => {
      state.log.push(`take ${claim.run}`);
      if (refuses) return Promise.reject(refuses);
      if (state.held) return Promise.resolve(state.held);
      state.held = claim;
      return Promise.resolve(undefined);
    },
    renew: (claim) => {
      if (state.held?.run !== claim.run) return Promise.resolve(false);
      state.held = claim;
      return Promise.resolve(true);
    },
    held: () => Promise.resolve(state.held),
    drop: ({ run }) => {
      state.log.push(`drop ${run}`);
      if (state.held?.run === run) state.held = undefined;
      return Promise.resolve();
    },
  };
  return { place, state };
};
const take = (places: readonly LockPlace[], over: Partial<Locking> = {}) =>
  takeLock({ places, claim: () => holder('mine'), gone: () => false, timeout: 0, now: () => NOW, sleep: () => Promise.resolve(), ...over });
const taken = async (...args: Parameters<typeof take>): Promise<Lock> => {
  const lock = await take(...args);
  if (!('release' in lock)) throw new Error('there is no lock');
  return lock;
};

describe('a lock', () => {
  it('is taken by one request, and taken away by another', async () => {
    const { place, state } = placeOf();
    const lock = await taken([place]);
    expect(state.held).toEqual(holder('mine'));
    await lock.release();
    expect([state.log, state.held]).toEqual([['take mine', 'drop mine'], undefined]);
  });

  it('of somebody else says who has it and since when', async () => {
    const { place, state } = placeOf(holder('theirs'));
    await expect(take([place])).rejects.toMatchObject({ code: 'LOCK_HELD', message: expect.stringMatching(/held by authctl apply of jo on ci-7 \(process 812\) since 2026-11-29T08:00:00Z/) as string });
    expect(state.held?.run).toBe('theirs');
  });

  it('is waited for as long as is said, and told of once', async () => {
    let now = NOW;
    const waiting = vi.fn();
    const { place, state } = placeOf(holder('theirs'));
    const sleep = (milliseconds: number): Promise<void> => {
      now += milliseconds;
      if (now - NOW > 4000) state.held = undefined;
      return Promise.resolve();
    };
    await (await taken([place], { timeout: 60_000, now: () => now, sleep, waiting })).release();
    expect(waiting.mock.calls).toEqual([[holder('theirs'), place.where]]);
    state.held = holder('theirs');
    const begun = now;
    await expect(take([place], { timeout: 1500, now: () => now, sleep: (milliseconds) => Promise.resolve(void (now += milliseconds)) })).rejects.toMatchObject({ code: 'LOCK_HELD' });
    expect(now - begun).toBe(1500);
  });

  it.each([
    ['has expired', holder('theirs', { until: NOW }), () => false],
    ['is of a process that is dead', holder('theirs'), () => true],
  ])('that %s is broken at once', async (_, held, gone) => {
    const { place, state } = placeOf(held);
    await taken([place], { gone });
    expect(state.log).toEqual(['take mine', 'drop theirs', 'take mine']);
  });

  it.each([
    ['ahead', 11 * 60_000, 60_000, 'LOCK_HELD'],
    ['behind', -11 * 60_000, -60_000, undefined],
  ])('is judged by the clock of the server, by somebody whose own is far %s, too', async (_, wrong, left, expected) => {
    const { place, state } = placeOf(holder('theirs', { until: NOW + left }));
    const there: LockPlace = { ...place, ahead: () => -wrong };
    const lock = await take([there], { now: () => NOW + wrong, claim: () => holder('mine', { since: NOW + wrong, until: NOW + wrong + LOCK_LIFETIME }) }).catch((thrown: unknown) => thrown);
    expect(lock instanceof Problem ? lock.code : undefined).toBe(expected);
    expect(state.held).toEqual(expected === undefined ? holder('mine') : holder('theirs', { until: NOW + left }));
  });

  it('is held by the clock of the server, where its first answer is the one that gives the lock, and when it is renewed', async () => {
    vi.useFakeTimers({ now: NOW });
    const { place, state } = placeOf();
    let ahead: number | undefined;
    const there: LockPlace = { ...place, take: (claim) => place.take(claim).finally(() => (ahead = 3_600_000)), ahead: () => ahead };
    const lock = await taken([there]);
    expect(state.held).toEqual(holder('mine', { since: NOW + 3_600_000, until: NOW + 3_600_000 + LOCK_LIFETIME }));
    await vi.advanceTimersByTimeAsync(LOCK_LIFETIME / 5);
    expect(state.held?.until).toBe(NOW + LOCK_LIFETIME / 5 + 3_600_000 + LOCK_LIFETIME);
    await lock.release();
    vi.useRealTimers();
  });

  it('that nobody holds any more, and that cannot be taken away, stops nobody', async () => {
    const { place } = placeOf(holder('theirs', { until: NOW }));
    const stuck: LockPlace = { ...place, drop: () => Promise.reject(new Problem('TARGET_UNREACHABLE', 'reset', { nature: 'unreachable' })) };
    expect(await take([stuck])).toEqual({ unkept: ['the lock of a fake is held by nobody any more, and could not be taken away: reset'] });
    const next = placeOf();
    expect([await take([stuck, next.place]), next.state.log]).toEqual([{ unkept: [expect.any(String)] }, []]);
    await expect(take([{ ...stuck, drop: () => Promise.reject(new TypeError('bug')) }])).rejects.toThrow(TypeError);
  });

  it('is kept by the next place where the first refuses it to this login; where all do, each says why', async () => {
    const no = new Problem('KEYCLOAK_FORBIDDEN', 'may not');
    const [first, second] = [placeOf(undefined, no), placeOf()];
    expect(await taken([first.place, second.place])).toMatchObject({ where: 'the lock of a fake' });
    expect(await take([first.place])).toEqual({ unkept: ['may not'] });
    const away = new Problem('TARGET_UNREACHABLE', 'away', { nature: 'unreachable' });
    await expect(take([placeOf(undefined, away).place, second.place])).rejects.toBe(away);
  });

  it('is renewed while it is held; one that was taken away stops what it is for, and is not dropped for somebody else', async () => {
    vi.useFakeTimers();
    const { place, state } = placeOf();
    const lock = await taken([place]);
    await vi.advanceTimersByTimeAsync(LOCK_LIFETIME);
    expect([state.held?.run, lock.lost.aborted]).toEqual(['mine', false]);
    expect(state.held?.until).toBeGreaterThan(Date.now());
    state.held = holder('theirs');
    await vi.advanceTimersByTimeAsync(LOCK_LIFETIME / 5);
    expect(lock.lost.aborted).toBe(true);
    await lock.release();
    expect(state.held.run).toBe('theirs');
    vi.useRealTimers();
  });

  it('says who holds it in words that come back, and one that says nothing never ends by itself', () => {
    const awkward = holder('a', { by: 'jo, the "first"', host: 'ci/7 x', born: 'Mon Nov 30 04:26:54 2026' });
    expect(wordsOf(awkward).every((word) => /^[^,/ ]+$/.test(word))).toBe(true);
    expect(holderIn('a', ['more', ...wordsOf(awkward)])).toEqual(awkward);
    const nobody = holderIn('b', ['since=%', 'until=never']);
    expect(nobody).toMatchObject({ run: 'b', pid: 0, until: Number.POSITIVE_INFINITY });
    expect(describeHolder(nobody)).toBe('somebody who left no name');
    expect(describeHolder({ ...nobody, since: 1e300 })).toContain('a time that is none');
    expect([isLockName(lockNameOf('shop')), isLockName('authctl-locker'), isLockName(undefined)]).toEqual([true, false, false]);
  });
});
