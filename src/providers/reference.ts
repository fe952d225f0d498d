import type { SpecValue } from '../core/resource.ts';
import type { Field, Fields } from '../core/spec.ts';
import type { KindSpec, ProviderDefinition } from './definition.ts';

/** The kinds of a provider with their fields: the part of its page that is made. */
export const kindReference = ({ specs }: Pick<ProviderDefinition, 'specs'>): string => specs.map(section).join('\n\n');

const section = ({ kind, fields }: KindSpec): string =>
  [`### \`${kind}\``, '', '| field | form | unstated | who gets in, or what a token says | |', '| --- | --- | --- | --- | --- |', ...rowsOf(fields, '')].join('\n');

const rowsOf = (fields: Fields, prefix: string): readonly string[] =>
  Object.entries(fields).flatMap(([name, field]) => [
    `| ${[`\`${prefix}${name}\``, formOf(field), defaultOf(field), field.access ?? '', notesOf(field)].map(inCell).join(' | ')} |`,
    ...(field.fields ? rowsOf(field.fields, `${prefix}${name}.`) : []),
  ]);

const formOf = ({ shape, set, secret, items }: Field<SpecValue>): string => {
  if (secret) return 'secret';
  if (shape === 'list') return `${set ? 'set' : 'list'} of ${items ? formOf(items) : 'any'}`;
  return shape === 'map' && items ? `map of ${formOf(items)}` : shape;
};

const defaultOf = (field: Field<SpecValue>): string => {
  if (field.default === undefined) return '';
  return field.default === null ? 'nothing' : `\`${JSON.stringify(field.default)}\``;
};

const notesOf = ({ about, immutable }: Field<SpecValue>): string =>
  [...(about === undefined ? [] : [about]), ...(immutable ? ['a change deletes the object and makes it anew'] : [])].join('; ');

const inCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
