import { groupBy } from '../../core/collections.ts';
import type { Evidence, Severity, Verdict } from '../../core/report.ts';
import { placeOf } from '../problem.ts';
import { isBad, isWaived, waiverWords } from '../waiver.ts';
import { worstOf } from '../worst.ts';
import type { Content, Markup } from './markup.ts';
import { html } from './markup.ts';
import { badge, section } from './page.ts';
import type { State } from './page.ts';

/** How much is said of what is right: where a page would be too big, evidence goes first, then the single subjects. */
export type Detail = 'all' | 'subjects' | 'counts';

/** Of one check, so many failures are told one by one. */
const LISTED = 20;
const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

export const stateOf = (status: Verdict['status']): State =>
  ({ passed: 'good', failed: 'bad', crashed: 'bad', inconclusive: 'unknown', waived: 'none', skipped: 'none' } as const)[status];

export const evidenceWords = ({ request, status, answer, upstreamCalls }: Evidence): string => {
  const said = answer === undefined ? '' : ` (${answer})`;
  const seen = upstreamCalls === undefined ? '' : `; the service saw ${upstreamCalls === 0 ? 'no call' : upstreamCalls === 1 ? '1 call' : `${upstreamCalls} calls`}`;
  // What is no request has no answer: a reading, a comparison.
  if (status === undefined && upstreamCalls === undefined) return `${request}${answer === undefined ? '' : `: ${answer}`}`;
  return `${request} → ${status === undefined || status === 0 ? 'no answer' : status}${said}${seen}`;
};

/** What is wrong and what is not known, worst first; each with everything that is known of it. */
export const failures = (verdicts: readonly Verdict[]): Markup | undefined => {
  const bad = verdicts.filter(isBad);
  if (bad.length === 0) return undefined;
  const rank = ({ status, severity }: Verdict): number => (status === 'inconclusive' ? 10 : 0) + SEVERITIES.indexOf(severity);
  const checks = [...groupBy(bad.toSorted((a, b) => rank(a) - rank(b)), ({ id }) => id).values()];
  const left = checks.flatMap((found) => (found.length > LISTED ? [html`<p class="tag">and ${found.length - LISTED} more of ${found[0]?.id}: they are among all claims below</p>`] : []));
  const places = [...groupBy(checks.flatMap((found) => found.slice(0, LISTED)).toSorted((a, b) => rank(a) - rank(b)), placeIn)];
  return section('wrong', 'What is not right', 'Worst first, place by place. Red is wrong; what could not be judged is told as well, for nothing is known there.', [...places.map(atPlace), left]);
};

/** What a verdict is about, whoever asked: one hole is often seen by many checks. */
const placeIn = ({ subject }: Verdict): string => subject.replace(/ as [^,]*.*$/, '');

/** At one place so many are told in full before the others are folded. */
const UNFOLDED = 4;

const atPlace = ([place, found]: readonly [string, readonly Verdict[]]): Markup => {
  const rest = found.slice(UNFOLDED);
  return html`${found.length > 1 ? html`<p class="place"><b>${place}</b> <span class="tag">${found.length} claims are not right here</span></p>
` : undefined}${found.slice(0, UNFOLDED).map(failure)}${rest.length === 0 ? undefined : html`<details class="more"><summary>${rest.length} more at ${place}: ${[...new Set(rest.map(({ id }) => id))].slice(0, 12).join(', ')}${new Set(rest.map(({ id }) => id)).size > 12 ? ', …' : ''}</summary>
${rest.map(failure)}</details>
`}`;
};

const failure = ({ id, claim, subject, severity, source, status, why, hint, evidence, origin }: Verdict): Markup => html`<article class="card ${stateOf(status)}"><header><h3><span class="mono">${id}</span> ${subject}</h3>${badge(stateOf(status), status)} <span class="tag">${severity}</span></header>
<dl><dt>Expected</dt><dd>${claim} <span class="tag">(${source})</span></dd><dt>Found</dt><dd>${why ?? (status === 'inconclusive' ? 'it could not be judged' : status)}</dd>${evidence.length === 0 ? undefined : html`<dt>Evidence</dt><dd><ul>${evidence.map((one) => html`<li class="mono">${evidenceWords(one)}</li>`)}</ul></dd>`}${origin === undefined ? undefined : html`<dt>Blueprint</dt><dd><code>${placeOf(origin)}</code></dd>`}${hint === undefined ? undefined : html`<dt>Next</dt><dd>${hint}</dd>`}</dl></article>
`;

export const waived = (verdicts: readonly Verdict[]): Markup | undefined => {
  const found = verdicts.filter(isWaived);
  if (found.length === 0) return undefined;
  return section('waived', 'Waived: known to fail', 'The blueprint says why these failures are borne, and until when.', found.map(({ id, claim, subject, why, waiver }) => html`<article class="card waived"><header><h3><span class="mono">${id}</span> ${subject}</h3>${badge('none', `waived, ${waiver.was}`)}</header>
<dl><dt>Expected</dt><dd>${claim}</dd>${why === undefined ? undefined : html`<dt>Found</dt><dd>${why}</dd>`}<dt>Why</dt><dd>${waiverWords(waiver)}</dd><dt>Blueprint</dt><dd><code>${placeOf(waiver.origin)}</code></dd></dl></article>
`));
};

