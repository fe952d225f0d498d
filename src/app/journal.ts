import type { Recorded } from '../blueprint/index.ts';
import type { Blueprint } from '../blueprint/types.ts';
import type { AuthctlEvent, Events } from '../core/events.ts';
import { isObject } from '../core/json.ts';
import type { ApplyOutcome } from '../core/outcome.ts';
import { addressOfChange, changesOf } from '../core/plan.ts';
import type { Expansion, Plan, PlanOptions } from '../core/plan.ts';
import type { Problem } from '../core/problem.ts';
import { exitCodeOf } from '../core/report.ts';
import type { Report } from '../core/report.ts';
import { isDead, thisProcess } from '../core/this-process.ts';
import type { ProcessOf } from '../core/this-process.ts';
import { isOfRun } from '../journal/index.ts';
import type { JournalPlace, Lines } from '../journal/index.ts';
import { keepState } from './good-state.ts';
import type { Run } from './run.ts';
import { savedPlanText } from './saved-plan.ts';

/** The version of the lines. */
const FORMAT = 1;
/** So many runs are kept, and of so many what they brought into force. */
const KEPT = { '.jsonl': 200, '.plan': 200, '.state': 50 };
/** So many are read at once. */
const AT_ONCE = 16;

interface Told {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** The first line of a run: what was about to be done. */
interface Begun extends ProcessOf {
  readonly journal: typeof FORMAT;
  readonly run: string;
  readonly command: string;
  readonly blueprint: string;
  readonly file: string;
  readonly overlay?: string;
  readonly begun: string;
  /** The run to whose end a rollback goes. */
  readonly to?: string;
  readonly planned: readonly { readonly action: string; readonly address: string }[];
}
/** What became of one object. */
interface Result {
  readonly at: string;
  readonly address: string;
  readonly action: string;
  readonly outcome: ApplyOutcome;
  readonly problem?: Told;
}
/** The last line; a run that was killed has none. */
interface Ended {
  readonly ended: string;
  readonly exitCode: 0 | 1 | 2 | 3;
  readonly problems: readonly Told[];
  /** A fingerprint of the state that was kept: the blueprint is in force as it says. */
  readonly kept?: string;
}

/** One run, as far as its journal tells. */
export interface RunRecord extends Omit<Begun, 'journal'> {
  readonly results: readonly Result[];
  readonly ended?: string;
  readonly exitCode?: 0 | 1 | 2 | 3;
  readonly problems: readonly Told[];
  readonly kept?: string;
  /** `killed`: it has no end, and its process is no more. `unknown`: it has none, and ran where nobody here can see. */
  readonly state: 'done' | 'failed' | 'under way' | 'killed' | 'unknown';
  /** What was planned and not done. */
  readonly left: readonly string[];
}

interface PlannedStep {
  readonly action: string;
  readonly address: string;
}

/** Of one run, while it runs. */
interface Journal {
  /** What is about to be written, whenever that is decided. What can be gone on with is kept before anything of it is done. */
  readonly planned: (plan: Plan | readonly PlannedStep[], of: Subject) => Promise<void>;
  readonly events: Events;
  /** The report, with where it was noted and how to go on when the run did not end well. */
  readonly finish: (report: Report) => Promise<Report>;
}

interface Subject {
  readonly blueprint: string;
  readonly file: string;
  readonly overlay?: string | undefined;
  /** Of a run that brings a blueprint into force. */
  readonly brings?: Brings;
}
export interface Brings {
  readonly blueprint: Blueprint;
  readonly expansion: Expansion;
  /** Of a run that can be gone on with. */
  readonly options?: PlanOptions;
  /** What was loaded instead of the files. */
  readonly recorded?: Recorded;
}

/** What is left of a run that did not end well: a saved plan. */
export const planFile = (run: string): string => `${run}.plan`;

/**
 * Notes what a run does, line by line while it does it, so that it is known of one that was killed, too: without values, and no secret of the blueprint is in a
 * message. A run that writes nothing leaves none. A directory that cannot be written to is no reason not to apply; a bucket that cannot be is one, as long as
 * nothing was written.
 */
export const openRunJournal = (run: Run, command: string, { to }: { readonly to?: string } = {}, now: () => Date = () => new Date()): Journal => {
  const begun = now().toISOString();
  const id = `${begun.replace(/[-:]/g, '')}-${Math.random().toString(36).slice(2, 6).padEnd(4, '0')}`;
  let about: { readonly planned: readonly PlannedStep[]; readonly of: Subject } | undefined;
  let prepared: readonly string[] | undefined;
  let planned = false;
  let lines: Lines | undefined;

  const append = (line: object): void => { lines?.add(`${run.mask(JSON.stringify(line))}\n`); };
  const begin = (): void => {
    if (about === undefined) return;
    const { planned: steps, of: { blueprint, file, overlay } } = about;
    lines = run.runs.begin(`${id}.jsonl`);
    append({ journal: FORMAT, run: id, command, blueprint, file, ...(overlay !== undefined && { overlay }), begun, ...thisProcess(), ...(to !== undefined && { to }), planned: steps } satisfies Begun);
  };
  const note = (event: AuthctlEvent): void => {
    if (event.type === 'write.started' && lines === undefined) begin();
    if (event.type !== 'write.finished' || lines === undefined) return;
    const { address, action, outcome, problem } = event;
    append({ at: now().toISOString(), address, action, outcome, ...(problem && { problem: toldOf(problem) }) } satisfies Result);
  };
  return {
    planned: async (plan, of) => {
      about = { planned: isPlan(plan) ? stepsIn(plan) : plan.map(({ action, address }) => ({ action, address })), of };
      const { overlay, brings } = of;
      const options = isPlan(plan) ? brings?.options : undefined;
      // What was planned again under the lock is another plan.
      if (planned) await run.runs.remove(planFile(id));
      const keep = brings !== undefined && options !== undefined && isPlan(plan) ? [[planFile(id), await savedPlanText({ ...brings, options, overlay, plan })] as const] : [];
      prepared = [...(prepared ?? []), ...(await run.runs.prepare({ keep, most: KEPT, isUnderWay }))];
      planned = keep.length > 0;
    },
    events: (event) => {
      note(event);
      run.emit(event);
    },
    finish: async (report) => {
      const exitCode = exitCodeOf(report);
      if (planned && (lines === undefined || exitCode === 0)) await run.runs.remove(planFile(id));
      const before = [...(report.notes ?? []), ...(prepared ?? [])];
      if (lines === undefined) return before.length === 0 ? report : { ...report, notes: before };
      const brings = exitCode === 0 && !(await lines.settled()) ? about?.of.brings : undefined;
      const { kept, told } = brings === undefined || report.plan === undefined ? {} : await keepState(run, id, { ...brings, overlay: about?.of.overlay, plan: report.plan, to });
      append({ ended: now().toISOString(), exitCode, problems: report.problems.map(toldOf), ...(kept !== undefined && { kept }) } satisfies Ended);
      const unwritten = await lines.end();
      const notes = [...before, ...(told === undefined ? [] : [told])];
      if (unwritten?.lost === true) return { ...report, notes: [...notes, `what was done is noted nowhere: ${unwritten.words}`] };
      if (unwritten) notes.push(`what was done is noted: ${unwritten.words}`);
      if (exitCode === 0) return notes.length === 0 ? report : { ...report, notes };
      return { ...report, notes: [...notes, `what was done, and what was not: authctl history ${id}; "authctl ${command} ${about?.of.file ?? ''}" goes on from there`] };
    },
  };
};

const STEPS: ReadonlySet<string> = new Set(['create', 'update', 'replace', 'adopt', 'delete', 'release', 'deferred']);

const isPlan = (plan: Plan | readonly PlannedStep[]): plan is Plan => 'waves' in plan;
const stepsIn = (plan: Plan): readonly PlannedStep[] => changesOf(plan).flatMap((change) => (STEPS.has(change.action) ? [{ action: change.action, address: addressOfChange(change) }] : []));

const toldOf = ({ code, message, hint }: Problem): Told => ({ code, message, ...(hint !== undefined && { hint }) });

/** Every run that is noted, the newest first, as it is asked for. */
export const runsIn = async function* (place: JournalPlace): AsyncGenerator<RunRecord> {
  const names = (await place.names()).filter((name) => name.endsWith('.jsonl') && isOfRun(name)).toSorted().toReversed();
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const texts = await Promise.all(names.slice(at, at + AT_ONCE).map((name) => place.read(name)));
    yield* texts.flatMap((text) => (text === undefined ? [] : (recordIn(text) ?? [])));
  }
};

