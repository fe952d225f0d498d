import type { Entity, EntityStore } from '../contract.ts';
import type { Configured, PluginHandler } from '../plugins/types.ts';
import { exitAnswer } from './answer.ts';
import { foreignId } from './lookup.ts';
import { buildRouter, type Router } from './router.ts';

/** Who a request belongs to, for choosing between configurations of one plugin. */
export interface Scope {
  readonly route: string | undefined;
  readonly service: string | undefined;
  readonly consumer: string | undefined;
}

/** A kind of plugin that is configured somewhere, and which of its configurations a request gets. */
export interface Selectable {
  readonly handler: PluginHandler;
  readonly select: (scope: Scope) => Configured | undefined;
}

/** The routes and plugins in force at one moment. */
export interface Snapshot {
  readonly router: Router;
  /** In the order in which they run. */
  readonly plugins: readonly Selectable[];
}

const keyOf = (scope: Scope): string => `${scope.route ?? ''}:${scope.service ?? ''}:${scope.consumer ?? ''}`;

/** Most specific first. (kong/runloop/plugins_iterator.lua, lookup_cfg) */
const precedence: readonly (readonly (keyof Scope)[])[] = [
  ['route', 'service', 'consumer'], ['route', 'consumer'], ['service', 'consumer'], ['route', 'service'], ['consumer'], ['route'],
    ['service'], [],
];

const shapeOf = (parts: readonly (keyof Scope)[]): string => parts.join('+');

const selector = (entities: readonly Entity[]): Selectable['select'] => {
  const byScope = new Map<string, Configured>();
  const shapes = new Set<string>();
  for (const entity of entities) {
    const scope = { route: foreignId(entity, 'route'), service: foreignId(entity, 'service'), consumer: foreignId(entity, 'consumer') };
    byScope.set(keyOf(scope), { id: entity.id, config: (entity['config'] ?? {}) as Configured['config'] });
    shapes.add(shapeOf((['route', 'service', 'consumer'] as const).filter((part) => scope[part] !== undefined)));
  }
  const candidates = precedence.filter((parts) => shapes.has(shapeOf(parts)));
  return (scope) => {
    for (const parts of candidates) {
      if (parts.some((part) => scope[part] === undefined)) continue;
      const only = (part: keyof Scope): string | undefined => (parts.includes(part) ? scope[part] : undefined);
      const found = byScope.get(keyOf({ route: only('route'), service: only('service'), consumer: only('consumer') }));
      if (found !== undefined) return found;
    }
    return undefined;
  };
};

/**
 * Refuses what it is configured for: a gateway that leaves a plugin out silently would let requests through that Kong stops.
 * It runs last, when the consumer is known.
 */
const refusal = (name: string): PluginHandler => ({
  name,
  priority: Number.NEGATIVE_INFINITY,
  access: () => exitAnswer(503, { message: `the embedded gateway cannot run the plugin "${name}"` }),
});

const streams = new Set(['tcp', 'tls', 'tls_passthrough', 'udp']);

/** Which of HTTP's protocols a plugin names makes no difference, gRPC among them. (should_process_plugin, kong/runloop/plugins_iterator.lua) */
const runsForHttp = ({ protocols }: Entity): boolean => !Array.isArray(protocols) || protocols.some((one) => !streams.has(String(one)));

/** The routes that there are now, each with its service. */
export const readRouter = (store: EntityStore): Router => {
  const services = new Map(store.all('services').map((service) => [service.id, service]));
  return buildRouter(store.all('routes'), (route) => services.get(foreignId(route, 'service') ?? ''));
};

/**
 * The plugins that are configured now. `handlerFor` gives the handler of a kind of plugin, or undefined when there is none: such plugins
 * refuse every request.
 */
export const readPlugins = (store: EntityStore, handlerFor: (name: string) => PluginHandler | undefined): Snapshot['plugins'] => {
  const enabled = store.all('plugins').filter((plugin) => plugin['enabled'] !== false && typeof plugin['name'] === 'string' && runsForHttp(plugin));
  const names = [...new Set(enabled.map((plugin) => plugin['name'] as string))];
  return names
    .map((name) => ({ handler: handlerFor(name) ?? refusal(name), select: selector(enabled.filter((plugin) => plugin['name'] === name)) }))
    .toSorted((a, b) => b.handler.priority - a.handler.priority || (a.handler.name > b.handler.name ? -1 : 1));
};
