import type { Topology, TopologyNode } from '../../core/topology.ts';
import type { Mark, Marks } from './marks.ts';

export interface Box {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly part: TopologyNode['part'] | 'service' | 'clients' | 'more';
  readonly title: string;
  readonly lines: readonly string[];
  readonly mark: Mark | undefined;
  /** What is said of it. */
  readonly words: readonly string[];
}
export interface Link {
  readonly from: Box;
  readonly to: Box;
  readonly label?: string;
  readonly dashed: boolean;
  readonly wrong: boolean;
}
export interface Heading {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly links: readonly Link[];
  readonly headings: readonly Heading[];
}

/** So many callers, services and routes are drawn one by one; what is wrong comes first. */
const MOST = { callers: 10, services: 12, routes: 12 } as const;
const COLUMN = { callers: 16, application: 222, middle: 440, services: 748 } as const;
const WIDTH = { callers: 158, application: 158, middle: 196, services: 368 } as const;
const HEAD = 44;
const GAP = 10;
const ROW = 24;

/** Where everything stands: callers, their application, the gateways between issuer and policy, and the services with their routes. */
export const layoutOf = ({ clusters, edges }: Topology, marks: Marks): Layout => {
  const nodes = clusters.flatMap((cluster) => cluster.nodes);
  const box = (node: TopologyNode, place: Pick<Box, 'x' | 'y' | 'width' | 'height'>): Box => {
    const marked = marks.get(node.id);
    const [title = '', ...lines] = node.lines;
    return { id: node.id, part: node.part, title, lines: lines.filter((line) => line !== ''), mark: marked?.mark, words: marked?.words ?? [], ...place };
  };
  const more = (id: string, left: number, what: string, place: Pick<Box, 'x' | 'y' | 'width' | 'height'>): readonly Box[] =>
    left === 0 ? [] : [{ id, part: 'more', title: `and ${left} more ${what}`, lines: [], mark: undefined, words: [], ...place }];

  const top = HEAD;
  // Services, one under the other.
  const all = clusters.filter(({ id }) => id.startsWith('service '));
  const services = worstFirst(all, (cluster) => cluster.nodes.map(({ id }) => id), marks).slice(0, MOST.services);
  const right: Box[] = [];
  /** What is drawn in a box that its lines lead to. */
  const inside = new Map<string, string>();
  let y: number = top;
  for (const cluster of services) {
    const shown = worstFirst(cluster.nodes, ({ id }) => [id], marks).slice(0, MOST.routes);
    const left = cluster.nodes.length - shown.length;
    const height = 34 + (shown.length + (left > 0 ? 1 : 0)) * ROW + 6;
    const own = cluster.nodes.flatMap(({ id }) => marks.get(id) ?? []);
    right.push({
      id: cluster.id, part: 'service', x: COLUMN.services, y, width: WIDTH.services, height, title: cluster.title, lines: [],
      mark: own.some(({ mark }) => mark === 'wrong') ? 'wrong' : undefined, words: [],
    });
    const within = { x: COLUMN.services + 8, width: WIDTH.services - 16, height: ROW };
    shown.forEach((node, at) => {
      right.push(box(node, { ...within, y: (y as number) + 32 + at * ROW }));
    });
    for (const { id } of cluster.nodes) inside.set(id, cluster.id);
    right.push(...more(`more ${cluster.id}`, left, left === 1 ? 'route' : 'routes', { ...within, y: y + 32 + shown.length * ROW }));
    y += height + GAP;
  }
  right.push(...more('more services', all.length - services.length, 'services', { x: COLUMN.services, y, width: WIDTH.services, height: ROW }));
  const rightEnd = y + (all.length > services.length ? ROW : 0);

  // Callers, one under the other.
  const people = nodes.filter(({ part }) => part === 'person' || part === 'client');
  const callers = clientsLast(worstFirst(people, ({ id }) => [id], marks).slice(0, MOST.callers));
  const left: Box[] = callers.map((node, at) => box(node, { x: COLUMN.callers, y: top + at * 54, width: WIDTH.callers, height: 44 }));
  left.push(...more('more callers', people.length - callers.length, people.length - callers.length === 1 ? 'caller' : 'callers', { x: COLUMN.callers, y: top + callers.length * 54, width: WIDTH.callers, height: ROW }));
  const leftEnd = top + callers.length * 54 + (people.length > callers.length ? ROW : 0);

  // In the middle: the issuer above the gateways, the policy below them.
  const parts = (['issuer', 'gateway', 'policy'] as const).flatMap((part) => nodes.filter((node) => node.part === part));
  const tall = 64;
  const height = Math.max(rightEnd, leftEnd, top + parts.length * (tall + 30)) + 16;
  const spread = parts.length < 2 ? 0 : Math.min(130, (height - 16 - top - tall) / (parts.length - 1));
  const begin = top + (height - 16 - top - (spread * (parts.length - 1) + tall)) / 2;
  const middle = parts.map((node, at) => box(node, { x: COLUMN.middle, y: Math.round(begin + at * spread), width: WIDTH.middle, height: tall }));
  const applications = nodes.filter(({ part }) => part === 'application');
  // Beside those who use it: lines of others pass below.
  const users = left.filter(({ part }) => part === 'person');
  const centre = users.length > 0 ? users.reduce((sum, one) => sum + one.y + one.height / 2, 0) / users.length : height / 2;
  const application = applications.map((node, at) => box(node, { x: COLUMN.application, y: Math.round(centre - 24 + at * 60), width: WIDTH.application, height: 48 }));

  const group = clientsOf(left);
  if (group) for (const { id, part } of nodes) if (part === 'client') inside.set(id, group.id);
  const boxes = [...(group ? [group] : []), ...left, ...application, ...middle, ...right];
  return { width: COLUMN.services + WIDTH.services + 16, height, boxes, links: linksOf(edges, boxes, inside), headings: headingsOf(left, application, right) };
};

