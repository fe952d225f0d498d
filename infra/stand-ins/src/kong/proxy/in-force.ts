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

interface InForce {
  readonly snapshot: () => Snapshot;
  readonly close: () => void;
}

/** What is in force: with every write, or, with timers, at their turns. */
export const keepInForce = (store: EntityStore, timers: Timers | undefined, handlerFor: (name: string) => PluginHandler | undefined): InForce => {
  const router = newest(store, () => readRouter(store));
  const plugins = newest(store, () => readPlugins(store, handlerFor));
  if (timers === undefined) return { snapshot: () => ({ router: router(), plugins: plugins() }), close: () => undefined };
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
