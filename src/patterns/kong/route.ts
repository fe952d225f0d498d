import type { Blueprint, Route, Service } from '../../blueprint/types.ts';
import type { Address, Desired } from '../../core/resource.ts';
import { kong } from '../../providers/kong/specs/index.ts';
import type { RouteSpec } from '../../providers/kong/specs/index.ts';
import { kongName, made, routePath } from '../objects.ts';

/** Which requests become a route, and what they go on to. */
interface Matching {
  /** A regular expression that the whole path fits. */
  readonly path: string;
  readonly methods: readonly string[];
  readonly priority: number;
  /** None where a plugin on the route answers. */
  readonly service: string | null;
}

/** A route that leaves nothing open of what decides which requests become it. */
export const routeFor = (
  blueprint: Blueprint,
  at: string,
  name: string,
  { path, methods, priority, service }: Matching,
  after: readonly Address[] = [],
): Desired<RouteSpec> =>
  made(
    blueprint,
    at,
    kong.route,
    [name],
    {
      name,
      paths: [`~${path}$`],
      hosts: null,
      headers: null,
      snis: null,
      methods: [...new Set(methods)].toSorted(),
      protocols: ['http', 'https'],
      strip_path: false,
      preserve_host: false,
      regex_priority: priority,
      service: service === null ? null : { name: service },
    },
    [...(service === null ? [] : [kong.service.address(service)]), ...after],
  );

/**
 * A route of the blueprint, made after `after`: where that is every plugin on it and on its service it is written once, otherwise closed
 * first. A path of Kong is a prefix, so every path is an anchored regular expression; the more literal one is tried first.
 */
export const kongRoute = (blueprint: Blueprint, service: Service, route: Route, serviceName: string, after: readonly Address[]): Desired<RouteSpec> => {
  const segments = route.path.split('/').slice(1);
  const pattern = segments.map((segment) => (isVariable(segment) ? '[^/]+' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))).join('/');
  const matching = {
    path: `/${pattern}`,
    methods: [route.method, ...(service.authentication.origins.length > 0 ? ['OPTIONS'] : [])],
    priority: 10 * segments.filter((segment) => !isVariable(segment)).length,
    service: serviceName,
  };
  return routeFor(blueprint, routePath(route), kongName(blueprint, route.service, route.id), matching, after);
};

const isVariable = (segment: string): boolean => /^\{.+\}$/.test(segment);
