import { isObject, isSequence } from './errors.ts';
import { fieldFault } from './field-rules.ts';
import { textChecks } from './typedefs.ts';
import type { Field, NamedField, PluginSchema, Row } from './types.ts';

const list = (value: unknown): unknown[] => (value === undefined || value === null ? [] : Object.values(value));

/** Kong makes every record of a plugin required unless it says otherwise, so that answers show its whole structure. */
const normalField = (value: unknown): Field => {
  if (!isObject(value)) throw new Error('a plugin schema has a field that is no table');
  const fault = fieldFault(value);
  if (fault !== undefined) throw new Error(`a field of a plugin schema ${fault}`);
  const field: Row = { ...value };
  const check = field['fn'];
  if (check !== undefined && !(typeof check === 'string' && Object.hasOwn(textChecks, check))) {
    throw new Error(`a plugin schema asks for the check "${String(check)}", which does not exist`);
  }
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

/**
 * A plugin's schema in the engine's form, from the table that its schema.lua returns and the text of its handler.lua, which states
 * priority and version. Throws when the table is none, so that a broken schema stops the start.
 */
export const toPluginSchema = (name: string, table: unknown, handler = ''): PluginSchema => {
  if (!isObject(table)) throw new Error(`the schema of the plugin ${name} is no table`);
  return {
    name,
    priority: Number(/\bPRIORITY\s*=\s*(-?\d+)/.exec(handler)?.[1] ?? 0),
    version: /\bVERSION\s*=\s*["']([\d.]+)["']/.exec(handler)?.[1] ?? '0.0.0',
    fields: normalFields(table['fields']),
    entity_checks: list(table['entity_checks']) as Row[],
  };
};
