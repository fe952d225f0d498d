import { Problem, problemsOf } from '../../core/problem.ts';
import type { BundleStatus, Follower } from './client.ts';

export interface Clock {
  /** Milliseconds. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

/** Who did not take the new revision, and why as far as it says. */
export interface Behind {
  readonly what: string;
  /** It fetched the bundle and refused it: its own words. */
  readonly refused?: string;
  /** What it has in force instead, or why it does not say. */
  readonly has: string;
}

const PAUSE = 200;

/** The revision of each; `null` where it has none. */
export type Revisions = Readonly<Record<string, string | null>>;

/** What each has in force, by the name the blueprint gives it. An OPA that does not answer throws; a service may be away. */
export const revisionsOf = async (followers: readonly Follower[], mayBeAway = false): Promise<Revisions> =>
  Object.fromEntries(
    await Promise.all(
      followers.map(async (follower) => {
        const status = mayBeAway ? await attempt(follower) : await follower.status();
        return [follower.key, status instanceof Problem ? `unknown: ${status.message}` : (status.activeRevision ?? null)] as const;
      }),
    ),
  );

/** Asked before anything is published. Those in `mayBeAway` may fail to answer. */
export const statusesOf = (followers: readonly Follower[], mayBeAway: readonly Follower[]): Promise<readonly BundleStatus[]> =>
  Promise.all(
    followers.map(async (follower) => {
      if (!mayBeAway.includes(follower)) return follower.status();
      const status = await attempt(follower);
      return status instanceof Problem ? {} : status;
    }),
  );

const attempt = async (follower: Follower): Promise<BundleStatus | Problem> => {
  try {
    return await follower.status();
  } catch (thrown) {
    const problem = problemsOf(thrown)?.[0];
    if (problem === undefined) throw thrown;
    return problem;
  }
};

interface Wait {
  readonly followers: readonly Follower[];
  /** What each said before the new bundle was published. */
  readonly before: readonly BundleStatus[];
  readonly revision: string;
  /** Seconds. */
  readonly bound: number;
  readonly clock: Clock;
}

/** Waits until all have the revision. Empty when they do; else who does not. One that refuses ends the wait for all. */
export const awaitRevision = async ({ followers, before, revision, bound, clock }: Wait): Promise<readonly Behind[]> => {
  const end = clock.now() + bound * 1000;
  let refusal = false;
  const follow = async (follower: Follower, at: number): Promise<Behind | undefined> => {
    const judge = refusalAfter(before[at] ?? {});
    for (;;) {
      const status = await attempt(follower);
      const has = status instanceof Problem ? `nothing that it tells: ${status.message}` : (status.activeRevision ?? 'no bundle');
      if (!(status instanceof Problem)) {
        if (status.activeRevision === revision && status.error === undefined) return undefined;
        const refused = judge(status);
        if (refused !== undefined) {
          refusal = true;
          return { what: follower.what, refused, has };
        }
        // Its error stands, though it may be an answer to the bundle before: worth telling, no proof.
        if (clock.now() > end) return { what: follower.what, has: status.error === undefined ? has : `${has} (${status.error})` };
      } else if (clock.now() > end) return { what: follower.what, has };
      if (refusal) return undefined;
      await clock.sleep(PAUSE);
    }
  };
  return (await Promise.all(followers.map(follow))).filter((one) => one !== undefined);
};

/**
 * An error counts when it answers the new bundle. A poll that was under way while we published may still report the bundle before, so
 * with an error from before another poll must repeat it; who does not tell its polls must say something else than before.
 */
const refusalAfter = (before: BundleStatus): ((status: BundleStatus) => string | undefined) => {
  const polls = new Set<string>();
  return ({ error, lastRequest }) => {
    if (error === undefined) return undefined;
    if (lastRequest === undefined) return error === before.error ? undefined : error;
    if (lastRequest !== before.lastRequest) polls.add(lastRequest);
    return polls.size >= (before.error === undefined ? 1 : 2) ? error : undefined;
  };
};

interface Return extends Omit<Wait, 'before'> {
  /** What each said when the bundle before was back in the store. */
  readonly since: readonly BundleStatus[];
}

/**
 * Waits until nobody has a revision that was taken back, nor will have it; who still has it after `bound` seconds. A poll that was under
 * way may yet bring it: who tells its polls has ended that one with the first that it tells, and asked again with the second.
 */
export const awaitReturn = async ({ followers, since, revision, bound, clock }: Return): Promise<readonly string[]> => {
  const end = clock.now() + bound * 1000;
  const polls = followers.map(() => new Set<string>());
  for (;;) {
    const statuses = await Promise.all(followers.map(attempt));
    const has = (at: number): boolean => answered(statuses[at])?.activeRevision === revision;
    const mayYetHave = (at: number): boolean => {
      const told = answered(statuses[at])?.lastRequest;
      const seen = polls[at];
      if (told === undefined || seen === undefined) return false;
      if (told !== since[at]?.lastRequest) seen.add(told);
      return seen.size < 2;
    };
    const places = followers.map((_, at) => at);
    const waiting = places.filter((at) => mayYetHave(at) || has(at));
    if (waiting.length === 0 || clock.now() > end) return followers.filter((_, at) => has(at)).map(({ what }) => what);
    await clock.sleep(PAUSE);
  }
};

const answered = (status: BundleStatus | Problem | undefined): BundleStatus | undefined => (status instanceof Problem ? undefined : status);
