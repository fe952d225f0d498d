import { addressOf } from '../../../core/resource.ts';
import type { Desired, Effect, Spec } from '../../../core/resource.ts';
import { groupBy } from '../../../core/collections.ts';
import { letsMore } from '../specs/bounds.ts';
import { kong } from '../specs/index.ts';
import type { PluginSpec } from '../specs/index.ts';
import { markerName } from '../specs/marks.ts';
import type { Finding, Gateway } from './gateway.ts';
import { destinationOf, doingOf } from './plugin-effects.ts';
import { referenceOf } from './objects.ts';
import type { LivePlugin, LiveRoute } from './objects.ts';
import { isPlainCode } from './plain-code.ts';
import { inGroup, scopeOf } from './scopes.ts';

/** Plugins of others in force on requests of ours, whatever they are called: each does something, and one that nobody knows may do anything. */
export function* foreignPlugins(gateway: Gateway): Generator<Finding> {
  const { ourRoutes, origin } = gateway;
  const consumers = [...gateway.wanted.values()].filter(kong.consumer.is).map(({ id }) => id);
  const byRoute = new Map(ourRoutes.map((route) => [route.id, route]));
  const byService = groupBy(ourRoutes, ({ spec: { service } }) => (service == null ? '' : referenceOf(service)));
  const routesIn = (plugin: LivePlugin): readonly LiveRoute[] => {
    const { route, service } = scopeOf(plugin.spec);
    if (route !== undefined) return [byRoute.get(route)].filter((one) => one !== undefined).filter(({ spec }) => service === undefined || (spec.service != null && referenceOf(spec.service) === service));
    return service === undefined ? ourRoutes : (byService.get(service) ?? []);
  };

  for (const plugin of gateway.plugins) {
    const { spec } = plugin;
    if (gateway.ours(plugin) || spec.enabled === false || plugin.id === markerName(gateway.name)) continue;
    const { consumer } = scopeOf(spec);
    if (consumer !== undefined && !consumers.includes(consumer)) continue;
    const places = (route: LiveRoute) => ({ route: route.id, service: route.spec.service == null ? undefined : referenceOf(route.spec.service), ...(consumer !== undefined && { consumer }) });
    const affected = routesIn(plugin).filter((route) => inGroup(spec) || gateway.inForce.at(spec.name, places(route)) === plugin);
    const [first] = affected;
    if (first === undefined) continue;
    const found = harmOf(gateway, plugin, affected);
    if (found === undefined) continue;
    yield {
      kind: plugin.kind,
      id: plugin.id,
      effect: found.effect,
      what: `${spec.name} ${placeOf(gateway, plugin, affected)} ${found.words}`,
      origin: originOf(gateway, plugin)?.origin ?? gateway.wanted.get(addressOf(first))?.origin ?? origin,
      hint: 'delete or disable it, or accept it',
      seen: [spec],
    };
  }
}

/** What of the blueprint it is on: a route, or a service. */
const originOf = ({ wanted }: Gateway, { spec }: LivePlugin): Desired | undefined => {
  const { route, service } = scopeOf(spec);
  return (route === undefined ? undefined : wanted.get(kong.route.address(route))) ?? (service === undefined ? undefined : wanted.get(kong.service.address(service)));
};

const placeOf = ({ ourRoutes }: Gateway, { spec }: LivePlugin, affected: readonly LiveRoute[]): string => {
  const scope = scopeOf(spec);
  const standing = Object.values(scope).join(' and ');
  const group = inGroup(spec) ? ' for a group of consumers' : '';
  if (standing !== '') return `on ${standing}${group}`;
  return `${affected.length === ourRoutes.length ? 'on every route' : `on ${affected.length} of our routes`}${group}`;
};

/** Plugins that decide who gets through: the closest one of a name is alone in force. */
const DECIDING = new Set(['jwt', 'openid-connect', 'opa', 'acl', 'key-auth', 'basic-auth', 'hmac-auth', 'ip-restriction']);
const decides = (name: string): boolean => DECIDING.has(name) || name.startsWith('authctl-');

const harmOf = (gateway: Gateway, { spec }: LivePlugin, affected: readonly LiveRoute[]): { readonly effect: Effect; readonly words: string } | undefined => {
  const doing = doingOf(spec.name, spec.config);
  const destination = doing?.effect === 'exposes' ? destinationOf(spec.config) : undefined;
  const replaced = affected.map((route) => displaced(gateway, spec.name, route)).find((one) => one !== undefined);
  if (replaced !== undefined && decides(spec.name)) return { effect: 'opens', words: `is in force in the place of ${replaced.id}, which the blueprint put there` };
  if (replaced !== undefined && letsMore(spec.name, replaced.spec.config ?? {}, spec.config ?? {})) return { effect: 'weakens', words: `is in force in the place of ${replaced.id}, and lets through what that one stops` };
  return doing && { effect: doing.effect, words: `${doing.words}${destination === undefined ? '' : `: ${destination}`}` };
};

/** The plugin of the blueprint that would be in force there. */
const displaced = ({ wanted }: Gateway, name: string, route: LiveRoute): Desired<PluginSpec> | undefined => {
  const service = route.spec.service == null ? undefined : referenceOf(route.spec.service);
  for (const object of wanted.values()) {
    if (!kong.plugin.is(object) || object.spec.name !== name) continue;
    const scope = scopeOf(object.spec);
    const here = (scope.route === undefined || scope.route === route.id) && (scope.service === undefined || scope.service === service);
    if (here && scope.consumer === undefined) return object;
  }
  return undefined;
};

/** A plugin of others on a route, service or consumer that the blueprint does not make: no request of ours meets it. */
export const standsWithOthers = (gateway: Gateway, plugin: LivePlugin): boolean => {
  const { route, service, ...rest } = scopeOf(plugin.spec);
  if (gateway.ours(plugin) || (route === undefined && service === undefined && Object.keys(rest).length === 0)) return false;
  return !gateway.wanted.has(kong.route.address(route ?? '')) && !gateway.wanted.has(kong.service.address(service ?? ''));
};

/** The code of such a plugin, phase by phase. */
const codeIn = (config: Spec | null | undefined): readonly string[] => Object.values(config ?? {}).flat().filter((part): part is string => typeof part === 'string');

/** Code on a route or service of others leads wherever it likes, to us, too, unless all of it is plain. */
export function* leadingCode(gateway: Gateway): Generator<Finding> {
  for (const plugin of gateway.plugins) {
    const { name, config, enabled } = plugin.spec;
    if (enabled === false || !['pre-function', 'post-function'].includes(name)) continue;
    const scope = scopeOf(plugin.spec);
    if (standsWithOthers(gateway, plugin) && !codeIn(config).every(isPlainCode))
      yield {
        kind: plugin.kind,
        id: plugin.id,
        effect: 'opens',
        what: `${name} on ${Object.values(scope).join(' and ')} runs code that can send requests anywhere, to what the blueprint protects, too`,
        origin: gateway.origin,
        hint: 'read the code, then accept it or delete it',
        seen: [plugin.spec],
      };
  }
}
