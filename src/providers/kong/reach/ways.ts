import { textsOf } from '../../../core/json.ts';
import type { Way as LiveWay } from '../../../core/provider.ts';
import type { Effect, Gain, SpecValue } from '../../../core/resource.ts';
import { addressOf } from '../../../core/resource.ts';
import { isSpec } from '../../../core/spec.ts';
import { partOf } from '../../controls.ts';
import { barriersOf } from './barrier.ts';
import { detoursFrom } from './detours.ts';
import type { Detour } from './detours.ts';
import { reachesBelow } from './below.ts';
import type { Barrier } from './barrier.ts';
import { gatewayOf, ifAtAll } from './gateway.ts';
import type { Finding, Gateway, Holdings, Protected } from './gateway.ts';
import { isMarkerService } from './markers.ts';
import type { ServiceSpec } from '../specs/index.ts';
import type { LiveRoute, LiveService } from './objects.ts';
import { referenceOf } from './objects.ts';
import { inWords, isOfGrpc, methodsOf, requestsOf } from './requests.ts';

/** A live route to something that the blueprint protects. */
export interface Way {
  readonly route: LiveRoute;
  readonly service: LiveService;
  readonly target: Protected;
  readonly barrier: Barrier;
  /** Where requests end up: `127.0.0.1:9101`. */
  readonly place: string;
  /** The plugin that takes them there, where it is not the service's place. */
  readonly detour?: Detour;
}

/** Every live route, whoever made it, that leads to a service of the blueprint. */
export const waysTo = (gateway: Gateway, routes = gateway.routes): readonly Way[] => {
  const barrierOf = barriersOf(gateway);
  return routes.flatMap((route) => {
    const service = gateway.serviceOf(route);
    if (service === undefined || service.spec.enabled === false) return [];
    const to = (spec: ServiceSpec, detour?: Detour): readonly Way[] => {
      const target = gateway.protectedAt(gateway.endpoints(spec));
      return target ? [{ route, service, target, barrier: barrierOf(route, target), place: placeOf({ spec }), ...(detour && { detour }) }] : [];
    };
    return [...to(service.spec), ...detoursFrom(gateway, route).flatMap((detour) => (detour.service ? to(detour.service, detour) : []))];
  });
};

/** The same for whoever sends requests: a GET where the route takes one. */
export const waysWithRequests = (holdings: Holdings): readonly LiveWay[] => {
  const gateway = gatewayOf(holdings);
  if (gateway === undefined) return [];
  return waysTo(gateway).map(({ route, service, target, barrier, detour }) => {
    const methods = methodsOf(route);
    const grpc = isOfGrpc(route);
    const message = grpc ? undefined : messageBy(gateway, route, detour?.service ?? service.spec);
    const usual = grpc || message !== undefined ? 'POST' : 'GET';
    const method = grpc || methods.includes(usual) ? usual : (methods[0] ?? usual);
    const untried = untriedBy(gateway, route);
    const requests = (untried ? [] : requestsOf(route, gateway.hosts).slice(0, 3)).map(({ path, host, headers }) => ({
      method,
      path,
      headers: [...(host === undefined || gateway.hosts.includes(host) ? [] : [['Host', host] as const]), ...Object.entries({ ...headers, ...detour?.headers }), ...upgradeFor(route), ...(message === undefined ? [] : [['Content-Type', message] as const])],
      ...(grpc && { grpc }),
      ...(message !== undefined && { message: true as const }),
    }));
    // Two services may share one upstream: a route that stands on a service of ours is that one's.
    const [address, of] = [addressOf(route), (gateway.ours(service) ? serviceNamed(service.id, gateway.name) : undefined) ?? serviceNamed(target.service.id, gateway.name)];
    return { address, name: address, stated: gateway.ours(route) && gateway.wanted.get(address)?.fields === undefined, own: gateway.ours(service), ...(of !== undefined && { service: of }), ...(untried && { untried }), ...(barrier.answers && { closed: true as const }), ...(target.perhaps && { perhaps: target.perhaps }), requests };
  });
};

