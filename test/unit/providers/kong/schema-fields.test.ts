import { describe, expect, it } from 'vitest';
import type { Desired, Spec, SpecValue } from '../../../../src/core/resource.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { fieldProblems, lineOf } from '../../../../src/providers/kong/schema-fields.ts';
import type { Field } from '../../../../src/providers/kong/schema-fields.ts';

const place = (line: number) => ({ file: 'shop.yaml', line, column: 1 });
const object = (spec: Spec, kind = 'kong.upstream', fields: Desired['fields'] = {}): Desired => ({ kind, id: 'pool', spec, after: [], origin: place(1), fields });
/** Code, the field that is named, and what was expected of it. */
const told = (spec: Spec, schema: Field, kind?: string) =>
  fieldProblems(object(spec, kind), schema).map(({ code, message, expected }) => [code, /"([^"]*)"/.exec(message)?.[1], expected]);
const of = (field: Field): Field => ({ fields: [{ it: field }] });

describe('a field that the live schema knows', () => {
  const types: readonly (readonly [string, readonly SpecValue[], readonly SpecValue[], string])[] = [
    ['string', ['text', '', new Secret('a-secret')], [7, true, [], {}], 'text'],
    ['number', [7, 0.5], ['7', true, []], 'a number'],
    ['integer', [7, 0, -1], [0.5, '7', true], 'a whole number'],
    ['boolean', [true, false], ['true', 1], 'true or false'],
    ['array', [[], ['a']], ['a', {}], 'a list'],
    ['set', [[], ['a']], ['a', {}], 'a list'],
    ['record', [{}], [[], 'a', 7], 'a mapping'],
    ['map', [{}, { a: 1 }], [[], 'a', 7], 'a mapping'],
  ];
  it.each(types)('of the type %s takes what is one', (type, good) => {
    for (const it of good) expect(told({ it }, of({ type }))).toEqual([]);
  });
  it.each(types)('of the type %s takes nothing else', (type, _good, bad, expected) => {
    for (const it of bad) expect(told({ it }, of({ type }))).toEqual([['KONG_FIELD_TYPE', 'it', expected]]);
  });

  it.each([{ type: 'string' }, {}, { type: 'function' }])('may be absent, and is not judged where its type says nothing (%j)', (field) => {
    expect(told({ it: null }, of(field))).toEqual([]);
    if (field.type !== 'string') expect(told({ it: [7] }, of(field))).toEqual([]);
  });

  it('may be called by its old name', () => {
    expect(told({ old: 7 }, { fields: [], shorthand_fields: [{ old: { type: 'string' } }] })).toEqual([['KONG_FIELD_TYPE', 'old', 'text']]);
  });

  it('is looked into: records, maps and lists', () => {
    const text: Field = { type: 'string' };
    const schema: Field = {
      fields: [
        { redis: { type: 'record', fields: [{ host: text }] } }, { headers: { type: 'map', values: text } }, { loose: { type: 'map' } },
        { names: { type: 'array', elements: text } }, { any: { type: 'array' } }, { rules: { type: 'array', elements: { type: 'record', fields: [{ name: text }] } } },
      ],
    };
    const right = { redis: { host: 'r' }, headers: { a: 'b' }, loose: { a: 7 }, names: ['a'], any: [7], rules: [{ name: 'a' }] };
    expect(told(right, schema)).toEqual([]);
    const wrong = { redis: { host: 7, hosst: 'r' }, headers: { a: 'b', c: 7 }, names: ['a', 7], rules: [{ name: 'a' }, { nam: 'b' }] };
    expect(told(wrong, schema)).toEqual([
      ['KONG_FIELD_TYPE', 'redis.host', 'text'],
      ['KONG_FIELD_UNKNOWN', 'redis.hosst', 'one of host'],
      ['KONG_FIELD_TYPE', 'headers.c', 'text'],
      ['KONG_FIELD_TYPE', 'names.1', 'text'],
      ['KONG_FIELD_UNKNOWN', 'rules.1.nam', 'one of name'],
    ]);
  });
});

