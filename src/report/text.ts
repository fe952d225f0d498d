import type { Access, Limit, Report, Verdict, VerdictStatus } from '../core/report.ts';
import { cellTitle, dependsOnWords, gainWords, speaksOfLive } from './change.ts';
import { harmless, noCommand } from './harmless.ts';
import { leftLines, mostOf } from './most.ts';
import { partWords } from './part.ts';
import { placeOf, renderProblem, withSecretLinesBlanked } from './problem.ts';
import type { ReadLines } from './problem.ts';
import type { Style } from './style.ts';
import { summaryOf } from './summary.ts';
import { renderPlan, renderStaying } from './text-plan.ts';
import { waiverWords } from './waiver.ts';
import { countOf, worstOf } from './worst.ts';

/** The whole report for a person; what was asked comes last, so that it is on the screen when the command ends. */
export const renderText = (given: Report, style: Style, readLines: ReadLines): string => {
  const report = harmless(given);
  const quoted = withSecretLinesBlanked(report.problems, readLines);
  const problems = mostOf(report.problems, ({ code }) => code);
  const parts = [
    report.text,
    // Once something was written, the events have shown each change: the plan would say it twice.
    report.plan && (report.applied?.length ? renderStaying(report.plan, report, style) : renderPlan(report.plan, report, style)),
    report.access && renderAccess(report.access, report, style),
    report.applied && renderApplied(report, style),
    report.verdicts && renderVerdicts(report.verdicts, style),
    report.part && style.change(partWords(report.part)),
    ...problems.shown.map((problem) => renderProblem(problem, style, quoted)),
    ...leftLines(problems.left).map((line) => style.bad(line)),
    ...(report.limits ?? []).map((limit) => renderLimit(limit, style)),
    ...(report.notes ?? []),
    report.problems.length > 1 ? style.bad(`${report.problems.length} problems`) : undefined,
    nextLine(report, style),
  ];
  const text = parts.filter((part) => part !== undefined && part !== '').join('\n\n');
  // What a command prints for another program (a drawing, a file for another tool) is that program's.
  return report.text === undefined ? noCommand(text) : text;
};

/** What to do next, where a run has come to something; a problem says its own, and what is only proposed is asked about. */
const nextLine = (report: Report, style: Style): string | undefined => {
  if (report.about === undefined || report.problems.length > 0 || (report.plan === undefined && report.verdicts === undefined)) return undefined;
  const { next } = summaryOf(report);
  return next === undefined ? undefined : `${style.change('next:')} ${next}`;
};

const renderLimit = ({ what, hint, origin }: Limit, style: Style): string =>
  `${style.change('limit')} ${what}  ${style.faint(placeOf(origin))}\n    ${hint}`;

/** A cell that opens is what a reviewer must not miss. */
const renderAccess = (access: Access, report: Report, style: Style): string => {
  const { changes, first, note, dependsOn } = access;
  if (dependsOn !== undefined) return style.change(dependsOnWords(dependsOn));
  const opened = changes.filter(({ change }) => change === 'opens').length;
  const closed = changes.length - opened;
  const noted = [...besideLines(access, style), ...(note === undefined ? [] : [style.faint(note)])];
  if (changes.length === 0) return [unchanged(report), ...noted].join('\n');
  const opening = opened === 1 ? '1 cell opens' : `${opened} cells open`;
  if (first && !speaksOfLive(report)) return [`access: ${opening}, for the first time; authctl matrix shows them`, ...noted].join('\n');
  const lines = changes.map((change) => {
    const { title, bad } = cellTitle(change, report);
    const words = `${title.padEnd(speaksOfLive(report) ? 7 : 6)} ${change.gateway} ${change.route} (${change.request}) for ${change.who}`;
    return `${bad ? style.bad(words) : style.good(words)}  ${style.faint(placeOf(change.origin))}`;
  });
  const sum = speaksOfLive(report)
    ? `access now: ${closed} ${closed === 1 ? 'cell lets' : 'cells let'} somebody in that the blueprint does not, ${opened} ${opened === 1 ? 'refuses' : 'refuse'} somebody that it lets in`
    : `access: ${opening}, ${closed} ${closed === 1 ? 'closes' : 'close'}`;
  return [...lines, style.strong(sum), ...noted].join('\n');
};

