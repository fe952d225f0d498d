import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from '../../../src/blueprint/parse.ts';
import { plain } from '../../../src/blueprint/tree.ts';
import { complaints, problemsIn, load, sso } from './loading.ts';
import { draws } from '../../properties.ts';

const read = (text: string): unknown => plain(parse('blueprint.yaml', text).root);
const codes = (text: string): readonly string[] => parse('blueprint.yaml', text).problems.map(({ code }) => code);

describe('parsing', () => {
  it('resolves anchors and merge keys; what a mapping states itself wins', () => {
    expect(read('base: &base { type: public, scopes: [a] }\nshop: { <<: *base, scopes: [b] }\n')).toEqual({
      base: { type: 'public', scopes: ['a'] },
      shop: { type: 'public', scopes: ['b'] },
    });
  });

  it('takes the last anchor of a name before the alias', () => {
    expect(read('a: &x 1\nb: *x\nc: &x 2\nd: *x\n&key e: *key\n')).toEqual({ a: 1, b: 1, c: 2, d: 2, e: 'e' });
  });

  it('tells a key that is stated twice, and goes on', async () => {
    const text = await sso(['name: shop', 'name: shop\nname: other'], ['relay: header', 'rely: header']);
    expect((await complaints(text)).map(({ code, marked }) => [code, marked])).toEqual([
      ['BLUEPRINT_DUPLICATE_KEY', 'name'],
      ['BLUEPRINT_UNKNOWN_KEY', 'rely'],
    ]);
  });

  it.each([
    ['where it stands, and not where an alias repeats it', 'a: &x { b: 1, b: 2 }\nc: *x\n'],
    ['whatever it is written as', '1: a\n"1": b\n'],
    ['of merging', 'a: &x { b: 1 }\nc: { <<: *x, <<: *x }\n'],
  ])('tells a second key once, %s', (_what, text) => expect(codes(text)).toEqual(['BLUEPRINT_DUPLICATE_KEY']));

  it('tells what stands before a syntax error, and nothing after it', async () => {
    const text = await sso(['apiVersion: authctl/v1', 'apiVersion: authctl/v9'], ['  opa:\n', '  opa: [\n']);
    const told = await complaints(text);
    expect(told[0]).toMatchObject({ code: 'BLUEPRINT_WRONG_VALUE', marked: 'authctl/v9' });
    expect(new Set(told.slice(1).map(({ code }) => code))).toEqual(new Set(['BLUEPRINT_SYNTAX']));
  });

  it.each([
    ['', ['BLUEPRINT_EMPTY']],
    ['# nothing\n', ['BLUEPRINT_EMPTY']],
    ['- a\n- b\n', ['BLUEPRINT_SYNTAX']],
    ['a: *nowhere\n', ['BLUEPRINT_SYNTAX']],
    ['a: &a [*a]\n', ['BLUEPRINT_ALIASES']],
    ['__proto__: { polluted: true }\n', ['BLUEPRINT_BAD_NAME']],
    ['? [a, b]\n: c\n', ['BLUEPRINT_SYNTAX']],
    [`a: ${'['.repeat(200)}${']'.repeat(200)}\n`, ['BLUEPRINT_DEPTH']],
    ['a: 1\n---\nb: 2\n', ['BLUEPRINT_SYNTAX']],
  ])('refuses %j', (text, expected) => {
    expect(codes(text)).toEqual(expected);
  });

  it.each([
    ['a:\n\tb: 1\n', 'indent with spaces: YAML takes no tabs there'],
    ['a: 1\n---\nb: 2\n', 'a blueprint is one document: take the "---" away, or include the other file'],
    ['a: "b\n', 'close the quote or the bracket that is open before it, or write a space after ":"'],
    ['a: {b: c}d\n', 'a value with "{", ": " or " #" in it wants quotes'],
  ])('says how %j is mended', (text, hint) => {
    expect(parse('a.yaml', text).problems[0]).toMatchObject({ code: 'BLUEPRINT_SYNTAX', hint });
  });

  it.each([
    ['      read: { match: GET /parcels/{id}, scopes: [a] }\n', 'put the value in quotes: match: "GET /parcels/{id}"'],
    ['      read: { scopes: [a], match: DELETE /a/{b}/c/{d} }\n      next: { match: GET /{x} }\n', 'put the value in quotes: match: "DELETE /a/{b}/c/{d}"'],
  ])('says of %j how it is quoted, once', (text, hint) => {
    expect(parse('a.yaml', text).problems).toMatchObject([{ code: 'BLUEPRINT_SYNTAX', hint }]);
  });

  it('says of a file of several documents what it is, and of a list nothing but that it is none', async () => {
    expect(parse('a.yaml', 'a: 1\n---\nb: 2\n').problems[0]?.message).toBe('the file holds more than one YAML document');
    expect((await complaints('- a\n- b\n')).map(({ code }) => code)).toEqual(['BLUEPRINT_SYNTAX']);
  });

  it.each(['a: [b, {]', 'a: { b: c }, {', '? [a, b]\n: c', 'a: *b', 'a: &a [*a]', '__proto__: 1', '<<: 7', `a: ${'['.repeat(70)}${']'.repeat(70)}`])('says what to do next: %s', (text) => {
    const { problems } = parse('a.yaml', text);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.filter(({ hint, expected }) => hint === undefined && expected === undefined)).toEqual([]);
  });

  it('stops at aliases that multiply', () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) =>
        `l${level}: &l${level} [${
          level === 0
            ? 'x'
            : Array(9)
                .fill(`*l${level - 1}`)
                .join(', ')
        }]`,
    );
    expect(codes(levels.join('\n'))).toEqual(['BLUEPRINT_ALIASES']);
  });

  it('never throws anything but problems, whatever the text', async () => {
    const line = fc.oneof(
      fc.constantFrom(
        'realm:',
        '  roles: {}',
        'services: &a',
        '<<: *a',
        'targets: [',
        '? x',
        '!!binary |',
        'name: ${X}',
        'include: 7',
        'environments: []',
      ),
      fc.string({ maxLength: 30 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
        const problems = await problemsIn(() => load(lines.join('\n')));
        expect(problems.length).toBeGreaterThan(0);
        // Each has a next step.
        expect(problems.filter(({ hint, expected }) => hint === undefined && expected === undefined)).toEqual([]);
      }),
      { numRuns: draws(150) },
    );
  });

  it('survives any value in any place', async () => {
    const whole = (await sso()).split('\n');
    const value = fc.constantFrom('', '7', 'true', '[]', '{}', '[[]]', '{ a: { b: c } }', '"${X}"', '*', '"*"', 'null', '-', '""');
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), value, async (index, replacement) => {
        const changed = whole.map((text, at) =>
          at === index ? text.replace(/^(\s*[\w:-]+:).*$/, (_, key: string) => `${key} ${replacement}`) : text,
        );
        for (const { code } of await problemsIn(() => load(changed.join('\n')))) expect(code).toMatch(/^BLUEPRINT_[A-Z_]+$/);
      }),
      { numRuns: draws(150) },
    );
  });
});
