import { getPath, isObject, isSequence, isTable, setPath } from './errors.ts';
import { eachField, entry, fieldsOf, recordSchema, subschemaOf } from './lookup.ts';
import type { Context, Rules } from './rules.ts';
import type { Field, FieldErrors, Row, Schema } from './types.ts';
import { validateField } from './validate.ts';

/** Thrown when a shorthand is wrong: Kong reports it before anything else is looked at. */
export class ShorthandFault extends Error {
  readonly errors: FieldErrors;
  constructor(errors: FieldErrors) {
    super('a shorthand field is not valid');
    this.errors = errors;
  }
}

interface Options {
  /** Leaves deprecated shorthands out of what is read, for a row that will be written again. */
  readonly hideShorthands?: boolean;
}

const defaultFor = (rules: Rules, field: Field): unknown => {
  if (field.default !== undefined) return structuredClone(field.default);
  if (field.required !== true) return null;
  if (field.abstract) return undefined;
  return field.type === 'record' ? processFields(rules, recordSchema(field), {}, 'insert') : undefined;
};

/** Elements once each, in the order in which they came. */
const distinct = (values: readonly unknown[]): unknown[] =>
  values.filter((value, index) => isTable(value) || values.indexOf(value) === index);

const adjustElements = (rules: Rules, field: Field, value: Row | unknown[], context: Context, options: Options): unknown => {
  if (field.type === 'map' && field.values) {
    const values = field.values;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, adjust(rules, values, item, context, options)]));
  }
  if ((field.type !== 'array' && field.type !== 'set') || !field.elements || !isSequence(value)) return value;
  const elements = field.elements;
  const list = Object.values(value);
  return (field.type === 'set' ? distinct(list) : list).map((item) => adjust(rules, elements, item, context, options));
};

const adjust = (rules: Rules, field: Field, value: unknown, context: Context, options: Options): unknown => {
  if (context === 'select' && value === null && field.required === true) return defaultFor(rules, field);
  if (field.abstract) return value;
  let current = value;
  if (field.type === 'record') {
    const expand = value === undefined && context !== 'update' && field.required === true;
    const recurse = expand || (value !== null && value !== undefined);
    if (recurse) {
      current = value ?? defaultFor(rules, field);
      if (isTable(current)) return processFields(rules, recordSchema(field), { ...current }, context, options);
    }
  } else if (isTable(value)) {
    current = adjustElements(rules, field, value as Row, context, options);
  }
  return current === undefined && context !== 'update' ? defaultFor(rules, field) : current;
};

/** The new value of a field that Kong fills by itself, or the given one. */
const automatic = (rules: Rules, name: string, field: Field, value: unknown, context: Context): unknown => {
  const inserting = context === 'insert' || context === 'upsert';
  if (field.uuid) return inserting && value === undefined ? rules.uuid() : value;
  if (field.type === 'string') return inserting && value === undefined ? rules.secret() : value;
  const created = name === 'created_at' && inserting && (value === undefined || value === null);
  if (!created && name !== 'updated_at') return value;
  return field.type === 'number' ? Math.round(rules.clock() * 1000) / 1000 : Math.floor(rules.clock());
};

const sameValue = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);

/** A deprecated field and its replacement may both be given only when they say the same. */
const mismatch = (data: Row, name: string, field: Field, value: unknown): string | undefined => {
  for (const { path } of value === null ? [] : (field.deprecation?.replaced_with ?? [])) {
    const other = getPath(data, path.join('.'));
    if (other !== undefined && other !== null && !sameValue(other, value)) {
      return 'both deprecated and new field are used but their values mismatch: ' +
        `${name} = ${String(value)} vs ${path.join('.')} = ${String(other)}`;
    }
  }
  return undefined;
};

const mergeOver = (base: Row, over: Row, keepNull: boolean): Row => {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === null && keepNull) continue;
    merged[key] = isObject(value) && isObject(merged[key]) ? mergeOver(merged[key], value, keepNull) : value;
  }
  return merged;
};

