import { readFile, realpath, stat } from 'node:fs/promises';
import { withAccepted } from '../blueprint/accept-file.ts';
import type { AcceptEntry } from '../blueprint/accept-file.ts';
import { fitting } from '../core/accept.ts';
import { oneLine } from '../core/one-line.ts';
import { fileWords } from '../core/file-words.ts';
import { Problem } from '../core/problem.ts';
import type { Report } from '../core/report.ts';
import { addressOf } from '../core/resource.ts';
import type { Danger } from '../core/resource.ts';
import { replaceFile } from '../core/temporary.ts';
import { noCommand } from '../report/harmless.ts';
import { openEngine } from './open-engine.ts';
import type { Run } from './run.ts';

export interface AcceptRequest {
  /** Why it is fine: written beside each entry. */
  readonly reason: string;
  /** The last day on which it holds, `2027-01-31`. */
  readonly until?: string;
  /** Addresses, or patterns in which `*` stands for any text: only what is told of these. Everything that is told when there is none. */
  readonly only?: readonly string[];
}
export interface Accepted {
  /** The file that was written; absent when there was nothing to accept. */
  readonly file?: string;
  readonly accepted: readonly AcceptEntry[];
}

/**
 * Reads every target as `drift` does, and writes an entry of `accept:` for each thing that is told and that the blueprint does not state. What
 * differs from the blueprint itself is not accepted: that is for `apply`, or for the blueprint to say. Writes the blueprint's file, and no target.
 */
export const accept = async (run: Run, path: string, { reason, until, only = [] }: AcceptRequest): Promise<Report<Accepted>> => {
  if (reason.trim() === '') throw new Problem('ACCEPT_NO_REASON', 'nothing is accepted without a reason', { hint: 'say why it is fine: --reason "…"' });
  if (until !== undefined && !(/^\d{4}-\d\d-\d\d$/.test(until) && new Date(`${until}T00:00:00Z`).toJSON()?.startsWith(until)))
    throw new Problem('ACCEPT_BAD_DATE', `"${until}" is no date`, { expected: 'a date such as 2027-01-31' });
  const { blueprint, engine } = await openEngine(run, path);
  const { plan, problems, ...report } = await engine.drift({ traces: false });
  const dangers = (plan?.dangers ?? []).flatMap((change) => (change.action === 'danger' ? [change.danger] : []));
  const fits = only.map((pattern) => fitting(pattern));
  const chosen = dangers.filter((danger) => fits.length === 0 || fits.some((fit) => fit(addressOf(danger))));
  const unmatched = only.find((_, at) => !dangers.some((danger) => fits[at]?.(addressOf(danger))));
  const shared = { command: 'accept', blueprint: blueprint.name, ...(report.requests && { requests: report.requests }), ...(report.seconds !== undefined && { seconds: report.seconds }) };
  if (problems.length > 0) return { ...shared, problems };
  if (unmatched !== undefined)
    throw new Problem('ACCEPT_UNMATCHED', `drift tells nothing of "${unmatched}"`, { hint: 'run "authctl drift": it names what can be accepted by its address' });
  if (chosen.length === 0) return { ...shared, problems: [], data: { accepted: [] }, text: 'nothing to accept: drift tells of nothing that the blueprint does not state' };
  const entries = chosen.map((danger) => entryOf(danger, reason, until));
  // A list is in one file, whole: where the first entry stands, the others go.
  const [first] = blueprint.accept;
  const file = await realpath(first?.origin.file ?? blueprint.file);
  const text = await readFile(file, 'utf8');
  const all = [...dangers, ...(plan?.accepted ?? []).map(({ danger }) => danger)];
  const seenNow = new Set(all.flatMap(({ seen }) => (seen === undefined ? [] : [seen])));
  await rewrite(file, withAccepted(text, entries, { file, overlay: run.overlay, seenNow }));
  return {
    ...shared,
    problems: [],
    data: { file, accepted: entries },
    text: [...entries.map(({ what, field, told }) => `accepted ${what}${field === undefined ? '' : ` ${field}`}: ${told}`).map((line) => noCommand(oneLine(line))), '', `${entries.length} accepted, written to ${file}`].join('\n'),
  };
};

const entryOf = ({ effect, what, field, seen, ...danger }: Danger, reason: string, until: string | undefined): AcceptEntry => ({
  what: addressOf(danger),
  ...(field !== undefined && { field }),
  reason,
  ...(until !== undefined && { until }),
  ...(seen !== undefined && { seen }),
  told: `${effect}: ${what}`,
});

/** With the mode that the file has. */
const rewrite = async (file: string, text: string): Promise<void> => {
  try {
    replaceFile(file, text, (await stat(file)).mode & 0o777);
  } catch (cause) {
    throw new Problem('ACCEPT_UNWRITTEN', `"${file}" ${fileWords(cause, 'written')}`, { cause, hint: 'is the file yours to write to?' });
  }
};
