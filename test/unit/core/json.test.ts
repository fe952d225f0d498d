import { describe, expect, it } from 'vitest';
import { isObject, objectOf, textOf, textsOf } from '../../../src/core/json.ts';
import { oneLine } from '../../../src/core/one-line.ts';
import { specIn, textIn } from '../../../src/core/read-spec.ts';
import { Secret } from '../../../src/core/secret.ts';

const strange = [null, undefined, 7, true, 'text', ['a']];

describe('a value of unknown origin', () => {
  it('is a mapping or it is not', () => {
    expect(isObject({})).toBe(true);
    expect(strange.map(isObject)).toEqual(strange.map(() => false));
    expect(objectOf({ a: 1 })).toEqual({ a: 1 });
    expect(strange.map(objectOf)).toEqual(strange.map(() => ({})));
  });

  it('is a text, a list of texts, or nothing', () => {
    expect([textOf('a'), textOf(''), textOf(7), textOf(['a'])]).toEqual(['a', '', undefined, undefined]);
    expect([textsOf(['a', 7, null, 'b']), textsOf('ab'), textsOf(undefined)]).toEqual([['a', 'b'], [], []]);
  });
});

describe('a field of a spec of no known type', () => {
  const spec = { name: 'a', count: 7, nothing: null, list: ['a'], config: { minute: 5 }, password: new Secret('hunter2-hunter2') };
  it('is read as a text, or is absent', () => expect(['name', 'count', 'nothing', 'list', 'other'].map((field) => textIn(spec, field))).toEqual(['a', undefined, undefined, undefined, undefined]));
  it('is read as a record, and no secret is one', () => {
    expect(specIn(spec, 'config')).toEqual({ minute: 5 });
    expect(['name', 'count', 'nothing', 'list', 'password', 'other'].map((field) => specIn(spec, field))).toEqual([{}, {}, {}, {}, {}, {}]);
  });
});

describe('text of somebody else', () => {
  it.each([
    ['plain text: Ünïcödé, 漢字, 🔑', 'plain text: Ünïcödé, 漢字, 🔑'],
    ['two\nlines', String.raw`two\nlines`],
    ['a\ttab', 'a tab'],
    ['red \u001b[31m', String.raw`red \u001b[31m`],
    ['back\rover', String.raw`back\u000dover`],
    ['C1 \u009b and DEL \u007f', String.raw`C1 \u009b and DEL \u007f`],
    ['turned \u202egnp.exe', String.raw`turned \u202egnp.exe`],
    ['no\u200bwidth', String.raw`no\u200bwidth`],
    ['line\u2028paragraph\u2029', String.raw`line\u2028paragraph\u2029`],
    ['tag \u{e0041}', String.raw`tag \ue0041`],
    ['every\n\none', String.raw`every\n\none`],
  ])('%j is one line that does nothing', (given, shown) => expect(oneLine(given)).toBe(shown));
});