const spread = (data: Row, values: Row, deprecated: boolean): void => {
  for (const [key, value] of Object.entries(values)) {
    if (isObject(value)) {
      const source = isObject(data[key]) ? data[key] : {};
      data[key] = deprecated ? mergeOver(value, source, true) : mergeOver(source, value, false);
    } else if (!deprecated || data[key] === undefined || data[key] === null) {
      data[key] = value;
    }
  }
};

const shorthandValues = (rules: Rules, field: Field, value: unknown): Row | undefined => {
  const path = field.deprecation?.replaced_with?.[0]?.path;
  if (field.fn !== undefined) return rules.functions.shorthand(field.fn, value);
  if (!path) return undefined;
  const values: Row = {};
  setPath(values, path.join('.'), value);
  return values;
};

const expandShorthands = (rules: Rules, schema: Schema, data: Row, context: Context, options: Options): void => {
  const errors: FieldErrors = Object.create(null) as FieldErrors;
  for (const shorthand of schema.shorthand_fields ?? []) {
    const [name, field] = entry(shorthand);
    const value = data[name];
    const typed = { ...field };
    delete typed.fn;
    if (value !== undefined) {
      const fault = validateField(rules, typed, value) ?? mismatch(data, name, field, value);
      if (fault === undefined) {
        delete data[name];
        spread(data, shorthandValues(rules, field, value) ?? {}, field.deprecation !== undefined);
      } else errors[name] = fault;
    }
    const replaced = field.deprecation?.replaced_with?.[0]?.path;
    if (context === 'select' && options.hideShorthands !== true && replaced) data[name] = getPath(data, replaced.join('.'));
  }
  if (Object.keys(errors).length > 0) throw new ShorthandFault(errors);
};

/** What a reader sees: nothing that no field describes, and no empty text where text must not be empty. */
const tidy = (schema: Schema, data: Row): Row => {
  const fields = fieldsOf(schema);
  const shown = new Set(schema.shorthand_fields?.flatMap((each) => Object.entries(each))
    .flatMap(([name, field]) => (field.deprecation?.replaced_with ? [name] : [])));
  const kept: Row = {};
  for (const [key, value] of Object.entries(data)) {
    const field = fields.get(key);
    if (field) kept[key] = field.type === 'string' && (field.len_min ?? 1) > 0 && value === '' ? null : value;
    else if ((key === 'ttl' && schema.ttl) || shown.has(key)) kept[key] = value ?? null;
  }
  return kept;
};

/**
 * Prepares a row: shorthands spread out, automatic fields filled, defaults set, lists and records adjusted, as
 * `Schema:process_auto_fields` does. Throws `ShorthandFault`. The input is not changed.
 */
export const processFields = (rules: Rules, schema: Schema, input: Row, context: Context, options: Options = {}): Row => {
  const data = structuredClone(input);
  expandShorthands(rules, schema, data, context, options);
  for (const [name, field] of eachField(schema, subschemaOf(rules.schemas, schema, data))) {
    const value = context !== 'select' && field.auto ? automatic(rules, name, field, data[name], context) : data[name];
    const adjusted = adjust(rules, field, value, context, options);
    if (adjusted === undefined) delete data[name];
    else data[name] = adjusted;
  }
  return context === 'select' ? tidy(schema, data) : data;
};

/** Lays `top` over `bottom`, record by record; lists and maps are taken whole (`Schema:merge_values`). */
export const mergeValues = (rules: Rules, schema: Schema, top: Row, bottom: Row): Row => {
  const output: Row = { ...bottom, ...top };
  for (const [name, field] of eachField(schema, subschemaOf(rules.schemas, schema, bottom))) {
    const over = top[name];
    if (over === undefined) output[name] = bottom[name];
    else if (field.type === 'record' && !field.abstract && isObject(over)) {
      output[name] = mergeValues(rules, recordSchema(field), over, isObject(bottom[name]) ? bottom[name] : {});
    }
  }
  return output;
};
