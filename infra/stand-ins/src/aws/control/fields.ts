import { badRequest } from '../fault.ts';
import { isRecord } from '../http.ts';
import type { ParameterMap } from '../types.ts';

/** `name` -> `Name`: messages speak of members as the API reference does. */
const label = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

interface TextRule {
  readonly min?: number;
  readonly max: number;
  readonly pattern?: RegExp;
}

/**
 * A request body, member by member. An absent or null member is undefined; one of the wrong type, length or form is a
 * BadRequestException. Members that no one asks for are ignored, as the service's protocol does.
 */
export interface Fields {
  readonly has: (name: string) => boolean;
  readonly text: (name: string, rule: TextRule) => string | undefined;
  readonly flag: (name: string) => boolean | undefined;
  readonly number: (name: string, least: number, most: number) => number | undefined;
  readonly integer: (name: string, least: number, most: number) => number | undefined;
  readonly oneOf: <Value extends string>(name: string, values: readonly Value[]) => Value | undefined;
  readonly texts: (name: string, rule: TextRule) => readonly string[] | undefined;
  readonly map: (name: string, rule: TextRule) => ParameterMap | undefined;
  readonly nested: (name: string) => Fields | undefined;
  readonly entries: (name: string) => readonly (readonly [string, Fields])[] | undefined;
}

const wrong = (name: string, expected: string): Error => badRequest(`Invalid value specified for ${label(name)}: expected ${expected}`);

const checkText = (name: string, value: unknown, { min = 0, max, pattern }: TextRule): string => {
  if (typeof value !== 'string') throw wrong(name, 'a string');
  if (value.length < min || value.length > max) throw wrong(name, `${min} to ${max} characters`);
  if (pattern && !pattern.test(value)) throw wrong(name, `text that matches ${pattern.source}`);
  return value;
};

export const readFields = (body: Readonly<Record<string, unknown>>): Fields => {
  const optional = <Value>(name: string, read: (value: unknown) => Value): Value | undefined => {
    const value = Object.hasOwn(body, name) ? body[name] : undefined;
    return value === undefined || value === null ? undefined : read(value);
  };
  const record = (name: string, value: unknown): Readonly<Record<string, unknown>> => {
    if (!isRecord(value)) throw wrong(name, 'an object');
    return value;
  };
  const number = (name: string, least: number, most: number, isKind: (value: unknown) => boolean, kind: string): number | undefined =>
    optional(name, (value) => {
      if (typeof value !== 'number' || !isKind(value) || value < least || value > most)
        throw wrong(name, `${kind} from ${least} to ${most}`);
      return value;
    });
  return {
    has: (name) => optional(name, () => true) ?? false,
    text: (name, rule) => optional(name, (value) => checkText(name, value, rule)),
    flag: (name) =>
      optional(name, (value) => {
        if (typeof value !== 'boolean') throw wrong(name, 'true or false');
        return value;
      }),
    number: (name, least, most) => number(name, least, most, Number.isFinite, 'a number'),
    integer: (name, least, most) => number(name, least, most, Number.isInteger, 'an integer'),
    oneOf: (name, values) =>
      optional(name, (value) => {
        const found = values.find((one) => one === value);
        if (found === undefined) throw wrong(name, `one of ${values.join(', ')}`);
        return found;
      }),
    texts: (name, rule) =>
      optional(name, (value) => {
        if (!Array.isArray(value)) throw wrong(name, 'a list of strings');
        return value.map((one) => checkText(name, one, rule));
      }),
    map: (name, rule) =>
      optional(name, (value) =>
        Object.fromEntries(Object.entries(record(name, value)).map(([key, text]) => [key, checkText(`${name}.${key}`, text, rule)])),
      ),
    nested: (name) => optional(name, (value) => readFields(record(name, value))),
    entries: (name) =>
      optional(name, (value) => Object.entries(record(name, value)).map(([key, inner]) => [key, readFields(record(key, inner))] as const)),
  };
};

export const required = <Value>(name: string, value: Value | undefined): Value => {
  if (value === undefined) throw badRequest(`${label(name)} is required`);
  return value;
};

/** Every member of `patch` that is set replaces the one in `current`: what PATCH means in this API. */
export const merge = <Value extends object>(current: Value, patch: Partial<Value>): Value => ({
  ...current,
  ...(Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as Partial<Value>),
});

/** Maps are merged key by key, and an empty value takes the key out. */
export const mergeMap = (current: ParameterMap | undefined, patch: ParameterMap | undefined): ParameterMap | undefined => {
  if (patch === undefined) return current;
  return Object.fromEntries(Object.entries({ ...current, ...patch }).filter(([, value]) => value !== ''));
};

export const description = (fields: Fields): string | undefined => fields.text('description', { max: 1024 });