export const measuredLimits = (verdicts: readonly Verdict[]): Markup | undefined => {
  const found = verdicts.filter(({ limit }) => limit !== undefined);
  if (found.length === 0) return undefined;
  const alike = groupBy(found, ({ id, limit = '' }) => `${id} ${limit}`);
  return section('limits', 'What this architecture cannot do, as measured', 'The claims hold, and this is their price.', [...alike.values()].map(([first, ...more]) =>
    first === undefined ? undefined : html`<article class="card limit"><header><h3><span class="mono">${first.id}</span> ${first.limit}</h3></header><p class="tag">${[first, ...more].slice(0, LISTED).map(({ subject }) => subject).join(', ')}${more.length >= LISTED ? ` and ${more.length + 1 - LISTED} more` : ''}</p></article>
`));
};

/** Of a subject, the service that it is about: `kong orders.list as sam`, `service orders`. */
const serviceOf = ({ subject, cell }: Verdict): string => (cell ? cell.route.replace(/\..*$/, '') : (/^(?:kong|aws) ([^\s.]+)\.|^service (\S+)/.exec(subject)?.slice(1).find((part) => part !== undefined) ?? ''));

/** Every check with its verdicts, folded; searched and filtered where scripts run. */
export const allClaims = (verdicts: readonly Verdict[], detail: Detail): Markup => {
  const worst = worstOf(verdicts);
  const order = ['crashed', 'failed', 'inconclusive', 'waived', 'passed', 'skipped'];
  const checks = [...groupBy(verdicts, ({ id }) => id)].toSorted(([a], [b]) => order.indexOf(worst.get(a) ?? 'skipped') - order.indexOf(worst.get(b) ?? 'skipped') || (a < b ? -1 : 1));
  const services = detail === 'counts' ? [] : [...new Set(verdicts.map(serviceOf))].filter((name) => name !== '').toSorted();
  const statuses = ['passed', 'failed', 'crashed', 'inconclusive', 'waived', 'skipped'].filter((status) => verdicts.some((verdict) => verdict.status === status));
  const groups = [...new Set(verdicts.map(({ group }) => group))];
  const less = { all: undefined, subjects: 'Evidence of what passed is left out here: the page would be too big. The JSON report has it.', counts: 'What passed and what was skipped is only counted here: the page would be too big. The JSON report has it.' }[detail];
  return section('claims', 'All claims', less ?? 'Every claim with what it was tried on. Open one to see its verdicts.', html`<form class="filter" hidden role="search" aria-label="Claims"><label class="wide">Search<input type="search" name="words" autocomplete="off" spellcheck="false"></label>${choice('group', 'Group', groups)}${choice('severity', 'Severity', SEVERITIES)}${choice('status', 'Status', statuses)}${services.length === 0 ? html`<input type="hidden" name="service" value="">` : choice('service', 'Service', services)}<button type="reset">Show all</button><output aria-live="polite"></output></form>
<div class="claims">${checks.map(([id, its]) => oneCheck(its, worst.get(id) ?? 'skipped', detail))}</div>`);
};

const choice = (name: string, label: string, options: readonly string[]): Markup =>
  html`<label>${label}<select name="${name}"><option value="">all</option>${options.map((option) => html`<option value="${option}">${option}</option>`)}</select></label>`;

const oneCheck = (verdicts: readonly Verdict[], worst: Verdict['status'], detail: Detail): Content => {
  const [first] = verdicts;
  if (first === undefined) return undefined;
  const { id, group, severity, claim, source } = first;
  const listed = detail === 'counts' ? verdicts.filter(isBad).slice(0, LISTED) : verdicts;
  const left = verdicts.length - listed.length;
  return html`<details data-group="${group}" data-severity="${severity}"><summary>${badge(stateOf(worst), worst)}<span class="id mono">${id}</span><span class="claim">${claim}</span><span class="tag">${severity}, ${verdicts.length} ${verdicts.length === 1 ? 'verdict' : 'verdicts'}</span></summary>
<p class="tag">${source}</p><ul>${listed.map((verdict) => html`<li data-status="${verdict.status}" data-service="${serviceOf(verdict)}">${verdict.status} <b>${verdict.subject}</b>${sayingOf(verdict, detail)}</li>
`)}${left === 0 ? undefined : html`<li>and ${left} more</li>`}</ul></details>
`;
};

const sayingOf = ({ status, why, evidence }: Verdict, detail: Detail): Content => {
  const [first] = evidence;
  const words = why ?? (status === 'passed' && detail === 'all' && first !== undefined ? evidenceWords(first) : undefined);
  return words === undefined ? undefined : html`: ${words}`;
};