const placeIn = (route: LiveRoute) => ({ route: route.id, service: route.spec.service == null ? undefined : referenceOf(route.spec.service) });

/**
 * What a request of HTTP must be to get through to a server of gRPC: a message as `grpc-web` reads it, which answers 400 to everything else, or as it is. Kong
 * passes the latter on, and asks neither for HTTP/2 nor for a POST. (seen on a genuine 3.9.3)
 */
const messageBy = ({ inForce }: Gateway, route: LiveRoute, { protocol }: ServiceSpec): string | undefined =>
  inForce.at('grpc-web', placeIn(route)) ? 'application/grpc-web+proto' : protocol === 'grpc' || protocol === 'grpcs' ? 'application/grpc' : undefined;

/** What no request meets a route by that is known here: protocols, where it has no others, or paths that a plugin knows. */
const untriedBy = ({ inForce }: Gateway, route: LiveRoute): readonly string[] | undefined => {
  // It answers 400 wherever its .proto file names no method. (kong/plugins/grpc-gateway/handler.lua)
  if (inForce.at('grpc-gateway', placeIn(route))) return ['requests that the .proto file of grpc-gateway names'];
  const protocols = textsOf(route.spec.protocols);
  return protocols.length > 0 && protocols.every((one) => /^(tcp|tls|tls_passthrough|udp)$/.test(one)) ? protocols : undefined;
};

