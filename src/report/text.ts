import { oneLine } from '../core/one-line.ts';
import { addressOfChange, changesOf, reasonsOf } from '../core/plan.ts';
import type { Plan } from '../core/plan.ts';
import type { Access, Limit, Report, Verdict, VerdictStatus } from '../core/report.ts';
import type { Change, FieldDiff } from '../core/resource.ts';
import { besideOf, cellTitle, dependsOnWords, diffWords, gainWords, originOf, speaksOfLive, titleOf, unseenLines, whyOf } from './change.ts';
import { harmless, noCommand } from './harmless.ts';
import { fieldDiff, valueText } from './field-diff.ts';
import { placeOf, renderProblem, withSecretLinesBlanked } from './problem.ts';
import type { ReadLines } from './problem.ts';
import type { Style } from './style.ts';
import { waiverWords } from './waiver.ts';
import { countOf, worstOf } from './worst.ts';

/** The whole report for a person; what was asked comes last, so that it is on the screen when the command ends. */
export const renderText = (given: Report, style: Style, readLines: ReadLines): string => {
  const report = harmless(given);
  const quoted = withSecretLinesBlanked(report.problems, readLines);
  const parts = [
    report.text,
    // Once something was written, the events have shown each change: the plan would say it twice.
    report.plan && (report.applied?.length ? renderStaying(report.plan, report, style) : renderPlan(report.plan, report, style)),
    report.access && renderAccess(report.access, report, style),
    report.applied && renderApplied(report, style),
    report.verdicts && renderVerdicts(report.verdicts, style),
    ...report.problems.map((problem) => renderProblem(problem, style, quoted)),
    ...(report.limits ?? []).map((limit) => renderLimit(limit, style)),
    ...(report.notes ?? []),
    report.problems.length > 1 ? style.bad(`${report.problems.length} problems`) : undefined,
  ];
  const text = parts.filter((part) => part !== undefined && part !== '').join('\n\n');
  // What a command prints for another program (a drawing, a file for another tool) is that program's.
  return report.text === undefined ? noCommand(text) : text;
};

const renderLimit = ({ what, hint, origin }: Limit, style: Style): string =>
  `${style.change('limit')} ${what}  ${style.faint(placeOf(origin))}\n    ${hint}`;

const symbols: Record<Change['action'], string> = {
  create: '+',
  update: '~',
  replace: '±',
  adopt: '^',
  delete: '-',
  release: 'o',
  keep: ' ',
  orphan: '?',
  blocked: '!',
  deferred: '+',
  danger: '!',
};

const renderPlan = (plan: Plan, report: Report, style: Style): string => {
  const shown = changesOf(plan).filter(({ action }) => action !== 'keep');
  const unseen = unseenLines(plan).map((line) => style.change(line));
  const accepted = plan.accepted.length > 0 ? [`${plan.accepted.length} accepted`] : [];
  if (shown.length === 0) return ['no changes', ...unseen, ...accepted].join('\n');
  return [...shown.map((change) => renderChange(change, report, style)), ...unseen, '', style.strong([countChanges(plan, report), ...accepted].join(', '))].join('\n');
};

/** What is within reach stays as it is when something is applied: nobody who said yes beforehand has seen it. */
const renderStaying = (plan: Plan, report: Report, style: Style): string => {
  const grave = plan.dangers.filter(({ effect }) => effect === 'opens' || effect === 'exposes');
  const others = plan.dangers.length - grave.length;
  const rest = others === 0 ? [] : [style.faint(`${others} more ${others === 1 ? 'thing is' : 'things are'} told by authctl drift`)];
  return [...grave.map((change) => renderChange(change, report, style)), ...rest].join('\n');
};

