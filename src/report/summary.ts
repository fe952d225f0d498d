import { changesOf } from '../core/plan.ts';
import { exitCodeOf } from '../core/report.ts';
import type { Report, Verdict } from '../core/report.ts';
import { speaksOfLive } from './change.ts';
import { countOf, worstOf } from './worst.ts';

/** What a whole run comes to. `changes`: nothing is wrong, and something is about to be another. */
export interface Summary {
  readonly state: 'good' | 'bad' | 'unknown' | 'changes';
  /** One sentence, without a full stop. */
  readonly words: string;
  /** What to do next, where something is to be done. */
  readonly next?: string;
}

/** What a report says in one line, and what to do next. */
export const summaryOf = (report: Report): Summary => {
  const { problems, verdicts, plan, applied } = report;
  const code = exitCodeOf(report);
  if (code === 3) return { state: 'unknown', words: 'a target is out of reach, so nothing is known', next: `${doctor(report)} says what is in the way` };
  if (applied !== undefined && applied.length > 0) return ofApplied(report, applied);
  if (problems.length > 0) return { state: 'bad', words: `it could not be done: ${counted(problems.length, 'problem')}`, next: `mend ${problems.length === 1 ? 'it' : 'them'}, and run authctl ${report.command} again` };
  if (verdicts !== undefined) {
    const found = ofVerdicts(report, verdicts);
    return report.part ? { ...found, words: `a part alone: ${found.words}` } : found;
  }
  if (plan !== undefined) return speaksOfLive(report) ? ofDrift(report) : ofPlan(report);
  if (report.worked) return report.negative ? { state: 'bad', words: report.worked.words, next: 'open a red cell: it says why, and at which line of the blueprint' } : { state: 'good', words: report.worked.words };
  return report.negative ? { state: 'bad', words: 'the answer is no' } : { state: 'good', words: 'done' };
};

/** `1 problem`, `2 problems` */
export const counted = (number: number, one: string, several = `${one}s`): string => `${number} ${number === 1 ? one : several}`;

/** A command on the blueprint of a report. */
const commandOf = (command: string, { about }: Report): string => `authctl ${command}${about === undefined ? '' : ` ${about.file}${about.overlay === undefined ? '' : ` --env ${about.overlay}`}`}`;
const doctor = (report: Report): string => commandOf('doctor', report);

const ofVerdicts = (report: Report, verdicts: readonly Verdict[]): Summary => {
  const worst = worstOf(verdicts);
  const [failed, unknown, passed, waived, skipped] = [countOf(worst, 'failed') + countOf(worst, 'crashed'), countOf(worst, 'inconclusive'), countOf(worst, 'passed'), countOf(worst, 'waived'), countOf(worst, 'skipped')];
  const tried = worst.size - skipped;
  const left = [...(waived > 0 ? [`${waived} waived`] : []), ...(skipped > 0 ? [`${skipped} skipped`] : [])];
  const rest = `${left.length === 0 ? '' : `, ${left.join(', ')}`}${report.part ? `; ${report.part.verdicts.left} of ${counted(report.part.verdicts.of, 'verdict')} left out` : ''}`;
  if (failed > 0) return { state: 'bad', words: `${failed} of ${counted(tried, 'check')} ${failed === 1 ? 'does' : 'do'} not hold${unknown > 0 ? `, ${unknown} could not be judged` : ''}${rest}`, next: `${commandOf('drift', report)} says what was changed` };
  if (unknown > 0) return { state: 'unknown', words: `${unknown} of ${counted(tried, 'check')} could not be judged${rest}`, next: 'see why below each of them: nothing is known there' };
  if (passed === 0) return { state: 'unknown', words: `nothing was proved${rest}`, next: 'the reasons stand beside what was skipped' };
  return { state: 'good', words: `${passed === 1 ? 'the one check' : `all ${passed} checks`} that ${passed === 1 ? 'was' : 'were'} tried ${passed === 1 ? 'holds' : 'hold'}${rest}` };
};

/** Effects, worst first, in words that count: `2 open something`. */
const effectsIn = (report: Report): readonly string[] => {
  const found = report.plan ? changesOf(report.plan).filter(({ action }) => action !== 'keep') : [];
  const of = (effect: string): number => found.filter((change) => change.effect === effect).length;
  return (['opens', 'exposes', 'weakens', 'breaks'] as const).flatMap((effect) => (of(effect) > 0 ? [`${of(effect)} ${effect}`] : []));
};

const isWritten = ({ action }: { readonly action: string }): boolean => action !== 'danger' && action !== 'orphan';

const ofDrift = (report: Report): Summary => {
  const changes = report.plan ? changesOf(report.plan).filter(({ action }) => action !== 'keep') : [];
  const found = changes.length;
  const unseen = report.plan?.unseen.length ?? 0;
  if (found === 0 && !report.negative) return unseen > 0 ? { state: 'unknown', words: `as the blueprint says, as far as was looked: ${counted(unseen, 'thing')} could not be` } : { state: 'good', words: 'the live stack is as the blueprint says' };
  const effects = effectsIn(report);
  const words = `the live stack is not as the blueprint says: ${counted(found, 'difference')}${effects.length > 0 ? ` (${effects.join(', ')})` : ''}`;
  // Apply has nothing to write: what is told is somebody else's, or of a target that is only looked at.
  const next = found > 0 && !changes.some(isWritten) ? 'each says what to do; apply would write nothing' : `${commandOf('apply', report)} puts right what the blueprint states; the rest is to be taken away or accepted`;
  return { state: 'bad', words, next };
};

const ofPlan = (report: Report): Summary => {
  const found = report.plan ? changesOf(report.plan).filter(({ action }) => action !== 'keep') : [];
  if (found.length === 0) return { state: 'good', words: 'nothing to change' };
  const blocked = found.filter(({ action }) => action === 'blocked').length;
  if (blocked > 0) return { state: 'bad', words: `${blocked} of ${counted(found.length, 'change')} ${blocked === 1 ? 'is' : 'are'} blocked`, next: 'each says what is in the way' };
  const toWrite = found.filter(isWritten).length;
  const { changes: cells = [], first = false } = report.access ?? {};
  const opens = cells.filter(({ change }) => change === 'opens').length;
  const words = `${counted(found.length, 'change')}${opens > 0 ? `, and ${counted(opens, 'cell')} of the access matrix ${opens === 1 ? 'opens' : 'open'}${first ? ' for the first time' : ''}` : ''}`;
  return toWrite === 0 ? { state: 'changes', words: `nothing to write, and ${counted(found.length, 'thing')} to look at` } : { state: 'changes', words, next: commandOf('apply', report) };
};

const ofApplied = (report: Report, applied: NonNullable<Report['applied']>): Summary => {
  const of = (outcome: string): number => applied.filter((result) => result.outcome === outcome).length;
  const [done, failed, skipped] = [of('done'), of('failed'), of('skipped')];
  if (failed + skipped > 0) return { state: 'bad', words: `${done} done, ${failed} failed, ${skipped} skipped`, next: `mend what failed, then ${commandOf('apply', report)} --resume` };
  if (report.problems.length > 0) return { state: 'bad', words: `${done} done, and ${counted(report.problems.length, 'problem')}` };
  return { state: 'good', words: `${done} done`, ...((report.command === 'apply' || report.command === 'rollback') && { next: `${commandOf('verify', report)} proves it` }) };
};
