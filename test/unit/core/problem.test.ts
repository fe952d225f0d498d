import { describe, expect, it } from 'vitest';
import { Problem, Problems, problemsOf, reason, unreachable } from '../../../src/core/problem.ts';

const at = { file: 'shop.yaml', line: 3, column: 5 };

describe('a problem', () => {
  it('is an error with a code, and what it has beside is told in JSON', () => {
    const whole = new Problem('KONG_STORE', 'no', { at, hint: 'do', expected: 'this' });
    expect(whole).toMatchObject({ name: 'Problem', code: 'KONG_STORE', message: 'no', nature: 'fixable', sensitive: false });
    expect(whole.toJSON()).toEqual({ code: 'KONG_STORE', message: 'no', at, hint: 'do', expected: 'this' });
    expect(new Problem('KONG_STORE', 'no').toJSON()).toEqual({ code: 'KONG_STORE', message: 'no' });
    expect(new Problem('KONG_STORE', 'no', { sensitive: true }).sensitive).toBe(true);
  });

  it('keeps its cause, and has none when it was given none', () => {
    const cause = new Error('why');
    expect(new Problem('KONG_STORE', 'no', { cause }).cause).toBe(cause);
    expect(Object.hasOwn(new Problem('KONG_STORE', 'no'), 'cause')).toBe(false);
  });
});

describe('a target that does not answer', () => {
  it('is told with its address, the reason and the line', () => {
    const problem = unreachable('kong', 'http://kong:8001', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), at);
    expect(problem).toMatchObject({ code: 'TARGET_UNREACHABLE', nature: 'unreachable', at, message: 'kong did not answer at http://kong:8001: ECONNREFUSED' });
    expect(problem.toJSON()).toMatchObject({ unreachable: true, hint: expect.stringContaining('targets.kong') as string });
  });

  it.each([
    [Object.assign(new Error('long words'), { code: 'EPIPE' }), 'EPIPE'],
    [new Error('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ENOTFOUND' }) }), 'ENOTFOUND'],
    [new Error('fetch failed', { cause: new Error('closed') }), 'closed'],
    [new Error('timeout of 5000ms exceeded'), 'timeout of 5000ms exceeded'],
    ['said so', 'said so'],
  ])('has a short reason (%#)', (cause, expected) => {
    expect(reason(cause)).toBe(expected);
  });
});

it('is found in what was thrown; a bug is none', () => {
  const [one, two] = [new Problem('KONG_STORE', 'a'), new Problem('KONG_SCHEMA', 'b')];
  const both = new Problems([one, two]);
  expect(both).toMatchObject({ name: 'Problems', message: 'KONG_STORE: a\nKONG_SCHEMA: b' });
  expect([problemsOf(one), problemsOf(both), problemsOf(new TypeError('bug'))]).toEqual([[one], [one, two], undefined]);
});
