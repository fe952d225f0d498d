import { isRegex } from './typedefs.ts';
import { isObject, isTable, luaText, quotedList } from './errors.ts';
import { luaPattern } from './lua-pattern.ts';
import type { Field } from './types.ts';

type Validator = (value: unknown, field: Field) => string | undefined;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isUuid = (value: unknown): value is string => typeof value === 'string' && UUID.test(value);

const length = (value: unknown): number =>
  typeof value === 'string' ? Buffer.byteLength(value) : isTable(value) ? Object.keys(value).length : 0;

const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []);

const patternFault = (value: unknown, pattern: string | undefined, want: boolean): string | undefined =>
  pattern !== undefined && luaPattern(pattern).test(String(value)) !== want ? `invalid value: ${String(value)}` : undefined;

/** Sets of which a value may use one only, by Kong's own wording. */
const exclusiveSubsets: Validator = (value, { mutually_exclusive_subsets: subsets }) => {
  const touched: (readonly string[])[] = [];
  for (const item of items(value)) {
    const subset = subsets?.find((each) => each.includes(String(item)));
    if (subset && !touched.includes(subset)) touched.push(subset);
  }
  return touched.length > 1 ? `these sets are mutually exclusive: ${quotedList(touched)}` : undefined;
};

/** Every validator in the order in which Kong runs them (`validators_order`); the first that objects is reported. */
const VALIDATORS: readonly (readonly [keyof Field, Validator])[] = [
  ['eq', (value, { eq }) => (value === eq ? undefined : `value must be ${luaText(eq)}`)],
  ['ne', (value, { ne }) => (value === ne ? `value must not be ${ne === null ? 'null' : luaText(value)}` : undefined)],
  ['not_one_of', (value, { not_one_of: bad = [] }) => (bad.includes(value) ? `must not be one of: ${bad.join(', ')}` : undefined)],
  ['one_of', (value, { one_of: good = [] }) => (good.includes(value) ? undefined : `expected one of: ${good.join(', ')}`)],
  ['gt', (value, { gt = 0 }) => (Number(value) > gt ? undefined : `value must be greater than ${gt}`)],
  ['timestamp', (value) => (Number(value) > 0 ? undefined : 'expected a valid timestamp')],
  ['uuid', (value) => (isUuid(value) ? undefined : 'expected a valid UUID')],
  ['is_regex', (value) => (isRegex(String(value)) ? undefined : `not a valid regex: ${String(value)}`)],
  ['between', (value, { between: [low = 0, high = 0] = [] }) =>
    Number(value) < low || Number(value) > high ? `value should be between ${Math.trunc(low)} and ${Math.trunc(high)}` : undefined],
  ['len_eq', (value, { len_eq: size = 0 }) => (length(value) === size ? undefined : `length must be ${size}`)],
  ['len_min', (value, { len_min: size = 0 }) => (length(value) >= size ? undefined : `length must be at least ${size}`)],
  ['len_max', (value, { len_max: size = 0 }) => (length(value) <= size ? undefined : `length must be at most ${size}`)],
  ['starts_with', (value, { starts_with: start = '' }) => (String(value).startsWith(start) ? undefined : `should start with: ${start}`)],
  ['not_match', (value, { not_match: pattern }) => patternFault(value, pattern, false)],
  ['match_none', (value, { match_none: list = [] }) => list.find(({ pattern }) => luaPattern(pattern).test(String(value)))?.err],
  ['match', (value, { match: pattern }) => patternFault(value, pattern, true)],
  ['match_all', (value, { match_all: list = [] }) => list.find(({ pattern }) => !luaPattern(pattern).test(String(value)))?.err],
  ['match_any', (value, { match_any: any }) =>
    any?.patterns.some((pattern) => luaPattern(pattern).test(String(value))) ? undefined : (any?.err ?? `invalid value: ${String(value)}`)],
  ['contains', (value, { contains: wanted }) => (items(value).includes(wanted) ? undefined : `expected to contain: ${luaText(wanted)}`)],
];

/** The validators of a field on a value that has the right type; `custom` is the field's own function. */
export const runValidators = (value: unknown, field: Field, custom: Validator): string | undefined => {
  for (const [name, validator] of VALIDATORS) {
    if (field[name] === undefined) continue;
    const fault = validator(value, field);
    if (fault !== undefined) return field.err ?? fault;
  }
  const own = field.fn === undefined ? undefined : custom(value, field);
  if (own !== undefined) return field.err ?? own;
  const sets = field.mutually_exclusive_subsets && exclusiveSubsets(value, field);
  return sets === undefined ? undefined : (field.err ?? sets);
};