describe('a field that Kong encrypts', () => {
  const secret: Field = { type: 'string', encrypted: true };
  const codes = (it: SpecValue, field: Field): readonly string[] => fieldProblems(object({ it }), of(field)).map(({ code }) => code);
  const REFERENCE = '{vault://env/x}';
  it('may not stand in the open, and is not shown', () => {
    expect(fieldProblems(object({ it: 'in-the-open' }), of(secret))).toMatchObject([{ code: 'KONG_SECRET_LITERAL', sensitive: true }]);
    expect(fieldProblems(object({ it: ['in-the-open'] }), of({ type: 'array', elements: secret }))).toMatchObject([{ code: 'KONG_SECRET_LITERAL' }]);
  });
  it('may be a secret from elsewhere, or in a vault where Kong looks into it', () => {
    expect(told({ it: new Secret('from-elsewhere') }, of(secret))).toEqual([]);
    expect(told({ it: REFERENCE }, of({ ...secret, referenceable: true }))).toEqual([]);
    expect(codes(REFERENCE, secret)).toEqual(['KONG_SECRET_LITERAL']);
    expect(codes(`open ${REFERENCE}`, { ...secret, referenceable: true })).toEqual(['KONG_SECRET_LITERAL']);
  });
  it('is told where a vault would do', () => {
    const [here] = fieldProblems(object({ it: 'open' }), of({ ...secret, referenceable: true }));
    const [nowhere] = fieldProblems(object({ it: 'open' }), of(secret));
    expect([here?.expected?.includes('{vault://'), nowhere?.expected?.includes('{vault://')]).toEqual([true, false]);
  });
  it('of the wrong type is not shown', () => {
    const typed = (field: Field, it: SpecValue) => fieldProblems(object({ it }), of(field)).map(({ sensitive }) => sensitive);
    expect(typed({ type: 'integer', encrypted: true }, 'in-the-open')).toEqual([true]);
    expect(typed({ type: 'integer' }, 'text')).toEqual([false]);
  });
});

describe('a field that the live schema does not know', () => {
  const schema = (count: number): Field => ({ fields: Array.from({ length: count }, (_, at) => ({ [`field${at}`]: { type: 'string' } })) });
  it('is told with those that there are, when these are few', () => {
    const few = Array.from({ length: 12 }, (_, at) => `field${at}`).join(', ');
    expect(told({ quite_another: 1 }, schema(12))).toEqual([['KONG_FIELD_UNKNOWN', 'quite_another', `one of ${few}`]]);
    expect(told({ quite_another: 1 }, schema(13))).toEqual([['KONG_FIELD_UNKNOWN', 'quite_another', undefined]]);
    expect(told({ quite_another: 1 }, {})).toEqual([['KONG_FIELD_UNKNOWN', 'quite_another', undefined]]);
    // Not what every object of JavaScript has.
    expect(told({ toString: 1 }, {})).toEqual([['KONG_FIELD_UNKNOWN', 'toString', undefined]]);
  });
  it.each([
    ['kong.upstream', 'algorythm', 'did you mean "algorithm"?'],
    ['kong.upstream', 'quite_another', undefined],
    ['kong.upstream', 'expression', undefined],
    ['kong.route', 'expression', 'only a Kong with router_flavor = expressions has it'],
    ['kong.route', 'priority', 'only a Kong with router_flavor = expressions has it'],
    ['kong.route', 'quite_another', undefined],
  ])('%s %s is told with what may have been meant', (kind, name, hint) => {
    expect(fieldProblems(object({ [name]: 1 }, kind), { fields: [{ algorithm: { type: 'string' } }] }).map((problem) => problem.hint)).toEqual([hint]);
  });
});

describe('the line of a field', () => {
  const stated = object({}, 'kong.upstream', { config: place(5), 'config.redis': place(6) });
  it.each([
    ['config.redis', 6],
    ['config.redis.host.name', 6],
    ['config.minute', 5],
    ['configuration', 1],
    ['', 1],
  ])('%j is that of the nearest one around it', (path, line) => {
    expect(lineOf(stated, path).line).toBe(line);
  });
  it('is the object\'s where nobody stated any', () => {
    const { fields: _fields, ...bare } = stated;
    expect(lineOf(bare, 'config').line).toBe(1);
  });
});
