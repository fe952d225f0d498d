import type { Danger } from '../../../core/resource.ts';
import type { PartialExport } from '../representations.ts';
import { compositesIn } from '../shipped/shape.ts';
import { composite } from '../specs/composite.ts';
import type { CompositeSpec } from '../specs/composite.ts';
import { role } from '../specs/role.ts';
import { placesOf } from './role-places.ts';
import { andSoMay, effectOf, roleMatters, rules } from './rule.ts';
import { CLIENT_ROLE, found, isOfClient, listed } from './scene.ts';
import type { Scene } from './scene.ts';

/** What a role contains, and what that contains, as Keycloak works it out. */
export const closureOf = (scene: Scene): ((name: string) => ReadonlySet<string>) => closureIn(scene.exported);
export const closureIn = (exported: PartialExport): ((name: string) => ReadonlySet<string>) => {
  const inside = compositesIn(exported);
  return (name) => {
    const all = new Set([name]);
    for (const one of all) for (const next of inside.get(one) ?? []) all.add(next);
    return all;
  };
};

/** What a role contains by objects of their own: roles of clients, and what a role of a client contains. */
const statedBeside = (scene: Scene, name: string): readonly string[] => {
  const [beside, ofClient] = [scene.composites.get(name)?.spec, scene.clientRoles.get(name)?.spec];
  const named = (byClient: Readonly<Record<string, readonly string[] | null>> | null | undefined): readonly string[] =>
    Object.entries(byClient ?? {}).flatMap(([client, names]) => (names ?? []).map((one) => `${client}/${one}`));
  return [...(beside?.realmRoles ?? []), ...named(beside?.clientRoles), ...(ofClient?.composites ?? []), ...named(ofClient?.clientComposites)];
};

/** What the blueprint says of it is compared whole, and told as a change. */
const isCompared = (scene: Scene, name: string, one: string): boolean => {
  const stated = scene.composites.get(name);
  const live = stated && scene.live.filter(composite.is).find(({ kind, id }) => kind === stated.kind && id === stated.id);
  if (stated === undefined || live?.owner === undefined) return false;
  return placesOf(scene.exported, one).every(({ client, role }) => {
    const of = (spec: CompositeSpec): readonly string[] | null | undefined => (client === undefined ? spec.realmRoles : spec.clientRoles?.[client.clientId]);
    return of(stated.spec) != null && of(live.spec)?.includes(role) === true;
  });
};

/** Roles that bring a role of the blueprint, or one that rules the realm, though nobody asked for it. */
export const composites = (scene: Scene): readonly Danger[] => {
  const closure = closureOf(scene);
  return [...compositesIn(scene.exported)].flatMap(([name, inside]) => {
    const shipped = scene.shipped.composites[name === scene.defaultRole ? 'default-roles-<realm>' : name] ?? [];
    const stated = [...(scene.roles.get(name)?.spec.composites ?? []), ...statedBeside(scene, name)];
    const everybody = name === scene.defaultRole;
    // What everybody has counts through every step; of the others each step is told where it is.
    const brought = (everybody ? [...closure(name)].filter((one) => one !== name) : inside).filter((one) => !shipped.includes(one));
    // Of what everybody has by the blueprint's word, all that comes with it is stated, too.
    const meant = new Set(everybody ? stated.flatMap((one) => [...closure(one)]) : stated);
    const all = brought.filter((one) => !meant.has(one) && (scene.roles.has(name) ? isOfClient(scene, one) || rules(one) : roleMatters(scene, one)));
    // What comes with another of them is told with that one.
    const alongWith = (one: string, others: readonly string[]): string => {
      const along = others.filter((other) => other !== one && closure(one).has(other));
      return along.length > 0 ? ` (and with it ${listed(along)})` : '';
    };
    const withAnother = (one: string, at: number): boolean =>
      all.some((other, before) => other !== one && closure(other).has(one) && (before < at || !closure(one).has(other)));
    return all
      .filter((one, at) => !withAnother(one, at) && !isCompared(scene, name, one))
      .map((one) =>
        found(scene, isOfClient(scene, name) ? CLIENT_ROLE : role.kind, name, {
          effect: effectOf(scene, closure(one)) ?? 'weakens',
          what: `${everybody ? `every account has ${one}${alongWith(one, all)}, by the role ${name}` : `who has the role ${name} has ${one}${alongWith(one, all)} as well`}${andSoMay([one])}`,
          hint: `take ${one} out of the role in Keycloak, or accept it`,
          field: `composites.${one}`,
          held: one,
          ...(scene.roles.has(one) && { gains: [{ role: one, holders: everybody ? 'everybody' : { role: name } }] }),
          ...(scene.roles.has(name) && { origin: scene.roles.get(name)?.origin }),
        }),
      );
  });
};

/** Roles of every realm that contain less than Keycloak ships: what people may do with their own accounts is in one that all have. */
export const lesserComposites = (scene: Scene): readonly Danger[] => {
  const inside = compositesIn(scene.exported);
  if (!scene.whole) return [];
  return Object.entries(scene.shipped.composites).flatMap(([shipped, contained]) => {
    const everybody = shipped === 'default-roles-<realm>';
    const name = everybody ? scene.defaultRole : shipped;
    const held = inside.get(name);
    const gone = held === undefined || [scene.roles, scene.composites, scene.clientRoles].some((stated) => stated.has(name)) ? [] : contained.filter((one) => !held.includes(one));
    if (gone.length === 0) return [];
    return [
      found(scene, isOfClient(scene, name) ? CLIENT_ROLE : role.kind, name, {
        effect: everybody ? 'breaks' : 'differs',
        what: everybody ? `accounts lack ${listed(gone)}, which Keycloak gives to everybody by the role ${name}` : `who has the role ${name} lacks ${listed(gone)}, which Keycloak puts into it`,
        hint: 'put it back into the role in Keycloak, or accept it',
        field: 'composites',
        held: gone.toSorted(),
      }),
    ];
  });
};
