import { dirname, resolve } from 'node:path';
import { secondsOf } from '../core/duration.ts';
import { Secret } from '../core/secret.ts';
import { loading } from './declaration/field.ts';
import type { Field, Loaded, Schema } from './declaration/field.ts';
import type { Json } from './json.ts';
import { childOf, record } from './tree.ts';
import type { Node } from './tree.ts';

/** Stands where a secret could not be resolved, so that the rest can be checked; such a blueprint is never returned. */
export const noSecret = new Secret('');

/**
 * What a field is in a loaded blueprint: the value as its declaration has it, every default filled in. What is missing or of the wrong type
 * reads as absent, and as empty where it must be there: it has been reported, and the rest of the blueprint can still be checked.
 */
export const fill = <F extends Field>(field: F, node: Node | undefined): Loaded<F> =>
  // `Loaded` is read off the very declaration that is walked here; that the two agree is what the tests of this room show.
  filled(field, node) as Loaded<F>;

const filled = (field: Schema, node: Node | undefined): unknown => {
  const { becomes, presence } = field[loading] ?? { becomes: 'json', presence: 'optional' };
  if (node === undefined && presence === 'optional') return undefined;
  if (becomes === 'object') return objectOf(field, node);
  if (becomes === 'names') return namesOf(field, node);
  if (becomes === 'json') return node?.kind === 'map' || (node?.kind === 'list' && field.type !== 'object') ? jsonOf(node) : {};
  const stated = becomes === 'list' ? listOf(field, node) : scalarOf(becomes, node);
  if (stated !== undefined) return stated;
  if (field.default !== undefined) return becomes === 'seconds' ? secondsOf(String(field.default)) : field.default;
  if (presence === 'optional') return undefined;
  if (becomes === 'list') return [];
  return becomes === 'secret' ? noSecret : (field.enum?.[0] ?? '');
};

const objectOf = (field: Schema, node: Node | undefined): object =>
  Object.fromEntries(
    Object.entries(field.properties ?? {})
      .map(([key, inside]) => [key, filled(inside, childOf(node, key))] as const)
      // An optional field is absent, never undefined.
      .filter(([, value]) => value !== undefined),
  );

const namesOf = ({ additionalProperties: inside }: Schema, node: Node | undefined): object =>
  record(
    node?.kind === 'map' && typeof inside === 'object' ? [...node.entries].map(([key, entry]) => [key, named(inside, entry.node)] as const) : [],
  );

/** What stands under a name of the blueprint's own is there, because the name is. */
const named = (inside: Schema, node: Node): unknown => filled(inside, node) ?? (inside[loading]?.becomes === 'list' ? [] : '');

const listOf = ({ type, items = {} }: Schema, node: Node | undefined): readonly unknown[] | undefined =>
  node?.kind === 'list' ? node.items.map((item) => filled(items, item)).filter((item) => item !== undefined) : Array.isArray(type) ? oneOf(items, node) : undefined;

/** Where a list may be one text: that text. */
const oneOf = (items: Schema, node: Node | undefined): readonly unknown[] | undefined => (node?.kind === 'scalar' ? [filled(items, node)].filter((item) => item !== undefined) : undefined);

const scalarOf = (becomes: string, node: Node | undefined): unknown => {
  const value = node?.kind === 'scalar' ? node.value : undefined;
  if (becomes === 'secret') return value instanceof Secret ? value : undefined;
  if (becomes === 'number') return typeof value === 'number' ? value : undefined;
  if (becomes === 'flag') return typeof value === 'boolean' ? value : undefined;
  if (typeof value !== 'string') return undefined;
  if (becomes === 'seconds') return secondsOf(value);
  if (becomes === 'base') return value.replace(/\/+$/, '');
  // Relative to the file that says it.
  return becomes === 'path' ? resolve(dirname(node?.at.file ?? ''), value) : value;
};

const jsonOf = (node: Node): Json => {
  if (node.kind === 'map') return record([...node.entries].map(([key, entry]) => [key, jsonOf(entry.node)] as const));
  if (node.kind === 'list') return node.items.map(jsonOf);
  return node.kind === 'scalar' ? node.value : null;
};
