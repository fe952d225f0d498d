import { isObject, isSequence } from './errors.ts';
import type { Field, NamedField, PluginSchema, Row } from './types.ts';

/** Reads a Lua schema (the table that a plugin's schema.lua returns) as plain data: `lua/schema.ts` provides it. */
export type LoadPluginSchema = (pluginDir: string, name: string) => Promise<unknown>;

const list = (value: unknown): unknown[] => (value === undefined || value === null ? [] : Object.values(value));

/** Kong makes every record of a plugin required unless it says otherwise, so that answers show its whole structure. */
const normalField = (value: unknown): Field => {
  if (!isObject(value)) throw new Error('a plugin schema has a field that is no table');
  const field: Row = { ...value };
  if (field['type'] === 'record') {
    field['required'] ??= true;
    field['fields'] = normalFields(field['fields']);
  }
  for (const part of ['elements', 'keys', 'values']) if (field[part] !== undefined) field[part] = normalField(field[part]);
  for (const part of ['one_of', 'not_one_of', 'between']) if (field[part] !== undefined) field[part] = list(field[part]);
  if ((field['type'] === 'array' || field['type'] === 'set') && isSequence(field['default'])) field['default'] = list(field['default']);
  return field as Field;
};

const normalFields = (value: unknown): NamedField[] =>
  list(value).map((named) => {
    if (!isObject(named)) throw new Error('a plugin schema has a field without a name');
    return Object.fromEntries(Object.entries(named).map(([name, field]) => [name, normalField(field)]));
  });

/** A plugin's schema in the engine's form. Throws when the table is none, so that a broken schema stops the start. */
export const toPluginSchema = (name: string, table: unknown): PluginSchema => {
  if (!isObject(table)) throw new Error(`the schema of the plugin ${name} is no table`);
  const priority = table['priority'];
  return {
    name,
    priority: typeof priority === 'number' ? priority : 0,
    version: '0.1.0',
    fields: normalFields(table['fields']),
    entity_checks: list(table['entity_checks']) as Row[],
  };
};
