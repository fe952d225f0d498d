import type { PluginSpec } from '../specs/index.ts';
import { referenceOf } from './objects.ts';
import type { LivePlugin } from './objects.ts';

/** Who a request belongs to. */
export interface Place {
  readonly route: string;
  readonly service: string | undefined;
  readonly consumer?: string;
}

export interface InForce {
  /** The configuration of a plugin that requests there get: of several of one name the most specific one alone. */
  readonly at: (name: string, place: Place) => LivePlugin | undefined;
  /** All of them, by name. */
  readonly allAt: (place: Place) => readonly LivePlugin[];
}

type Part = 'route' | 'service' | 'consumer';
/** Most specific first. (kong/runloop/plugins_iterator.lua, lookup_cfg) */
const PRECEDENCE: readonly (readonly Part[])[] = [
  ['route', 'service', 'consumer'],
  ['route', 'consumer'],
  ['service', 'consumer'],
  ['route', 'service'],
  ['consumer'],
  ['route'],
  ['service'],
  [],
];

export const scopeOf = ({ route, service, consumer }: PluginSpec): Readonly<Partial<Record<Part, string>>> => ({
  ...(route != null && { route: referenceOf(route) }),
  ...(service != null && { service: referenceOf(service) }),
  ...(consumer != null && { consumer: referenceOf(consumer) }),
});

const keyOf = (scope: Readonly<Partial<Record<Part, string | undefined>>>): string => JSON.stringify([scope.route, scope.service, scope.consumer]);

/** A plugin of a group of consumers counts wherever one of the group may come: it is left out here, and looked at by itself. */
export const pluginsInForce = (plugins: readonly LivePlugin[]): InForce => {
  const byName = new Map<string, Map<string, LivePlugin>>();
  for (const plugin of plugins) {
    const { spec } = plugin;
    if (spec.enabled === false || inGroup(spec)) continue;
    const scopes = byName.get(spec.name) ?? new Map<string, LivePlugin>();
    byName.set(spec.name, scopes.set(keyOf(scopeOf(spec)), plugin));
  }
  const at: InForce['at'] = (name, place) => {
    const scopes = byName.get(name);
    if (scopes === undefined) return undefined;
    for (const parts of PRECEDENCE) {
      if (parts.some((part) => place[part] === undefined)) continue;
      const found = scopes.get(keyOf(Object.fromEntries(parts.map((part) => [part, place[part]]))));
      if (found) return found;
    }
    return undefined;
  };
  return { at, allAt: (place) => [...byName.keys()].flatMap((name) => at(name, place) ?? []) };
};

/** Enterprise's plugins may stand on a group of consumers. */
export const inGroup = (spec: PluginSpec): boolean => 'consumer_group' in spec && spec.consumer_group != null;
