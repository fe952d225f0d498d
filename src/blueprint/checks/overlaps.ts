import { comparedOf, conditionRank, conditionsMeet, isPrefix } from '../../access/routing.ts';
import type { Compared } from '../../access/routing.ts';
import type { Route } from '../types.ts';

interface Overlap {
  readonly route: Route;
  /** The first route before it that it overlaps with. */
  readonly rival: Route;
}
interface Seen {
  readonly order: number;
  readonly route: Route;
  readonly compared: Compared;
}

/**
 * Two routes that some request matches both of. The more literal one wins everywhere (`/orders/health` before `/orders/{id}`); when neither
 * is more literal, which one decides about the request would be a matter of luck.
 *
 * Which of two is more literal is said by their shapes alone, the places of their variables, and a blueprint has few of those. So every
 * route is filed, for each shape that it could be mistaken for, under its words at the places where both have one: whoever files the same
 * overlaps. `files` holds the first under each name, and of those with hosts or headers each: two of them may be for different requests.
 */
export const overlapsOf = (routes: readonly Route[], files = new Map<string, Seen[]>()): readonly Overlap[] => {
  const all = routes.flatMap(formsOf);
  const shapes = new Map<string, Set<string>>();
  for (const { sort, shape } of all) shapes.set(sort, (shapes.get(sort) ?? new Set()).add(shape));
  const told = new Set<Route>();
  return all.flatMap((form, order) => {
    const { route, sort, shape, segments, compared } = form;
    const rivalShapes = [...(shapes.get(sort) ?? [])].filter((other) => isRival(shape, other));
    const places = [`service ${route.service}`, ...route.gateways];
    /** Under which names a route of the shape `filed` is found by one of the shape `asking`; this route is one of the two. */
    const names = (filed: string, asking: string): readonly string[] => {
      const words = segments.filter((_, place) => filed[place] !== VARIABLE && asking[place] !== VARIABLE).join('/');
      return places.map((at) => [at, sort, filed, asking, words].join(' '));
    };
    // The first of each file: they are filed in their order.
    const rivals = rivalShapes.flatMap((other) => names(other, shape).flatMap((name) => files.get(name)?.find((seen) => conditionsMeet(seen.compared, compared)) ?? []));
    for (const name of rivalShapes.flatMap((other) => names(shape, other))) {
      const file = files.get(name);
      if (file === undefined) files.set(name, [{ order, route, compared }]);
      else if (isConditional(compared)) file.push({ order, route, compared });
    }
    const [rival] = rivals.toSorted((left, right) => left.order - right.order);
    if (!rival || told.has(route)) return [];
    told.add(route);
    return [{ route, rival: rival.route }];
  });
};

const isConditional = ({ hosts, headers }: Compared): boolean => hosts.length > 0 || headers.size > 0;

const VARIABLE = '*';

interface Form {
  readonly route: Route;
  /** Routes of two sorts never meet, or one of them yields: one of more conditions comes before one of fewer, an exact path before any prefix, and a longer prefix before a shorter. */
  readonly sort: string;
  /** `/*` for `/orders/{id}`, without its words. */
  readonly shape: string;
  readonly segments: readonly string[];
  readonly compared: Compared;
}

/** One for each method. */
const formsOf = (route: Route): readonly Form[] => {
  const segments = route.path.split('/');
  const shape = segments.map((segment) => (segment.startsWith('{') ? VARIABLE : '-')).join('');
  const compared = comparedOf(route);
  return route.methods.map((method) => ({ route, sort: `${conditionRank(route).join(' ')} ${method} ${isPrefix(route.path) ? 'below ' : ''}${segments.length}`, shape, segments, compared }));
};

/** Neither of two shapes is the more literal one. */
const isRival = (shape: string, other: string): boolean => {
  const wins = (left: string, right: string): boolean => [...left].some((mark, place) => mark !== VARIABLE && right[place] === VARIABLE);
  return wins(shape, other) === wins(other, shape);
};
