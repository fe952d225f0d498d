import { GRPC } from '../access/routing.ts';
import type { HttpMethod, Route } from './types.ts';

/** Every method that a route can take. What `ANY` leaves out (TRACE, CONNECT, names of one's own) Kong does not let through. */
export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const satisfies readonly HttpMethod[];

/** What `match` says: `GET,POST /orders/{id}`. */
interface Matched {
  /** `GET,POST`, `ANY` or `GRPC`, as it is written. */
  readonly verbs: string;
  /** The methods that it names; all of them for `ANY`. */
  readonly stated: readonly HttpMethod[];
  readonly path: string;
}

/** `undefined` for what is none: the schema has reported it. */
export const matchOf = (match: string): Matched | undefined => {
  const [, verbs, path] = /^([A-Z]+(?:,[A-Z]+)*) (\/\S*)$/.exec(match) ?? [];
  if (verbs === undefined || path === undefined) return undefined;
  return { verbs, stated: verbs === 'ANY' ? METHODS : namedBy({ verbs }), path };
};

const isMethod = (name: string): name is HttpMethod => METHODS.some((method) => method === name);

/** The same for two paths that differ at most in the names of their variables. */
export const shapeOf = (path: string): string => path.replaceAll(/\{[^{}]+\}/g, '{}');

/** The same for two routes whose paths are of one shape, under the same hosts and with the same headers. */
export const placeOf = ({ path, hosts, headers }: Pick<Route, 'path' | 'hosts' | 'headers'>): string =>
  JSON.stringify([shapeOf(path), hosts.toSorted(), Object.entries(headers).map(([name, values]) => [name, ...values.toSorted()].map((text) => text.toLowerCase())).toSorted()]);

type Claim = Pick<Route, 'verbs' | 'gateways'> & { readonly head?: boolean };

/**
 * The methods that become a route. HEAD goes with GET, unless the route says that it does not, and `ANY` takes what no route of the same path names: so that of two routes of one
 * path each method is one's alone, and no router has to choose.
 */
export const methodsOf = (route: Claim, samePath: readonly Claim[]): readonly HttpMethod[] => {
  const named = namedBy(route);
  const taken = new Set(samePath.flatMap((other) => (other !== route && meet(other, route) ? withHead(other) : [])));
  const headIsNamed = samePath.some((other) => other !== route && meet(other, route) && namedBy(other).includes('HEAD'));
  if (named.length === 0) return METHODS.filter((method) => !taken.has(method));
  return headIsNamed ? named : withHead(route);
};

const meet = (one: Claim, other: Claim): boolean => one.gateways.some((gateway) => other.gateways.includes(gateway));
const withHead = (claim: Claim): readonly HttpMethod[] => {
  const named = namedBy(claim);
  return claim.head !== false && named.includes('GET') && !named.includes('HEAD') ? [...named, 'HEAD'] : named;
};
/** None of `ANY`. */
const namedBy = ({ verbs }: Pick<Claim, 'verbs'>): readonly HttpMethod[] => (verbs === GRPC ? ['POST'] : verbs.split(',').filter((name) => isMethod(name)));