/** As many are told one by one. */
const LISTED = 20;

/** What is open beside the matrix, and what nobody here can tell of. */
const besideLines = ({ gains = [], unknown = [] }: Access, style: Style): readonly string[] => [
  ...gains.slice(0, LISTED).map((gain) => `${style.bad(`lets in ${gain.gateway} ${gainWords(gain)}`)}  ${style.faint(`${gain.by}  ${placeOf(gain.origin)}`)}`),
  ...(gains.length > LISTED ? [style.faint(`… and ${gains.length - LISTED} more`)] : []),
  ...(gains.length > 0 ? [style.strong(`beside the matrix: ${gains.length} ${gains.length === 1 ? 'request gets' : 'requests get'} where the blueprint lets nobody`)] : []),
  ...(unknown.length > 0 ? [style.change(`not worked out who can do what by ${unknown.slice(0, 5).join(', ')}${unknown.length > 5 ? ` and ${unknown.length - 5} more` : ''}`)] : []),
];

/** Said of the whole stack only when nothing beside the matrix opens it, and everything was looked at. */
const unchanged = (report: Report): string => {
  const { dangers = [], unseen = [] } = report.plan ?? {};
  const opening = dangers.filter(({ effect }) => effect === 'opens').length;
  if (opening > 0) return `access: no cell of the matrix changes, but ${opening} of what is told above ${opening === 1 ? 'opens' : 'open'} something`;
  if ((report.access?.gains ?? []).length > 0) return 'access: no cell of the matrix changes';
  if ((report.access?.unknown ?? []).length > 0) return 'access: no cell of the matrix changes, as far as it is worked out';
  if (unseen.length > 0) return 'access: no cell of the matrix changes, as far as was looked';
  return speaksOfLive(report) ? 'access: as the blueprint says' : 'access: nobody gains or loses anything';
};

const renderApplied = ({ applied = [], seconds }: Report, style: Style): string => {
  if (applied.length === 0) return '';
  const of = (outcome: string): number => applied.filter((result) => result.outcome === outcome).length;
  const failures = applied.filter(({ outcome }) => outcome !== 'done');
  return [
    // Some messages name what they are about themselves.
    ...failures.map(({ address, outcome, problem: { message } = { message: '' } }) => `${style.bad(outcome)} ${message.startsWith(`${address}: `) ? message : `${address}: ${message}`}`),
    style.strong(`${of('done')} done, ${of('failed')} failed, ${of('skipped')} skipped${seconds === undefined ? '' : ` in ${seconds} s`}`),
  ].join('\n');
};

const statusOrder: readonly VerdictStatus[] = ['passed', 'failed', 'crashed', 'inconclusive', 'waived', 'skipped'];

const renderVerdicts = (verdicts: readonly Verdict[], style: Style): string => {
  const bad = verdicts.filter(({ status }) => status === 'failed' || status === 'crashed' || status === 'inconclusive');
  const skipped = verdicts.filter(({ status }) => status === 'skipped');
  const { shown, left } = mostOf(bad, ({ id }) => id);
  return [...[...byGroup(verdicts)].map(([group, members]) => groupLine(group, members, style)), '']
    .concat(shown.map((verdict) => renderVerdict(verdict, style)), leftLines(left).map((line) => style.bad(line)))
    .concat(waivedLines(verdicts, style))
    .concat(skipped.length > 0 ? ['', style.strong('skipped'), ...skippedLines(skipped)] : [])
    .concat(limitLines(verdicts, style))
    .concat(['', style.strong(summary(verdicts))])
    .join('\n')
    .replace(/\n{3,}/g, '\n\n');
};