/** Every run that is noted, the newest first. */
export const readRuns = async (place: JournalPlace): Promise<readonly RunRecord[]> => {
  const runs: RunRecord[] = [];
  for await (const one of runsIn(place)) runs.push(one);
  return runs;
};

/** The newest of those that fit: older ones are not read. */
export const lastRun = async (place: JournalPlace, fits: (run: RunRecord) => boolean): Promise<RunRecord | undefined> => {
  for await (const one of runsIn(place)) if (fits(one)) return one;
  return undefined;
};

const isUnderWay = (text: string): boolean => recordIn(text)?.state === 'under way';

/** A last line that was cut off, and whatever else is none of ours, is left out. */
const linesOf = (text: string): readonly Readonly<Record<string, unknown>>[] =>
  text.split('\n').flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return isObject(value) ? [value] : [];
    } catch {
      return [];
    }
  });

const WORDS = ['run', 'command', 'blueprint', 'file', 'begun', 'by', 'host', 'place'] as const;
const isText = (value: unknown): boolean => value === undefined || typeof value === 'string';
const isStep = (value: unknown): boolean => isObject(value) && typeof value['action'] === 'string' && typeof value['address'] === 'string';
const isTold = (value: unknown): boolean => isObject(value) && typeof value['code'] === 'string' && typeof value['message'] === 'string';

