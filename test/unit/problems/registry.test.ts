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

const tests = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('problems/registry.test.ts'))
  .map((path) => readFileSync(join('test', path), 'utf8'))
  .join('\n');
/** A new one does not belong here: it has a test. */
const UNSEEN = new Set([
  ...['ACCEPT_UNWRITTEN', 'BLUEPRINT_TOO_LARGE', 'BLUEPRINT_MISSING_KEY', 'INIT_FAILED', 'PATTERN_UNKNOWN', 'MATRIX_OPA_FAILED', 'VERIFY_HARNESS_KEY_LEFT', 'VERIFY_SIGN_IN_FAILED'],
  ...['STACK_INTERRUPTED', 'STACK_KEYCLOAK_BUILD', 'STACK_NO_REDIS', 'STACK_NO_SESSION_SERVICE', 'STACK_SESSION', 'KONG_ENTITY_MISSING'],
  ...['AWS_DEPLOYMENT_FAILED', 'AWS_FORBIDDEN', 'AWS_NOT_IN_FORCE', 'AWS_NOT_THERE', 'AWS_REFUSED', 'AWS_THROTTLED'],
]);

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
  it('is seen by a test, or is one of those that none has seen yet', () => {
    const unseen = codes.map(([code]) => code).filter((code) => !tests.includes(code) && !UNSEEN.has(code));
    expect(unseen).toEqual([]);
  });
  it('is found by its name, and what is none is not', () => {
    expect(meaningOf('KONG_STORE')).toEqual({ meaning: '`targets.kong.store` is not how this Kong runs.', next: 'State the other one.' });
    expect([isProblemCode('KONG_STORE'), isProblemCode('KONG_STORED'), isProblemCode('toString')]).toEqual([true, false, false]);
  });
});

it('is documented: the page is what the registry says', () => {
  expect(readFileSync('docs/errors.md', 'utf8')).toBe(problemReference());
});
