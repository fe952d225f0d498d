import { addressOfChange, changesOf } from '../../core/plan.ts';
import type { Report } from '../../core/report.ts';
import type { Topology, TopologyNode } from '../../core/topology.ts';
import { speaksOfLive, titleOf } from '../change.ts';

/** `wrong`: a claim failed there, or it is not as the blueprint says. `unknown`: something could not be judged. `changed`: it is about to change. */
export type Mark = 'wrong' | 'unknown' | 'changed' | 'good';
export interface Marked {
  readonly mark: Mark;
  /** What is said of it, without the same twice. */
  readonly words: readonly string[];
}
export type Marks = ReadonlyMap<string, Marked>;

const GRAVEST: readonly Mark[] = ['wrong', 'unknown', 'changed', 'good'];

/** What a report says of what is drawn: by the id of the node. */
export const marksOf = (report: Report, topology: Topology): Marks => {
  const known = new Set(topology.clusters.flatMap(({ nodes }) => nodes.map(({ id }) => id)));
  const found = new Map<string, { mark: Mark; words: Set<string> }>();
  const put = (ids: readonly string[], mark: Mark, words: string): void => {
    for (const id of ids) {
      if (!known.has(id)) continue;
      const before = found.get(id);
      const graver = before === undefined || GRAVEST.indexOf(mark) < GRAVEST.indexOf(before.mark);
      // Why something is unknown is of no interest where it is wrong.
      const kept = graver ? new Set<string>() : before.words;
      if (graver || before.mark === mark) kept.add(words);
      found.set(id, { mark: graver ? mark : before.mark, words: kept });
    }
  };
  for (const { id, status, subject, cell } of report.verdicts ?? []) {
    if (status === 'skipped' || status === 'waived') continue;
    const mark = status === 'passed' ? 'good' : status === 'inconclusive' ? 'unknown' : 'wrong';
    put(cell ? [`target ${cell.gateway}`, `route ${cell.route}`, `who ${cell.who}`] : nodesOf(subject), mark, id);
  }
  const live = speaksOfLive(report);
  for (const change of report.plan ? changesOf(report.plan) : []) {
    if (change.action === 'keep') continue;
    const harm = change.action === 'danger' || change.action === 'blocked' ? change.effect !== 'differs' : live && change.effect !== undefined && change.effect !== 'differs';
    const address = addressOfChange(change);
    put([`target ${address.slice(0, address.indexOf('.'))}`], harm ? 'wrong' : 'changed', `${titleOf(change, report)} ${address}`);
  }
  for (const { change, gateway, route, who } of report.access?.changes ?? []) {
    if (report.access?.first && !live) continue;
    put([`target ${gateway}`, `route ${route}`, `who ${who}`], live ? 'wrong' : 'changed', `${change === 'opens' ? 'opens' : 'closes'} ${gateway} ${route} for ${who}`);
  }
  for (const { gateway, reaches, who } of report.access?.gains ?? []) put([`target ${gateway}`, `route ${reaches}`, `who ${who}`], 'wrong', `open beside the matrix: ${reaches} for ${who}`);
  for (const { outcome, address } of report.applied ?? []) if (outcome === 'failed') put([`target ${address.slice(0, address.indexOf('.'))}`], 'wrong', `failed ${address}`);
  return new Map([...found].map(([id, { mark, words }]) => [id, { mark, words: [...words] }]));
};

/** What a verdict is about, by its subject: `kong orders.list as sam`, `keycloak storefront`, `service orders`. */
const nodesOf = (subject: string): readonly string[] => {
  const [, first = '', second = '', who] = /^(\S+)(?: (\S+))?(?: as ([^,]+))?/.exec(subject) ?? [];
  return [`target ${first}`, `route ${second}`, `client ${second}`, ...(who === undefined ? [] : [`who ${who}`])];
};

/** What a node is called in words: `gateway Kong`, `route orders.list`. */
export const nameOf = ({ id, part, lines }: TopologyNode): string => (part === 'route' ? id : `${part} ${lines[0] ?? id}`);
