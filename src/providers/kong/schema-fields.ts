import { nearest } from '../../blueprint/nearest.ts';
import { Problem } from '../../core/problem.ts';
import type { Position } from '../../core/problem.ts';
import type { Desired, Spec, SpecValue } from '../../core/resource.ts';
import { Secret } from '../../core/secret.ts';
import { isSpec } from '../../core/spec.ts';
import { kong } from './specs/index.ts';

/** A field as `GET /schemas/<entity>` describes it, as far as a blueprint can be held against it. */
export interface Field {
  readonly type?: string;
  readonly fields?: readonly Readonly<Record<string, Field>>[];
  /** Old names of fields, which Kong still takes. */
  readonly shorthand_fields?: readonly Readonly<Record<string, Field>>[];
  readonly elements?: Field;
  readonly values?: Field;
  readonly encrypted?: boolean;
  /** Takes `{vault://…}`; other fields keep it as a text. */
  readonly referenceable?: boolean;
  /** What is there when nobody states it. */
  readonly default?: unknown;
  /** Made by Kong. */
  readonly auto?: boolean;
  /** An old name, and where its value is kept now. */
  readonly deprecation?: { readonly replaced_with?: readonly { readonly path?: readonly string[] }[] };
}

interface Place {
  readonly object: Desired;
  /** `config.redis.host` */
  readonly path: string;
  readonly problems: Problem[];
}

/** The line of a field, or of the nearest one around it that the blueprint states in Kong's words; otherwise the object's. */
export const lineOf = ({ origin, fields = {} }: Desired, path: string): Position => {
  for (let prefix = path; prefix !== ''; prefix = prefix.slice(0, Math.max(prefix.lastIndexOf('.'), 0))) {
    const found = fields[prefix];
    if (found) return found;
  }
  return origin;
};

/**
 * What an object states that the live schema does not know, or knows as another type: each with its line. Values are the server's to
 * judge. `schema` is a record; references to other rows are left out of it.
 */
export const fieldProblems = (object: Desired, schema: Field): readonly Problem[] => {
  const problems: Problem[] = [];
  record(object.spec, schema, { object, path: '', problems });
  return problems;
};

const record = (value: Spec, schema: Field, place: Place): void => {
  const known: Readonly<Record<string, Field>> = Object.assign({}, ...(schema.fields ?? []), ...(schema.shorthand_fields ?? []));
  for (const [name, item] of Object.entries(value)) {
    const path = place.path === '' ? name : `${place.path}.${name}`;
    const field = Object.hasOwn(known, name) ? known[name] : undefined;
    if (field) check(item, field, { ...place, path });
    else place.problems.push(unknownField(name, Object.keys(known), { ...place, path }));
  }
};

const check = (value: SpecValue, field: Field, place: Place): void => {
  if (value === null || field.type === undefined) return;
  const expected = TYPES[field.type];
  if (expected === undefined) return;
  if (!expected.fits(value)) {
    place.problems.push(
      new Problem('KONG_FIELD_TYPE', `${named(place)} is of the wrong type`, {
        at: lineOf(place.object, place.path),
        expected: expected.words,
        sensitive: holdsSecret(field, value),
      }),
    );
    return;
  }
  if (holdsSecret(field, value))
    place.problems.push(
      new Problem('KONG_SECRET_LITERAL', `${named(place)} holds a secret, which must not stand in a file`, {
        at: lineOf(place.object, place.path),
        sensitive: true,
        expected: `a reference such as \${NAME} or \${file:path}${field.referenceable ? ', or {vault://…}' : ''}`,
      }),
    );
  if (field.type === 'record' && isSpec(value)) record(value, field, place);
  if (field.type === 'map' && field.values && isSpec(value))
    for (const [name, item] of Object.entries(value)) check(item, field.values, { ...place, path: `${place.path}.${name}` });
  if (Array.isArray(value) && field.elements) {
    const { elements } = field;
    value.forEach((item: SpecValue, index) => check(item, elements, { ...place, path: `${place.path}.${index}` }));
  }
};

/** A text that Kong encrypts, and that is in the open here; a secret from a reference is not, nor one in a vault that Kong looks into. */
const holdsSecret = (field: Field, value: SpecValue): boolean =>
  field.encrypted === true && typeof value === 'string' && !(field.referenceable === true && value.startsWith('{vault://'));

const isText = (value: SpecValue): boolean => typeof value === 'string' || value instanceof Secret;
const TYPES: Readonly<Record<string, { readonly words: string; readonly fits: (value: SpecValue) => boolean }>> = {
  string: { words: 'text', fits: isText },
  number: { words: 'a number', fits: (value) => typeof value === 'number' },
  integer: { words: 'a whole number', fits: (value) => Number.isInteger(value) },
  boolean: { words: 'true or false', fits: (value) => typeof value === 'boolean' },
  array: { words: 'a list', fits: Array.isArray },
  set: { words: 'a list', fits: Array.isArray },
  record: { words: 'a mapping', fits: isSpec },
  map: { words: 'a mapping', fits: isSpec },
};

const named = ({ object, path }: Place): string => `${object.kind} ${object.id}: "${path}"`;

const unknownField = (name: string, known: readonly string[], place: Place): Problem => {
  const near = nearest(name, known);
  const flavor = kong.route.is(place.object) && (name === 'expression' || name === 'priority');
  return new Problem('KONG_FIELD_UNKNOWN', `${named(place)} is not a field that this Kong knows`, {
    at: lineOf(place.object, place.path),
    expected: known.length > 0 && known.length <= 12 ? `one of ${known.join(', ')}` : undefined,
    hint: flavor
      ? 'only a Kong with router_flavor = expressions has it'
      : near === undefined
        ? undefined
        : `did you mean "${near}"?`,
  });
};
