import { isObject } from '../schema/errors.ts';
import { eachField, entry, fieldsOf, recordSchema, subschemaOf } from '../schema/lookup.ts';
import type { Rules } from '../schema/rules.ts';
import type { Field, Row, Schema } from '../schema/types.ts';

const empty = (): Row => Object.create(null) as Row;

/** Percent-decoding as nginx does it: `+` is a space, what is not an escape stays. Bytes that are no UTF-8 become U+FFFD. */
export const unescapeUri = (text: string): string => {
  if (!/[%+]/.test(text)) return text;
  const bytes = Buffer.from(text.replaceAll('+', ' '));
  const decoded: number[] = [];
  for (let i = 0; i < bytes.length; i += 1) {
    const hex = bytes[i] === 0x25 ? /^[0-9a-f]{2}$/i.exec(bytes.subarray(i + 1, i + 3).toString('latin1'))?.[0] : undefined;
    decoded.push(hex === undefined ? (bytes[i] ?? 0) : parseInt(hex, 16));
    if (hex !== undefined) i += 2;
  }
  return Buffer.from(decoded).toString('utf8');
};

export type Pairs = readonly (readonly [string, string | true])[];

/** `a=1&b=2&c`: names and values in order; a name without `=` is `true`. */
export const parsePairs = (text: string): Pairs =>
  text.split('&').filter((part) => part !== '').map((part) => {
    const equals = part.indexOf('=');
    return equals < 0 ? [unescapeUri(part), true] : [unescapeUri(part.slice(0, equals)), unescapeUri(part.slice(equals + 1))];
  });

type Step = { readonly key: string } | { readonly index: number | undefined };

/** `config.headers[x][]`: a dot or a bracketed word goes into a table, a number or nothing in brackets into a list. */
const stepsOf = (name: string): Step[] => {
  const steps: Step[] = [];
  for (const [whole, dotted, bracketed] of name.matchAll(/\.?([^.[\]]+)|\[([^\]]*)\]/g)) {
    if (!whole.startsWith('[')) steps.push({ key: dotted ?? '' });
    else if (/^\d*$/.test(bracketed ?? '')) steps.push({ index: bracketed ? Number(bracketed) : undefined });
    else steps.push({ key: bracketed ?? '' });
  }
  return steps;
};

const place = (holder: Row | unknown[], steps: readonly Step[], value: unknown): void => {
  const [step, ...rest] = steps;
  if (!step) return;
  const at = 'key' in step ? step.key : String(step.index === undefined ? (holder as unknown[]).length : Math.max(0, step.index - 1));
  const table = holder as Row;
  const present = Object.hasOwn(table, at) ? table[at] : undefined;
  if (rest.length === 0) {
    table[at] = present === undefined ? value : Array.isArray(present) ? [...(present as unknown[]), value] : [present, value];
    return;
  }
  const next = rest[0];
  if (typeof present !== 'object' || present === null) table[at] = next && 'index' in next ? [] : empty();
  place(table[at] as Row, rest, value);
};

/** The fields of a form or a query, nested as their names say (`kong/api/arguments_decoder.lua`). */
export const nestArguments = (pairs: Pairs): Row => {
  const tree = empty();
  for (const [name, value] of pairs) {
    const steps = stepsOf(name);
    place(tree, steps.length === 0 || steps[0] === undefined || !('key' in steps[0]) ? [{ key: name }] : steps, value);
  }
  return tree;
};

const inferRecord = (rules: Rules, field: Field, value: Row): Row => {
  const described = new Map([...fieldsOf(recordSchema(field)), ...(field.shorthand_fields ?? []).map(entry)]);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inferValue(rules, item, described.get(key))]));
};

/** Text as the field's type: a number, a boolean, a list of one; an empty text is null (`kong/api/arguments.lua`). */
export const inferValue = (rules: Rules, value: unknown, field: Field | undefined): unknown => {
  if (!field || value === undefined) return value;
  if (value === '') return null;
  if (field.type === 'number' || field.type === 'integer') {
    return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
  }
  if (field.type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  if (field.type === 'array' || field.type === 'set') {
    const list: unknown[] = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [value];
    return list.map((item) => inferValue(rules, item, field.elements));
  }
  if (!isObject(value)) return value;
  if (field.type === 'foreign') {
    const schema = rules.schemas.entity(field.reference ?? '');
    return schema ? inferArguments(rules, value, schema) : value;
  }
  if (field.type === 'map') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inferValue(rules, item, field.values)]));
  }
  return field.type === 'record' && !field.abstract ? inferRecord(rules, field, value) : value;
};

/** Every field of a form as its schema's type. */
export const inferArguments = (rules: Rules, args: Row, schema: Schema): Row => {
  const described = [...eachField(schema, subschemaOf(rules.schemas, schema, args)), ...(schema.shorthand_fields ?? []).map(entry)];
  const inferred: Row = Object.assign(empty(), args);
  for (const [name, field] of described) if (inferred[name] !== undefined) inferred[name] = inferValue(rules, inferred[name], field);
  const ttl = schema.ttl ? inferred['ttl'] : undefined;
  if (typeof ttl === 'string' && Number.isFinite(Number(ttl))) inferred['ttl'] = Number(ttl);
  return inferred;
};

/** The parts of a multipart body by name: text, file or not (RFC 7578). */
export const parseMultipart = (body: Buffer, contentType: string): Pairs => {
  const boundary = /boundary=(?:"([^"]+)"|([^;]+))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2]?.trim();
  if (mark === undefined) return [];
  return body.toString('latin1').split(`--${mark}`).slice(1).flatMap((part) => {
    const split = part.indexOf('\r\n\r\n');
    const name = /content-disposition:[^\r]*?\bname="([^"]*)"/i.exec(part.slice(0, split))?.[1];
    if (split < 0 || name === undefined) return [];
    const text = Buffer.from(part.slice(split + 4).replace(/\r\n$/, ''), 'latin1').toString('utf8');
    return [[Buffer.from(name, 'latin1').toString('utf8'), text] as const];
  });
};
