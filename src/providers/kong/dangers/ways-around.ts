import type { Danger } from '../../../core/resource.ts';
import { kong } from '../specs/index.ts';
import type { PluginSpec, ServiceSpec } from '../specs/index.ts';
import { covers, names } from './gateway.ts';
import type { Gateway } from './gateway.ts';

/** Plugins that let a request through only with a token that the gateway itself has verified. */
const TOKEN_PLUGINS = new Set([
  'jwt',
  'openid-connect',
  'authctl-token-guard',
  'authctl-phantom-token',
  'oauth2-introspection',
  'jwt-signer',
]);

/** A route of somebody else to an upstream of ours, that no token plugin stands before. */
export function* waysAround({ wanted, live, ours }: Gateway): Generator<Danger> {
  const protectedUpstreams = new Map([...wanted.values()].filter(kong.service.is).map((service) => [upstreamOf(service.spec), service]));
  const services = live.filter(kong.service.is);
  const guards = live.filter(kong.plugin.is).filter(({ spec }) => isTokenCheck(spec));
  for (const route of live.filter(kong.route.is)) {
    const reference = route.spec.service ?? null;
    const service = reference === null ? undefined : services.find((one) => names(reference, one));
    if (ours(route) || service === undefined || service.spec.enabled === false) continue;
    const target = protectedUpstreams.get(upstreamOf(service.spec));
    const guarded = guards.some(({ spec }) => covers(spec, route, service));
    if (target && !guarded)
      yield {
        kind: route.kind,
        id: route.id,
        effect: 'opens',
        what: `reaches ${upstreamOf(service.spec)}, the upstream of ${target.id}, without a token plugin`,
        origin: target.origin,
        hint: 'delete the route, put a token plugin on it, or take it into the blueprint',
      };
  }
}

const upstreamOf = ({ protocol, host, port }: ServiceSpec): string => `${String(protocol)}://${String(host).toLowerCase()}:${String(port)}`;

const isTokenCheck = ({ enabled, name, config }: PluginSpec): boolean =>
  enabled !== false && TOKEN_PLUGINS.has(name) && (config?.anonymous ?? null) === null && config?.public !== true;
