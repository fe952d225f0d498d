import { addressOfChange, changesOf, reasonsOf } from '../../core/plan.ts';
import { oneLine } from '../../core/one-line.ts';
import type { Report } from '../../core/report.ts';
import type { Change } from '../../core/resource.ts';
import { titleOf, unseenLines, whyOf } from '../../report/change.ts';

/** One thing that a look has found, under a key by which the next look knows it again. */
export interface WatchFinding {
  readonly key: string;
  /** `opens`, `weakens`, `changed`, `unseen`, a problem's code: what the counts are by. */
  readonly sort: string;
  readonly words: string;
}

/** What a report of drift tells of. */
export const findingsOf = (report: Report): readonly WatchFinding[] => [
  ...(report.plan ? changesOf(report.plan) : []).filter(({ action }) => action !== 'keep').map((change) => ofChange(change, report)),
  ...(report.plan ? unseenLines(report.plan) : []).map((line): WatchFinding => ({ key: line, sort: 'unseen', words: oneLine(line) })),
];

/** A field that has another value now is the same finding; another field, or another effect, is another one. */
const ofChange = (change: Change, report: Report): WatchFinding => {
  const address = addressOfChange(change);
  const title = titleOf(change, report);
  const fields = change.action === 'danger' ? [change.danger.field ?? '', change.danger.seen ?? change.danger.what] : reasonsOf(change).map(({ path }) => path);
  const why = whyOf(change);
  return { key: [title, address, ...fields].join('\n'), sort: change.effect ?? title, words: oneLine(`${title} ${address}${why === '' ? '' : `: ${why}`}`) };
};

export interface Turn {
  readonly appeared: readonly WatchFinding[];
  readonly gone: readonly WatchFinding[];
}

/** Keeps what is there, and nothing else: each thing is told when it appears, and when it is gone. */
export const createTold = () => {
  let now: ReadonlyMap<string, WatchFinding> = new Map();
  return {
    turn: (found: readonly WatchFinding[]): Turn => {
      const next = new Map(found.map((one) => [one.key, one]));
      const appeared = [...next.values()].filter(({ key }) => !now.has(key));
      const gone = [...now.values()].filter(({ key }) => !next.has(key));
      now = next;
      return { appeared, gone };
    },
    now: (): readonly WatchFinding[] => [...now.values()],
  };
};
