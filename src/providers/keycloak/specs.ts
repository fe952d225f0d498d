import type { Spec, SpecValue } from '../../core/resource.ts';
import { Secret } from '../../core/secret.ts';

export const isSpec = (value: SpecValue | undefined): value is Spec =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Secret);

/** What Keycloak shows in place of a secret. Written back it would become the secret. */
export const MASK = '**********';

/** The `id` grammar is `<realm>/<name>`; a realm's name has no slash, a scope's or role's may. */
export const nameIn = (id: string): string => id.slice(id.indexOf('/') + 1);

export const strings = (value: SpecValue | undefined): readonly string[] | undefined =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : undefined;

/** Two lists of names as what to add to the first and what to take away from it. */
export const changesBetween = (held: readonly string[], wanted: readonly string[]): { add: string[]; drop: string[] } => ({
  add: wanted.filter((name) => !held.includes(name)),
  drop: held.filter((name) => !wanted.includes(name)),
});

/** A spec as it is sent: secrets revealed, here and nowhere else. `null` stays `null`. */
export const payloadOf = (value: SpecValue): unknown => {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map((item: SpecValue) => payloadOf(item));
  if (isSpec(value)) return Object.fromEntries(Object.entries(value).map(([field, item]) => [field, payloadOf(item)]));
  return value;
};

/**
 * Lists that Keycloak keeps as sets come back in any order. The live one is put into the order in which the blueprint's `raw` part
 * states it when the members are the same, and sorted otherwise: patterns emit them sorted.
 */
export const asSet = (live: unknown, stated: unknown): SpecValue => {
  if (!Array.isArray(live)) return (live ?? null) as SpecValue;
  const members = live as readonly string[];
  if (Array.isArray(stated) && stated.length === members.length && stated.every((item) => members.includes(item as string)))
    return stated as readonly string[];
  return members.toSorted();
};
