import { addressOf } from '../../core/resource.ts';
import type { Desired, Live } from '../../core/resource.ts';
import { kong } from './specs/index.ts';
import type { PluginSpec } from './specs/index.ts';
import { inGroup, scopeOf } from './reach/scopes.ts';

/**
 * Kong takes one plugin of a name at a place. One of ours there under an instance name that nobody knows is the one that the blueprint wants: a second
 * could not be made beside it. What is not ours is left under its own name, and told as what it is.
 */
export const recognised = (name: string, desired: readonly Desired[], live: readonly Live[]): readonly Live[] => {
  const wanted = desired.filter(kong.plugin.is);
  const [known, there] = [new Set(wanted.map(addressOf)), new Set(live.map(addressOf))];
  const missing = new Map(wanted.filter((plugin) => !there.has(addressOf(plugin))).map((plugin) => [placeOf(plugin.spec), plugin.id]));
  if (missing.size === 0) return live;
  return live.map((object) => {
    if (!kong.plugin.is(object) || object.owner !== name || known.has(addressOf(object)) || inGroup(object.spec)) return object;
    const id = missing.get(placeOf(object.spec));
    return id === undefined ? object : { ...object, id };
  });
};

const placeOf = (spec: PluginSpec): string => {
  const { route, service, consumer } = scopeOf(spec);
  return JSON.stringify([spec.name, route, service, consumer]);
};
