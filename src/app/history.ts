import { oneLine } from '../core/one-line.ts';
import { Problem, problemsOf } from '../core/problem.ts';
import type { Report } from '../core/report.ts';
import { momentWords } from '../core/traces.ts';
import { lastRun, readRuns } from './journal.ts';
import type { RunRecord } from './journal.ts';
import type { Run } from './run.ts';

export interface HistoryRequest {
  /** A run by its name, or by how the name begins; a list of all when there is none. */
  readonly run?: string;
}
export interface History {
  readonly runs: readonly RunRecord[];
}

/** What the runs that wrote something did, as it was noted. No target is contacted. */
export const history = async (run: Run, { run: name }: HistoryRequest): Promise<Report<History>> => {
  const all = await readRuns(run.runs);
  const runs = name === undefined ? all : all.filter((one) => one.run.startsWith(name));
  if (name !== undefined && runs.length === 0)
    throw new Problem('HISTORY_UNKNOWN', `no run is noted as "${name}" in ${run.runs.where}`, { hint: 'run "authctl history": it lists those that are; AUTHCTL_JOURNAL and AUTHCTL_STATE_DIR say where they are kept' });
  const text = runs.length === 0 ? `no run is noted in ${run.runs.where}` : name === undefined ? runs.map(lineOf).join('\n') : runs.map(whole).join('\n\n');
  return { command: 'history', problems: [], data: { runs }, text };
};

/** Since which run that is noted things may have moved, in a line, or why that is not known; none where no run is noted that wrote for this blueprint. */
export const lastWriting = async ({ runs, overlay }: Pick<Run, 'runs' | 'overlay'>, blueprint: string): Promise<string | undefined> => {
  let last: RunRecord | undefined;
  try {
    last = await lastRun(runs, (one) => one.blueprint === blueprint && one.overlay === overlay && count(one, 'done') > 0);
  } catch (thrown) {
    const problems = problemsOf(thrown);
    if (problems === undefined) throw thrown;
    return oneLine(`since which run is not known: ${problems.map(({ message }) => message).join('; ')}`);
  }
  if (last === undefined) return undefined;
  const { command, run, begun, ended = begun } = last;
  return oneLine(`since the ${command} of ${momentWords(ended)}, the last run noted here that wrote (authctl history ${run})`);
};

const WORDS: Readonly<Record<RunRecord['state'], string>> = {
  done: 'done',
  failed: 'failed',
  'under way': 'under way',
  killed: 'killed',
  unknown: 'no end',
};

const count = ({ results }: RunRecord, outcome: string): number => results.filter((one) => one.outcome === outcome).length;

const lineOf = (run: RunRecord): string =>
  oneLine(`${run.run}  ${WORDS[run.state].padEnd(9)}  ${run.command.padEnd(8)}  ${run.blueprint}  ${count(run, 'done')} done, ${count(run, 'failed')} failed, ${count(run, 'skipped')} skipped  by ${run.by} on ${run.host}`);

const whole = (run: RunRecord): string => {
  const { overlay, ended, results, problems, left } = run;
  return [
    lineOf(run),
    ...(run.to === undefined ? [] : [`to the end of ${run.to}`]),
    `${run.file}${overlay === undefined ? '' : ` (${overlay})`}, ${run.begun} to ${ended ?? ENDS[run.state]}`,
    ...results.map(({ outcome, action, address, problem }) => `  ${outcome.padEnd(7)} ${action.padEnd(8)} ${address}${problem ? `  ${problem.code}: ${problem.message}` : ''}`),
    ...problems.filter(({ code, message }) => !results.some(({ problem }) => problem?.code === code && problem.message === message)).map(({ code, message }) => `  ${code}: ${message}`),
    ...(left.length === 0 ? [] : ['not done:', ...left.map((what) => `  ${what}`)]),
    ...(run.state === 'done' || run.state === 'under way' ? [] : [`to go on: authctl plan ${run.file} shows what is missing, and authctl ${run.command} ${run.file} does it${run.command === 'apply' ? ' (--resume: this and nothing else)' : ''}`]),
  ]
    .map((line) => (line.startsWith('  ') ? `  ${oneLine(line.slice(2))}` : oneLine(line)))
    .join('\n');
};

const ENDS: Readonly<Record<RunRecord['state'], string>> = {
  done: 'its end',
  failed: 'its end',
  'under way': 'now, and it is at it',
  killed: 'nobody knows when: its process is no more',
  unknown: 'nobody here knows when: it ran on another machine',
};
