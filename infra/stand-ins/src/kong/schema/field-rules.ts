import type { Row } from './types.ts';

const numeric = ['number', 'integer'];
const list = ['array', 'set'];

/** What an attribute may stand on, where Kong says so (`kong/db/schema/metaschema.lua`); `any` is every type. */
const attributes = new Map<string, readonly string[] | 'any'>(Object.entries({
  ...Object.fromEntries([
    'type', 'required', 'reference', 'description', 'examples', 'auto', 'on_delete', 'default', 'generate_admin_api', 'immutable', 'err',
    'encrypted', 'referenceable', 'deprecation', 'eq', 'ne', 'gt', 'len_min', 'len_max', 'not_match', 'match_all', 'match_none',
    'match_any', 'starts_with', 'not_one_of', 'mutually_exclusive_subsets', 'elements', 'keys', 'values', 'fields', 'entity_checks',
    'shorthand_fields',
    // Stands here for Kong's custom_validator, which is a function.
    'fn',
  ].map((name) => [name, 'any' as const])),
  between: numeric,
  timestamp: numeric,
  match: ['string'],
  is_regex: ['string'],
  uuid: ['string'],
  one_of: ['string', ...numeric],
  len_eq: [...list, 'string', 'map'],
  contains: list,
  unique: ['string', ...numeric, 'foreign'],
  unique_across_ws: ['string', ...numeric, 'foreign'],
  abstract: ['string', ...numeric, 'record', ...list, 'map'],
  transient: ['string', ...numeric, ...list, 'boolean'],
}));

const needed = new Map<string, readonly string[]>(Object.entries({
  string: [], number: [], integer: [], boolean: [], foreign: [], any: [], function: [],
  array: ['elements'], set: ['elements'], map: ['keys', 'values'], record: ['fields'],
}));

/**
 * Why Kong would not start with a plugin whose schema holds this field; undefined when nothing is wrong. Kong holds every schema to a
 * schema of schemas and stops at the first that breaks it, so a plugin that only this gateway took would stop a real one.
 */
export const fieldFault = (field: Row): string | undefined => {
  const type = field['type'];
  const parts = typeof type === 'string' ? needed.get(type) : undefined;
  if (typeof type !== 'string' || parts === undefined) return `has the type ${JSON.stringify(type)}, which does not exist`;
  const missing = parts.find((name) => field[name] === undefined);
  if (missing !== undefined) return `is a ${type} without ${missing}`;
  for (const name of Object.keys(field)) {
    const on = attributes.get(name);
    if (on !== 'any' && on?.includes(type) !== true) return `is a ${type} and may not have the attribute ${name}`;
  }
  const description = field['description'];
  if (description === undefined) return undefined;
  return typeof description === 'string' && description.length >= 10 && description.length <= 500
    ? undefined
    : 'has a description that is not a text of 10 to 500 characters';
};