/** A route of WebSockets alone (Kong Enterprise) is met by the handshake of RFC 6455, section 4.1. */
const upgradeFor = ({ spec }: LiveRoute): readonly (readonly [name: string, value: string])[] => {
  const protocols = textsOf(spec.protocols);
  if (protocols.length === 0 || !protocols.every((one) => one === 'ws' || one === 'wss')) return [];
  return [['Connection', 'Upgrade'], ['Upgrade', 'websocket'], ['Sec-WebSocket-Version', '13'], ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==']];
};

/** The service of the blueprint: `orders` of `shop.orders` and of `shop.orders.public`. */
const serviceNamed = (id: string, name: string): string | undefined => (id.startsWith(`${name}.`) ? id.slice(name.length + 1).split('.')[0] : undefined);

export const placeOf = ({ spec }: Pick<LiveService, 'spec'>): string => `${String(spec.host)}:${String(spec.port)}${spec.path ?? ''}`;

/** Ways that the blueprint does not state, or states in Kong's own words only, which no matrix knows. */
export function* strangeWays(gateway: Gateway, gainsOf: (way: Way) => readonly Gain[] = () => []): Generator<Finding> {
  for (const way of waysTo(gateway)) {
    const { route, service, target, barrier, detour } = way;
    const stated = gateway.wanted.get(addressOf(route));
    const effect = effectOf(way);
    if (stated && (stated.fields === undefined || effect !== 'opens')) continue;
    yield {
      kind: route.kind,
      id: route.id,
      effect,
      what: `${met(gateway, route)} reaches ${way.place}${byPlugin(way)}, the upstream of ${target.service.id}${ifAtAll(target)}, ${barrier.words}${target.guarded ? '' : '; the gateway asks nobody there, the service itself must'}`,
      origin: stated?.origin ?? target.service.origin,
      hint: stated ? 'guard it by a plugin, or accept it' : 'delete the route, or take it into the blueprint',
      seen: [route.spec, gateway.seenService(service), pluginsOn(gateway, route), ...(detour?.service ? [gateway.seenService({ spec: detour.service })] : [])],
      gains: effect === 'differs' ? [] : gainsOf(way),
    };
  }
}

const byPlugin = ({ detour }: Way): string => (detour ? ` by ${detour.plugin.spec.name}` : '');

const effectOf = ({ barrier, target, route }: Way): Effect => {
  // A route without conditions is never met.
  if (barrier.is === 'closed' || isNeverMet(route)) return 'differs';
  if (!target.guarded) return 'weakens';
  return barrier.is === 'nothing' || barrier.is === 'other' ? 'opens' : barrier.is === 'thin' ? 'weakens' : 'differs';
};

export const isNeverMet = ({ spec }: LiveRoute): boolean =>
  !isStream(spec) && typeof spec.expression !== 'string' && [spec.paths, spec.hosts, spec.methods, spec.snis, spec.sources, spec.destinations, Object.keys(spec.headers ?? {})].every((one) => (one?.length ?? 0) === 0);

const isStream = (spec: LiveRoute['spec']): boolean => ['tcp', 'udp', 'tls', 'tls_passthrough'].includes(textsOf(spec.protocols)[0] ?? 'http');

/** What of a stranger's gets there, in words. */
export const met = ({ hosts }: Gateway, route: LiveRoute): string => {
  if (isStream(route.spec)) return `a ${textsOf(route.spec.protocols).join(' or ')} connection`;
  const [first] = requestsOf(route, hosts);
  if (first === undefined) return `whatever ${route.id} takes`;
  const methods = methodsOf(route);
  return inWords({ ...first, method: methods.length > 3 ? 'any method on' : methods.join(' or ') }, hosts, route);
};

export const pluginsOn = (gateway: Gateway, route: LiveRoute): SpecValue =>
  gateway.inForce
    .allAt(placeIn(route))
    .map(({ spec }) => spec)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** A plugin there puts another path in the place of the one that was asked for. */
const rewritesPath = ({ inForce }: Gateway, route: LiveRoute): boolean =>
  inForce.allAt(placeIn(route)).some(({ spec: { name, config } }) => {
    const replace = config?.replace;
    if (name.startsWith('request-transformer')) return isSpec(replace) && replace.uri != null;
    return (name === 'route-transformer-advanced' && config?.path != null) || name === 'degraphql';
  });

/** Routes to what manages the gateway or decides for it, or to wherever a caller likes: whoever gets there needs no token of ours any more. */
export function* waysToControls(gateway: Gateway): Generator<Finding> {
  const barrierOf = barriersOf(gateway);
  for (const route of gateway.routes.filter((one) => !gateway.ours(one))) {
    const service = gateway.serviceOf(route);
    if (service === undefined || service.spec.enabled === false || isNeverMet(route)) continue;
    const barrier = barrierOf(route, undefined);
    const detours = detoursFrom(gateway, route);
    const tell = (effect: Effect, what: string): Finding => ({
      kind: route.kind,
      id: route.id,
      effect: barrier.is === 'nothing' ? effect : barrier.is === 'closed' || effect !== 'opens' ? 'differs' : 'weakens',
      what: `${met(gateway, route)} reaches ${what}, ${barrier.words}`,
      origin: gateway.origin,
      hint: 'delete the route, or accept it',
      seen: [route.spec, gateway.seenService(service), pluginsOn(gateway, route), ...detours.flatMap((one) => (one.service ? [gateway.seenService({ spec: one.service })] : []))],
    });
    for (const place of [service.spec, ...detours.flatMap((one) => one.service ?? [])]) {
      const control = gateway.controlAt(gateway.endpoints(place));
      const part = control && partOf(control, (wanted) => rewritesPath(gateway, route) || reachesBelow(route, { ...service, spec: place }, wanted));
      if (part) yield tell(part.effect, `${part.what} at ${placeOf({ spec: place })}${ifAtAll(control)}`);
    }
    const [anywhere] = detours.filter((one) => one.service === undefined);
    if (anywhere) yield tell('opens', `wherever its caller says, what the blueprint protects, too (${anywhere.plugin.spec.name})`);
  }
}

/** Routes of others on the service of our own bookkeeping, which leads nowhere unless somebody makes it. */
export function* guestsOfMarkers(gateway: Gateway): Generator<Finding> {
  for (const route of gateway.routes) {
    const service = gateway.serviceOf(route);
    if (service === undefined || !isMarkerService(gateway.name, service) || route.id === service.id) continue;
    yield {
      kind: route.kind,
      id: route.id,
      effect: 'differs',
      what: `${met(gateway, route)} reaches ${service.id}, a service of authctl's own bookkeeping`,
      origin: gateway.origin,
      hint: 'delete the route',
      seen: [route.spec, service.spec],
    };
  }
}
