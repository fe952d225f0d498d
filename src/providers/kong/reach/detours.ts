import { isObject, textOf } from '../../../core/json.ts';
import type { SpecValue } from '../../../core/resource.ts';
import { isSpec } from '../../../core/spec.ts';
import type { PluginSpec, ServiceSpec } from '../specs/index.ts';
import type { Gateway } from './gateway.ts';
import { referenceOf } from './objects.ts';
import type { LivePlugin, LiveRoute } from './objects.ts';
import { scopeOf } from './scopes.ts';

/** A place that a plugin takes requests to, and not to their service; what is not said of it is the service's. */
export interface Place {
  /** A name of an upstream, too. */
  readonly host?: string;
  readonly port?: number;
  /** What a request must have in it to be taken there. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Wherever the request itself says: `$(headers.x)`, `{{ … }}`. */
const TEMPLATE = /\$\(|\$\{|\{\{/;

const portOf = (value: SpecValue | undefined): number | undefined => {
  const port = Number(value);
  return value == null || value === '' || !Number.isInteger(port) ? undefined : port;
};
const placeOf = (host: SpecValue | undefined, port: SpecValue | undefined, headers: SpecValue | undefined = {}): Place => {
  const [name, number] = [textOf(host), portOf(port)];
  return {
    ...(name !== undefined && name !== '' && { host: name }),
    ...(number !== undefined && { port: number }),
    headers: isSpec(headers) ? Object.fromEntries(Object.entries(headers).map(([header, value]) => [header.toLowerCase(), String(value)])) : {},
  };
};

/** Where the plugins that choose a place by themselves lead, as they are configured. (https://developer.konghq.com/plugins/) */
const PLACES: Readonly<Record<string, (config: Readonly<Record<string, SpecValue | undefined>>) => readonly Place[]>> = {
  'route-by-header': ({ rules }) => (Array.isArray(rules) ? rules.flatMap((rule: SpecValue) => (isObject(rule) ? [placeOf(rule['upstream_name'] as SpecValue, undefined, rule['condition'] as SpecValue)] : [])) : []),
  canary: ({ upstream_host: host, upstream_port: port }) => [placeOf(host, port)],
  'route-transformer-advanced': ({ host, port }) => [placeOf(host, port)],
};

/** The places that a plugin leads to. */
export const placesOf = ({ name, config }: PluginSpec): readonly Place[] => (PLACES[name]?.(config ?? {}) ?? []).filter(({ host, port }) => host !== undefined || port !== undefined);

export interface Detour {
  readonly plugin: LivePlugin;
  /** The service as it is with that place in it; none where it is known with a request only. */
  readonly service: ServiceSpec | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Those that choose a place by themselves: few, and asked for at every route. */
const choosing = new WeakMap<readonly LivePlugin[], readonly LivePlugin[]>();
const choosingIn = (plugins: readonly LivePlugin[]): readonly LivePlugin[] => {
  const found = choosing.get(plugins) ?? plugins.filter(({ spec }) => spec.enabled !== false && placesOf(spec).length > 0);
  choosing.set(plugins, found);
  return found;
};

/** Where plugins on a route of others take its requests. Those of ours lead where the blueprint says, and what others put on routes of ours is told of itself. */
export const detoursFrom = ({ plugins, ours, serviceOf }: Pick<Gateway, 'plugins' | 'ours' | 'serviceOf'>, route: LiveRoute): readonly Detour[] => {
  if (ours(route)) return [];
  const [service, name] = [serviceOf(route)?.spec, route.spec.service == null ? undefined : referenceOf(route.spec.service)];
  return choosingIn(plugins).flatMap((plugin) => {
    const { route: onRoute, service: onService } = scopeOf(plugin.spec);
    if (ours(plugin) || (onRoute ?? route.id) !== route.id || (onService !== undefined && onService !== name)) return [];
    return placesOf(plugin.spec).map(({ host, port, headers }): Detour => {
      const unknown = TEMPLATE.test(host ?? '') || (plugin.spec.name === 'route-transformer-advanced' && TEMPLATE.test(String(plugin.spec.config?.port ?? '')));
      return { plugin, headers, service: unknown ? undefined : { ...service, name: '', ...(host !== undefined && { host }), ...(port !== undefined && { port }) } };
    });
  });
};
