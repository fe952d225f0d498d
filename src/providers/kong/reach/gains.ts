import { diffSpec } from '../../../core/diff.ts';
import { textsOf } from '../../../core/json.ts';
import { addressOf } from '../../../core/resource.ts';
import type { Gain, GainBy } from '../../../core/resource.ts';
import { isClosed } from '../closed-route.ts';
import { kong } from '../specs/index.ts';
import type { RouteSpec } from '../specs/index.ts';
import type { Gateway } from './gateway.ts';
import { referenceOf } from './objects.ts';
import type { LiveRoute } from './objects.ts';
import { askedBy, headersFor, hostsFor, inWords, isOfGrpc, METHODS, pathsOf } from './requests.ts';
import { inOrder, rulesOf, winnerOf } from './router.ts';
import type { Rule } from './router.ts';
import { met, waysTo } from './ways.ts';
import type { Way } from './ways.ts';

/** A route of the blueprint that asks for a token, as whoever goes around it would find it. */
interface Guarded {
  /** `orders.list` */
  readonly name: string;
  readonly spec: RouteSpec;
  /** Paths that its service gets of it. */
  readonly upstream: readonly string[];
}

const pathAt = (servicePath: unknown, rest: string): string => `${String(servicePath ?? '').replace(/\/$/, '')}${rest}`;

/** Who gets to what of the blueprint by a way, request by request where they can be told. */
export const gainsOf = (gateway: Gateway): ((way: Way) => readonly Gain[]) => {
  const routes = gateway.routes.flatMap(rulesOf);
  let ladder: readonly Rule[] | undefined;
  return (way) => {
    const who = whoBy(way);
    if (who === undefined || !way.target.guarded) return [];
    ladder ??= inOrder(routes);
    const requests = guardedAt(gateway, way).flatMap((one) => requestTo(gateway, way, one, ladder ?? []) ?? []);
    const gained = requests.length > 0 ? requests : [{ request: met(gateway, way.route), reaches: serviceIn(gateway, way) }];
    return gained.map((gain) => ({ ...gain, gateway: 'kong', who }));
  };
};

/** Routes of the blueprint that are not as it says and get what belongs to one that asks for a token: a public path that was widened. */
export const gainsByOurs = (gateway: Gateway): readonly GainBy[] => {
  const of = gainsOf(gateway);
  const other = gateway.ourRoutes.filter((route) => !isClosed(route.spec) && diffSpec(gateway.wanted.get(addressOf(route))?.spec ?? {}, route.spec).length > 0);
  return waysTo(gateway, other).flatMap((way) => {
    const stated = gateway.wanted.get(addressOf(way.route));
    // What the blueprint says in Kong's own words is told as what it is.
    if (stated === undefined || stated.fields !== undefined || !kong.route.is(stated) || way.barrier.is !== 'nothing' || !isPublic(gateway, stated.spec)) return [];
    const { id } = way.route;
    return of(way)
      .filter((gain) => 'request' in gain && gain.reaches !== id.slice(gateway.name.length + 1) && gain.reaches.includes('.'))
      .map((gain) => ({ by: addressOf(way.route), origin: stated.origin, gain }));
  });
};

const whoBy = ({ barrier }: Way): 'anybody' | { readonly audience: string } | undefined =>
  barrier.is === 'nothing' ? 'anybody' : barrier.is === 'thin' && barrier.audience !== undefined ? { audience: barrier.audience } : undefined;

const serviceIn = ({ name }: Gateway, { target }: Way): string => target.service.id.slice(name.length + 1).split('.')[0] ?? '';

const ASKING: readonly string[] = ['jwt', 'openid-connect', 'authctl-session', 'authctl-phantom-token', 'authctl-scope-guard'];

/** A route stands on a service of the blueprint where nobody has to show anything. */
const isPublic = (gateway: Gateway, { service }: RouteSpec): boolean => {
  const reference = service == null ? undefined : referenceOf(service);
  const guards = [...gateway.wanted.values()].filter(kong.plugin.is).filter(({ spec }) => spec.service != null && referenceOf(spec.service) === reference);
  return !guards.some(({ spec: { name } }) => ASKING.includes(name));
};

/** The routes of the service that a way leads to, those that the blueprint has opened left out. */
const guardedAt = (gateway: Gateway, { target }: Way): readonly Guarded[] =>
  [...gateway.wanted.values()]
    .filter(kong.route.is)
    .filter(({ spec }) => spec.service != null && referenceOf(spec.service) === target.service.id)
    .map(({ id, spec }) => ({
      name: id.slice(gateway.name.length + 1),
      spec,
      upstream: pathsOf({ kind: kong.route.kind, id, spec, owner: undefined }).slice(0, 1).map((path) => pathAt(target.service.spec.path, path)),
    }));

/** The request that goes this way to the same place; none where there is none. */
const requestTo = (gateway: Gateway, { route, service }: Way, guarded: Guarded, ladder: readonly Rule[]): { readonly request: string; readonly reaches: string } | undefined => {
  const methods = askedBy(route);
  const method = methodsIn(guarded.spec).find((one) => methods.includes(one));
  if (method === undefined) return undefined;
  const [host] = hostsFor(route, gateway.hosts);
  for (const path of guarded.upstream.flatMap((upstream) => clientPaths(route, service.spec.path, upstream))) {
    const request = { method, host, path, headers: headersFor(route) };
    if (winnerOf(ladder, request)?.route === route) return { request: inWords(request, gateway.hosts, route), reaches: guarded.name };
  }
  return undefined;
};

const methodsIn = (spec: RouteSpec): readonly string[] => (isOfGrpc({ spec }) ? ['POST'] : textsOf(spec.methods).length > 0 ? textsOf(spec.methods) : METHODS);

/** What to ask for so that the service gets this path: the part that the route takes off is put before it. */
const clientPaths = ({ spec }: LiveRoute, servicePath: unknown, upstream: string): readonly string[] => {
  const before = pathAt(servicePath, '');
  if (!upstream.startsWith(before)) return [];
  const rest = upstream.slice(before.length);
  const prefixes = textsOf(spec.paths).filter((path) => !path.startsWith('~'));
  return spec.strip_path === false || textsOf(spec.paths).length === 0 ? [rest] : prefixes.map((path) => `${path.replace(/\/$/, '')}${rest}`);
};