const renderChange = (change: Change, report: Report, style: Style): string => {
  const colour = { create: style.good, deferred: style.good, delete: style.bad, blocked: style.bad, danger: style.bad } as Partial<
    Record<Change['action'], (text: string) => string>
  >;
  const paint = colour[change.action] ?? style.change;
  const origin = originOf(change);
  const severity = speaksOfLive(report) && change.action !== 'danger' && change.effect !== undefined ? `  [${change.effect}]` : '';
  // Fields have a line each.
  const note = reasonsOf(change).length > 0 ? besideOf(change).join('; ') : whyOf(change);
  return [
    `${paint(`${symbols[change.action]} ${titleOf(change, report)}`)} ${addressOfChange(change)}${severity}${origin ? `  ${style.faint(placeOf(origin))}` : ''}`,
    ...(note === '' ? [] : [`    ${note}`]),
    ...reasonsOf(change).flatMap((difference) => fieldLines(difference, report, style).map((line) => `    ${line}`)),
  ].join('\n');
};

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

/** Lines of one field that are shown at the most. */
const SHOWN = 24;

/** A field in a line; a text of many lines (a policy) as a unified diff, a list by the elements that differ. */
const fieldLines = (difference: FieldDiff, report: Report, style: Style): readonly string[] => {
  const { path, before, after } = difference;
  if (!isLong(before, after)) return [diffWords(difference, report, (value, side) => style[side === 'before' ? 'bad' : 'good'](valueText(value)))];
  const lines = fieldDiff(difference, speaksOfLive(report));
  const paint = { '-': style.bad, '+': style.good, '': style.faint };
  return [
    `${path}:${speaksOfLive(report) ? ' (- is live, + is what the blueprint says)' : ''}`,
    ...lines.slice(0, SHOWN).map(({ sign, text }) => `  ${paint[sign](sign === '' ? oneLine(text) : `${sign} ${oneLine(text)}`)}`),
    ...(lines.length > SHOWN ? [`  ${style.faint(`… ${lines.length - SHOWN} more lines`)}`] : []),
  ];
};

const isLong = (before: unknown, after: unknown): boolean =>
  (Array.isArray(before) && Array.isArray(after) && before.length + after.length > 0) || (typeof before === 'string' && typeof after === 'string' && before.includes('\n') && after.includes('\n'));

const countChanges = (plan: Plan, report: Report): string => {
  const count = new Map<string, number>();
  for (const change of changesOf(plan)) {
    const title = change.action === 'keep' ? 'keep' : titleOf(change, report);
    count.set(title, (count.get(title) ?? 0) + 1);
  }
  const kept = count.get('keep') ?? 0;
  const named = [...count].filter(([action]) => action !== 'keep').map(([action, number]) => `${number} ${action}`);
  return `${named.join(', ')}${kept > 0 ? `, ${kept} unchanged` : ''}`;
};

const renderApplied = ({ applied = [], seconds }: Report, style: Style): string => {
  if (applied.length === 0) return '';
  const of = (outcome: string): number => applied.filter((result) => result.outcome === outcome).length;
  const failures = applied.filter(({ outcome }) => outcome !== 'done');
  return [
    ...failures.map(({ address, outcome, problem }) => `${style.bad(outcome)} ${address}: ${problem?.message ?? ''}`),
    style.strong(`${of('done')} done, ${of('failed')} failed, ${of('skipped')} skipped in ${seconds ?? 0} s`),
  ].join('\n');
};

const statusOrder: readonly VerdictStatus[] = ['passed', 'failed', 'crashed', 'inconclusive', 'waived', 'skipped'];

const renderVerdicts = (verdicts: readonly Verdict[], style: Style): string => {
  const bad = verdicts.filter(({ status }) => status === 'failed' || status === 'crashed' || status === 'inconclusive');
  const skipped = verdicts.filter(({ status }) => status === 'skipped');
  return [...[...byGroup(verdicts)].map(([group, members]) => groupLine(group, members, style)), '']
    .concat(bad.flatMap((verdict) => [renderVerdict(verdict, style)]))
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
