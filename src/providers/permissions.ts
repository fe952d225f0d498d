/** What a login needs for the objects of a kind, each right in the words of its server. */
export interface Rights {
  /** To read them all. */
  readonly look: readonly string[];
  /** To make and change them. */
  readonly write: readonly string[];
  /** To delete them, where that is another right; none where they are never deleted. */
  readonly remove?: readonly string[];
}

/** The one table of a provider: what its login needs, by kind, and beside them. */
export interface Permissions {
  /** Every kind of the provider; a test holds it to the specs. */
  readonly kinds: Readonly<Record<string, Rights>>;
  /** For what is within reach beside the kinds: without it drift says what it could not look at. */
  readonly reach: readonly string[];
  /** For the lock of an apply, and for what a write needs beside the kinds. */
  readonly apply: readonly string[];
  /** For drift to say who changed what it found, and when. Without it drift finds the same, and says that this is not known. */
  readonly who: readonly string[];
  /** For what verify reads beside that. */
  readonly verify: readonly string[];
  /** For what `verify --disruptive` makes and takes away again. */
  readonly disruptive: readonly string[];
}

/** Whose needs are told apart. */
export const LOGINS = ['plan', 'drift', 'verify', 'verify --disruptive', 'apply', 'destroy'] as const;
export type LoginFor = (typeof LOGINS)[number];

/** The least rights of a login that does no more than that. `kinds`: those that the blueprint asks for, which alone are written. */
export const leastRights = ({ kinds, reach, apply, verify, disruptive }: Permissions, login: LoginFor, wanted: readonly string[]): readonly string[] => {
  const all = Object.values(kinds);
  const own = Object.entries(kinds).flatMap(([kind, rights]) => (wanted.includes(kind) ? [rights] : []));
  const look = [...all.flatMap((rights) => rights.look), ...reach];
  const more: Readonly<Record<LoginFor, readonly string[]>> = {
    plan: [],
    drift: [],
    verify,
    'verify --disruptive': [...verify, ...apply, ...disruptive],
    apply: [...own.flatMap(({ write, remove = [] }) => [...write, ...remove]), ...apply],
    destroy: [...own.flatMap(({ write, remove = [] }) => [...write, ...remove]), ...apply],
  };
  return [...new Set([...look, ...more[login]])];
};

/**
 * What deletes the last object of a kind that the blueprint does not have any more (`--prune`, `rollback`, `destroy`), where a login may do less. Nobody knows
 * from the blueprint whether there is one, so that it is asked for apart.
 */
export const rightsToPrune = (table: Permissions, login: LoginFor, wanted: readonly string[]): readonly string[] => {
  if (login !== 'apply' && login !== 'destroy') return [];
  const has = leastRights(table, login, wanted);
  const gone = Object.entries(table.kinds).flatMap(([kind, { write, remove = write }]) => (wanted.includes(kind) ? [] : remove));
  return [...new Set(gone)].filter((right) => !has.includes(right));
};
