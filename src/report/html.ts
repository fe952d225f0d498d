import { addressOfChange, changesOf, reasonsOf } from '../core/plan.ts';
import { groupBy } from '../core/collections.ts';
import type { Access, Report, Verdict } from '../core/report.ts';
import { besideOf, cellTitle, dependsOnWords, diffWords, gainWords, originOf, titleOf, unseenLines, whyOf } from './change.ts';
import { harmless } from './harmless.ts';
import { placeOf } from './problem.ts';
import { isBad, isWaived, waiverWords } from './waiver.ts';
import { countOf, worstOf } from './worst.ts';
import { escapeXml } from './xml.ts';

const css = `
:root{color-scheme:light dark;--good:#1a7f37;--bad:#cf222e;--warn:#9a6700;--line:#d0d7de;--soft:#f6f8fa}
@media(prefers-color-scheme:dark){:root{--good:#3fb950;--bad:#f85149;--warn:#d29922;--line:#30363d;--soft:#161b22}}
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0;width:100%}th,td{border:1px solid var(--line);padding:.3rem .6rem;text-align:left;vertical-align:top}
th{background:var(--soft)}code{font-size:.9em}.passed,.allow{color:var(--good)}.failed,.crashed,.deny{color:var(--bad)}.inconclusive,.skipped,.waived{color:var(--warn)}
.count{display:inline-block;margin-right:1.2rem;font-size:1.1rem}.wrong{outline:2px solid var(--bad)}`;

