import type { Schema } from '../../src/blueprint/declaration/field.ts';

/** The reference table of docs/blueprint.md, made from the schema: one row per field, in the order of the schema. */
export const fieldTable = (schema: Schema): string =>
  ['| field | value | default | |', '| --- | --- | --- | --- |', ...rows(schema, '')].join('\n');

const rows = (schema: Schema, path: string): readonly string[] => {
  const inside = Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const name = path === '' ? key : `${path}.${key}`;
    return [row(name, field, schema.required?.includes(key) === true), ...rows(field, name)];
  });
  const named = schema.additionalProperties;
  const entries =
    typeof named === 'object' && named.type !== undefined ? [row(`${path}.<name>`, named, false), ...rows(named, `${path}.<name>`)] : [];
  const members = isListOfMappings(schema) ? rows(schema.items, `${path}[]`) : [];
  return [...inside, ...entries, ...members];
};

const row = (name: string, field: Schema, required: boolean): string =>
  `| \`${name}\` | ${valueOf(field)} | ${required ? 'required' : defaultOf(field)} | ${escaped(field.description ?? '')} |`;

const isListOfMappings = (field: Schema): field is Schema & { readonly items: Schema } => field.type === 'array' && field.items?.type === 'object';

const valueOf = (field: Schema): string => {
  if (field.enum) return field.enum.map((value) => `\`${String(value)}\``).join(' ');
  if (isListOfMappings(field)) return 'list of mappings';
  if (field.type === 'array' && field.items) return `list of ${field.items.enum ? valueOf(field.items) : (field.items.title ?? 'text')}`;
  if (field.type === 'object') return 'mapping';
  if (field.type === 'boolean') return '`true` `false`';
  return escaped(field.title ?? 'text').replaceAll('<', '&lt;');
};

const defaultOf = (field: Schema): string =>
  field.default === undefined ? '' : `\`${JSON.stringify(field.default).replaceAll('"', '')}\``;
const escaped = (text: string): string => text.replaceAll('|', '\\|');
