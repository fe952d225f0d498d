import type { Danger, Desired, Live } from '../../../core/resource.ts';
import { addressOf } from '../../../core/resource.ts';
import { additions } from './additions.ts';
import { foreignCredentials } from './foreign-credentials.ts';
import { foreignPlugins } from './foreign-plugins.ts';
import { waysAround } from './ways-around.ts';

/** What somebody else put on the gateway that undoes what the blueprint protects. Reads nothing: works on what `list` returned. */
export const dangersOf = (desired: readonly Desired[], live: readonly Live[]): readonly Danger[] => {
  const wanted = new Map(desired.filter(({ kind }) => kind.startsWith('kong.')).map((object) => [addressOf(object), object]));
  if (wanted.size === 0) return [];
  const gateway = { wanted, live, ours: (object: Live) => wanted.has(addressOf(object)) };
  return [...waysAround(gateway), ...foreignPlugins(gateway), ...foreignCredentials(gateway), ...additions(gateway)];
};
