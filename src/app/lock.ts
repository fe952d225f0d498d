import { randomUUID } from 'node:crypto';
import type { Blueprint } from '../blueprint/types.ts';
import { durationOf } from '../core/duration.ts';
import { LOCK_LIFETIME, describeHolder, takeLock, timeAt } from '../core/lock.ts';
import type { Holder, Lock, LockPlace, Unkept } from '../core/lock.ts';
import { oneLine } from '../core/one-line.ts';
import { Problem, problemsOf } from '../core/problem.ts';
import type { Provider } from '../core/provider.ts';
import type { Report } from '../core/report.ts';
import { isDead, thisProcess } from '../core/this-process.ts';
import { connectProviders } from '../providers/index.ts';
import { mayWriteSomewhere } from './looking.ts';
import type { BlueprintSource, Run } from './run.ts';

export interface LockRequest {
  /** How long somebody else's lock is waited for: seconds as a number, or `90s`, `10m`, `1h`. Not at all unless stated. */
  readonly lockTimeout?: number | string | undefined;
}

/** In this order: two that write to the same targets try the same one first. Where nothing is written no lock is kept. */
const ORDER = ['kong', 'keycloak'];

/** The bucket in which runs are noted keeps one where no target does. */
const placesOf = (run: Run, providers: readonly Provider[], blueprint = run.loaded()?.name): readonly LockPlace[] => [
  ...ORDER.flatMap((name) => providers.filter((provider) => provider.name === name && provider.looking === undefined)).flatMap(({ lock }) => lock ?? []),
  ...(blueprint === undefined ? [] : [run.runs.lock?.(blueprint)].filter((place) => place !== undefined)),
];

/** Runs of this process that are over. One whose lock could not be taken away leaves it, while the process lives on. */
const over = new Set<string>();
const isGone = (holder: Holder): boolean => over.has(holder.run) || isDead(holder);

/** Keeps others from applying the same blueprint: nothing is sent before it is called. */
export const locking = (run: Run, providers: readonly Provider[], command: string, { lockTimeout = 0 }: LockRequest): (() => Promise<Lock | Unkept>) => {
  const timeout = millisecondsOf(lockTimeout);
  const id = randomUUID();
  return async () => {
    const places = placesOf(run, providers);
    if (places.length === 0) return { unkept: ['none of these targets keeps a lock'] };
    const lock = await takeLock({
      places,
      claim: () => claimOf(id, command),
      gone: isGone,
      timeout,
      ...run.signal,
      waiting: (holder, where) => { run.emit({ type: 'lock.waiting', holder: describeHolder(holder), where }); },
    }).catch((thrown: unknown) => {
      over.add(id);
      throw thrown;
    });
    if (!('release' in lock)) return lock;
    return { ...lock, release: () => lock.release().finally(() => over.add(id)) };
  };
};

const millisecondsOf = (stated: number | string): number => {
  const seconds = durationOf(stated);
  if (seconds === undefined) throw new Problem('LOCK_DURATION', `"${stated}" is no duration`, { expected: 'a duration such as 90s, 10m or 1h' });
  return seconds * 1000;
};

const claimOf = (run: string, command: string): Holder => {
  const since = Date.now();
  return { run, command, ...thisProcess(), since, until: since + LOCK_LIFETIME };
};

export interface Unlocked {
  readonly held: readonly { readonly where: string; readonly holder: Holder }[];
}

export interface UnlockRequest {
  /** Asked once with who holds the lock; `true` says yes. */
  readonly approve: true | ((holders: Unlocked['held']) => boolean | Promise<boolean>);
}

/** Takes the lock of a blueprint away, whoever holds it: for one that is left of a run that is no more. */
export const unlock = async (run: Run, source: BlueprintSource, { approve }: UnlockRequest): Promise<Report<Unlocked>> => {
  const blueprint: Blueprint = await run.load(source);
  mayWriteSomewhere(blueprint, 'no lock is kept');
  const providers = await connectProviders(blueprint, run.env);
  const shared = { command: 'unlock', blueprint: blueprint.name, problems: [] };
  try {
    const places = placesOf(run, providers, blueprint.name);
    const held = (await Promise.all(places.map(async (place) => ({ place, holder: await place.held() })))).flatMap(({ place, holder }) => (holder ? [{ place, where: place.where, holder }] : []));
    const data: Unlocked = { held: held.map(({ where, holder }) => ({ where, holder })) };
    if (held.length === 0) return { ...shared, data, text: 'nobody holds the lock' };
    if (approve !== true && !(await approve(data.held))) return { ...shared, data, negative: true, text: 'the lock was left as it is: not approved' };
    for (const { place, holder } of held) await place.drop(holder);
    return { ...shared, data, text: held.map(({ where, holder }) => oneLine(`taken away: ${where}, held by ${describeHolder(holder)}`)).join('\n') };
  } finally {
    await Promise.all(providers.map((provider) => provider.close?.()));
  }
};

interface Dead {
  readonly gone: readonly string[];
  /** Those, and that one which may be under way stays. */
  readonly lines: readonly string[];
  readonly problems: readonly Problem[];
}

/** Takes away a lock whose run is no more, and says whose it was; of one that may be under way it says that it stays. */
export const deadLocks = async (run: Run, blueprint: Blueprint): Promise<Dead> => {
  const providers = await connectProviders(blueprint, run.env);
  const [gone, lines]: [string[], string[]] = [[], []];
  const problems: Problem[] = [];
  try {
    for (const place of placesOf(run, providers, blueprint.name)) {
      const { where, held, drop } = place;
      try {
        const holder = await held();
        if (holder === undefined) continue;
        const isOver = holder.until <= timeAt(place) || isGone(holder);
        if (isOver) await drop(holder);
        if (isOver) gone.push(oneLine(`unlocked: ${where}, held by ${describeHolder(holder)}, who is no more`));
        else lines.push(oneLine(`of a run that may be under way, and kept: ${where}, held by ${describeHolder(holder)}`));
      } catch (thrown) {
        const found = problemsOf(thrown);
        if (found === undefined) throw thrown;
        problems.push(...found);
      }
    }
  } finally {
    await Promise.all(providers.map((provider) => provider.close?.()));
  }
  return { gone, lines: [...gone, ...lines], problems };
};

/** Runs what writes beside apply while nobody else does. */
export const whileLocked = async <T>(run: Run, blueprint: Blueprint, command: string, request: LockRequest, work: (signal: Run['signal']) => Promise<T>): Promise<T> => {
  // With connections of its own: what runs closes those that it was given.
  const providers = await connectProviders(blueprint, run.env);
  try {
    const lock = await locking(run, providers, command, request)();
    if (!('release' in lock)) return await work(run.signal);
    try {
      const { signal } = run.signal;
      return await work({ signal: signal ? AbortSignal.any([signal, lock.lost]) : lock.lost });
    } finally {
      // One that cannot be taken away ends by itself.
      await lock.release().catch((thrown: unknown) => { if (problemsOf(thrown) === undefined) throw thrown; });
    }
  } finally {
    await Promise.all(providers.map((provider) => provider.close?.()));
  }
};
