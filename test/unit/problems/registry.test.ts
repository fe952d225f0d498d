import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isProblemCode, meaningOf, problemSections } from '../../../src/problems/index.ts';
import type { ProblemMeaning } from '../../../src/problems/problem-meaning.ts';
import { problemReference } from '../../../src/problems/reference.ts';

const codes = Object.values(problemSections).flatMap((section) => Object.entries<ProblemMeaning>(section));
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !/problems(\/|\.ts)/.test(path))
  .map((path) => readFileSync(join('src', path), 'utf8'))
  .join('\n');

describe('a code', () => {
  it('stands once, in capitals', () => {
    const names = codes.map(([code]) => code);
    expect(names.filter((code, index) => names.indexOf(code) !== index || !/^[A-Z]+(_[A-Z]+)+$/.test(code))).toEqual([]);
  });
  it('has a meaning and a next step, both sentences', () => {
    expect(codes.filter(([, { meaning, next }]) => ![meaning, next].every((text) => text.length > 10 && /[.?]$/.test(text))).map(([code]) => code)).toEqual([]);
  });
  it('is used somewhere, or is no code', () => {
    // Two are put together from the name of a target: `${target}_FORBIDDEN` and `${target}_REFUSED`.
    const made = new Set(['KONG_FORBIDDEN', 'KONG_REFUSED', 'OPA_FORBIDDEN', 'OPA_REFUSED']);
    expect(codes.map(([code]) => code).filter((code) => !made.has(code) && !sources.includes(`'${code}'`))).toEqual([]);
  });
  it('is found by its name, and what is none is not', () => {
    expect(meaningOf('KONG_STORE')).toEqual({ meaning: '`targets.kong.store` is not how this Kong runs.', next: 'State the other one.' });
    expect([isProblemCode('KONG_STORE'), isProblemCode('KONG_STORED'), isProblemCode('toString')]).toEqual([true, false, false]);
  });
});

it('is documented: the page is what the registry says', () => {
  expect(readFileSync('docs/errors.md', 'utf8')).toBe(problemReference());
});
