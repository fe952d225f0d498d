import type { Position } from '../../../core/problem.ts';
import { addressOf } from '../../../core/resource.ts';
import type { Address, Desired, Effect, Gain, Live, SpecValue } from '../../../core/resource.ts';
import { textsOf } from '../../../core/json.ts';
import { kong } from '../specs/index.ts';
import type { RouteSpec, ServiceSpec } from '../specs/index.ts';
import { isPlugin } from '../specs/plugin-config.ts';
import type { FilterChain } from './around.ts';
import { referenceOf } from './objects.ts';
import type { LivePlugin, LiveRoute, LiveService } from './objects.ts';
import type { Control } from '../../controls.ts';
import { atAnyAddress, defaultPort, endpointsOf } from '../../address.ts';
import { pluginsInForce } from './scopes.ts';
import type { InForce } from './scopes.ts';

/** An upstream entity with what it spreads requests over, whoever made it. */
export interface Pool {
  readonly name: string;
  readonly targets: readonly { readonly target: string; readonly weight: number }[];
}

/** Whatever can be read of a gateway, and who it is read for. */
export interface Holdings {
  /** The blueprint's name, as its mark has it. */
  readonly name: string;
  readonly desired: readonly Desired[];
  /** Everything that the kinds list, and the rows of bookkeeping. */
  readonly live: readonly Live[];
  readonly pools: readonly Pool[];
  /** Addresses by name, as far as they are known. */
  readonly addresses: ReadonlyMap<string, readonly string[] | undefined>;
  /** Addresses of this machine's network cards, when Kong is on it. */
  readonly local: ReadonlySet<string>;
  /** Hosts under which the clients of the blueprint reach the proxy. */
  readonly hosts: readonly string[];
  /** What is behind the gateway and should never be: `http://localhost:8001`, "Kong's Admin API". */
  readonly controls: readonly Control[];
  /** Clients of the blueprint come by TLS. */
  readonly tls: boolean;
  readonly filterChains: readonly FilterChain[];
}

/** A service of the blueprint, as somebody who leads requests there would find it. */
export interface Protected {
  readonly service: Desired & { readonly spec: ServiceSpec };
  /** The gateway demands a token on some route of it; otherwise the service does, or nobody. */
  readonly guarded: boolean;
  /** Only if it listens on all addresses of its machine: the blueprint has it at another one. */
  readonly perhaps?: true;
}

/** All that the parts of the reach look at, indexed once. */
export interface Gateway extends Holdings {
  readonly wanted: ReadonlyMap<Address, Desired>;
  readonly ours: (object: { readonly kind: string; readonly id: string }) => boolean;
  readonly routes: readonly LiveRoute[];
  readonly plugins: readonly LivePlugin[];
  /** Routes of the blueprint that are there. */
  readonly ourRoutes: readonly LiveRoute[];
  readonly serviceOf: (route: { readonly spec: RouteSpec }) => LiveService | undefined;
  /** Every place that requests to a service end at. */
  readonly endpoints: (service: ServiceSpec) => readonly string[];
  /** A service as it is looked at: with what its upstream spreads requests over. Addresses behind a name change by themselves and are left out. */
  readonly seenService: (service: Pick<LiveService, 'spec'>) => SpecValue;
  readonly protectedAt: (endpoints: readonly string[]) => Protected | undefined;
  readonly controlAt: (endpoints: readonly string[]) => (Control & Pick<Protected, 'perhaps'>) | undefined;
  readonly inForce: InForce;
  /** The line to name where none is closer. */
  readonly origin: Position;
}

export const gatewayOf = (holdings: Holdings): Gateway | undefined => {
  const desired = holdings.desired.filter(({ kind }) => kind.startsWith('kong.'));
  const wanted = new Map(desired.map((object) => [addressOf(object), object]));
  const origin = (desired.find(kong.route.is) ?? desired[0])?.origin;
  if (origin === undefined) return undefined;
  const { live } = holdings;
  const services = new Map(live.filter(kong.service.is).map((service) => [service.id, service]));
  const routes = live.filter(kong.route.is);
  const plugins = live.filter(kong.plugin.is);
  const ours: Gateway['ours'] = (object) => wanted.has(addressOf(object));
  const poolAt = poolsIn(holdings);
  const endpoints = endpointsIn(holdings, poolAt);
  const guarded = guardedServices(desired);
  const protectedBy = new Map<string, Protected>();
  for (const service of desired.filter(kong.service.is))
    for (const endpoint of endpoints(service.spec)) {
      const one = { service, guarded: guarded.has(service.id) };
      if (!protectedBy.get(endpoint)?.guarded) protectedBy.set(endpoint, one);
    }
  const controls = new Map(
    holdings.controls.flatMap((control) => {
      const { protocol, hostname, port } = new URL(control.url);
      return endpoints({ name: control.what, host: hostname, port: Number(port) || defaultPort(protocol.slice(0, -1)) }).map((endpoint) => [endpoint, control] as const);
    }),
  );
  return {
    ...holdings,
    hosts: withPorts([...new Set([...holdings.hosts, ...desired.filter(kong.route.is).flatMap(({ spec }) => textsOf(spec.hosts))])]),
    wanted,
    origin,
    ours,
    routes,
    plugins,
    ourRoutes: routes.filter(ours),
    serviceOf: ({ spec: { service } }) => (service == null ? undefined : services.get(referenceOf(service))),
    endpoints,
    seenService: ({ spec }) => {
      const pool = poolAt(spec);
      return pool ? { ...spec, targets: pool.targets.map(({ target, weight }) => `${target} ${weight}`).toSorted() } : spec;
    },
    protectedAt: whoIsAt(protectedBy, holdings.local, ({ guarded }) => guarded),
    controlAt: whoIsAt(controls, holdings.local),
    inForce: pluginsInForce(plugins),
  };
};

