import type { Field, NamedField, Row, Schema, Schemas } from './types.ts';

const indexes = new WeakMap<readonly NamedField[], ReadonlyMap<string, Field>>();

/** The fields of a schema by name, in its order. */
export const fieldsOf = (schema: { readonly fields?: readonly NamedField[] }): ReadonlyMap<string, Field> => {
  const fields = schema.fields ?? [];
  const known = indexes.get(fields);
  if (known) return known;
  const index = new Map(fields.flatMap((named) => Object.entries(named)));
  indexes.set(fields, index);
  return index;
};

/** The subschema that the values choose: a plugin's by its name, a route's by the first protocol that has one. */
export const subschemaOf = (schemas: Schemas, schema: Schema, values: Row): Schema | undefined => {
  if (schema.subschema_key === undefined) return undefined;
  const key = values[schema.subschema_key];
  if (typeof key === 'string') return schemas.subschema(schema, key);
  if (!Array.isArray(key)) return undefined;
  for (const item of key as unknown[]) {
    const found = typeof item === 'string' ? schemas.subschema(schema, item) : undefined;
    if (found) return found;
  }
  return undefined;
};

/** Every field with what the subschema says in place of what the schema says. */
export const eachField = (schema: Schema, subschema: Schema | undefined): readonly (readonly [string, Field])[] => {
  const own = subschema && fieldsOf(subschema);
  return [...fieldsOf(schema)].map(([name, field]) => [name, own?.get(name) ?? field] as const);
};

/** A field by a path such as `config.redis.host`, looking into the subschema first. */
export const fieldAt = (schema: Schema, subschema: Schema | undefined, path: string): Field | undefined => {
  const [head = '', ...rest] = path.split('.');
  let field = (subschema && fieldsOf(subschema).get(head)) ?? fieldsOf(schema).get(head);
  for (const part of rest) field = field && fieldsOf(field).get(part);
  return field;
};

/** A record field seen as a schema of its own. */
export const recordSchema = (field: Field): Schema => (field.fields ? (field as Schema) : { ...(field as Schema), fields: [] });

export const entry = <Value>(single: Readonly<Record<string, Value>>): readonly [string, Value] => {
  const [first] = Object.entries(single);
  if (!first) throw new Error('a schema entry has no name');
  return first;
};
