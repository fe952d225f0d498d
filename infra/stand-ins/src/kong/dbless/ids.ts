import { createHash } from 'node:crypto';
import type { EntityKind } from '../contract.ts';
import { isObject } from '../schema/errors.ts';
import { fieldsOf } from '../schema/lookup.ts';
import type { EntitySchema, Row } from '../schema/types.ts';
import { childrenOf, KINDS, schemaOf } from './schema.ts';

/** The namespace of all ids that Kong derives from names (`kong/db/schema/others/declarative_config.lua`). */
const NAMESPACE = 'fd02801f-0957-4a15-a55a-c8d9606f30b5';

/** RFC 9562 5.5: a uuid from the SHA-1 of a namespace and a name. */
const uuidV5 = (namespace: string, name: string): string => {
  const digest = createHash('sha1').update(Buffer.from(namespace.replaceAll('-', ''), 'hex')).update(name).digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  return digest.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

/** Where an item is nested: the parent's id, and the field that will point at it. */
export interface Parent {
  readonly id: unknown;
  readonly field: string;
}

/** Where there is one workspace only, every key is in it. */
const WORKSPACE = '*';

const fromCacheKey = (schema: EntitySchema, item: Row, parent: Parent | undefined): string | undefined => {
  const parts: string[] = [schema.name, WORKSPACE];
  for (const name of schema.cache_key ?? []) {
    const field = fieldsOf(schema).get(name);
    const value = item[name];
    if (field?.auto) return undefined;
    if (typeof value === 'string') parts.push(value);
    else if (value === undefined) {
      if (name === parent?.field) {
        if (typeof parent.id !== 'string') return undefined;
        parts.push(parent.id);
      } else if (field?.required) return undefined;
      else parts.push('');
    }
  }
  return parts.join(':');
};

const fromEndpointKey = (schema: EntitySchema, item: Row, parent: Parent | undefined): string | undefined => {
  const name = schema.endpoint_key;
  const value = name === undefined ? undefined : item[name];
  if (name === undefined || value === undefined) return undefined;
  const field = fieldsOf(schema).get(name);
  if (field?.unique) return String(value);
  const owners = [...fieldsOf(schema)].filter(([, { type, on_delete: action }]) => type === 'foreign' && action === 'cascade')
    .map(([owner]) => `:${String(parent ? parent.id : item[owner])}`);
  return `${String(value)}${owners.join('')}${field?.unique_across_ws ? '' : `:${WORKSPACE}`}`;
};

/** The id that follows from what names an item, or `undefined` where nothing names it. */
export const derivedId = (kind: EntityKind, item: Row, parent: Parent | undefined): string | undefined => {
  const schema = schemaOf(kind);
  const key = schema.cache_key ? fromCacheKey(schema, item, parent) : fromEndpointKey(schema, item, parent);
  return key === undefined ? undefined : uuidV5(uuidV5(NAMESPACE, kind), key);
};

/** The kinds that a table may hold lists of: all at the top, the children of its kind inside. */
const kindsIn = (parentKind: EntityKind | undefined): readonly { readonly kind: EntityKind; readonly field?: string }[] =>
  parentKind === undefined
    ? KINDS.map((kind) => ({ kind }))
    : childrenOf(parentKind).filter(({ kind }) => !fieldsOf(schemaOf(parentKind)).has(kind));

export interface Visit {
  readonly kind: EntityKind;
  readonly item: Row;
  readonly parent: Parent | undefined;
}

/** Goes through every entity of a configuration, parents first; what is no table is passed over. */
export const eachItem = (input: Row, visit: (each: Visit) => void, parentKind?: EntityKind): void => {
  for (const { kind, field } of kindsIn(parentKind)) {
    const list = input[kind];
    if (!Array.isArray(list)) continue;
    for (const item of list) {
      if (!isObject(item)) continue;
      visit({ kind, item, parent: field === undefined ? undefined : { id: input['id'], field } });
      eachItem(item, visit, kind);
    }
  }
};

/** Gives an id to every item that a name stands for; the others get theirs when they are made. */
export const assignIds = (input: Row): void => {
  eachItem(input, ({ kind, item, parent }) => {
    const id = item['id'] === undefined ? derivedId(kind, item, parent) : undefined;
    if (id !== undefined) item['id'] = id;
  });
};
