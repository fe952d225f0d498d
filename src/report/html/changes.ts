import { addressOfChange, changesOf, reasonsOf } from '../../core/plan.ts';
import type { Plan } from '../../core/plan.ts';
import type { Access, Report } from '../../core/report.ts';
import type { Change, FieldDiff } from '../../core/resource.ts';
import { besideOf, cellTitle, dependsOnWords, gainWords, originOf, speaksOfLive, titleOf, unseenLines, whyOf } from '../change.ts';
import { fieldDiff } from '../field-diff.ts';
import { placeOf } from '../problem.ts';
import { effectOf, ranked } from '../ranked.ts';
import { counted } from '../summary.ts';
import type { Content, Markup } from './markup.ts';
import { html } from './markup.ts';
import { badge, row, section, table } from './page.ts';
import type { State } from './page.ts';

/** Objects that a page tells of one by one. */
const LISTED = 300;

/** What is not as the blueprint says, or what apply would do: the worst first, for it is read from the top. */
export const changes = (report: Report, plan: Plan): Markup => {
  const found = ranked(changesOf(plan).filter(({ action }) => action !== 'keep')).toReversed();
  const live = speaksOfLive(report);
  const title = live ? 'What is not as the blueprint says' : report.applied?.length ? 'What was planned' : 'What would change';
  const unseen = unseenLines(plan).map((line) => html`<p>${badge('unknown', 'not looked at')} ${line.replace(/^not looked at: /, '')}</p>`);
  const accepted = plan.accepted.length === 0 ? undefined : html`<p class="tag">${counted(plan.accepted.length, 'thing')} that the blueprint accepts ${plan.accepted.length === 1 ? 'is' : 'are'} not told again</p>`;
  if (found.length === 0) return section('changes', title, undefined, [html`<p>${badge('good', 'nothing')} ${live ? 'the live stack is as the blueprint says' : 'no changes'}</p>`, ...unseen, accepted]);
  const lead = `${counted(found.length, live ? 'difference' : 'change')}, the worst first.${live ? ' - is what is live, + what the blueprint says.' : ''}`;
  return section('changes', title, lead, [
    ...found.slice(0, LISTED).map((change) => card(change, report)),
    ...(found.length > LISTED ? [html`<p class="tag">and ${found.length - LISTED} more: the JSON report has them all</p>`] : []),
    ...unseen,
    accepted,
  ]);
};

/** Red where somebody gets in, or is locked out, by what is live; and where it could not be done. */
const gravity = (change: Change, report: Report): State => {
  if (change.action === 'blocked') return 'bad';
  const effect = effectOf(change);
  if (effect === undefined || effect === 'differs') return 'changes';
  return speaksOfLive(report) || change.action === 'danger' ? 'bad' : 'changes';
};

const card = (change: Change, report: Report): Markup => {
  const origin = originOf(change);
  const state = gravity(change, report);
  const fields = reasonsOf(change);
  const said = fields.length > 0 ? besideOf(change) : [whyOf(change)].filter((words) => words !== '');
  const severity = change.action === 'danger' || !speaksOfLive(report) ? undefined : change.effect;
  const next = change.action === 'danger' ? change.danger.hint : undefined;
  const { changed } = change;
  const words = next === undefined ? said : said.map((one) => one.replace(`; ${next}`, ''));
  return html`<article class="card ${state === 'bad' ? '' : 'changes'}"><header><h3><code>${addressOfChange(change)}</code></h3>${badge(state, titleOf(change, report))}${severity === undefined ? undefined : html` <span class="tag">${severity}</span>`}</header>
<dl>${words.length === 0 ? undefined : html`<dt>${changed === undefined ? 'What' : 'What, and who'}</dt><dd>${words.map((one, at) => html`${at > 0 ? '; ' : ''}${one}`)}</dd>`}${fields.length === 0 ? undefined : html`<dt>Fields</dt><dd><ul class="fields">${fields.map((field) => fieldItem(field, report))}</ul></dd>`}${origin === undefined ? undefined : html`<dt>Blueprint</dt><dd><code>${placeOf(origin)}</code></dd>`}${next === undefined ? undefined : html`<dt>Next</dt><dd>${next}</dd>`}</dl></article>
`;
};

