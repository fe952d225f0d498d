import type { Report } from '../../core/report.ts';
import { createTold, findingsOf } from './findings.ts';
import type { Turn, WatchFinding } from './findings.ts';

/** What the watch knows at a moment. */
export interface WatchState {
  readonly looks: number;
  readonly failedLooks: number;
  /** Seconds that the last look took. */
  readonly seconds: number;
  readonly findings: readonly WatchFinding[];
  readonly appeared: number;
  readonly gone: number;
  /** By the clock that never jumps, in milliseconds; `undefined` before the first look that could see. */
  readonly lastGood: number | undefined;
  /** By the calendar, in seconds since 1970. */
  readonly lastGoodAt: number | undefined;
  /** What was not delivered yet. */
  readonly pending: number;
}

interface Loop {
  readonly look: () => Promise<Report>;
  /** Tells others of what has changed; throws when they could not be told. */
  readonly tell: (turn: Turn) => Promise<void>;
  readonly changed: (turn: Turn) => void;
  readonly failed: (report: Report) => void;
  readonly undelivered: (why: unknown) => void;
  /** After each look, whatever came of it. */
  readonly looked: () => Promise<void>;
  /** Until the next look; ends early by the signal. */
  readonly pause: () => Promise<void>;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** As many are kept for who cannot be told; of more the oldest are let go of. */
const KEPT = 1000;

/**
 * Looks, again and again, until the signal says stop: the look under way is finished. A look that could not see changes nothing of what is known. What
 * could not be told is told with the next look; what came and went meanwhile, too.
 */
export const createLoop = ({ look, tell, changed, failed, undelivered, looked, pause, signal, now }: Loop) => {
  const told = createTold();
  const counts = { looks: 0, failedLooks: 0, appeared: 0, gone: 0 };
  let seconds = 0;
  let lastGood: number | undefined;
  let lastGoodAt: number | undefined;
  let pending: Turn = { appeared: [], gone: [] };

  const once = async (): Promise<void> => {
    const report = await look();
    counts.looks += 1;
    seconds = report.seconds ?? 0;
    if (report.problems.length > 0) {
      counts.failedLooks += 1;
      failed(report);
    } else {
      const turn = told.turn(findingsOf(report));
      counts.appeared += turn.appeared.length;
      counts.gone += turn.gone.length;
      lastGood = now();
      lastGoodAt = Math.round(Date.now() / 1000);
      if (turn.appeared.length + turn.gone.length > 0) changed(turn);
      pending = { appeared: [...pending.appeared, ...turn.appeared].slice(-KEPT), gone: [...pending.gone, ...turn.gone].slice(-KEPT) };
    }
    if (pending.appeared.length + pending.gone.length === 0) return;
    try {
      await tell(pending);
      pending = { appeared: [], gone: [] };
    } catch (thrown) {
      undelivered(thrown);
    }
  };

  return {
    run: async (): Promise<void> => {
      while (!signal.aborted) {
        await once();
        await looked();
        if (!signal.aborted) await pause();
      }
    },
    state: (): WatchState => ({ ...counts, seconds, findings: told.now(), lastGood, lastGoodAt, pending: pending.appeared.length + pending.gone.length }),
  };
};
