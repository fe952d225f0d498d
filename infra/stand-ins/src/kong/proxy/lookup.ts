import type { Entity, EntityKind, EntityStore } from '../contract.ts';
import { bytes } from './text.ts';

interface Known { version: number; readonly indexes: Map<string, ReadonlyMap<string, readonly Entity[]>>; readonly cached: Set<string> }
const known = new WeakMap<EntityStore, Known>();

const valueOf = (entity: Entity, field: string): unknown => {
  const value = entity[field];
  return typeof value === 'object' && value !== null && 'id' in value ? value.id : value;
};

const grouped = (entities: readonly Entity[], keyOf: (entity: Entity) => string): ReadonlyMap<string, readonly Entity[]> => {
  const groups = new Map<string, Entity[]>();
  for (const entity of entities) {
    const key = keyOf(entity);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entity]);
    else group.push(entity);
  }
  return groups;
};

/**
 * All entities of a kind whose field (or foreign key) has this value, given as a byte string, in the store's order. Indexed on first use
 * and again after each committed write.
 */
export const findAll = (store: EntityStore, kind: EntityKind, field: string, value: string): readonly Entity[] => {
  const version = store.version();
  let memory = known.get(store);
  if (memory?.version !== version) {
    memory = { version, indexes: new Map(), cached: new Set() };
    known.set(store, memory);
  }
  const name = `${kind}.${field}`;
  let index = memory.indexes.get(name);
  if (index === undefined) {
    index = grouped(
      store.all(kind).filter((entity) => typeof valueOf(entity, field) === 'string'),
      (entity) => bytes(valueOf(entity, field) as string),
    );
    memory.indexes.set(name, index);
  }
  return index.get(value) ?? [];
};

const asked = new WeakMap<EntityStore, Map<EntityKind, number>>();

/** Told that the data plane of a genuine Kong would ask its database now. */
export const ask = (store: EntityStore, kind: EntityKind): void => {
  const counts = asked.get(store) ?? new Map<EntityKind, number>();
  asked.set(store, counts.set(kind, (counts.get(kind) ?? 0) + 1));
};

/** How often it would have asked so far, by kind. */
export const askedSoFar = (store: EntityStore): ReadonlyMap<EntityKind, number> => asked.get(store) ?? new Map();

/** The same as `find`, by way of Kong's cache: what was asked for is known, also that there is none, until something is written. */
export const findCached = (store: EntityStore, kind: EntityKind, field: string, value: string): Entity | undefined => {
  const found = find(store, kind, field, value);
  const cached = known.get(store)?.cached;
  const name = `${kind}.${field}=${value}`;
  if (cached?.has(name) === false) {
    cached.add(name);
    ask(store, kind);
  }
  return found;
};

/** The one entity with this unique value, or undefined. */
export const find = (store: EntityStore, kind: EntityKind, field: string, value: string): Entity | undefined =>
  findAll(store, kind, field, value)[0];

/** The id a foreign key points to, or undefined. */
export const foreignId = (entity: Entity, field: string): string | undefined => {
  const value = entity[field];
  return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string' ? value.id : undefined;
};