/** Lines of one field that are shown. */
const LINES = 40;

const fieldItem = (field: FieldDiff, report: Report): Content => {
  const lines = fieldDiff(field, speaksOfLive(report));
  return html`<li><code>${field.path}</code>${lines.slice(0, LINES).map(({ sign, text }) => (sign === '-' ? html`<del class="mono">- ${text}</del>` : sign === '+' ? html`<ins class="mono">+ ${text}</ins>` : html`<span class="mono tag">${text}</span>`))}${lines.length > LINES ? html`<span class="tag">… ${lines.length - LINES} more lines</span>` : undefined}</li>
`;
};

/** What it means for people: cells of the matrix, and what is open beside it. */
export const access = (report: Report, { changes: cells, first, gains = [], unknown = [], note, dependsOn }: Access): Markup | undefined => {
  if (cells.length + gains.length + unknown.length === 0 && note === undefined && dependsOn === undefined) return undefined;
  const live = speaksOfLive(report);
  const lead = dependsOn !== undefined ? dependsOnWords(dependsOn) : first && !live ? `${counted(cells.length, 'cell')} of the access matrix ${cells.length === 1 ? 'opens' : 'open'}, for the first time.` : undefined;
  const shown = cells.slice(0, LISTED).map((cell) => {
    const { title, bad } = cellTitle(cell, report);
    const wrong = live || (bad && !first);
    return row(badge(wrong ? 'bad' : 'changes', title), cell.who, html`${cell.gateway} <b>${cell.route}</b>`, html`<code>${cell.request}</code>`, byWhat(cell.by ?? []), html`<code>${placeOf(cell.origin)}</code>`);
  });
  const beside = gains.slice(0, LISTED).map((gain) => row(badge('bad', 'lets in'), html`${gain.gateway} ${gainWords(gain)}`, html`<code>${gain.by}</code>`, html`<code>${placeOf(gain.origin)}</code>`));
  return section('access', live ? 'Who gets where now' : 'What it means for people', lead, [
    ...(shown.length > 0 ? [first && !live ? html`<details><summary>Which: ${counted(cells.length, 'cell')}</summary>${cellTable(shown, live)}</details>` : cellTable(shown, live)] : []),
    ...(beside.length > 0 ? [html`<h3>Open beside the matrix</h3>`, table('Open beside the matrix', ['Now', 'Who and what', 'By', 'Blueprint'], beside)] : []),
    ...(unknown.length > 0 ? [html`<p>${badge('unknown', 'not known')} who can do what by ${unknown.slice(0, LISTED).map((one) => html`<code>${one}</code> `)}</p>`] : []),
    ...(note === undefined ? [] : [html`<p class="tag">${note}</p>`]),
  ]);
};

const cellTable = (rows: readonly Markup[], live: boolean): Markup => table('Cells of the access matrix', [live ? 'Now' : 'Then', 'Who', 'Route', 'Request', 'By', 'Blueprint'], rows);

/** What makes it so: one or two by name, more of them folded. */
const byWhat = (addresses: readonly string[]): Content => {
  const list = html`${addresses.map((address, at) => html`${at > 0 ? html`<br>` : undefined}<code>${address}</code>`)}`;
  return addresses.length < 3 ? list : html`<details><summary>${addresses.length} together</summary>${list}</details>`;
};

/** What became of each write. */
export const applied = ({ applied: results = [] }: Report): Markup | undefined => {
  if (results.length === 0) return undefined;
  const rows = results.slice(0, LISTED).map(({ address, action, outcome, problem, milliseconds }) => row(badge(outcome === 'done' ? 'good' : outcome === 'failed' ? 'bad' : 'none', outcome), action, html`<code>${address}</code>`, problem?.message, `${milliseconds} ms`));
  return section('applied', 'What was done', undefined, table('What was done', ['Outcome', 'Action', 'Object', 'Why', 'Time'], rows));
};
