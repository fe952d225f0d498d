import type { Blueprint, Route, Service } from '../../blueprint/types.ts';
import type { Address, Desired } from '../../core/resource.ts';
import { kong } from '../../providers/kong/specs/index.ts';
import type { RouteSpec } from '../../providers/kong/specs/index.ts';
import { baseOf, isGrpc, isPrefix, isVariable, kongPathOf } from '../../access/index.ts';
import { literally } from '../../core/literally.ts';
import { made, routeName, routePath } from '../objects.ts';

/** Which requests become a route, and what they go on to. */
interface Matching {
  /** As Kong has it: `~` and a regular expression, or a text that the path begins with. */
  readonly path: string;
  /** None where Kong takes none: of gRPC. */
  readonly methods: readonly string[] | null;
  readonly priority: number;
  readonly protocols?: readonly string[];
  readonly conditions?: Pick<RouteSpec, 'hosts' | 'headers'>;
  readonly passing?: Pick<RouteSpec, 'strip_path' | 'preserve_host' | 'request_buffering' | 'response_buffering'>;
  /** None where a plugin on the route answers. */
  readonly service: string | null;
}

/** A route that leaves nothing open of what decides which requests become it. */
export const routeFor = (
  blueprint: Blueprint,
  at: string,
  name: string,
  { path, methods, protocols = ['http', 'https'], priority, conditions, passing, service }: Matching,
  after: readonly Address[] = [],
): Desired<RouteSpec> =>
  made(
    blueprint,
    at,
    kong.route,
    [name],
    {
      name,
      paths: [path],
      hosts: null,
      headers: null,
      ...conditions,
      snis: null,
      methods: methods && [...new Set(methods)].toSorted(),
      protocols: [...protocols],
      strip_path: false,
      preserve_host: false,
      ...passing,
      regex_priority: priority,
      service: service === null ? null : { name: service },
    },
    [...(service === null ? [] : [kong.service.address(service)]), ...after],
  );

/**
 * A route of the blueprint, made after `after`: where that is every plugin on it and on its service it is written once, otherwise closed
 * first. A path of Kong is a prefix, so every exact path is an anchored regular expression; the more literal one is tried first. Kong asks
 * those before any prefix, and the longer prefix first, of routes that have the same kinds of condition: so each names its methods. What hosts and
 * headers change in this `routeOf` knows. A route of gRPC names none: Kong has none there, and no prefix to take off. (kong/db/schema/entities/routes_subschemas.lua)
 */
export const kongRoute = (blueprint: Blueprint, service: Service, route: Route, serviceName: string, after: readonly Address[]): Desired<RouteSpec> => {
  const names = Object.entries(route.headers);
  const { regex } = kongPathOf(route);
  const base = isPrefix(route.path) ? baseOf(route.path) : undefined;
  const below = base !== undefined && regex !== undefined ? `~${literally(base)}` : base;
  const matching = {
    conditions: {
      hosts: route.hosts.length === 0 ? null : route.hosts.toSorted(),
      headers: names.length === 0 ? null : Object.fromEntries(names.map(([name, values]) => [name.toLowerCase(), [...values]])),
    },
    passing: {
      strip_path: route.stripPath,
      preserve_host: route.preserveHost,
      ...(route.requestBuffering !== undefined && { request_buffering: route.requestBuffering }),
      ...(route.responseBuffering !== undefined && { response_buffering: route.responseBuffering }),
    },
    path: below ?? exactly(route.path),
    ...(isGrpc(route) ? { methods: null, protocols: ['grpc', 'grpcs'] } : { methods: [...route.methods, ...(service.authentication.origins.length > 0 ? ['OPTIONS'] : [])] }),
    priority: regex ?? 0,
    service: serviceName,
  };
  return routeFor(blueprint, routePath(route), routeName(blueprint, route), matching, after);
};

/** A regular expression that the whole path fits. Kong's router compares what is decoded, but for reserved characters. */
export const exactly = (template: string): string => {
  const segments = template.split('/').map((segment) => (isVariable(segment) ? '[^/]+' : literally(segment)));
  return `~${segments.join('/')}$`;
};
