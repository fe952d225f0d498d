import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import type { Schema } from '../../src/blueprint/declaration/field.ts';

/** What messages are made of stays with the declaration. */
const WORDS = ['title', 'description', 'default', 'examples'];

/** The schema without its words, every value that is no mapping under a name of its own: what is checked alike is checked by one function. */
const compact = (whole: Schema): object => {
  const names = new Map<string, string>();
  const shared = (schema: object): object => {
    const text = JSON.stringify(schema);
    const name = names.get(text) ?? `value${names.size + 1}`;
    names.set(text, name);
    return { $ref: `#/definitions/${name}` };
  };
  const visit = (schema: Schema, share = shared): object => {
    const inside = Object.entries(schema).flatMap(([keyword, value]) => {
      if (WORDS.includes(keyword)) return [];
      if (keyword === 'properties') return [[keyword, Object.fromEntries(Object.entries(value as Record<string, Schema>).map(([key, field]) => [key, visit(field)]))]];
      // Not shared: Ajv looks for twins by the type of the items, and says of a name's fault that it is one, only where it stands.
      if (keyword === 'items' || keyword === 'propertyNames') return [[keyword, visit(value as Schema, (bare) => bare)]];
      if (keyword === 'additionalProperties' && typeof value === 'object') return [[keyword, visit(value as Schema)]];
      return [[keyword, value]];
    });
    const bare = Object.fromEntries(inside) as object;
    return inside.length === 0 ? bare : share(bare);
  };
  const root = visit(whole);
  return { ...root, definitions: Object.fromEntries([...names].map(([text, name]) => [name, JSON.parse(text) as object])) };
};

/** What Ajv's code asks of Ajv at run time, without Ajv. */
const HELPERS: readonly (readonly [string, string])[] = [
  ['require("ajv/dist/runtime/ucs2length").default', '(text) => [...text].length'],
  ['require("ajv/dist/runtime/equal").default', 'isDeepStrictEqual'],
];

/** The source of a module that checks by this schema, for a program that then needs no compiler of schemas. */
export const validatorSource = (schema: Schema): string => {
  const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, messages: false, inlineRefs: false, code: { source: true, lines: true } });
  const [, name = '', code = ''] = /module\.exports = (\w+);\s*module\.exports\.default = \w+;([^]*)$/.exec(standalone.default(ajv, ajv.compile(compact(schema)))) ?? [];
  const self = HELPERS.reduce((text, [asked, answer]) => text.replaceAll(asked, answer), code.trim());
  if (name === '' || self.includes('require(')) throw new Error('this is not the code that Ajv used to make');
  return `// @ts-nocheck: made by "npm run generate" from src/blueprint/declaration.
${self.includes('isDeepStrictEqual') ? "import { isDeepStrictEqual } from 'node:util';\n" : ''}import type { Violation } from '../violation.ts';

/** Everything in which a value differs from what is declared. */
export const violations = (value: unknown): readonly Violation[] => (${name}(value) ? [] : ${name}.errors);

${self}
`;
};
