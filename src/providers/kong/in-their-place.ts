import { isObject } from '../../core/json.ts';
import { Problem, Problems } from '../../core/problem.ts';
import { addressOf } from '../../core/resource.ts';
import type { Desired, Live, Spec } from '../../core/resource.ts';
import { kong } from './specs/index.ts';
import type { PluginSpec } from './specs/index.ts';
import { inGroup, scopeOf } from './reach/scopes.ts';

/**
 * What is there under the names that the blueprint gives with `adopts`, as what it is to be: by its id it is the same row, so that it is renamed and changed
 * where it stands. What points at it points at the new name, and a plugin of the kind that the blueprint has in its place is the blueprint's: Kong takes one of
 * a kind at a place, also where an apply was broken off before it came to that. One that is the blueprint's already is not looked for any more. Throws `Problems`.
 */
export const inTheirPlace = (desired: readonly Desired[], live: readonly Live[]): readonly Live[] => {
  const there = new Set(live.map(addressOf));
  const wanted = new Set(desired.map(addressOf));
  const adopting = desired.filter((object) => object.adopts !== undefined);
  if (adopting.length === 0) return live;
  const asked = adopting.filter((object) => !there.has(addressOf(object)));
  const problems: Problem[] = [];
  const refuse = ({ adopts = '', kind, origin }: Desired, why: string, expected: string): void => {
    problems.push(new Problem('KONG_ADOPTS', `the ${kind.slice('kong.'.length)} "${adopts}" cannot be taken over: ${why}`, { at: origin, expected, hint: 'mend "adopts", or take it out where nothing is to be taken over' }));
  };
  const becomes = new Map<Live, Desired>();
  for (const object of asked) {
    const [found, ...more] = live.filter((one) => one.kind === object.kind && (one.id === object.adopts || idOf(one) === object.adopts));
    if (found === undefined) refuse(object, 'this Kong has none of this name or id', 'the name or the id of one that is there');
    else if (more.length > 0) refuse(object, 'it is the name of one and the id of another', 'the id of one');
    else if (wanted.has(addressOf(found))) refuse(object, 'another part of the blueprint, such as raw.kong.entities, asks for it', 'each object once');
    else if (becomes.has(found)) refuse(object, 'it is taken over as something else as well', 'each object once');
    else becomes.set(found, object);
  }
  for (const [held, object] of becomes) {
    if (!kong.service.is(object)) continue;
    const others = live.filter((one) => kong.route.is(one) && pointsAt(one.spec.service, held) && !becomes.has(one) && !wanted.has(addressOf(one)));
    if (others.length > 0) refuse(object, `requests of others go through it, and its new guards would refuse them: the routes ${others.map(({ id }) => id).join(', ')}`, 'a route of the blueprint with "adopts" for each of them, or another service for them');
  }
  if (problems.length > 0) throw new Problems(problems);
  const moved = live.map((object) => pointing(object, becomes));
  const before = new Set(live.flatMap((object) => (object.adopted ? [addressOf(object)] : [])));
  const taken = [...becomes.values(), ...adopting.filter((object) => before.has(addressOf(object)))];
  return withPlugins(moved, { desired, there, names: new Set(taken.map(({ kind, id }) => `${kind} ${id}`)) });
};

/** A row as what it becomes, or as what points at what that becomes. */
const pointing = (object: Live, becomes: ReadonlyMap<Live, Desired>): Live => {
  const spec: Spec = Object.fromEntries(
    Object.entries(object.spec).map(([field, value]) => {
      const kind = field === 'service' ? kong.service.kind : field === 'route' ? kong.route.kind : undefined;
      const [, now] = kind === undefined ? [] : ([...becomes].find(([held]) => held.kind === kind && pointsAt(value, held)) ?? []);
      return [field, now ? { name: now.id } : value];
    }),
  );
  return { ...object, spec, id: becomes.get(object)?.id ?? object.id };
};

/** Nobody's plugins on what is taken over, as those that the blueprint has there. */
const withPlugins = (live: readonly Live[], { desired, there, names }: { readonly desired: readonly Desired[]; readonly there: ReadonlySet<string>; readonly names: ReadonlySet<string> }): readonly Live[] => {
  const missing = desired.filter(kong.plugin.is).filter((plugin) => !there.has(addressOf(plugin)) && inAdopted(plugin, names));
  return live.map((object) => {
    if (!kong.plugin.is(object) || object.owner !== undefined || inGroup(object.spec)) return object;
    const plugin = missing.find((one) => placeIn(one) === placeIn(object));
    return plugin === undefined ? object : { ...object, id: plugin.id };
  });
};

interface Plugin {
  readonly spec: PluginSpec;
}
const placeIn = ({ spec }: Plugin): string => {
  const { route, service, consumer } = scopeOf(spec);
  return JSON.stringify([spec.name, route, service, consumer]);
};
const inAdopted = ({ spec }: Plugin, names: ReadonlySet<string>): boolean => {
  const { route, service } = scopeOf(spec);
  return names.has(`${kong.service.kind} ${String(service)}`) || names.has(`${kong.route.kind} ${String(route)}`);
};

const idOf = ({ ref }: Live): unknown => (isObject(ref) ? ref.id : undefined);
/** A reference is the name of a row, or its id where it has none. */
const pointsAt = (reference: unknown, held: Live): boolean => isObject(reference) && (reference.name === undefined ? reference.id === idOf(held) : reference.name === held.spec['name']);
