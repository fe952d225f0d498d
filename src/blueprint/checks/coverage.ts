import { aboutLike, arriving, asSent, baseOf, fitsConditions, fitsPath, isPrefix, matchText, routeOf, pathLike } from '../../access/routing.ts';
import { groupBy } from '../../core/collections.ts';
import { placeOf } from '../route-match.ts';
import type { Gateway, Route } from '../types.ts';
import { pathOf } from './route-place.ts';
import type { Context } from './context.ts';
import { functionOf, unqualified } from '../lambda.ts';

const GATEWAYS: readonly Gateway[] = ['kong', 'aws'];

/**
 * A prefix also takes what is spelled almost like a stricter route below it: `/orders/` is not `/orders` for a gateway, and for many a
 * service it is. Told where the route that gets such a request asks for less and leads to the same upstream.
 */
export const checkCoverage = (context: Context, routes: readonly Route[]): void => {
  checkAny(context, routes);
  checkConditions(context, routes);
  checkStripped(context, routes);
  if (!routes.some(({ path }) => isPrefix(path))) return;
  const told = new Set<Route>();
  for (const gateway of GATEWAYS) {
    const there = routes.filter(({ gateways }) => gateways.includes(gateway));
    const prefixes = there.filter(({ path }) => isPrefix(path));
    for (const route of there) {
      const path = isPrefix(route.path) ? baseOf(route.path).slice(0, -1) : `${pathLike(route, [], () => '42')}/`;
      const covering = prefixes.filter((prefix) => prefix !== route && path.startsWith(baseOf(prefix.path)));
      if (covering.length === 0 || path === '' || told.has(route)) continue;
      const other = route.methods.map((method) => routeOf(there, method, path, aboutLike(route, there))).find((one) => one !== undefined && isPrefix(one.path) && sameUpstream(context, one, route) && asksLess(one, route));
      if (!other) continue;
      told.add(route);
      context.findings.add('BLUEPRINT_ROUTE_COVERED', pathOf(other, 'match'), `${matchText(other)} takes ${path}, and does not demand what ${route.service}.${route.id} (${matchText(route)}) does`, {
        hint: `that one is at line ${route.at.line}, and many services take the two for the same: declare ${route.path.endsWith('/') || isPrefix(route.path) ? path : `${route.path}/`} with the same demands, or demand as much here`,
      });
    }
  }
};

/** Where a service's requests end, however its upstream is spelled. */
const upstreamOf = ({ blueprint: { services } }: Context, { service }: Route): string | undefined => {
  const upstream = services[service]?.upstream;
  const lambda = functionOf(upstream ?? '');
  if (lambda) return unqualified(lambda);
  if (upstream === undefined || !URL.canParse(upstream)) return upstream;
  const { protocol, hostname, port, pathname } = new URL(upstream);
  return `${protocol}//${hostname}:${port}${pathname.replace(/\/+$/, '')}`;
};

const sameUpstream = (context: Context, one: Route, other: Route): boolean => upstreamOf(context, one) === upstreamOf(context, other);

const asksLess = (one: Route, than: Route): boolean =>
  (one.public && !than.public) ||
  than.scopes.some((scope) => !one.scopes.includes(scope)) ||
  (than.roles.length > 0 && (one.roles.length === 0 || one.roles.some((role) => !than.roles.includes(role)))) ||
  (than.ownedBy !== undefined && one.ownedBy === undefined);

/** Those of a group that ask for less than one of it, in their order: looked for once for all that ask for the same. */
const askingLess = (group: readonly Route[]): ((than: Route) => readonly Route[]) => {
  const found = new Map<string, readonly Route[]>();
  return (than) => {
    const demands = JSON.stringify([than.public, than.scopes, than.roles, than.ownedBy !== undefined]);
    const less = found.get(demands) ?? group.filter((one) => asksLess(one, than));
    found.set(demands, less);
    return less;
  };
};

/**
 * Whoever asks chooses the host and the headers of a request. So a route that takes the path of a stricter one under another host, or without its
 * header, is a way around it where both lead to one upstream. An upstream that gets that host may tell the two apart.
 */
