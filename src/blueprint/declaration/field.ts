import { DURATION } from '../../core/duration.ts';
import type { Json, JsonFields } from '../json.ts';
import type { Secret } from '../../core/secret.ts';
import type { ProblemCode } from '../../problems/index.ts';

/** What the loader makes of a value: `base` is a URL without its last slashes, `path` is absolute, `seconds` come from a duration. */
type Becomes = 'text' | 'base' | 'path' | 'seconds' | 'secret' | 'number' | 'flag' | 'list' | 'object' | 'names' | 'json';
/** Whether a loaded blueprint has the field: it must be stated; it is filled in; it may be absent. */
type Presence = 'required' | 'filled' | 'optional';

/** Where a name leads: the mapping that declares such names, what they are called, and the code of one that leads nowhere. */
export interface Reference {
  readonly declared: string;
  readonly what: string;
  readonly code: ProblemCode;
}

/** What to write in the place of a value that is not right, where that is known. */
type Instead = (wrong: string) => string | undefined;

/** Under a symbol, so that validators and editors see a plain schema. */
export const loading: unique symbol = Symbol('loading');

/** A JSON Schema (draft 7), as far as a blueprint needs one. */
export interface Schema {
  readonly [keyword: string]: unknown;
  readonly [loading]?: { readonly becomes: Becomes; readonly presence: Presence; readonly to?: Reference; readonly instead?: Instead };
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly propertyNames?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly (string | null)[];
  readonly default?: unknown;
  /** What editors offer. */
  readonly examples?: readonly unknown[];
}

declare const value: unique symbol;

/**
 * A field of the blueprint, said once: a JSON Schema whose `description` is the reference text, `title` the noun phrase that messages use
 * ("expected a duration such as 5m") and `default` what the loader fills in, with what the loader makes of the value.
 */
export interface Field<Value = unknown, P extends Presence = Presence> extends Schema {
  readonly [loading]: { readonly becomes: Becomes; readonly presence: P; readonly to?: Reference; readonly instead?: Instead };
  /** Never there at run time: it carries the type. */
  readonly [value]?: Value;
}

/** The type of a field in a loaded blueprint. */
export type Loaded<F> = F extends Field<infer Value> ? Value : never;

type Fields = Readonly<Record<string, Field>>;
type Given<F extends Fields> = { [Key in keyof F]: F[Key] extends Field<unknown, 'optional'> ? never : Key }[keyof F];
type LoadedObject<F extends Fields> = Together<
  { readonly [Key in Given<F>]: Loaded<F[Key]> } & { readonly [Key in Exclude<keyof F, Given<F>>]?: Loaded<F[Key]> }
>;
/** One object in place of an intersection: that is what editors and messages show. */
type Together<Parts> = { readonly [Key in keyof Parts]: Parts[Key] };
/** With nothing to state in it, an object is always there, made of its defaults. */
type ObjectPresence<F extends Fields> = true extends { [Key in keyof F]: F[Key] extends Field<unknown, 'required'> ? true : never }[keyof F]
  ? 'optional'
  : 'filled';
type Defaulted<Rest> = Rest extends { readonly default: unknown } ? 'filled' : 'optional';

const make = <Value, P extends Presence>(schema: Schema, becomes: Becomes, presence: P): Field<Value, P> => ({
  ...schema,
  [loading]: { becomes, presence },
});
const makeDefaulted = <Value, Rest>(schema: Schema, becomes: Becomes): Field<Value, Defaulted<Rest>> =>
  // `Rest` is the part of the schema that may hold the default: the two conditions are the same, one on the type and one on the value.
  make(schema, becomes, (schema.default === undefined ? 'optional' : 'filled') as Defaulted<Rest>);

/** The same field, which must be stated. */
export const required = <Value>(field: Field<Value>): Field<Value, 'required'> => ({
  ...field,
  [loading]: { ...field[loading], presence: 'required' },
});
/** The same field, absent where it is not stated, although there would be something to fill in. */
export const optional = <Value>(field: Field<Value>): Field<Value, 'optional'> => ({
  ...field,
  [loading]: { ...field[loading], presence: 'optional' },
});

export const object = <F extends Fields>(description: string, properties: F): Field<LoadedObject<F>, ObjectPresence<F>> => {
  const stated = Object.keys(properties).filter((key) => properties[key]?.[loading].presence === 'required');
  const schema = { type: 'object', description, additionalProperties: false, properties, ...(stated.length > 0 && { required: stated }) };
  // As above: the type's condition and the value's are the same.
  return make(schema, 'object', (stated.length > 0 ? 'optional' : 'filled') as ObjectPresence<F>);
};
/** A mapping whose keys are names that the blueprint makes up. */
export const named = <Value>(
  description: string,
  name: Schema,
  items: Field<Value>,
  rest: { readonly minProperties?: number } = {},
): Field<Readonly<Record<string, Value>>, 'filled'> =>
  make({ type: 'object', description, propertyNames: name, additionalProperties: items, ...rest }, 'names', 'filled');