const byGroup = (verdicts: readonly Verdict[]): Map<string, Verdict[]> => {
  const groups = new Map<string, Verdict[]>();
  for (const verdict of verdicts) groups.set(verdict.group, [...(groups.get(verdict.group) ?? []), verdict]);
  return groups;
};

const groupLine = (group: string, members: readonly Verdict[], style: Style): string => {
  const worst = worstOf(members);
  const bad = [...worst].filter(([, status]) => status === 'failed' || status === 'crashed').map(([id]) => id);
  const skipped = countOf(worst, 'skipped');
  const waived = countOf(worst, 'waived');
  const tried = worst.size - skipped;
  // Only what was tried and held gets a tick.
  const mark = bad.length > 0 ? style.bad('✗') : countOf(worst, 'inconclusive') > 0 ? style.change('?') : waived > 0 ? style.change('~') : tried === 0 ? style.faint('-') : style.good('✓');
  const left = skipped === 0 ? '' : style.faint(`, ${skipped} skipped`);
  return `${mark} ${group.padEnd(5)} ${String(tried).padStart(3)} checks, ${members.filter(({ status }) => status !== 'skipped').length} verdicts${left}${waived > 0 ? style.change(`, ${waived} waived`) : ''}${bad.length > 0 ? style.bad(`  ${bad.join(' ')}`) : ''}`;
};

const renderVerdict = (verdict: Verdict, style: Style): string =>
  [
    `${style.bad(verdict.status)} ${style.strong(verdict.id)} ${verdict.claim}  ${style.faint(`[${verdict.severity}; ${verdict.source}]`)}`,
    `    ${verdict.subject}${verdict.origin ? `  ${style.faint(placeOf(verdict.origin))}` : ''}`,
    ...(verdict.why ? [`    ${verdict.why}`] : []),
    ...verdict.evidence.map(({ request, status, upstreamCalls }) => {
      const calls = upstreamCalls === undefined ? '' : `, upstream saw ${upstreamCalls} call${upstreamCalls === 1 ? '' : 's'}`;
      return `    ${request} -> ${status ?? 'no answer'}${calls}`;
    }),
    ...(verdict.hint ? [`    ${style.change('next:')} ${verdict.hint}`] : []),
  ].join('\n');

const waivedLines = (verdicts: readonly Verdict[], style: Style): readonly string[] => {
  const lines = verdicts.flatMap(({ id, claim, subject, why, waiver }) =>
    waiver === undefined ? [] : [`  ${style.strong(id)} ${claim}`, `    ${subject}: ${waiver.was}${why === undefined ? '' : `, ${why}`}`, `    ${waiverWords(waiver)}  ${style.faint(placeOf(waiver.origin))}`],
  );
  return lines.length > 0 ? ['', style.change('waived: known to fail'), ...lines] : [];
};

const skippedLines = (skipped: readonly Verdict[]): readonly string[] => {
  const byReason = new Map<string, Set<string>>();
  for (const { id, why = '' } of skipped) byReason.set(why, (byReason.get(why) ?? new Set()).add(id));
  return [...byReason].map(([why, ids]) => `  ${why}: ${[...ids].join(' ')}`);
};

const limitLines = (verdicts: readonly Verdict[], style: Style): readonly string[] => {
  const lines = verdicts.flatMap(({ id, subject, limit }) => (limit === undefined ? [] : [`  ${id} ${subject}: ${limit}`]));
  return lines.length > 0 ? ['', style.strong('what this architecture cannot do, as measured'), ...lines] : [];
};

/** The last line: every check counted once, by its worst verdict. */
const summary = (verdicts: readonly Verdict[]): string => {
  const worst = worstOf(verdicts);
  // Nobody who waives nothing has to read of it.
  const shown = statusOrder.filter((status) => status !== 'waived' || countOf(worst, status) > 0);
  return `checks: ${shown.map((status) => `${countOf(worst, status)} ${status}`).join(', ')}`;
};