const checkConditions = (context: Context, routes: readonly Route[]): void => {
  const conditional = new Set(routes.filter(({ hosts, headers }) => hosts.length > 0 || Object.keys(headers).length > 0));
  if (conditional.size === 0) return;
  const there = routes.filter(({ gateways }) => gateways.includes('kong'));
  for (const group of groupBy(there, (route) => upstreamOf(context, route)).values()) {
    const lessThan = askingLess(group);
    for (const route of group.filter(({ public: open }) => !open)) {
      const less = lessThan(route);
      if (less.length === 0) continue;
      const path = pathLike(route, group, () => '42');
      const around = less.find((other) => {
        if (other === route || !fitsPath(other.path, path) || (other.preserveHost && other.hosts.length > 0)) return false;
        if (!conditional.has(route) && !conditional.has(other)) return false;
        const about = aboutLike(other, there);
        return route.methods.some((method) => other.methods.includes(method) && routeOf(there, method, path, about) === other) && !(fitsConditions(route, about) && placeOf(route) === placeOf(other));
      });
      if (around)
        context.findings.add('BLUEPRINT_ROUTE_COVERED', pathOf(around, 'match'), `${matchText(around)} takes ${path}, and does not demand what ${route.service}.${route.id} (${matchText(route)}) does`, {
          hint: `that one is at line ${route.at.line}; whoever asks chooses the host and the headers: demand as much here, or another path`,
        });
    }
  }
};

/** The request of a route that arrives as this path; nothing where none does. */
const askedFor = (route: Route, arrives: string): string | undefined => {
  const asked = route.stripPath && isPrefix(route.path) ? `${asSent(baseOf(route.path))}${arrives.slice(1)}` : route.stripPath ? asSent(route.path) : arrives;
  return fitsPath(route.path, asked) && arriving(route, asked) === arrives ? asked : undefined;
};

/** What Kong takes off a path makes two paths one: behind it, the one that asks for less is a way to what the other protects. */
const checkStripped = (context: Context, routes: readonly Route[]): void => {
  const there = routes.filter(({ gateways }) => gateways.includes('kong'));
  if (!there.some(({ stripPath }) => stripPath)) return;
  for (const group of groupBy(there, (route) => upstreamOf(context, route)).values())
    for (const route of group.filter(({ public: open }) => !open)) {
      const arrives = arriving(route, pathLike(route, group, () => '42'));
      for (const other of group) {
        if (other === route || !(other.stripPath || route.stripPath) || !asksLess(other, route) || (other.preserveHost && other.hosts.length > 0)) continue;
        const asked = askedFor(other, arrives);
        if (asked === undefined || !route.methods.some((method) => other.methods.includes(method) && routeOf(there, method, asked, aboutLike(other, there)) === other)) continue;
        context.findings.add('BLUEPRINT_ROUTE_COVERED', pathOf(other, 'match'), `${asked} arrives as ${arrives} by ${matchText(other)}, which does not demand what ${route.service}.${route.id} (${matchText(route)}) does`, {
          hint: `that one is at line ${route.at.line}, and leads to the same upstream: demand as much here, or take off no path (stripPath)`,
        });
        break;
      }
    }
};

/** What ANY leaves to other routes of its path must be the same at every gateway. */
const checkAny = ({ findings }: Context, routes: readonly Route[]): void => {
  for (const group of groupBy(routes, placeOf).values())
    for (const route of group.filter(({ verbs }) => verbs === 'ANY')) {
      const other = group.find(({ gateways }) => gateways.some((one) => route.gateways.includes(one)) && GATEWAYS.some((one) => gateways.includes(one) !== route.gateways.includes(one)));
      if (other)
        findings.add('BLUEPRINT_ROUTE_OVERLAP', pathOf(route, 'match'), `${matchText(route)} would take other methods at one gateway than at the other, because of ${other.service}.${other.id} (${matchText(other)})`, {
          hint: `also at line ${other.at.line}: offer both at the same gateways`,
        });
    }
};
