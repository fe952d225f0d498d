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
  /** What stands there now, as text: another value is told again. */
  readonly value?: string;
}

/** What a report of drift tells of. */
export const findingsOf = (report: Report): readonly WatchFinding[] => {
  if (report.plan === undefined) return [];
  const changes = changesOf(report.plan).filter(({ action }) => action !== 'keep');
  const dangers = new Set(changes.filter(({ action }) => action === 'danger').map(addressOfChange));
  // What somebody made within ours is too much, and a danger: it is one thing, told by what it does.
  const each = changes.filter((change) => change.action !== 'orphan' || !dangers.has(addressOfChange(change)));
  return [...each.map((change) => ofChange(change, report)), ...unseenLines(report.plan).map((line): WatchFinding => ({ key: line, sort: 'unseen', words: oneLine(line) }))];
};

/**
 * A field that has another value now is the same finding, and is told once more: who made a harmless change first could make a bad one next. Another
 * field, or another effect, is another finding.
 */
const ofChange = (change: Change, report: Report): WatchFinding => {
  const address = addressOfChange(change);
  const title = titleOf(change, report);
  const fields = change.action === 'danger' ? [change.danger.field ?? '', change.danger.seen ?? change.danger.what] : reasonsOf(change).map(({ path }) => path);
  const why = whyOf(change);
  const value = JSON.stringify(reasonsOf(change).map(({ before }) => before ?? null));
  return { key: [title, address, ...fields].join('\n'), value, sort: change.effect ?? title, words: oneLine(`${title} ${address}${why === '' ? '' : `: ${why}`}`) };
};

export interface Turn {
  readonly appeared: readonly WatchFinding[];
  readonly gone: readonly WatchFinding[];
}

/** Keeps what is there, and nothing else: each thing is told when it appears, when it has another value, and when it is gone. */
export const createTold = () => {
  let now: ReadonlyMap<string, WatchFinding> = new Map();
  return {
    turn: (found: readonly WatchFinding[]): Turn => {
      const next = new Map(found.map((one) => [one.key, one]));
      const appeared = [...next.values()].filter(({ key, value }) => !now.has(key) || now.get(key)?.value !== value);
      const gone = [...now.values()].filter(({ key }) => !next.has(key));
      now = next;
      return { appeared, gone };
    },
    now: (): readonly WatchFinding[] => [...now.values()],
  };
};
