import { objectOf } from '../../core/json.ts';
import { problemsOf } from '../../core/problem.ts';
import type { Address, Change, Desired, Live } from '../../core/resource.ts';
import { addressOf } from '../../core/resource.ts';
import type { InForceMarker } from './in-force-marker.ts';
import { kong } from './specs/index.ts';
import { GUARD_LIST_SECONDS } from './specs/plugin-config.ts';

/** Decides how routes come and go so that none is open before everything on it is in force, or after. */
export interface Exposure {
  /** Told before the first write what this run is about to do. */
  readonly prepare: (changes: readonly Change[]) => void;
  /**
   * `open`: the route may be written as it is; every plugin before it is in force, which was waited for. `closed`: something on it comes
   * only after it, so it must match nothing until then. Throws `KONG_NOT_IN_FORCE`.
   */
  readonly manner: (route: Desired) => Promise<'open' | 'closed'>;
  /** Returns when what was written before is in force: a route that is there already gets its new guards no later than its new place. Waits once in a run. */
  readonly settled: () => Promise<void>;
  /**
   * Returns when what was deleted before is out of force: a route must be seen gone before a plugin that guards it goes. Waits once in a run.
   * Throws `KONG_NOT_IN_FORCE`.
   */
  readonly departed: () => Promise<void>;
  /**
   * True while a plugin of ours for everything is there that this run deletes: it may be what keeps the marker from being seen. Then the time that
   * Kong itself says must do, or nothing could take that plugin away.
   */
  readonly jamLeaves: () => boolean;
  /** Told of each plugin that was deleted. */
  readonly left: (plugin: Live) => void;
  /** Told of each credential that was made, by the name of its consumer. */
  readonly keyed: (consumer: string) => void;
  /** Milliseconds from now for which a guard that was there before this run may go by a list of keys that it has read before one of them was made. */
  readonly unlisted: () => number;
}

/** What a reading of the list may take that had begun before the key was made. */
const READING_MS = 500;

/**
 * Route and plugins come into force by two timers of Kong, up to 5 s apart: a route is safe only when its plugins are seen in force.
 * Where every new route has all its plugins on its service, one look at the marker before the first route does. Where one has a plugin of
 * its own, that plugin needs the route: then all new routes are written closed, and opened by a second write; no run waits three times.
 */
export const createExposure = (marker: Pick<InForceMarker, 'move' | 'reached'>): Exposure => {
  let pluginsOn = pluginsOf([]);
  let ahead = false;
  let inForce: Promise<void> | undefined;
  let gone: Promise<void> | undefined;
  const leaving = new Set<Address>();
  let asking: ReadonlySet<unknown> = new Set();
  let keyed = false;

  return {
    prepare: (changes) => {
      leaving.clear();
      keyed = false;
      asking = new Set(changes.flatMap((change) => ('live' in change && change.action !== 'delete' && kong.plugin.is(change.live) ? [objectOf(change.live.spec.config)['pinned_consumer']] : [])));
      for (const change of changes) if (change.action === 'delete' && isForEverything(change.live)) leaving.add(addressOf(change.live));
      pluginsOn = pluginsOf(changes.flatMap((change) => ('desired' in change ? [change.desired] : [])));
      inForce = undefined;
      gone = undefined;
      ahead = changes.every(
        (change) => !('desired' in change) || change.action === 'keep' || !kong.route.is(change.desired) || comesLast(change.desired),
      );
    },
    manner: async (route) => {
      if (!ahead) return 'closed';
      if (pluginsOn(route).length > 0) await settled();
      return 'open';
    },
    settled,
    departed: () => (gone ??= marker.move().then(marker.reached).catch((thrown: unknown) => {
      if (leaving.size === 0 || !isNotInForce(thrown)) throw thrown;
    })),
    jamLeaves: () => leaving.size > 0,
    left: (plugin) => void leaving.delete(addressOf(plugin)),
    keyed: (consumer) => {
      keyed ||= asking.has(consumer);
    },
    unlisted: () => (keyed ? GUARD_LIST_SECONDS * 1000 + READING_MS : 0),
  };

  function settled(): Promise<void> {
    return (inForce ??= marker.move().then(marker.reached));
  }

  function comesLast(route: Desired): boolean {
    return pluginsOn(route).every((plugin) => route.after.includes(addressOf(plugin)));
  }
};

/** The proxy was not seen to follow; as long as it may take by Kong's own words has been waited. */
export const isNotInForce = (thrown: unknown): boolean => problemsOf(thrown)?.[0]?.code === 'KONG_NOT_IN_FORCE';

const isForEverything = (live: Live): boolean =>
  kong.plugin.is(live) && live.spec.enabled !== false && [live.spec.route, live.spec.service, live.spec.consumer].every((scope) => scope == null);

/** The plugins among `objects` that stand on a route, or on its service. */
export const pluginsOf = (objects: readonly Desired[]): ((route: Desired) => readonly Desired[]) => {
  const places = new Map<string, Desired[]>();
  for (const plugin of objects.filter(kong.plugin.is))
    for (const scope of ['route', 'service'] as const) {
      const name = plugin.spec[scope]?.name;
      if (typeof name !== 'string') continue;
      const there = places.get(`${scope} ${name}`) ?? [];
      places.set(`${scope} ${name}`, [...there, plugin]);
    }
  return (route) => [
    ...(places.get(`route ${route.id}`) ?? []),
    ...((kong.route.is(route) && places.get(`service ${route.spec.service?.name ?? ''}`)) || []),
  ];
};
