import { isObject, isSequence, isTable, luaText, MISSING_KEY, REQUIRED, UNKNOWN } from './errors.ts';
import { runEntityChecks } from './checks.ts';
import { eachField, fieldsOf, recordSchema, subschemaOf } from './lookup.ts';
import { processFields, ShorthandFault } from './process.ts';
import type { Rules } from './rules.ts';
import type { ErrorTree, Field, FieldErrors, Row, Schema } from './types.ts';
import { runValidators } from './validators.ts';

/** Where Kong's own code stops with a Lua error, for which its Admin API says 500. */
export class LuaCrash extends Error {}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  array: 'an array', set: 'a set', map: 'a map', record: 'a record', string: 'a string', number: 'a number', boolean: 'a boolean',
  integer: 'an integer',
};

const hasType = (type: string, value: unknown): boolean => {
  if (type === 'array' || type === 'set') return isSequence(value);
  if (type === 'map' || type === 'record') return isTable(value);
  if (type === 'integer') return typeof value === 'number' && Number.isInteger(value);
  return typeof value === type;
};

const validateElements = (rules: Rules, elements: Field, value: unknown): ErrorTree | undefined => {
  const errors: ErrorTree[] = [];
  Object.values(value as Row).forEach((item, index) => {
    const fault = validateField(rules, { ...elements, required: true }, item);
    if (fault !== undefined) errors[index] = fault;
  });
  return errors.length > 0 ? errors : undefined;
};

const validateMap = (rules: Rules, { keys = {}, values = {} }: Field, value: Row): ErrorTree | undefined => {
  for (const [key, item] of Object.entries(value)) {
    const fault =
      validateField(rules, { ...keys, required: true }, key) ?? validateField(rules, { ...values, required: true }, item);
    if (fault !== undefined) return fault;
  }
  return undefined;
};

const validateRecord = (rules: Rules, field: Field, value: Row): ErrorTree | undefined => {
  const schema = recordSchema(field);
  try {
    return validate(rules, schema, processFields(rules, schema, { ...value }, 'insert'));
  } catch (thrown) {
    if (thrown instanceof ShorthandFault) return thrown.errors;
    throw thrown;
  }
};

const validateForeign = (rules: Rules, field: Field, value: unknown): ErrorTree | undefined => {
  const schema = rules.schemas.entity(field.reference ?? '');
  if (!schema) return undefined;
  if (!isTable(value) && typeof value !== 'string') throw new LuaCrash('a foreign key is neither a table nor text');
  const id = isObject(value) ? value['id'] : undefined;
  const absent = id === undefined || id === false ? MISSING_KEY : id === null ? REQUIRED : undefined;
  const fault = absent ?? validateField(rules, fieldsOf(schema).get('id') ?? {}, id);
  if (fault === undefined) return undefined;
  const whole = isTable(value) ? validate(rules, schema, value as Row, { partial: true }) : undefined;
  return whole ?? { id: fault };
};

const onNull = (field: Field): string | undefined => {
  if (field.ne === null) return field.err ?? 'value must not be null';
  if (field.eq !== undefined && field.eq !== null) return `value must be ${String(field.eq)}`;
  return field.required ? REQUIRED : undefined;
};

const inside = (rules: Rules, field: Field, value: unknown): ErrorTree | undefined => {
  if ((field.type === 'array' || field.type === 'set') && field.elements) return validateElements(rules, field.elements, value);
  if (field.type === 'map') return validateMap(rules, field, value as Row);
  return field.type === 'record' ? validateRecord(rules, field, value as Row) : undefined;
};

/** What is wrong with one value, or `undefined` (`Schema:validate_field`). A value that was not given counts as null. */
export const validateField = (rules: Rules, field: Field, value: unknown): ErrorTree | undefined => {
  if (value === null || value === undefined) return onNull(field);
  if (field.eq === null) return field.err ?? 'value must be null';
  if (field.abstract) return 'error in schema definition: abstract field was not specialized';
  if (field.type === 'foreign') {
    const fault = validateForeign(rules, field, value);
    return fault ?? runValidators(value, field, () => undefined);
  }
  if (field.type !== undefined && field.type !== 'any' && !hasType(field.type, value)) {
    return `expected ${TYPE_NAMES[field.type] ?? field.type}`;
  }
  const deep = inside(rules, field, value);
  if (deep !== undefined) return deep;
  if (field.type === 'string' && field.referenceable && isVaultReference(value)) return undefined;
  const checked = field.type === 'string' && field.len_min === undefined ? { ...field, len_min: 1 } : field;
  return runValidators(value, checked, (each) => rules.functions.value(field.fn ?? '', each));
};

/** `{vault://…}`: looked up when it is used, and so not checked. */
export const isVaultReference = (value: unknown): boolean =>
  typeof value === 'string' && value.startsWith('{vault://') && value.endsWith('}');

interface Mode {
  /** Missing required fields pass: the row is only a part. */
  readonly partial?: boolean;
  /** The wording of an update. */
  readonly updating?: boolean;
}

const chooseSubschema = (rules: Rules, schema: Schema, input: Row): { found?: Schema; fault?: FieldErrors } => {
  if (schema.subschema_key === undefined) return {};
  const key = input[schema.subschema_key];
  if (key === null || key === undefined) return { fault: { [schema.subschema_key]: REQUIRED } };
  const found = subschemaOf(rules.schemas, schema, input);
  if (found) return { found };
  if (typeof key !== 'string' && !isTable(key)) throw new LuaCrash('the key of a subschema is neither text nor a table');
  const shown = Array.isArray(key) && key.length > 0 ? luaText(key[0]) : typeof key === 'string' ? key : 'nil';
  return { fault: { [schema.subschema_key]: (schema.subschema_error ?? 'unknown type: %s').replace('%s', () => shown) } };
};

/** Everything wrong with a row, by field and under `@entity`, or `undefined` (`Schema:validate`). */
export const validate = (rules: Rules, schema: Schema, input: Row, mode: Mode = {}): FieldErrors | undefined => {
  const { found: subschema, fault } = chooseSubschema(rules, schema, input);
  if (fault) return fault;
  const errors: FieldErrors = Object.create(null) as FieldErrors;
  const fields = new Map(eachField(schema, subschema));
  for (const [name, value] of Object.entries(input)) {
    // Kong looks at neither: both follow from the clock, and a client may send back what it read.
    if (name === 'updated_at' || (name === 'ttl' && schema.ttl)) continue;
    const field = fields.get(name);
    const wrong = value === undefined ? undefined : field ? validateField(rules, field, value) : UNKNOWN;
    if (wrong !== undefined) errors[name] = wrong;
  }
  for (const [name, field] of fieldsOf(schema)) {
    if (field.required && (input[name] === null || (!mode.partial && input[name] === undefined))) errors[name] = REQUIRED;
  }
  runEntityChecks(rules, schema, subschema, input, errors, { full: !mode.partial, updating: mode.updating ?? false });
  return Object.keys(errors).length > 0 ? errors : undefined;
};
