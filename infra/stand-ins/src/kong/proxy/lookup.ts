import type { Entity, EntityKind, EntityStore } from '../contract.ts';
import { bytes } from './text.ts';

interface Known { version: number; readonly indexes: Map<string, ReadonlyMap<string, readonly Entity[]>> }
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
    memory = { version, indexes: new Map() };
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

/** The one entity with this unique value, or undefined. */
export const find = (store: EntityStore, kind: EntityKind, field: string, value: string): Entity | undefined =>
  findAll(store, kind, field, value)[0];

/** The id a foreign key points to, or undefined. */
export const foreignId = (entity: Entity, field: string): string | undefined => {
  const value = entity[field];
  return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string' ? value.id : undefined;
};
