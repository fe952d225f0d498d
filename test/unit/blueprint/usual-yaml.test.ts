import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from '../../../src/blueprint/parse.ts';
import type { Node } from '../../../src/blueprint/tree.ts';
import { plain } from '../../../src/blueprint/tree.ts';
import { parseUsual } from '../../../src/blueprint/usual-yaml.ts';

/** Texts that the property below tries; `make test-long` has it try more. */
const TEXTS = Number(process.env.AUTHCTL_YAML_TEXTS ?? 1000);

const BLUEPRINTS = ['blueprints', 'test/unit/import/golden'].flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`)).filter((path) => path.endsWith('.yaml'));
const texts = new Map(BLUEPRINTS.map((path) => [path, readFileSync(path, 'utf8')]));

/** All of a tree, with places and in its order. */
const wholly = (node: Node | undefined): string => JSON.stringify(node, (_key, value: unknown) => (value instanceof Map ? [...(value as ReadonlyMap<string, unknown>)] : value));
const read = (text: string): unknown => {
  const root = parseUsual('blueprint.yaml', text);
  return root && plain(root);
};

/** Whether it was read; what was read must be what the parser of all of YAML reads without a word. */
const agrees = (text: string): boolean => {
  const root = parseUsual('blueprint.yaml', text);
  if (root === undefined) return false;
  const all = parse('blueprint.yaml', text);
  expect(all.problems, text).toEqual([]);
  expect(wholly(root), text).toBe(wholly(all.root));
  expect(plain(root), text).toEqual(plain(all.root));
  return true;
};

describe('the usual part of YAML', () => {
  it.each(BLUEPRINTS.filter((path) => !path.endsWith('hostile.json.blueprint.yaml')))('is what %s is written in, and is read as the parser of all of YAML reads it', (path) => {
    expect(agrees(texts.get(path) ?? '')).toBe(true);
  });

  it.each([
    ['numbers, words and what only looks like them', 'a: 12\nb: -0\nc: +1.5\nd: .5\ne: 007\nf: True\ng: ~\nh: NULL\ni: truex\nj: 1.2.3\nk: 12:30\nl: -x\nm: "1"\nn: \'true\'\n'],
    ['keys that are numbers, words or quoted', '1: a\ntrue: b\n~: c\n"x: y": d\n\'it\'\'s\': e\na b c: f\nhttp://x: g\n'],
    ['quoted texts', 'a: "b \\"c\\" \\\\ \\n \\/"  # d\ne: \'f \'\'g\'\' \\n\'\nh: ""\n'],
    ['what is empty', 'a:\nb:   # c\n\n  # d\ne:\n  f:\n  g: {}\nh: []\ni:\n-\n- \n'],
    ['lists at the indentation of their key, in a list, and of mappings', 'a:\n- b\n- - c\n  - d\n-   e: f\n    g: h\n-\n  i: j\nk:\n  - l\n'],
    ['brackets over several lines', 'a: [b,\n  c, # d\n  # e\n  { f: g, "h":i,\n  j: [k] }, ]\nl:\n  { m:\n    n }\n'],
    ['comments everywhere', '# a\n\n  # b\nc: d # e\n# f\ng:\n    # h\n  i: j#k\n  # l'],
    ['numbers that are written otherwise', 'a: 0x1f\nb: 0o17\nc: 1e3\nd: .inf\ne: -.INF\nf: 0b1\ng: 1_000\n'],
    ['characters by their number', 'a: "\\x41\\u0042\\U00000043"\n"\\u0064": e\n'],
    ['texts of several lines', 'a: |\n  b\n\n   c\nd: >-  # e\n  f\n  g\n\nh:\n  - |+\n    i\n\n  - j\n'],
    ['texts of several lines that begin on a line of their own', 'a:\n  |\n  b\nc: # d\n  # e\n  >-  # f\n  g\nh:\n >\n'],
    ['a mapping that stands in', ' a: b\n c:\n   d: e\n'],
    ['the end without a new line', 'a:\n  - b: c   '],
    ['every script', 'ключ: значение\n名: 値 # 注\n😀: "🙂"\n'],
  ])('reads %s', (_what, text) => {
    expect(agrees(text)).toBe(true);
  });

  it('knows a number by the core schema', () => {
    expect(read('a: 012\nb: -7\nc: 1.50\nd: 1.\ne: 10.0.0.1\nf: 2026-01-31\n')).toEqual({ a: 12, b: -7, c: 1.5, d: 1, e: '10.0.0.1', f: '2026-01-31' });
  });

  it.each([
    'a: &b c\n', 'a: *b\n', 'a: !t b\n', '<<: { a: b }\n', '? a\n: b\n', '---\na: b\n', 'a: b\n---\n', 'a: b\n...\n', '%YAML 1.2\n', '--- a: b\n', ' ---\na: b\n', '# a\n  --- # b\nc: d\n',
    'a: b\n  c\n', 'a: "b\n  c"\n', 'a:\n  b\n  c\n', 'a:\tb\n', 'a: b\r\n', '\ufeffa: b\n',
    'a: b\na: c\n', '1: a\n"1": b\n', '__proto__: a\n', '{ constructor: a }\n', 'a: { prototype: b }\n', 'a: b: c\n', 'a: "b" c\n', 'a: [b\n', 'a: [b\nc]\n', 'a: [b,, c]\n', 'a: {b}\n', 'a: [b: c]\n', 'a : b\n', 'a:b\n', 'a: @b\n', 'a: `b`\n', 'a: %b\n',
    // Each of these is read otherwise by the parser of the usual part.
    'a: |2\n   b\n  \n', 'a: >+1\n  \n', 'a: 1e400\n', '-1E+400: a\n', 'a: "\\U00110000"\n', 'a: { b # c\n :d }\n',
    'a:\n- "b" c: d\n', 'a:\n    b: c\n  d: e\n', 'a:\n  - b\n  c: d\n', '- a\n', 'a\n', '[a]\n', '# a\n', '', `${'a'.repeat(1001)}: b\n`, `a: ${'['.repeat(70)}${']'.repeat(70)}\n`,
  ])('leaves %j to the parser of all of YAML', (text) => {
    expect(parseUsual('blueprint.yaml', text)).toBeUndefined();
  });

  it('is read as the parser of all of YAML reads it, whatever was done to a blueprint', () => {
    const bits = fc.constantFrom(
      '\n', ' ', '  ', ': ', ':', '- ', '-', '#', ' #', ' # x', '[', ']', '{', '}', ',', '"', "'", '\\', '\\n', '*a', '&a ', '!t ', '|', '>', '?', '? ', '%', '@', '`', '<<: ', 'null', '~', 'true',
      '0x1f', '1', '-1', '+1.', '.5', '1e3', '.inf', '---', '--- ', '...', '\t', '\r', 'é', '\u00a0', '😀', '\u0085', '\u2028', '\n\n', '\n  ', '\n    ', '\n- ', '\n#\n', '""', "''", '[]', '{}', '[a, b]', '{a: b}',
      '{a: [b, "c"], "d":e}', '[a,\n   b]', '{a:\n    b}', '{"a"\n   : b}', '[ # c\n     d]', 'a: b', 'constructor', '-a', '--', ' :', '::', 'http://x:1/y', '- - a', '',
    );
    const edits = fc.array(fc.record({ place: fc.double({ min: 0, max: 1, noNaN: true }), taken: fc.constantFrom(0, 0, 0, 1, 2, 5), bit: bits }), { maxLength: 3 });
    let known = 0;
    fc.assert(
      fc.property(fc.constantFrom(...texts.values()), fc.nat(), fc.integer({ min: 1, max: 14 }), fc.boolean(), edits, (whole, from, count, ended, changes) => {
        const lines = whole.split('\n');
        const some = lines.slice(from % lines.length).slice(0, count);
        const margin = Math.min(...some.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)));
        let text = some.map((line) => line.slice(margin)).join('\n') + (ended ? '\n' : '');
        for (const { place, taken, bit } of changes) {
          const at = Math.floor(place * text.length);
          text = text.slice(0, at) + bit + text.slice(at + taken);
        }
        if (agrees(text)) known++;
      }),
      { numRuns: TEXTS },
    );
    // A reader that leaves all to the other one would agree, too.
    expect(known).toBeGreaterThan(TEXTS / 5);
  }, 1_800_000);
});