/** More service clients than these stand in one frame, and share their lines. */
const CLIENTS = 3;

const clientsOf = (left: readonly Box[]): Box | undefined => {
  const clients = left.filter(({ part }) => part === 'client');
  const [first, last] = [clients[0], clients.at(-1)];
  if (clients.length <= CLIENTS || first === undefined || last === undefined) return undefined;
  const mark = clients.some((one) => one.mark === 'wrong') ? 'wrong' : undefined;
  return { id: 'clients', part: 'clients', x: first.x - 6, y: first.y - 6, width: first.width + 12, height: last.y + last.height - first.y + 12, title: 'service clients', lines: [], mark, words: [] };
};

const headingsOf = (left: readonly Box[], application: readonly Box[], right: readonly Box[]): readonly Heading[] => [
  ...(left.length > 0 ? [{ x: COLUMN.callers, y: 26, text: 'Callers' }] : []),
  ...(application.length > 0 ? [{ x: COLUMN.application, y: 26, text: 'Application' }] : []),
  { x: COLUMN.middle, y: 26, text: 'Issuer, gateways, policy' },
  ...(right.length > 0 ? [{ x: COLUMN.services, y: 26, text: 'Services and routes' }] : []),
];

/** One line between two boxes, however many routes of a service are behind it. */
const linksOf = (edges: Topology['edges'], boxes: readonly Box[], inside: ReadonlyMap<string, string>): readonly Link[] => {
  const drawn = new Map(boxes.map((one) => [one.id, one] as const));
  const place = (id: string): Box | undefined => drawn.get(inside.get(id) ?? id);
  const links = new Map<string, Link>();
  for (const { from, to, label, dashed = false } of edges) {
    const [begin, end] = [place(from), place(to)];
    if (begin === undefined || end === undefined) continue;
    const wrong = !dashed && begin.mark === 'wrong' && end.mark === 'wrong';
    links.set(`${begin.id} ${end.id} ${dashed}`, { from: begin, to: end, dashed, wrong, ...(label !== undefined && { label }) });
  }
  return [...links.values()];
};

const clientsLast = (nodes: readonly TopologyNode[]): readonly TopologyNode[] => [...nodes.filter(({ part }) => part === 'person'), ...nodes.filter(({ part }) => part !== 'person')];

/** In their own order, but what is wrong before the rest: it is never among those that are left out. */
const worstFirst = <Item>(items: readonly Item[], ids: (item: Item) => readonly string[], marks: Marks): readonly Item[] => {
  const isWrong = (item: Item): boolean => ids(item).some((id) => marks.get(id)?.mark === 'wrong');
  return [...items.filter(isWrong), ...items.filter((item) => !isWrong(item))];
};
