import { addressOfChange, changesOf } from '../core/plan.ts';
import { groupBy } from '../core/collections.ts';
import type { Access, Report, Verdict } from '../core/report.ts';
import { cellTitle, dependsOnWords, gainWords, originOf, speaksOfLive, titleOf, unseenLines, whyOf } from './change.ts';
import { harmless } from './harmless.ts';
import { partWords } from './part.ts';
import { placeOf } from './problem.ts';
import { isBad, isWaived, waiverWords } from './waiver.ts';

/** GitHub-flavoured Markdown for a job summary or a pull request. */
export const renderMarkdown = (given: Report): string => {
  const report = harmless(given);
  return [
    `# authctl ${report.command}${report.blueprint ? `: ${report.blueprint}` : ''}`,
    ...(report.part ? [`**${cell(partWords(report.part))}**`] : []),
    ...(report.plan ? [planTable(report)] : []),
    ...(report.access?.changes.length ? [accessTable(report.access, report)] : []),
    ...(report.access ? besideLists(report.access) : []),
    ...(report.verdicts ? [verdictTables(report.verdicts)] : []),
    ...report.problems.map(({ code, message, at, hint }) => `- **${code}**${at ? ` \`${placeOf(at)}\`` : ''} ${cell(message)}${hint ? ` (${cell(hint)})` : ''}`),
    ...(report.limits ?? []).map(({ what, hint, origin }) => `- limit \`${placeOf(origin)}\` ${cell(what)} (${cell(hint)})`),
    ...(report.text ? [MARKDOWN.has(report.command) ? report.text : fenced(report.text)] : []),
    ...(report.verdicts || report.command === 'drift' ? (report.notes ?? []).map((note) => `- ${cell(note)}`) : []),
  ].join('\n\n');
};

/** Commands whose text is Markdown already. */
const MARKDOWN: ReadonlySet<string> = new Set(['graph', 'matrix']);
/** Lines as they stand, in a fence that none of them ends: names of whoever writes to a server are among them. */
const fenced = (text: string): string => {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return `${fence}\n${text}\n${fence}`;
};

/** Text as it is, whatever it holds: no mark-up, no picture from elsewhere, and nobody is called by an `@`. */
const cell = (text: string): string => text.replace(/[\\`*[\]!|~]/g, '\\$&').replaceAll('<', '&lt;').replaceAll('@', '@<!-- -->');
/** The same between backquotes, where only they and the column of a table mean something. */
const code = (text: string): string => `\`${text.replaceAll('`', "'").replaceAll('|', '\\|')}\``;

const planTable = (report: Report): string => {
  const { plan } = report;
  const changes = plan ? changesOf(plan).filter(({ action }) => action !== 'keep') : [];
  const unseen = plan ? unseenLines(plan).map((line) => `- ${cell(line)}`) : [];
  if (changes.length === 0) return ['no changes', ...(unseen.length > 0 ? ['', ...unseen] : [])].join('\n');
  const rows = changes.map((change) => {
    const origin = originOf(change);
    return `| ${titleOf(change, report)} | ${code(addressOfChange(change))} | ${cell(whyOf(change))} | ${origin ? placeOf(origin) : ''} |`;
  });
  return ['| change | object | why | blueprint |', '| --- | --- | --- | --- |', ...rows, ...(unseen.length > 0 ? ['', ...unseen] : [])].join('\n');
};

const accessTable = ({ changes, first }: Access, report: Report): string =>
  first && !speaksOfLive(report)
    ? `${changes.length} cells of the access matrix open, for the first time`
    : [
        '| access | who | route | request | blueprint |',
        '| --- | --- | --- | --- | --- |',
        ...changes.map(({ change, who, gateway, route, request, origin }) => {
          const { title, bad } = cellTitle({ change }, report);
          return `| ${bad ? `**${title}**` : title} | ${cell(who)} | ${cell(`${gateway} ${route}`)} | ${code(request)} | ${placeOf(origin)} |`;
        }),
      ].join('\n');

/** What is open beside the matrix, and what it is not known of. */
const besideLists = ({ gains = [], unknown = [], dependsOn }: Access): readonly string[] => [
  ...(dependsOn === undefined ? [] : [cell(dependsOnWords(dependsOn))]),
  ...(gains.length === 0
    ? []
    : [['| open beside the matrix | by | blueprint |', '| --- | --- | --- |', ...gains.map((gain) => `| **${cell(gain.gateway)}** ${cell(gainWords(gain))} | ${code(gain.by)} | ${placeOf(gain.origin)} |`)].join('\n')]),
  ...(unknown.length === 0 ? [] : [`not worked out who can do what by ${unknown.map(code).join(', ')}`]),
];

const verdictTables = (verdicts: readonly Verdict[]): string => {
  const waived = verdicts.filter(isWaived);
  const column = (text: string | number): string => (waived.length > 0 ? ` ${text} |` : '');
  const groups = [...groupBy(verdicts, ({ group }) => group)].map(([group, members]) => {
    const of = (status: string): number => members.filter((verdict) => verdict.status === status).length;
    return `| ${group} | ${of('passed')} | ${of('failed')} | ${of('crashed')} | ${of('inconclusive')} | ${of('skipped')} |${column(of('waived'))}`;
  });
  const bad = verdicts
    .filter(isBad)
    .map(({ id, claim, subject, status, why = '', origin }) => `| ${status} | ${id} | ${cell(claim)} | ${cell(subject)} | ${cell(why)} | ${origin ? placeOf(origin) : ''} |`);
  const limits = verdicts.flatMap(({ id, subject, limit }) => (limit === undefined ? [] : [`- ${id} ${cell(subject)}: ${cell(limit)}`]));
  return [
    `| group | passed | failed | crashed | inconclusive | skipped |${column('waived')}`,
    `| --- | --- | --- | --- | --- | --- |${column('---')}`,
    ...groups,
    ...(bad.length > 0 ? ['', '| verdict | check | claim | on | why | blueprint |', '| --- | --- | --- | --- | --- | --- |', ...bad] : []),
    ...(waived.length > 0 ? ['', 'Waived, known to fail:', '', ...waived.map(({ id, subject, waiver }) => `- ${id} ${cell(subject)}: ${waiver.was}, ${cell(waiverWords(waiver))} (${placeOf(waiver.origin)})`)] : []),
    ...(limits.length > 0 ? ['', 'What this architecture cannot do, as measured:', '', ...limits] : []),
  ].join('\n');
};
