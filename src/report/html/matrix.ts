import { groupBy } from '../../core/collections.ts';
import type { AccessCell, Verdict, WorkedOut, WorkedOutCell } from '../../core/report.ts';
import { placeOf } from '../problem.ts';
import { isWaived, waiverWords } from '../waiver.ts';
import type { Content, Markup } from './markup.ts';
import { html } from './markup.ts';
import { section } from './page.ts';
import type { State } from './page.ts';
import { evidenceWords, stateOf } from './verdicts.ts';

type CellVerdict = Verdict & { readonly cell: AccessCell };
const isCell = (verdict: Verdict): verdict is CellVerdict => verdict.cell !== undefined;

/** A cell of the table: how it is, what it says, and what it says when it is opened. */
interface TableCell {
  readonly state: State;
  readonly sign: string;
  readonly words: string;
  /** A refusal that is right: nothing to look at. */
  readonly quiet: boolean;
  readonly reason: Content;
}
interface TableRow {
  readonly gateway: string;
  readonly route: string;
  readonly request: string;
  /** One for each caller; nothing where it was not asked. */
  readonly cells: readonly (TableCell | undefined)[];
}

/** Who passes where, coloured by whether that is right, whatever it is. */
const accessTable = (lead: string, callers: readonly string[], rows: readonly TableRow[], key: readonly string[], below?: Content): Markup =>
  section('matrix', 'Access matrix', lead, html`<div class="scroll matrix" role="region" aria-label="Access matrix, as a table" tabindex="0"><table><thead><tr><th scope="col">Route</th>${callers.map((who) => html`<th scope="col">${who}</th>`)}</tr></thead><tbody>
${rows.map(({ gateway, route, request, cells }) => html`<tr><th scope="row">${gateway} <b>${route}</b><br><code>${request}</code></th>${cells.map(cellOf)}</tr>
`)}</tbody></table></div>
<ul class="key">${key.map((one) => html`<li>${one}</li>`)}</ul>${below}`);

const cellOf = (cell: TableCell | undefined): Markup =>
  cell === undefined
    ? html`<td></td>`
    : html`<td class="${cell.state}"><details><summary><span aria-hidden="true">${cell.sign}</span> ${cell.quiet ? html`<span class="no">${cell.words}</span>` : cell.words}</summary>${cell.reason}</details></td>`;

/** As it was proved. */
export const matrix = (verdicts: readonly Verdict[], callers: readonly string[]): Markup | undefined => {
  const cells = verdicts.filter(isCell);
  if (cells.length === 0) return undefined;
  // In the order of the blueprint; who has no account comes last.
  const place = (who: string): number => (callers.includes(who) ? callers.indexOf(who) : callers.length);
  const people = [...new Set(cells.map(({ cell }) => cell.who))].toSorted((a, b) => place(a) - place(b));
  const rows = [...groupBy(cells, ({ cell }) => `${cell.gateway} ${cell.route} ${cell.request}`).values()].flatMap((its) => {
    const byWho = new Map(its.map((one) => [one.cell.who, one] as const));
    return its.slice(0, 1).map(({ cell: { gateway, route, request } }): TableRow => ({ gateway, route, request, cells: people.map((who) => proved(byWho.get(who))) }));
  });
  const wrong = cells.filter(({ status }) => stateOf(status) === 'bad').length;
  const unknown = cells.filter(({ status }) => status === 'inconclusive').length;
  const untried = cells.filter(({ status }) => status === 'skipped').length;
  const parts = [wrong === 0 ? 'none wrong' : `${wrong} wrong`, ...(unknown > 0 ? [`${unknown} not known`] : []), ...(untried > 0 ? [`${untried} not tried`] : [])];
  const lead = `${cells.length} cells, ${parts.join(', ')}. A refusal is as right as a pass where the blueprint expects it. Open a cell for its reason and evidence.`;
  return accessTable(lead, people, rows, ['✓ as expected', '✗ wrong', '? not known', '~ waived', '– not tried']);
};

/** As it was worked out, before any server has it. */
export const workedMatrix = ({ source, words, callers, who, rows }: WorkedOut): Markup =>
  accessTable(
    `${words}; ${source}. A refusal is as right as a pass where the blueprint expects it. Open a cell for its reason.`,
    callers,
    rows.map(({ gateways: gateway, route, request, cells }) => ({ gateway, route, request, cells: cells.map(worked) })),
    ['✓ as expected', '✗ wrong', '– expect has no row for the caller: not judged'],
    html`<h3>Who they are</h3><ul>${who.map((line) => html`<li>${line}</li>`)}</ul>`,
  );

const worked = ({ passes, allowed, judged, why, wrong, origin }: WorkedOutCell): TableCell => {
  const state: State = wrong !== undefined ? 'bad' : judged ? 'good' : 'none';
  const one = passes ? 'passes' : 'refused';
  // Refused as it must be, and wrong all the same: the policy would let it pass.
  const words = wrong === undefined ? one : passes ? 'passes, must not' : allowed ? 'refused, must pass' : 'refused by the gateway alone';
  const said = wrong ?? why ?? (passes ? 'nothing refuses it' : 'it is refused');
  return { state, sign: SIGNS[state], words, quiet: state === 'good' && !passes, reason: html`<p>${said}</p><p><code>${placeOf(origin)}</code></p>` };
};

const SIGNS: Readonly<Record<State, string>> = { good: '✓', bad: '✗', unknown: '?', changes: '~', none: '–' };

const proved = (verdict: CellVerdict | undefined): TableCell | undefined => {
  if (verdict === undefined) return undefined;
  const waived = isWaived(verdict);
  const state: State = waived ? 'none' : stateOf(verdict.status);
  return { state, sign: waived ? '~' : SIGNS[state], words: wordsOf(verdict), quiet: verdict.status === 'passed' && !verdict.cell.allowed, reason: reasonOf(verdict) };
};

/** What happened, and where it is wrong what should have. */
const wordsOf = ({ status, cell: { allowed }, evidence: [first] }: CellVerdict): string => {
  if (status === 'skipped') return 'not tried';
  if (status === 'inconclusive') return 'not known';
  const code = first?.status === undefined ? '' : ` ${first.status}`;
  if (status === 'passed') return `${allowed ? 'passes' : 'refused'}${code}`;
  if (code === '') return `no answer, must ${allowed ? 'pass' : 'be refused'}`;
  if (allowed) return `refused${code}, must pass`;
  const got = (first?.status ?? 0) < 300 || (first?.upstreamCalls ?? 0) > 0;
  return got ? `passes${code}, must not` : `refused${code}, not as it should be`;
};

const reasonOf = (verdict: CellVerdict): Content => {
  const { status, why, cell: { who, allowed }, evidence, origin } = verdict;
  const expectation = `expect ${allowed ? 'lists' : 'does not list'} it for ${who}`;
  return [
    html`<p>${expectation}${status === 'passed' ? ', and so it is' : ''}${why === undefined ? '' : `: ${why}`}</p>`,
    ...(isWaived(verdict) ? [html`<p>${waiverWords(verdict.waiver)}</p>`] : []),
    ...evidence.slice(0, 3).map((one) => html`<p class="mono">${evidenceWords(one)}</p>`),
    ...(status !== 'passed' && origin !== undefined ? [html`<p><code>${placeOf(origin)}</code></p>`] : []),
  ];
};
