import { describe, expect, it } from 'vitest';
import { allOf } from '../../../src/core/all-of.ts';
import { Problems, problemsOf, unreachable } from '../../../src/core/problem.ts';
import type { Problem } from '../../../src/core/problem.ts';

const away = (target: string): Problem => unreachable(target, 'http://127.0.0.1:9', new Error('ECONNREFUSED'));
const thrownBy = (work: Promise<unknown>): Promise<unknown> => work.then(() => expect.fail('nothing was thrown'), (thrown: unknown) => thrown);

describe('all of several', () => {
  it('give their values in order', async () => {
    expect(await allOf([Promise.resolve(1), Promise.resolve('two')])).toEqual([1, 'two']);
    expect(await allOf([])).toEqual([]);
  });

  it('fail with the problem of the only one that does', async () => {
    const problem = away('kong');
    expect(await thrownBy(allOf([Promise.reject(problem), Promise.resolve(1)]))).toBe(problem);
  });

  it('fail with the problems of all, each once, when the last of them has ended', async () => {
    let late = (_: Error): void => undefined;
    const slow = new Promise<never>((_, reject) => { late = reject; });
    const failing = thrownBy(allOf([Promise.reject(away('kong')), slow, Promise.reject(away('kong')), Promise.reject(new Problems([away('opa')]))]));
    late(away('keycloak'));
    expect(problemsOf(await failing)?.map(({ message }) => message)).toEqual(
      ['kong', 'keycloak', 'opa'].map((target) => `${target} did not answer at http://127.0.0.1:9: ECONNREFUSED`),
    );
  });

  it('fail with a bug before any problem', async () => {
    const bug = new TypeError('x is not a function');
    expect(await thrownBy(allOf([Promise.reject(away('kong')), Promise.reject(bug)]))).toBe(bug);
  });
});

describe('a target that does not answer', () => {
  it('is asked for its certificate authority where Node.js knows none', () => {
    expect(unreachable('keycloak', 'https://id.example', new Error('DEPTH_ZERO_SELF_SIGNED_CERT')).hint).toContain('NODE_EXTRA_CA_CERTS');
    expect(away('kong').hint).toContain('targets.kong');
  });
});
