import type { Clock, Entity, EntityKind, EntityStore } from './contract.ts';
import { isObject } from './schema/errors.ts';
import { fieldsOf } from './schema/lookup.ts';
import type { EntitySchema, Row } from './schema/types.ts';

/** What the control plane keeps: raw rows, found by id or by a unique field, and shown as entities. */
export interface Store extends EntityStore {
  /** Raw rows by ascending id, without those whose time to live is over. */
  readonly rows: (kind: EntityKind) => readonly Row[];
  readonly row: (kind: EntityKind, id: string) => Row | undefined;
  /** The row that holds a value in a unique field, or the same composite key. */
  readonly find: (kind: EntityKind, unique: string, value: unknown) => Row | undefined;
  readonly put: (kind: EntityKind, row: Row) => void;
  readonly remove: (kind: EntityKind, id: string) => void;
  /** Takes a whole configuration in the place of all there is. */
  readonly replaceAll: (rows: ReadonlyMap<EntityKind, readonly Row[]>) => void;
}

/** The name under which a composite key is indexed. */
export const COMPOSITE = '@cache_key';

interface Table {
  readonly byId: Map<string, Row>;
  readonly unique: ReadonlyMap<string, Map<string, string>>;
  sorted: readonly Row[] | undefined;
  shown: readonly Entity[] | undefined;
}

const idOf = (row: Row): string => String(row['id']);

/** The fields and the composite key that no two rows of a kind may share. */
export const uniquesOf = (schema: EntitySchema): readonly string[] => [
  ...(schema.cache_key && schema.cache_key.length > 1 ? [COMPOSITE] : []),
  ...[...fieldsOf(schema)].flatMap(([name, field]) => (field.unique ? [name] : [])),
];

/** The text by which a unique value is found, or `undefined` when null leaves it out of the constraint. */
export const uniqueText = (schema: EntitySchema, unique: string, row: Row): string | undefined => {
  const values = unique === COMPOSITE ? (schema.cache_key ?? []).map((name) => row[name] ?? null) : row[unique];
  return values === null || values === undefined
    ? undefined
    : JSON.stringify(values, (_, value: unknown) => (isObject(value) && 'id' in value ? value['id'] : value));
};

export const createStore = (
  schemas: readonly EntitySchema[], present: (schema: EntitySchema, row: Row) => Row, clock: Clock,
): Store => {
  const byName = new Map(schemas.map((schema) => [schema.name, schema]));
  const views = new WeakMap<Row, Entity>();
  const tables = new Map<EntityKind, Table>();
  let version = 0;
  const listeners: (() => void)[] = [];

  const schemaOf = (kind: EntityKind): EntitySchema => {
    const schema = byName.get(kind);
    if (!schema) throw new Error(`the store has no ${kind}`);
    return schema;
  };
  const newTable = (kind: EntityKind): Table => ({
    byId: new Map(), unique: new Map(uniquesOf(schemaOf(kind)).map((name) => [name, new Map()])), sorted: undefined, shown: undefined,
  });
  const table = (kind: EntityKind): Table => {
    const known = tables.get(kind) ?? newTable(kind);
    tables.set(kind, known);
    return known;
  };
  const alive = (row: Row): boolean => typeof row['ttl'] !== 'number' || row['ttl'] > clock();
  const index = (kind: EntityKind, held: Table, row: Row, add: boolean): void => {
    for (const [name, keys] of held.unique) {
      const text = uniqueText(schemaOf(kind), name, row);
      if (text !== undefined && add) keys.set(text, idOf(row));
      else if (text !== undefined) keys.delete(text);
    }
  };
  const insert = (kind: EntityKind, held: Table, row: Row): void => {
    const before = held.byId.get(idOf(row));
    if (before) index(kind, held, before, false);
    held.byId.set(idOf(row), row);
    index(kind, held, row, true);
    held.sorted = held.shown = undefined;
  };
  const rows = (kind: EntityKind): readonly Row[] => {
    const held = table(kind);
    held.sorted ??= [...held.byId.values()].sort((left, right) => (idOf(left) < idOf(right) ? -1 : 1));
    return schemaOf(kind).ttl ? held.sorted.filter(alive) : held.sorted;
  };
  const row = (kind: EntityKind, id: string): Row | undefined => {
    const found = table(kind).byId.get(id);
    return found && alive(found) ? found : undefined;
  };
  const view = (kind: EntityKind, raw: Row): Entity => {
    const known = schemaOf(kind).ttl ? undefined : views.get(raw);
    if (known) return known;
    const shown = present(schemaOf(kind), raw) as Entity;
    views.set(raw, shown);
    return shown;
  };

  return {
    rows,
    row,
    version: () => version,
    replaced: (listener) => void listeners.push(listener),
    all: (kind) => {
      if (schemaOf(kind).ttl) return rows(kind).map((raw) => view(kind, raw));
      const held = table(kind);
      held.shown ??= rows(kind).map((raw) => view(kind, raw));
      return held.shown;
    },
    byId: (kind, id) => {
      const found = row(kind, id);
      return found && view(kind, found);
    },
    find: (kind, unique, value) => {
      const text = uniqueText(schemaOf(kind), unique, unique === COMPOSITE ? (value as Row) : { [unique]: value });
      const held = table(kind);
      const keys = held.unique.get(unique);
      if (!keys) return rows(kind).find((each) => each[unique] === value);
      const id = text === undefined ? undefined : keys.get(text);
      return id === undefined ? undefined : row(kind, id);
    },
    put: (kind, next) => {
      insert(kind, table(kind), next);
      version += 1;
    },
    remove: (kind, id) => {
      const held = table(kind);
      const before = held.byId.get(id);
      if (!before) return;
      index(kind, held, before, false);
      held.byId.delete(id);
      held.sorted = held.shown = undefined;
      version += 1;
    },
    replaceAll: (all) => {
      tables.clear();
      for (const [kind, list] of all) {
        const held = table(kind);
        for (const each of list) insert(kind, held, each);
      }
      version += 1;
      for (const listener of listeners) listener();
    },
  };
};
