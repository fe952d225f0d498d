import type { Answer } from '../proxy/answer.ts';
import type { Exchange } from '../proxy/exchange.ts';

/** A plugin's configuration as the Admin API shows it, with the id of the plugin entity. */
export interface Configured {
  readonly id: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A piece of a response body; `last` is set on the final one, which may be empty. */
export interface Chunk {
  readonly data: string;
  readonly last: boolean;
}

type Step<T> = T | Promise<T>;

/**
 * One kind of plugin, by the phases it takes part in. `access` and `rewrite` may end the request with an answer; so may `headerFilter`,
 * whose answer then takes the place of the response. What throws is a 500.
 */
export interface PluginHandler {
  readonly name: string;
  readonly priority: number;
  readonly rewrite?: (exchange: Exchange, plugin: Configured) => Step<Answer | undefined>;
  readonly access?: (exchange: Exchange, plugin: Configured) => Step<Answer | undefined>;
  readonly headerFilter?: (exchange: Exchange, plugin: Configured) => Step<Answer | undefined>;
  readonly bodyFilter?: (exchange: Exchange, plugin: Configured, chunk: Chunk) => Chunk;
  readonly log?: (exchange: Exchange, plugin: Configured) => Step<void>;
}

/** Turns a plugin's configuration into what its handler works with, once per configuration object. */
export const remembered = <T>(make: (config: Configured['config']) => T): ((plugin: Configured) => T) => {
  const known = new WeakMap<object, T>();
  return ({ config }) => {
    const seen = known.get(config);
    if (seen !== undefined) return seen;
    const made = make(config);
    known.set(config, made);
    return made;
  };
};