const recordIn = (text: string): RunRecord | undefined => {
  const [first, ...rest] = linesOf(text);
  if (first?.['journal'] !== FORMAT || !Array.isArray(first['planned'])) return undefined;
  // A run is named as its files are.
  if (!/^[\w.-]+$/.test(String(first['run'])) || !isText(first['to']) || !isText(first['born'])) return undefined;
  if (!WORDS.every((word) => typeof first[word] === 'string') || !first['planned'].every(isStep)) return undefined;
  // Lines of this version are written by nobody else; what is done with them is looked at here.
  const { journal: _format, ...begun } = first as unknown as Begun;
  const results = rest.filter((line) => typeof line['outcome'] === 'string' && isStep(line) && (line['problem'] === undefined || isTold(line['problem']))) as unknown as readonly Result[];
  const ended = rest.find((line) => typeof line['ended'] === 'string' && isText(line['kept']) && Array.isArray(line['problems']) && line['problems'].every(isTold)) as unknown as Ended | undefined;
  const done = new Set(results.flatMap(({ address, outcome }) => (outcome === 'done' ? [address] : [])));
  const left = begun.planned.filter(({ address }) => !done.has(address)).map(({ action, address }) => `${action} ${address}`);
  return { ...begun, results, problems: [], left, ...ended, state: stateOf(begun, ended) };
};

const stateOf = (begun: ProcessOf, ended: Ended | undefined): RunRecord['state'] => {
  if (ended) return ended.exitCode === 0 ? 'done' : 'failed';
  if (isDead(begun)) return 'killed';
  return begun.place === thisProcess().place ? 'under way' : 'unknown';
};
