import { setTimeout as wait } from 'node:timers/promises';
import { Problem, problemsOf } from './problem.ts';
import type { ProcessOf } from './this-process.ts';

/** What an apply calls its lock on every server, with the blueprint's name behind it. */
const LOCK_MARK = 'authctl-lock';
export const lockNameOf = (blueprint: string): string => `${LOCK_MARK}.${blueprint}`;
/** True of what stands on a server only because somebody is applying: no object of anybody. */
export const isLockName = (name: unknown): boolean => typeof name === 'string' && name.startsWith(`${LOCK_MARK}.`);

/** Who holds a lock. */
export interface Holder extends ProcessOf {
  /** Of the run, and of the object that is the lock: a uuid. */
  readonly run: string;
  readonly command: string;
  /** Milliseconds since 1970, by the clock of the server where it says one, else by the holder's. */
  readonly since: number;
  readonly until: number;
}

/** Where a target keeps the lock of a blueprint. */
export interface LockPlace {
  /** For a person: `consumer authctl-lock.shop of Kong`. */
  readonly where: string;
  /** One attempt, all or nothing: `undefined` when the lock is the claim's now, else who holds it. */
  readonly take: (claim: Holder) => Promise<Holder | undefined>;
  /** False when it is not there any more, or somebody else's. */
  readonly renew: (claim: Holder) => Promise<boolean>;
  readonly held: () => Promise<Holder | undefined>;
  /** Milliseconds by which the server's clock is before ours, by its last answer; `undefined` where none said a time: then ours counts. */
  readonly ahead?: () => number | undefined;
  /** Takes this one away, and no other that came in its place. */
  readonly drop: (holder: Holder) => Promise<void>;
}

/** A lock ends by itself so long after it was last renewed, milliseconds; it is renewed five times as often. */
export const LOCK_LIFETIME = 10 * 60_000;

const FIELDS = ['run', 'command', 'by', 'host', 'place', 'pid', 'born', 'since', 'until'] as const;

/** A holder as words that every server keeps: `host=ci-7`. */
export const wordsOf = (holder: Holder): readonly string[] => FIELDS.flatMap((field) => (holder[field] === undefined ? [] : [`${field}=${encodeURIComponent(holder[field])}`]));

/** What stands in a lock; where somebody wrote something else, a holder who never ends. */
export const holderIn = (id: string, words: readonly string[]): Holder => {
  const found = new Map(words.map((word) => [word.slice(0, word.indexOf('=')), decoded(word.slice(word.indexOf('=') + 1))] as const));
  const text = (field: (typeof FIELDS)[number]): string => found.get(field) ?? '';
  const number = (field: (typeof FIELDS)[number], otherwise: number): number => {
    const value = Number(text(field) === '' ? Number.NaN : text(field));
    return Number.isFinite(value) ? value : otherwise;
  };
  return {
    run: id,
    command: text('command'),
    by: text('by'),
    host: text('host'),
    place: text('place'),
    pid: number('pid', 0),
    ...(found.has('born') && { born: text('born') }),
    since: number('since', 0),
    until: number('until', Number.POSITIVE_INFINITY),
  };
};

const decoded = (word: string): string => {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
};

