import type { Report } from '../../core/report.ts';
import { momentWords } from '../../core/traces.ts';
import { harmless } from '../harmless.ts';
import { placeOf } from '../problem.ts';
import { counted, summaryOf } from '../summary.ts';
import type { Summary } from '../summary.ts';
import { marksOf, nameOf } from '../topology/marks.ts';
import { drawTopology } from '../topology/svg.ts';
import { isBad } from '../waiver.ts';
import { countOf, worstOf } from '../worst.ts';
import { access, applied, changes } from './changes.ts';
import type { Content, Markup } from './markup.ts';
import { html } from './markup.ts';
import { matrix, workedMatrix } from './matrix.ts';
import { badge, pageOf, row, section, table } from './page.ts';
import { allClaims, failures, measuredLimits, waived } from './verdicts.ts';
import type { Detail } from './verdicts.ts';

/** A page of which mail and wikis say nothing: below 1 MB. */
const BIG = 950_000;

/** One self-contained page: what came of it, the topology, what is not right, who passes where, and all claims; readable without scripts. */
export const renderHtml = (given: Report): string => {
  const report = harmless(given);
  const details: readonly Detail[] = ['all', 'subjects', 'counts'];
  let page = '';
  for (const detail of details) {
    page = written(report, detail);
    if (Buffer.byteLength(page) < BIG) break;
  }
  return page;
};

const written = (report: Report, detail: Detail): string => {
  const summary = summaryOf(report);
  const sections: readonly (readonly [id: string, name: string, body: Markup | undefined])[] = [
    ['problems', 'Problems', problems(report)],
    ['topology', 'Topology', topology(report)],
    ['wrong', 'Not right', report.verdicts && failures(report.verdicts)],
    ['matrix', 'Matrix', report.worked ? workedMatrix(report.worked) : report.verdicts && matrix(report.verdicts, callersOf(report))],
    ['access', 'Access', report.access && access(report, report.access)],
    ['applied', 'Done', applied(report)],
    ['changes', 'Changes', report.plan && changes(report, report.plan)],
    ['waived', 'Waived', report.verdicts && waived(report.verdicts)],
    ['limits', 'Limits', limits(report)],
    ['notes', 'Notes', notes(report)],
    ['claims', 'All claims', report.verdicts && allClaims(report.verdicts, detail)],
  ];
  const there = sections.filter(([, , body]) => body !== undefined);
  const title = `authctl ${report.command}${report.blueprint === undefined ? '' : `: ${report.blueprint}`}`;
  return pageOf(`${title}: ${summary.words}`, [
    html`<a class="skip" href="#main">Skip to the result</a>
<header class="top"><h1>authctl ${report.command}${report.blueprint === undefined ? undefined : html` <b>${report.blueprint}</b>`}</h1><nav aria-label="Parts of this page">${there.map(([id, name]) => html`<a href="#${id}">${name}</a>`)}</nav></header>
<main id="main">`,
    verdict(report, summary),
    report.about && facts(report),
    there.map(([, , body]) => body),
    report.text === undefined || report.topology !== undefined ? undefined : html`<pre tabindex="0">${report.text}</pre>`,
    html`</main>
<footer>${footer(report)}</footer>`,
  ]).toString();
};

const callersOf = ({ topology: drawn }: Report): readonly string[] =>
  (drawn?.clusters ?? []).flatMap(({ nodes }) => nodes.flatMap(({ id, part }) => (part === 'person' || part === 'client' ? [id.replace(/^who /, '')] : [])));

const SIGNS: Readonly<Record<Summary['state'], string>> = { good: '✓', bad: '✗', unknown: '?', changes: '△' };
const WORDS: Readonly<Record<Summary['state'], string>> = { good: 'Good', bad: 'Not good', unknown: 'Not known', changes: 'Changes' };

const verdict = (report: Report, { state, words, next }: Summary): Markup => html`<div class="verdict ${state}" role="group" aria-label="Result"><span class="sign" aria-hidden="true">${SIGNS[state]}</span><p class="word"><span>${WORDS[state]}:</span> ${words}</p><p class="next">${next === undefined ? 'Nothing is to be done.' : html`Next: ${next}`}</p></div>
${counts(report)}`;

const counts = ({ verdicts }: Report): Content => {
  if (verdicts === undefined) return undefined;
  const worst = worstOf(verdicts);
  const tile = (status: Parameters<typeof countOf>[1], state: string): Content => {
    const number = countOf(worst, status);
    return html`<li class="${number > 0 ? state : ''}"><b>${number}</b><span>${status}</span></li>`;
  };
  return html`<ul class="counts" aria-label="Checks, each by its worst verdict">${tile('passed', '')}${tile('failed', 'bad')}${tile('crashed', 'bad')}${tile('inconclusive', 'unknown')}${countOf(worst, 'waived') > 0 ? tile('waived', '') : undefined}${tile('skipped', '')}</ul>
`;
};

