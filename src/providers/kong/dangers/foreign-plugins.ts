import type { Danger, Desired } from '../../../core/resource.ts';
import { kong } from '../specs/index.ts';
import type { PluginSpec } from '../specs/index.ts';
import type { Gateway } from './gateway.ts';

/** Plugins that answer in the upstream's place, run code, or change what the upstream or the later plugins see. */
const INTERFERING = new Set([
  'pre-function',
  'post-function',
  'request-termination',
  'request-transformer',
  'request-transformer-advanced',
  'response-transformer',
  'response-transformer-advanced',
  'route-transformer-advanced',
  'exit-transformer',
  'forward-proxy',
  'mocking',
  'aws-lambda',
  'azure-functions',
  'openwhisk',
  'degraphql',
  'canary',
]);

/** A plugin of somebody else on our routes: the closest one of a name replaces ours, some answer or rewrite, some let anybody in. */
export function* foreignPlugins({ wanted, live, ours }: Gateway): Generator<Danger> {
  const ourPlugins = new Set([...wanted.values()].filter(kong.plugin.is).map(({ spec }) => spec.name));
  for (const plugin of live.filter(kong.plugin.is)) {
    const { spec } = plugin;
    if (ours(plugin) || spec.enabled === false) continue;
    const place = placeOf(spec, wanted);
    const harm = harmOf(spec, ourPlugins);
    if (place && harm)
      yield {
        kind: plugin.kind,
        id: plugin.id,
        effect: 'opens',
        what: `${spec.name} ${place.words} ${harm}`,
        origin: place.origin,
        hint: 'delete or disable it, or take it into the blueprint',
      };
  }
}

/** The addresses of what a plugin stands on. */
const standsOn = ({ route, service, consumer }: PluginSpec): readonly string[] => [
  ...(route == null ? [] : [kong.route.address(String(route.name))]),
  ...(service == null ? [] : [kong.service.address(String(service.name))]),
  ...(consumer == null ? [] : [kong.consumer.address(String(consumer.username))]),
];

const placeOf = (spec: PluginSpec, wanted: Gateway['wanted']): { readonly words: string; readonly origin: Desired['origin'] } | undefined => {
  const addresses = standsOn(spec);
  if (addresses.length === 0) {
    const first = [...wanted.values()].find(kong.route.is) ?? [...wanted.values()][0];
    return first && { words: 'on every route', origin: first.origin };
  }
  const held = addresses.map((address) => wanted.get(address));
  // A plugin runs only where all of its scopes meet: one that is not ours means that it does not run on ours.
  const first = held[0];
  return first && held.every((object) => object !== undefined)
    ? { words: `on ${held.map((object) => object?.id).join(' and ')}`, origin: first.origin }
    : undefined;
};

const harmOf = (spec: PluginSpec, ourPlugins: ReadonlySet<string>): string | undefined => {
  if ((spec.config?.anonymous ?? null) !== null) return 'lets a request without a valid token through as an anonymous consumer';
  if (ourPlugins.has(spec.name) && standsOn(spec).length > 0) return 'replaces the plugin of the same name that the blueprint put there';
  if (INTERFERING.has(spec.name)) return 'answers or rewrites requests that the blueprint protects';
  return undefined;
};