export interface Locking {
  readonly places: readonly LockPlace[];
  /** A claim as of now. */
  readonly claim: () => Holder;
  /** Whether a holder is known to be dead. */
  readonly gone: (holder: Holder) => boolean;
  /** Milliseconds for which a lock of somebody else is waited for; 0: not at all. */
  readonly timeout: number;
  readonly waiting?: (holder: Holder, where: string) => void;
  readonly signal?: AbortSignal;
  readonly now?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

/** A lock that is held until it is released. */
export interface Lock {
  /** Aborted when the lock was taken away by somebody else: what was not begun shall not be. */
  readonly lost: AbortSignal;
  readonly where: string;
  readonly release: () => Promise<void>;
}

/** Why no place keeps one. */
export interface Unkept {
  readonly unkept: readonly string[];
}

const POLL = 1_000;
/** So often a place is tried that refuses the lock and shows nobody who has it: somebody may have let go in between. */
export const TAKES = 5;
/** What two answers of a server may say differently of its clock. */
const CLOSE = 5_000;

/** What time it is at a place: one clock for all who come there, however wrong their own is. */
export const timeAt = ({ ahead }: Pick<LockPlace, 'ahead'>, now: () => number = Date.now): number => now() + (ahead?.() ?? 0);

const moved = (holder: Holder, by: number): Holder => ({ ...holder, since: holder.since + by, until: holder.until + by });

/**
 * Takes the lock at the first place that has one for this login. What has expired, or whose holder is dead, is broken. Throws `LOCK_HELD` when
 * somebody has it for longer than it is waited for; answers with the reason of each place when none would keep one.
 */
export const takeLock = async ({ places, claim, gone, timeout, waiting, signal, now = Date.now, sleep = wait }: Locking): Promise<Lock | Unkept> => {
  const refused: string[] = [];
  for (const place of places) {
    const deadline = now() + timeout;
    let told = false;
    try {
      for (;;) {
        const ahead = place.ahead?.() ?? 0;
        const mine = moved(claim(), ahead);
        const holder = await place.take(mine);
        if (holder === undefined) return keep(place, await corrected(place, mine, ahead));
        if (holder.until <= timeAt(place, now) || gone(holder)) {
          const stays = await place.drop(holder).then(() => undefined, problemsOrThrow);
          if (stays === undefined) continue;
          // A server that deletes nothing is no reason to stop, since nobody is at it; nor one to leave another lock elsewhere, where nobody looks next time.
          return { unkept: [...refused, `${place.where} is held by nobody any more, and could not be taken away: ${stays.map(({ message }) => message).join('; ')}`] };
        }
        if (now() >= deadline || signal?.aborted) throw lockHeld(holder, place.where, timeout > 0);
        if (!told) waiting?.(holder, place.where);
        told = true;
        await sleep(Math.max(1, Math.min(POLL * (0.75 + Math.random() / 2), deadline - now())));
      }
    } catch (thrown) {
      const problems = problemsOf(thrown);
      // A server that is away is away for whatever comes after this, too.
      if (problems === undefined || problems.some(({ code, nature }) => code === 'LOCK_HELD' || nature === 'unreachable')) throw thrown;
      refused.push(...problems.map(({ message }) => message));
    }
  }
  return { unkept: refused };
};

const problemsOrThrow = (thrown: unknown): readonly Problem[] => {
  const problems = problemsOf(thrown);
  if (problems === undefined) throw thrown;
  return problems;
};

/** Where the first answer of a server is the one that gave the lock, it is known only now what time it is there. */
const corrected = async (place: LockPlace, mine: Holder, ahead: number): Promise<Holder> => {
  const by = (place.ahead?.() ?? 0) - ahead;
  if (Math.abs(by) <= CLOSE) return mine;
  const right = moved(mine, by);
  // The next renewal finds out whether it is there.
  await place.renew(right).catch(() => true);
  return right;
};

const keep = (place: LockPlace, mine: Holder): Lock => {
  const lost = new AbortController();
  let renewing: Promise<void> | undefined;
  const renew = async (): Promise<void> => {
    // One renewal that finds nobody costs nothing: the next comes long before the end.
    const kept = await place.renew({ ...mine, until: timeAt(place) + LOCK_LIFETIME }).catch(() => true);
    if (!kept) lost.abort();
  };
  const timer = setInterval(() => void (renewing = renew()), LOCK_LIFETIME / 5);
  timer.unref();
  return {
    lost: lost.signal,
    where: place.where,
    release: async () => {
      clearInterval(timer);
      await renewing;
      if (!lost.signal.aborted) await place.drop(mine);
    },
  };
};

export const lockHeld = (holder: Holder, where: string, waited: boolean): Problem =>
  new Problem('LOCK_HELD', `${waited ? 'still held' : 'held'} by ${describeHolder(holder)} (${where}): nothing was written`, {
    hint: 'wait for it with --lock-timeout 10m; when nobody is at it any more, "authctl unlock" takes it away',
  });

/** `authctl apply of jo on ci-7 (process 812) since 2026-11-29T08:00:00Z` */
export const describeHolder = ({ command, by, host, pid, since, until }: Holder): string => {
  const who = by === '' ? 'somebody who left no name' : `authctl ${command} of ${by} on ${host} (process ${pid})`;
  const ends = Number.isFinite(until) ? `, until ${timeOf(until)} unless it is renewed` : '';
  return `${who}${since > 0 ? ` since ${timeOf(since)}` : ''}${ends}`;
};

const timeOf = (milliseconds: number): string => {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? 'a time that is none' : date.toISOString().replace(/\.\d+Z$/, 'Z');
};
