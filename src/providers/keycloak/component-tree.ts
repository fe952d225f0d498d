import type { ComponentRep } from './representations.ts';
import { PROFILE } from './shipped/shape.ts';
import { component, within } from './specs/component.ts';

/** One of an export, with what the tree around it says. */
export interface Held extends ComponentRep {
  readonly id: string;
  readonly name: string;
  readonly providerType: string;
  /** The name of what it is part of. */
  readonly parent: string | undefined;
  /** Its name in a plan. */
  readonly place: string;
}

/**
 * Everything that is plugged into a realm. Of several that have one name the one that is `preferred` is called so; the others are told apart by their
 * ids, so that none hides another.
 */
export const componentsIn = (exported: ComponentRep['subComponents'], realm: string, preferred: (id: string, place: string) => boolean): readonly Held[] => {
  const all = heldIn(exported, undefined).map((one) => ({ ...one, place: placeOf(one, realm, one.name) }));
  const first = new Map(all.toSorted((a, b) => Number(preferred(a.id, a.place)) - Number(preferred(b.id, b.place)) || (a.id < b.id ? 1 : -1)).map((one) => [one.place, one.id]));
  return all.map((one) => (first.get(one.place) === one.id ? one : { ...one, place: placeOf(one, realm, `${one.name} (${one.id})`) }));
};

const placeOf = ({ providerType, subType, parent }: Omit<Held, 'place'>, realm: string, name: string): string => component.id(realm, within({ providerType, subType: subType ?? null, parent: parent ?? null }), name);

const heldIn = (components: ComponentRep['subComponents'], parent: string | undefined): readonly Omit<Held, 'place'>[] =>
  Object.entries(components ?? {}).flatMap(([providerType, reps]) =>
    // The user profile is an object of its own.
    (providerType === PROFILE ? [] : reps).flatMap((rep) => {
      const name = rep.name ?? rep.providerId;
      return [...(rep.id === undefined ? [] : [{ ...rep, id: rep.id, name, providerType, parent }]), ...heldIn(rep.subComponents, name)];
    }),
  );
