import type { Position } from '../../core/problem.ts';
import { Problem } from '../../core/problem.ts';
import type { NamedRef } from './representations.ts';

/** Keycloak links roles and scopes by id. The ids are learnt from what is read anyway, and listed again when one is missing. */
export interface IdLookup {
  /** Replaces what is known. */
  readonly learn: (refs: readonly NamedRef[]) => void;
  readonly add: (ref: NamedRef) => void;
  readonly forget: (name: string) => void;
  /** Throws `KEYCLOAK_NO_SUCH_NAME` when one does not exist: Keycloak itself would drop it in silence. */
  readonly refs: (names: readonly string[], at?: Position) => Promise<readonly NamedRef[]>;
  /** The name of what has this id; the id itself for what nobody knows. */
  readonly nameOf: (id: string) => Promise<string>;
}

export const createIdLookup = (what: string, list: (at?: Position) => Promise<readonly NamedRef[]>): IdLookup => {
  let known = new Map<string, NamedRef>();
  let listing: Promise<void> | undefined;
  const learn = (refs: readonly NamedRef[]): void => {
    known = new Map(refs.map(({ id, name }) => [name, { id, name }]));
  };
  const relist = (at?: Position): Promise<void> => {
    listing ??= list(at)
      .then(learn)
      .finally(() => (listing = undefined));
    return listing;
  };

  return {
    learn,
    add: ({ id, name }) => void known.set(name, { id, name }),
    forget: (name) => void known.delete(name),
    refs: async (names, at) => {
      const missing = (): string | undefined => names.find((name) => !known.has(name));
      // A list that somebody else began may be older than what is looked for.
      if (missing() !== undefined && listing !== undefined) await listing;
      if (missing() !== undefined) await relist(at);
      const absent = missing();
      if (absent !== undefined)
        throw new Problem('KEYCLOAK_NO_SUCH_NAME', `Keycloak has no ${what} "${absent}"`, {
          at,
          hint: `declare it in the blueprint, or make it in Keycloak first`,
        });
      return names.flatMap((name) => known.get(name) ?? []);
    },
    nameOf: async (id) => {
      const found = (): string | undefined => [...known.values()].find((one) => one.id === id)?.name;
      if (found() === undefined) await relist();
      return found() ?? id;
    },
  };
};