/** Who, when, and against what. */
const facts = ({ about, seconds, requests }: Report): Content => {
  if (about === undefined) return undefined;
  const { at, by, host, authctl, file, overlay, targets } = about;
  const term = (name: string, value: Content): Markup => html`<dt>${name}</dt><dd>${value}</dd>`;
  return html`<div class="facts"><dl>${term('When', html`<time datetime="${at}">${momentWords(at)}</time>`)}${term('Who', `${by} at ${host}`)}${term('Blueprint', html`<code>${file}</code>`)}${overlay === undefined ? undefined : term('Environment', overlay)}${seconds === undefined ? undefined : term('Took', `${seconds} s`)}${term('authctl', authctl)}</dl>
${table('Targets', ['Target', 'Version', 'Address', ...(requests ? ['Requests'] : [])], targets.map(({ name, title, address, version, onlyLookedAt }) => row(title, version ?? html`<span class="tag">not told</span>`, html`<code>${address}</code>${onlyLookedAt ? html` ${badge('none', 'only looked at')}` : undefined}`, ...(requests ? [requestsOf(requests[name])] : []))))}</div>
`;
};

const requestsOf = (made: { readonly reads: number; readonly writes: number } | undefined): string => (made === undefined ? '' : `${made.reads} read, ${made.writes} written`);

const topology = (report: Report): Markup | undefined => {
  const { topology: drawn } = report;
  if (drawn === undefined) return undefined;
  const marks = marksOf(report, drawn);
  const said = [...marks].filter(([, { mark }]) => mark === 'wrong' || mark === 'unknown');
  const names = new Map(drawn.clusters.flatMap(({ nodes }) => nodes.map((node) => [node.id, nameOf(node)] as const)));
  const list = said.map(([id, { mark, words }]) => html`<li>${badge(mark === 'wrong' ? 'bad' : 'unknown', mark === 'wrong' ? 'wrong' : 'not known')} <b>${names.get(id)}</b>: ${words.slice(0, 12).join(', ')}${words.length > 12 ? ` and ${words.length - 12} more` : ''}</li>`);
  const lead = marks.size === 0 ? 'Solid lines are requests, dashed ones are questions and keys.' : 'Red, with a cross, is where something is wrong. Solid lines are requests, dashed ones are questions and keys.';
  return section('topology', 'Topology', lead, html`<div class="picture" role="region" aria-label="Topology, as a picture" tabindex="0">${drawTopology(drawn, marks)}</div>
${list.length === 0 ? undefined : html`<details><summary>What the picture says, in words: ${counted(list.length, 'place')}</summary><ul>${list}</ul></details>`}`);
};

const problems = ({ problems: found }: Report): Markup | undefined => {
  if (found.length === 0) return undefined;
  return section('problems', counted(found.length, 'problem'), undefined, [
    ...found.slice(0, 100).map(({ code, message, at, expected, hint }) => html`<article class="card"><header><h3>${message}</h3>${badge('bad', code)}</header>
<dl>${at === undefined ? undefined : html`<dt>Where</dt><dd><code>${placeOf(at)}</code></dd>`}${expected === undefined ? undefined : html`<dt>Expected</dt><dd>${expected}</dd>`}${hint === undefined ? undefined : html`<dt>Next</dt><dd>${hint}</dd>`}</dl></article>
`),
    ...(found.length > 100 ? [html`<p class="tag">and ${found.length - 100} more</p>`] : []),
  ]);
};

/** What a choice of the blueprint costs, and what a check has measured it to cost. */
const limits = ({ limits: chosen = [], verdicts = [] }: Report): Markup | undefined => {
  const measured = measuredLimits(verdicts);
  if (chosen.length === 0) return measured;
  const own = html`${chosen.map(({ what, hint, origin }) => html`<article class="card limit"><header><h3>${what}</h3>${badge('none', 'limit')}</header><dl><dt>Next</dt><dd>${hint}</dd><dt>Blueprint</dt><dd><code>${placeOf(origin)}</code></dd></dl></article>
`)}`;
  return measured === undefined ? section('limits', 'What the blueprint has chosen, and its price', undefined, own) : html`${measured}${section('chosen', 'What the blueprint has chosen, and its price', undefined, own)}`;
};

const notes = ({ notes: told = [] }: Report): Markup | undefined => (told.length === 0 ? undefined : section('notes', 'Notes', undefined, html`<ul>${told.map((note) => html`<li>${note}</li>`)}</ul>`));

const footer = ({ verdicts = [] }: Report): Content => {
  const bad = verdicts.filter(isBad).length;
  return html`${verdicts.length > 0 ? `${counted(verdicts.length, 'verdict')}, ${bad} not right. ` : ''}This page loads nothing from anywhere. No secret of the blueprint is in it.`;
};