/** Whatever another system takes; `properties` are those that the blueprint gives a form of its own. */
export const anything = (description: string, properties?: Fields): Field<JsonFields, 'filled'> =>
  make({ type: 'object', description, additionalProperties: {}, ...(properties && { properties }) }, 'json', 'filled');

/** A JSON document: a mapping or a list. */
export const document = (description: string): Field<JsonFields | readonly Json[], 'optional'> =>
  make({ type: ['object', 'array'], title: 'a mapping or a list', description, additionalProperties: {}, items: {} }, 'json', 'optional');

export const listOf = <Value, const Rest extends { readonly default?: readonly string[]; readonly minItems?: number } = object>(
  description: string,
  items: Field<Value>,
  rest?: Rest,
): Field<readonly Value[], Defaulted<Rest>> =>
  makeDefaulted({ type: 'array', description, items, uniqueItems: true, ...rest }, 'list');

/** One text of this form, or a list of them; loaded as a list. */
export const oneOrMore = <Value>(description: string, items: Field<Value>): Field<readonly Value[], 'optional'> =>
  make({ type: ['string', 'array'], ...(items.pattern !== undefined && { pattern: items.pattern }), title: `${items.title ?? 'a text'}, or a list of them`, description, items, minItems: 1, ...(items.examples && { examples: items.examples }) }, 'list', 'optional');

interface TextRest {
  readonly pattern?: string;
  readonly title?: string;
  readonly maxLength?: number;
  readonly default?: string;
  readonly examples?: readonly string[];
}
const textAs =
  <Value>(becomes: Becomes, more: Schema = {}) =>
  <const Rest extends TextRest = object>(description: string, rest?: Rest): Field<Value, Defaulted<Rest>> =>
    makeDefaulted({ type: 'string', minLength: 1, description, ...more, ...rest }, becomes);

const urlForm = { pattern: '^https?://[^\\s]+$', title: 'an http:// or https:// URL', examples: ['https://id.example'] };
const durationForm = { pattern: DURATION, title: 'a duration: a number and s, m, h or d, such as 5m', examples: ['90s', '5m', '8h'] };

export const text = textAs<string>('text');
/** A URL as it is written: an issuer is compared letter by letter. */
export const url = textAs<string>('text', urlForm);
/** A URL that paths are put behind: loaded without its last slashes. */
export const baseUrl = textAs<string>('base', urlForm);
/** `url` and other places: loaded without their last slashes. */
export const place = textAs<string>('base');
/** A path relative to the file that says it; loaded absolute. */
export const path = textAs<string>('path');
/** Loaded in seconds. */
export const duration = textAs<number>('seconds', durationForm);
/** A reference, and nothing but; loaded as a `Secret`. */
export const secret = textAs<Secret>('secret', { title: 'a reference such as ${NAME} or ${file:path}', examples: ['${NAME}', '${file:/run/secrets/name}', '${vault:path#key}'] });

export const oneOf = <const Value extends string, const Rest extends { readonly default?: Value } = object>(
  description: string,
  values: readonly Value[],
  rest?: Rest,
): Field<Value, Defaulted<Rest>> => makeDefaulted({ type: 'string', enum: values, description, ...rest }, 'text');
export const flag = <const Rest extends { readonly default?: boolean } = object>(description: string, rest?: Rest): Field<boolean, Defaulted<Rest>> =>
  makeDefaulted({ type: 'boolean', description, ...rest }, 'flag');
export const integer = <const Rest extends { readonly minimum: number; readonly maximum: number; readonly default?: number }>(
  description: string,
  { of = '', ...rest }: Rest & { readonly of?: string },
): Field<number, Defaulted<Rest>> => {
  const title = `a whole number ${of === '' ? '' : `of ${of} `}from ${rest.minimum} to ${rest.maximum}`;
  return makeDefaulted({ type: 'integer', ...rest, description, title }, 'number');
};

/** What a name may look like. */
export const pattern = (title: string, regex: string, ...examples: readonly string[]): Field<string, 'optional'> =>
  make({ type: 'string', pattern: regex, title, ...(examples.length > 0 && { examples }) }, 'text', 'optional');
/** A field that holds such a name. */
export const nameOf = (name: Field<string>, description: string): Field<string, 'optional'> => optional({ ...name, description });

/** A name that must be one of those declared elsewhere: `checks/references.ts` holds every one against them. */
export const reference = (description: string, to: Reference): Field<string, 'optional'> => {
  const field = text(description);
  return { ...field, [loading]: { ...field[loading], to } };
};

/** The same field; who writes something that it does not take is told what to write. */
export const withInstead = <Value, P extends Presence>(field: Field<Value, P>, instead: Instead): Field<Value, P> => ({ ...field, [loading]: { ...field[loading], instead } });

export const isSecret = (field: Schema | undefined): boolean => field?.[loading]?.becomes === 'secret';