/** Who is at an endpoint; where nobody is, who may be there all the same, the `better` first. */
const whoIsAt = <One extends object>(known: ReadonlyMap<string, One>, own: ReadonlySet<string>, better: (one: One) => boolean = () => false): ((endpoints: readonly string[]) => (One & Pick<Protected, 'perhaps'>) | undefined) => {
  const near = new Map<string, One>();
  for (const [endpoint, one] of known) {
    const key = atAnyAddress(endpoint, own);
    const before = near.get(key);
    if (before === undefined || (!better(before) && better(one))) near.set(key, one);
  }
  return (endpoints) => {
    const [sure] = endpoints.flatMap((endpoint) => known.get(endpoint) ?? []);
    if (sure) return sure;
    const [one] = endpoints.flatMap((endpoint) => near.get(atAnyAddress(endpoint, own)) ?? []);
    return one && { ...one, perhaps: true };
  };
};

/** Completes "the upstream of shop.orders". */
export const ifAtAll = ({ perhaps }: Pick<Protected, 'perhaps'>): string => (perhaps ? ', if that listens on all addresses of its machine' : '');

/** Names that the blueprint's routes ask for, as clients send them, too: with a port of the gateway. */
const withPorts = (hosts: readonly string[]): readonly string[] => {
  const ports = new Set(hosts.flatMap((host) => /:(\d+)$/.exec(host)?.[1] ?? []));
  return [...new Set([...hosts, ...hosts.filter((host) => !/:\d+$/.test(host) && !host.includes('*')).flatMap((host) => [...ports].map((port) => `${host}:${port}`))])];
};

/** An upstream of the host's name wins over whatever a resolver knows. */
const poolsIn = ({ pools }: Holdings): ((service: ServiceSpec) => Pool | undefined) => {
  const byName = new Map(pools.map((pool) => [pool.name.toLowerCase(), pool]));
  return ({ host }) => byName.get(String(host).toLowerCase());
};

const endpointsIn = ({ addresses }: Holdings, poolAt: (service: ServiceSpec) => Pool | undefined): Gateway['endpoints'] => {
  const at = (host: string, port: number): readonly string[] => endpointsOf(host, port, (name) => addresses.get(name));
  return (service) => {
    const pool = poolAt(service);
    if (pool) return pool.targets.filter(({ weight }) => weight > 0).flatMap(({ target }) => at(...hostAndPort(target)));
    return at(String(service.host), service.port ?? defaultPort(service.protocol));
  };
};

/** A target is kept with its port; 8000 where it has none. (https://developer.konghq.com/gateway/entities/target/) */
const hostAndPort = (target: string): readonly [string, number] => {
  const [, host = target, port] = /^(.*?)(?::(\d+))?$/.exec(target) ?? [];
  return target.startsWith('[') || target.split(':').length === 2 ? [host, Number(port ?? 8000)] : [target, 8000];
};

/** Plugins that let a request through only with a token that the gateway itself has verified. */
const VERIFYING = ['jwt', 'openid-connect', 'authctl-phantom-token', 'oauth2-introspection', 'authctl-session'];

/** Services of the blueprint on which, or on a route of which, it puts a plugin that demands a token. */
const guardedServices = (desired: readonly Desired[]): ReadonlySet<string> => {
  const serviceOf = new Map(desired.filter(kong.route.is).map(({ id, spec }) => [id, spec.service == null ? undefined : referenceOf(spec.service)]));
  return new Set(
    desired
      .filter(kong.plugin.is)
      .filter((plugin) => VERIFYING.includes(plugin.spec.name) || (isPlugin('authctl-token-guard', plugin) && plugin.spec.config.public !== true))
      .flatMap(({ spec: { service, route } }) => (route == null ? (service == null ? [] : [referenceOf(service)]) : (serviceOf.get(referenceOf(route)) ?? []))),
  );
};

/** What is found about one object; several findings about it become one. */
export interface Finding {
  readonly kind: string;
  readonly id: string;
  readonly effect: Effect;
  readonly what: string;
  readonly origin: Position;
  readonly hint: string;
  /** Everything that was looked at. */
  readonly seen: SpecValue;
  /** Who can do what by it. */
  readonly gains?: readonly Gain[];
}