/** One self-contained page: counts, topology, the access matrix as it was proved, each failed claim with request and answer. */
export const renderHtml = (given: Report): string => {
  const report = harmless(given);
  const title = `authctl ${report.command}${report.blueprint ? `: ${report.blueprint}` : ''}`;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${escapeXml(title)}</title><style>${css}</style></head><body><h1>${escapeXml(title)}</h1>`,
    report.verdicts ? verdictSections(report.verdicts) : '',
    report.plan ? planSection(report) : '',
    report.access ? accessSection(report.access, report) : '',
    ...report.problems.map(({ code, message, at }) => `<p class="failed"><b>${code}</b> ${at ? `<code>${escapeXml(placeOf(at))}</code> ` : ''}${escapeXml(message)}</p>`),
    ...(report.limits ?? []).map(
      ({ what, hint, origin }) =>
        `<p class="inconclusive"><b>limit</b> <code>${escapeXml(placeOf(origin))}</code> ${escapeXml(what)}; ${escapeXml(hint)}</p>`,
    ),
    ...(report.verdicts || report.command === 'drift' ? (report.notes ?? []).map((note) => `<p>${escapeXml(note)}</p>`) : []),
    report.text ? `<pre>${escapeXml(report.text)}</pre>` : '',
    '</body></html>',
  ].join('\n');
};

const row = (...cells: readonly string[]): string => `<tr>${cells.map((content) => `<td>${content}</td>`).join('')}</tr>`;
const table = (heads: readonly string[], rows: readonly string[]): string =>
  `<table><thead><tr>${heads.map((head) => `<th>${escapeXml(head)}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;

const statusOrder = ['passed', 'failed', 'crashed', 'inconclusive', 'waived', 'skipped'] as const;

const verdictSections = (verdicts: readonly Verdict[]): string => {
  const waived = verdicts.filter(isWaived);
  const statuses = statusOrder.filter((status) => status !== 'waived' || waived.length > 0);
  const of = (members: readonly Verdict[], status: string): number => members.filter((verdict) => verdict.status === status).length;
  const worst = worstOf(verdicts);
  const passed = verdicts.filter(({ status }) => status === 'passed');
  const groups = [...groupBy(verdicts, ({ group }) => group)].map(([group, members]) =>
    row(`<b>${group}</b>`, ...statuses.map((status) => `<span class="${of(members, status) > 0 ? status : ''}">${of(members, status)}</span>`)),
  );
  const bad = verdicts.filter(isBad);
  const limits = verdicts.filter(({ limit }) => limit !== undefined);
  return [
    `<p>${statuses.map((status) => `<span class="count ${status}">${countOf(worst, status)} ${status}</span>`).join('')}</p>`,
    topology(verdicts),
    matrix(verdicts),
    ...(bad.length > 0 ? ['<h2>What is not right</h2>', table(['check', 'claim', 'on', 'why', 'request and answer', 'blueprint'], bad.map(badRow))] : []),
    ...(waived.length > 0 ? ['<h2>Waived, known to fail</h2>', table(['check', 'claim', 'on', 'why', 'blueprint'], waived.map(waivedRow))] : []),
    ...(limits.length > 0
      ? ['<h2>What this architecture cannot do, as measured</h2>', table(['check', 'on', 'limit'], limits.map(limitRow))]
      : []),
    '<h2>Groups, by verdicts</h2>',
    table(['group', ...statuses], groups),
    ...(passed.length > 0 ? [`<details><summary>${passed.length} verdicts passed</summary>${table(['check', 'claim', 'on'], passed.map(passedRow))}</details>`] : []),
  ].join('\n');
};

const passedRow = ({ id, claim, subject }: Verdict): string => row(id, escapeXml(claim), escapeXml(subject));

const waivedRow = ({ id, claim, subject, why, waiver }: Verdict & { readonly waiver: NonNullable<Verdict['waiver']> }): string =>
  row(`<span class="waived">${id}</span>`, escapeXml(claim), escapeXml(subject), escapeXml(`${waiver.was}${why === undefined ? '' : `, ${why}`}; ${waiverWords(waiver)}`), `<code>${escapeXml(placeOf(waiver.origin))}</code>`);

const limitRow = ({ id, subject, limit = '' }: Verdict): string => row(id, escapeXml(subject), escapeXml(limit));

const badRow = (verdict: Verdict): string =>
  row(
    `<span class="${verdict.status}">${verdict.id}</span><br>${verdict.severity}`,
    `${escapeXml(verdict.claim)}<br><small>${escapeXml(verdict.source)}</small>`,
    escapeXml(verdict.subject),
    escapeXml(`${verdict.why ?? verdict.status}${verdict.hint ? `. ${verdict.hint}` : ''}`),
    verdict.evidence.map(({ request, status }) => `<code>${escapeXml(request)}</code> &rarr; ${status ?? 'no answer'}`).join('<br>'),
    verdict.origin ? `<code>${escapeXml(placeOf(verdict.origin))}</code>` : '',
  );

/** Which gateway stands in front of which service, from the subjects that were attacked. */
const topology = (verdicts: readonly Verdict[]): string => {
  const routes = new Set(verdicts.flatMap(({ subject }) => /^(kong|aws) (\w[\w-]*)\.([\w-]+)/.exec(subject)?.slice(1, 4).join(' ') ?? []));
  const services = groupBy([...routes].map((route) => route.split(' ') as [string, string, string]), ([gateway, service]) => `${gateway} ${service}`);
  const rows = [...services].map(([key, members]) => row('client', escapeXml(key.split(' ')[0] ?? ''), `<b>${escapeXml(key.split(' ')[1] ?? '')}</b>`, escapeXml(members.map(([, , route]) => route).join(', '))));
  return rows.length === 0 ? '' : `<h2>Topology</h2>${table(['from', 'gateway', 'service', 'routes'], rows)}`;
};

const matrix = (verdicts: readonly Verdict[]): string => {
  const cells = verdicts.flatMap((verdict) => {
    const found = verdict.id === 'AZ-06' ? /^(\S+ \S+) as (.+)$/.exec(verdict.subject) : null;
    return found ? [{ route: found[1] ?? '', who: found[2] ?? '', verdict }] : [];
  });
  if (cells.length === 0) return '';
  const people = [...new Set(cells.map(({ who }) => who))];
  const rows = [...groupBy(cells, ({ route }) => route)].map(([route, members]) =>
    row(`<code>${escapeXml(route)}</code>`, ...people.map((who) => matrixCell(members.find((cell) => cell.who === who)?.verdict))),
  );
  return `<h2>Access matrix</h2>${table(['route', ...people], rows)}`;
};

const matrixCell = (verdict: Verdict | undefined): string => {
  if (!verdict) return '';
  const { status, upstreamCalls = 0 } = verdict.evidence[0] ?? {};
  const passed = status !== undefined && ((status >= 200 && status <= 299) || upstreamCalls > 0);
  // A 404 may be the service's own word: where no recorder saw the call it is not known here whose it is.
  const word = passed ? 'passes' : status !== undefined && [400, 404, 409, 422].includes(status) ? 'answered' : 'refused';
  const text = status === undefined ? verdict.status : `${word} ${status}`;
  // Green is what is as it should be, a refusal as much as a pass.
  return `<span class="${verdict.status}${verdict.status === 'failed' || verdict.status === 'crashed' ? ' wrong' : ''}">${text}</span>`;
};

const accessSection = (access: Access, report: Report): string => [cellsSection(access, report), besideSection(access)].join('');

/** What is open beside the matrix, and what it is not known of. */
const besideSection = ({ gains = [], unknown = [], dependsOn }: Access): string => {
  const rows = gains.map((gain) => row(`<span class="deny">lets in</span>`, escapeXml(`${gain.gateway} ${gainWords(gain)}`), `<code>${escapeXml(gain.by)}</code>`, `<code>${escapeXml(placeOf(gain.origin))}</code>`));
  return [
    ...(dependsOn === undefined ? [] : [`<p class="inconclusive">${escapeXml(dependsOnWords(dependsOn))}</p>`]),
    ...(rows.length === 0 ? [] : [`<h2>Open beside the matrix</h2>${table(['', 'who and what', 'by', 'blueprint'], rows)}`]),
    ...(unknown.length === 0 ? [] : [`<p class="inconclusive">not worked out who can do what by ${unknown.map((one) => `<code>${escapeXml(one)}</code>`).join(', ')}</p>`]),
  ].join('');
};

const cellsSection = ({ changes }: Access, report: Report): string =>
  changes.length === 0
    ? ''
    : `<h2>Access</h2>${table(
        ['', 'who', 'route', 'request', 'blueprint'],
        changes.map(({ change, who, gateway, route, request, origin }) =>
          row(
            `<span class="${cellTitle({ change }, report).bad ? 'deny' : 'allow'}">${cellTitle({ change }, report).title}</span>`,
            escapeXml(who),
            escapeXml(`${gateway} ${route}`),
            `<code>${escapeXml(request)}</code>`,
            `<code>${escapeXml(placeOf(origin))}</code>`,
          ),
        ),
      )}`;

const planSection = (report: Report): string => {
  const { plan } = report;
  const changes = plan ? changesOf(plan).filter(({ action }) => action !== 'keep') : [];
  const unseen = plan ? unseenLines(plan).map((line) => `<p class="inconclusive">${escapeXml(line)}</p>`) : [];
  if (changes.length === 0) return ['<p class="passed">no changes</p>', ...unseen].join('\n');
  const rows = changes.map((change) => {
    const origin = originOf(change);
    const fields = reasonsOf(change).map((difference) => escapeXml(diffWords(difference, report, (value) => JSON.stringify(value)).replaceAll(' -> ', ' → ')));
    return row(
      titleOf(change, report),
      `<code>${escapeXml(addressOfChange(change))}</code>`,
      fields.length > 0 ? [...fields, ...besideOf(change).map(escapeXml)].join('<br>') : escapeXml(whyOf(change)),
      origin ? `<code>${escapeXml(placeOf(origin))}</code>` : '',
    );
  });
  return [`<h2>Changes</h2>${table(['change', 'object', 'why', 'blueprint'], rows)}`, ...unseen].join('\n');
};
