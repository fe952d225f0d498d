import { baseOf, comparedOf, conditionRank, conditionsMeet, isGrpc, isPrefix, priorityOf } from '../../access/routing.ts';
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

/**
 * Two routes with hosts and headers that one request fits, whatever their paths: Kong takes a negative number for their priority (`kongPriority`), and for
 * which positive one, of two that it has computed at different times, is not the same. (seen on a genuine 3.9.3)
 */
export const bothConditionsOverlap = (routes: readonly Route[]): readonly Overlap[] => {
  const all = routes.filter(({ hosts, headers, gateways }) => hosts.length > 0 && Object.keys(headers).length > 0 && gateways.includes('kong')).map((route) => ({ route, compared: comparedOf(route) }));
  return all.flatMap(({ route, compared }, at) => {
    const rival = all.slice(0, at).find((one) => one.route.methods.some((method) => route.methods.includes(method)) && pathsMeet(one.route.path, route.path) && conditionsMeet(one.compared, compared));
    return rival ? [{ route, rival: rival.route }] : [];
  });
};

/**
 * A route of gRPC and one of HTTP that one request fits and of which Kong asks neither first: the kinds of condition that they have make up for each other, since
 * one of gRPC names no methods. Each of gRPC with the first whose POST its calls may become, then each of HTTP without POST with the first that may take its
 * requests, which are then answered with 415. (seen on a genuine 3.9.3)
 */
export const evenWithCalls = (routes: readonly Route[]): readonly Overlap[] => {
  const all = routes.filter(({ gateways }) => gateways.includes('kong')).map((route) => ({ route, priority: priorityOf(route), compared: comparedOf(route) }));
  const [calls, others] = [all.filter(({ route }) => isGrpc(route)), all.filter(({ route }) => !isGrpc(route))];
  const [posts, rest] = [others.filter(({ route }) => route.methods.includes('POST')), others.filter(({ route }) => !route.methods.includes('POST'))];
  const among = (some: typeof all, rivals: typeof all): readonly Overlap[] =>
    some.flatMap((one) => {
      const rival = rivals.find((other) => other.priority === one.priority && pathsMeet(other.route.path, one.route.path) && conditionsMeet(other.compared, one.compared));
      return rival ? [{ route: one.route, rival: rival.route }] : [];
    });
  return [...among(calls, posts), ...among(rest, calls)];
};

/** Whether some path fits both. */
const pathsMeet = (one: string, other: string): boolean => {
  const [shorter, longer] = [one, other].map((path) => ({ below: isPrefix(path), segments: (isPrefix(path) ? baseOf(path).slice(0, -1) : path).split('/') })).toSorted((a, b) => a.segments.length - b.segments.length);
  if (shorter === undefined || longer === undefined) return true;
  const alike = shorter.segments.length === longer.segments.length;
  // Below a prefix a path has one more segment, if an empty one, and of two prefixes of as many segments each takes what the other takes.
  if (alike ? shorter.below !== longer.below : !shorter.below) return false;
  return shorter.segments.every((segment, place) => segment.startsWith('{') || longer.segments[place]?.startsWith('{') === true || segment === longer.segments[place]);
};

const isConditional = ({ hosts, headers }: Compared): boolean => hosts.length > 0 || headers.size > 0;

const VARIABLE = '*';

interface Form {
  readonly route: Route;
  /** Routes of two sorts never meet, or one of them yields: one of other conditions comes before or after it, an exact path before any prefix, and a longer prefix before a shorter. */
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
