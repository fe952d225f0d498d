import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64Url, decodeJson, type Json } from '../../../../infra/stand-ins/src/kong/lua/cjson.ts';
import { encodeJson } from '../../../../infra/stand-ins/src/kong/plugins/json-body.ts';

const plain = (value: Json): unknown => {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item as Json)]));
  return Array.isArray(value) ? value.map((item) => plain(item as Json)) : value;
};
const refuses = (text: string): string => {
  try {
    return `took ${JSON.stringify(plain(decodeJson(text)))}`;
  } catch (error) {
    return (error as Error).message;
  }
};

describe('cjson', () => {
  it('reads every valid JSON text as JSON.parse does', () => {
    const ascii = fc.string({ unit: fc.integer({ min: 0, max: 127 }).map((code) => String.fromCharCode(code)) });
    fc.assert(fc.property(fc.jsonValue({ stringUnit: 'binary-ascii' }), ascii, (value, space) => {
      const text = JSON.stringify(value, null, space.replace(/[^ \t\n]/g, ''));
      // Members named __proto__ are members here, and something else in an object literal of the comparison.
      if (text.includes('__proto__')) return;
      expect(plain(decodeJson(text))).toEqual(JSON.parse(text));
    }));
  });

  it('lets through what Kong lets through', () => {
    expect(['01', '-012', '0x1F', '0x1p4', '1.', '+1', 'Infinity', '-inf', '"a\tb"', '{"a":1,"a":2}', ' [] '].map((text) =>
      plain(decodeJson(text))))
      .toEqual([1, -12, 31, 16, 1, 1, Infinity, -Infinity, 'a\tb', { a: 2 }, []]);
    expect(plain(decodeJson('nan'))).toBeNaN();
  });

  it('refuses the rest with a message', () => {
    expect(['', '{', '[1,]', '{"a" 1}', '"\\x"', '"\\ud800"', '"\\udc00"', 'tru', '1 2', '"abc', '-', '.5', '\0{}'].map(refuses)).toEqual([
      'Expected value but found T_END at character 1', 'Expected object key string but found T_END at character 2',
      'Expected value but found T_ARR_END at character 4', 'Expected colon but found T_NUMBER at character 6',
      'Expected value but found invalid escape code at character 2', 'Expected value but found invalid unicode escape code at character 1',
      'Expected value but found invalid unicode escape code at character 1', 'Expected value but found invalid token at character 1',
      'Expected the end but found T_NUMBER at character 3', 'Expected value but found unexpected end of string at character 5',
      'Expected value but found invalid number at character 1', 'Expected value but found invalid token at character 1',
      'JSON parser does not support UTF-16 or UTF-32',
    ]);
  });

  it('stops at a depth of 1000', () => {
    expect(refuses(`${'['.repeat(1000)}${']'.repeat(1000)}`)).toMatch(/^took/);
    expect(refuses('['.repeat(1001))).toBe('Found too many nested data structures (1001) at character 1001');
  });

  it('makes characters into UTF-8 bytes, and writes back what it read', () => {
    expect(decodeJson('"\\u00e9\\ud83d\\ude00"')).toBe(Buffer.from('é😀').toString('latin1'));
    expect(encodeJson(decodeJson('{"a":[1,"x/y\\n\\u007f",null,true,{}],"b":1.5}'))).toBe('{"a":[1,"x/y\\n\\u007f",null,true,{}],"b":1.5}');
  });

  it('never throws anything but its own complaint', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'{}[],:"\\u0123456789abcdefx.-+ nul tru\0') }), (text) => {
      expect(refuses(text)).toBeTypeOf('string');
    }));
  });
});

describe('base64url as nginx decodes it', () => {
  it('agrees with Node on what is well formed, and stops at "="', () => {
    fc.assert(fc.property(fc.uint8Array(), (data) => {
      const text = Buffer.from(data).toString('base64url');
      expect(decodeBase64Url(text)).toBe(Buffer.from(data).toString('latin1'));
      expect(decodeBase64Url(`${text}==rubbish`)).toBe(Buffer.from(data).toString('latin1'));
    }));
  });

  it('refuses the other alphabet and impossible lengths', () => {
    expect(['a+b_', 'ab/_', 'abcde', 'a b_', 'a.b_'].map(decodeBase64Url)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });
});
