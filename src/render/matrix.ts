import type { Route } from '../blueprint/types.ts';
import { groupBy } from '../core/collections.ts';
import type { WorkedOut, WorkedOutCell } from '../core/report.ts';
import { isCellOf, requestText, whosesOf } from '../access/index.ts';
import type { Cell, Matrix, Whose } from '../access/index.ts';

/** One line of the table: a route behind the gateways where everybody fares the same. */
interface Row {
  readonly service: string;
  readonly route: string;
  readonly request: string;
  readonly gateways: readonly string[];
  readonly cells: readonly Cell[];
}

const rowsOf = ({ routes, cells }: Matrix): readonly Row[] =>
  [...groupBy(routes, ({ service, id }) => `${service}.${id}`).values()].flatMap((matches) =>
    matches.slice(0, 1).flatMap(whosesOf).flatMap((whose) => together(matches.flatMap((route) => rowsOfRoute(cells.filter(({ object }) => object === whose), route, whose)))),
  );

/** What a route's `match` lists is one line where all of it fares alike. */
const together = (rows: readonly Row[]): readonly Row[] => {
  const marked = groupBy(rows, ({ gateways, cells }) => JSON.stringify([gateways, cells.map(markOf)]));
  return [...marked.values()].flatMap((alike) => alike.slice(0, 1).map((first) => ({ ...first, request: alike.map(({ request }) => request).join('; ') })));
};

const rowsOfRoute = (cells: readonly Cell[], route: Route, whose: Whose | undefined): readonly Row[] => {
  const rows: { gateways: string[]; cells: readonly Cell[] }[] = [];
  for (const gateway of route.gateways) {
    const own = cells.filter((cell) => cell.gateway === gateway && isCellOf(route, cell));
    const same = rows.find((row) => row.cells.every((cell, index) => markOf(cell) === markOf(own[index])));
    if (same) same.gateways.push(gateway);
    else rows.push({ gateways: [gateway], cells: own });
  }
  return rows.map((row) => ({ ...row, service: route.service, route: route.id, request: requestText(route, whose) }));
};

/** `pass` and `-`; an exclamation mark where it is not what `expect` says. */
const markOf = (cell: Cell | undefined): string => {
  if (cell === undefined) return '';
  return `${cell.passes ? 'pass' : '-'}${cell.disagreement === undefined ? '' : '!'}`;
};

const tableOf = (matrix: Matrix): { readonly heads: readonly string[]; readonly rows: readonly (readonly string[])[] } => ({
  heads: ['route', 'request', 'gateway', ...matrix.callers.map(({ name }) => name)],
  rows: rowsOf(matrix).map(({ service, route, request, gateways, cells }) => [
    `${service}.${route}`,
    request,
    gateways.join(' '),
    ...cells.map(markOf),
  ]),
});

/** `blueprint.yaml:88:11 kong orders.place as sam: expect does not list it, and the policy says yes` */
export const disagreementsIn = ({ cells }: Matrix): readonly string[] =>
  cells.flatMap(({ disagreement, at, gateway, service, route, who, object }) =>
    disagreement === undefined ? [] : [`${at.file}:${at.line}:${at.column} ${gateway} ${service}.${route} as ${who}${object === undefined ? '' : ` (${object} object)`}: ${disagreement}`],
  );

const callerLines = ({ callers }: Matrix): readonly string[] => {
  const list = (items: readonly string[]): string => (items.length > 0 ? items.join(' ') : 'none');
  return callers
    .filter(({ what }) => what !== 'anonymous')
    .map(({ name, client, roles, scopes, withheld, audiences, stated, issuer }) =>
      [
        `${name} (token of ${client ?? ''}${issuer === undefined ? '' : ` at the issuer ${issuer}`}): roles ${list(roles)}; scopes ${list(scopes)}; audiences ${list(audiences)}`,
        ...(withheld.length > 0 ? [`not granted ${list(withheld)}`] : []),
        ...(stated ? [] : ['no row in expect: shown, not judged']),
      ].join('; '),
    );
};

const verdictLine = (matrix: Matrix): string => {
  const wrong = disagreementsIn(matrix).length;
  const judged = matrix.cells.filter((cell) => cell.judged).length;
  return wrong === 0
    ? `${judged} cells, all as expect says`
    : `${wrong} of ${judged} cells ${wrong === 1 ? 'is' : 'are'} not as expect says`;
};

/** The matrix for a terminal. `source` says where the answers came from. */
export const matrixText = (matrix: Matrix, source: string): string => {
  const { heads, rows } = tableOf(matrix);
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const wrong = disagreementsIn(matrix);
  return [
    line(heads),
    ...rows.map(line),
    '',
    ...callerLines(matrix),
    '',
    ...(wrong.length > 0 ? [...wrong, ''] : []),
    `${source}; - is refused${wrong.length > 0 ? ', ! is not what expect says' : ''}`,
    verdictLine(matrix),
  ].join('\n');
};

export const matrixMarkdown = (matrix: Matrix, source: string): string => {
  const { heads, rows } = tableOf(matrix);
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n'),
    callerLines(matrix)
      .map((text) => `- ${text}`)
      .join('\n'),
    ...disagreementsIn(matrix).map((text) => `**disagrees** ${text}`),
    `${source}. ${verdictLine(matrix)}.`,
  ].join('\n\n');
};

/** The matrix as a report has it: what a page draws. */
export const workedOut = (matrix: Matrix, source: string): WorkedOut => ({
  source,
  words: verdictLine(matrix),
  callers: matrix.callers.map(({ name }) => name),
  who: callerLines(matrix),
  rows: rowsOf(matrix).map(({ service, route, request, gateways, cells }) => ({ gateways: gateways.join(' '), route: `${service}.${route}`, request, cells: cells.map(cellOf) })),
});

const cellOf = ({ passes, expected: allowed, judged, refusal, policy, disagreement, at }: Cell): WorkedOutCell => {
  const why = refusal ?? policy?.reasons.join('; ') ?? '';
  return { passes, allowed, judged, ...(why !== '' && { why }), ...(disagreement !== undefined && { wrong: disagreement }), origin: at };
};
