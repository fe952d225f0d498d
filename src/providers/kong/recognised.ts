import { diffSpec } from '../../core/diff.ts';
import { addressOf } from '../../core/resource.ts';
import type { Desired, Live } from '../../core/resource.ts';
import { kong } from './specs/index.ts';
import type { PluginSpec } from './specs/index.ts';
import { tagsOf } from './reach/objects.ts';
import { inGroup, scopeOf } from './reach/scopes.ts';

/**
 * Kong takes one plugin of a name at a place. One of ours there under an instance name that nobody knows is the one that the blueprint wants: a second
 * could not be made beside it. So is one that carries no tag at all any more and is the wanted one but for its name, which `--adopt` takes over again. What
 * else is not ours is left under its own name, and told as what it is.
 */
export const recognised = (name: string, desired: readonly Desired[], live: readonly Live[]): readonly Live[] => {
  const wanted = desired.filter(kong.plugin.is);
  const [known, there] = [new Set(wanted.map(addressOf)), new Set(live.map(addressOf))];
  const missing = new Map(wanted.filter((plugin) => !there.has(addressOf(plugin))).map((plugin) => [placeOf(plugin.spec), plugin]));
  if (missing.size === 0) return live;
  return live.map((object) => {
    if (!kong.plugin.is(object) || known.has(addressOf(object)) || inGroup(object.spec)) return object;
    const plugin = missing.get(placeOf(object.spec));
    if (plugin === undefined || (object.owner !== name && !isBare(plugin, object))) return object;
    return { ...object, id: plugin.id };
  });
};

/** Nobody's by its tags, and in everything but its name what the blueprint states. */
const isBare = (wanted: Desired, live: Live): boolean =>
  live.owner === undefined && tagsOf(live).length === 0 && diffSpec(wanted.spec, live.spec).every(({ path }) => path === 'instance_name');

const placeOf = (spec: PluginSpec): string => {
  const { route, service, consumer } = scopeOf(spec);
  return JSON.stringify([spec.name, route, service, consumer]);
};
