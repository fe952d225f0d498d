import { groupBy } from '../../core/collections.ts';
import type { AccessCell, Verdict } from '../../core/report.ts';
import { placeOf } from '../problem.ts';
import { isWaived, waiverWords } from '../waiver.ts';
import type { Content, Markup } from './markup.ts';
import { html } from './markup.ts';
import { section } from './page.ts';
import type { State } from './page.ts';
import { evidenceWords, stateOf } from './verdicts.ts';

type CellVerdict = Verdict & { readonly cell: AccessCell };
const isCell = (verdict: Verdict): verdict is CellVerdict => verdict.cell !== undefined;

/** Who passes where, as it was proved: coloured by whether that is right, whatever it is. */
export const matrix = (verdicts: readonly Verdict[], callers: readonly string[]): Markup | undefined => {
  const cells = verdicts.filter(isCell);
  if (cells.length === 0) return undefined;
  // In the order of the blueprint; who has no account comes last.
  const place = (who: string): number => (callers.includes(who) ? callers.indexOf(who) : callers.length);
  const people = [...new Set(cells.map(({ cell }) => cell.who))].toSorted((a, b) => place(a) - place(b));
  const rows = [...groupBy(cells, ({ cell }) => `${cell.gateway} ${cell.route} ${cell.request}`).values()].map((its) => {
    const byWho = new Map(its.map((one) => [one.cell.who, one] as const));
    const [first] = its;
    return html`<tr><th scope="row">${first?.cell.gateway} <b>${first?.cell.route}</b><br><code>${first?.cell.request}</code></th>${people.map((who) => cellOf(byWho.get(who)))}</tr>
`;
  });
  const wrong = cells.filter(({ status }) => stateOf(status) === 'bad').length;
  const unknown = cells.filter(({ status }) => status === 'inconclusive').length;
  const untried = cells.filter(({ status }) => status === 'skipped').length;
  const parts = [wrong === 0 ? 'none wrong' : `${wrong} wrong`, ...(unknown > 0 ? [`${unknown} not known`] : []), ...(untried > 0 ? [`${untried} not tried`] : [])];
  const lead = `${cells.length} cells, ${parts.join(', ')}. A refusal is as right as a pass where the blueprint expects it. Open a cell for its reason and evidence.`;
  return section('matrix', 'Access matrix', lead, html`<div class="scroll matrix" role="region" aria-label="Access matrix, as a table" tabindex="0"><table><thead><tr><th scope="col">Route</th>${people.map((who) => html`<th scope="col">${who}</th>`)}</tr></thead><tbody>
${rows}</tbody></table></div>
<ul class="key"><li>✓ as expected</li><li>✗ wrong</li><li>? not known</li><li>~ waived</li><li>– not tried</li></ul>`);
};

const SIGNS: Readonly<Record<State, string>> = { good: '✓', bad: '✗', unknown: '?', changes: '~', none: '–' };

const cellOf = (verdict: CellVerdict | undefined): Markup => {
  if (verdict === undefined) return html`<td></td>`;
  const state: State = isWaived(verdict) ? 'none' : stateOf(verdict.status);
  return html`<td class="${state}"><details><summary><span aria-hidden="true">${isWaived(verdict) ? '~' : SIGNS[state]}</span> ${verdict.status === 'passed' && !verdict.cell.allowed ? html`<span class="no">${wordsOf(verdict)}</span>` : wordsOf(verdict)}</summary>${reasonOf(verdict)}</details></td>`;
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
