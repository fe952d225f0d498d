import type { EntityStore } from '../contract.ts';
import type { PluginHandler } from '../plugins/types.ts';
import { readPlugins, readRouter, type Snapshot } from './snapshot.ts';

/**
 * How a Kong with a database takes note of what is written (`worker_consistency = eventual`, kong/runloop/handler.lua): `router-rebuild` and
 * `plugins-iterator-rebuild` read it each for itself, every `every` seconds; the second `after` seconds after the first. Seconds.
 */
export interface Timers {
  readonly every: number;
  readonly after: number;
}

/**
 * How a Kong without a database takes a configuration (`reconfigure_handler`, kong/runloop/handler.lua, 3.9.3): the router is changed in place, route by
 * route, while requests are served, and the set of plugins is exchanged when it has been built. Milliseconds in between; a genuine one took up to 18
 * for 300 routes, and for ever where it broke off.
 */
export interface Reconfigured {
  readonly pluginsAfter: number;
}

interface InForce {
  readonly snapshot: () => Snapshot;
  readonly close: () => void;
}

/** What is in force: with every write, or, with timers, at their turns, or some time after a configuration was loaded. */
export const keepInForce = (store: EntityStore, timing: Timers | Reconfigured | undefined, handlerFor: (name: string) => PluginHandler | undefined): InForce => {
  const router = newest(store, () => readRouter(store));
  const plugins = newest(store, () => readPlugins(store, handlerFor));
  if (timing === undefined) return { snapshot: () => ({ router: router(), plugins: plugins() }), close: () => undefined };
  return 'every' in timing ? byTimers(timing, router, plugins) : byLoads(store, timing, router, plugins);
};

type Read<Part extends keyof Snapshot> = () => Snapshot[Part];

const byLoads = (store: EntityStore, { pluginsAfter }: Reconfigured, router: Read<'router'>, plugins: Read<'plugins'>): InForce => {
  let held = plugins();
  let waiting: NodeJS.Timeout | undefined;
  store.replaced?.(() => {
    // One at a time, and a later one waits for its turn: what is taken then is the newest.
    waiting ??= setTimeout(() => {
      waiting = undefined;
      held = plugins();
    }, pluginsAfter).unref();
  });
  return { snapshot: () => ({ router: router(), plugins: held }), close: () => clearTimeout(waiting) };
};

const byTimers = (timers: Timers, router: Read<'router'>, plugins: Read<'plugins'>): InForce => {
  let held: Snapshot = { router: router(), plugins: plugins() };
  const running = [setInterval(() => { held = { ...held, router: router() }; }, timers.every * 1000).unref()];
  const second = setTimeout(() => {
    running.push(setInterval(() => { held = { ...held, plugins: plugins() }; }, timers.every * 1000).unref());
  }, timers.after * 1000).unref();
  return {
    snapshot: () => held,
    close: () => {
      clearTimeout(second);
      for (const timer of running) clearInterval(timer);
    },
  };
};

/** Made anew only when something was written since. */
const newest = <T>(store: EntityStore, read: () => T): (() => T) => {
  let held: { readonly version: number; readonly value: T } | undefined;
  return () => {
    const version = store.version();
    if (held?.version !== version) held = { version, value: read() };
    return held.value;
  };
};
