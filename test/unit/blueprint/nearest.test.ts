import { describe, expect, it } from 'vitest';
import { nearest, suggestion } from '../../../src/blueprint/nearest.ts';

/** Optimal string alignment distance as the textbook has it, from the ends of both. */
const edits = (from: string, to: string): number => {
  const known = new Map<string, number>();
  const of = (a: number, b: number): number => {
    if (a === 0 || b === 0) return a + b;
    const key = `${a} ${b}`;
    const there = known.get(key);
    if (there !== undefined) return there;
    const swapped = a > 1 && b > 1 && from[a - 1] === to[b - 2] && from[a - 2] === to[b - 1] ? of(a - 2, b - 2) + 1 : Infinity;
    const least = Math.min(of(a - 1, b) + 1, of(a, b - 1) + 1, of(a - 1, b - 1) + (from[a - 1] === to[b - 1] ? 0 : 1), swapped);
    known.set(key, least);
    return least;
  };
  return of(from.length, to.length);
};

describe('the nearest name', () => {
  const known = ['redirectUris', 'webOrigins', 'scopes', 'secret', 'roles'];

  it.each([
    ['redirectUri', 'redirectUris'],
    ['scoeps', 'scopes'],
    ['Roles', 'roles'],
    ['weborigin', 'webOrigins'],
    ['redirect', 'redirectUris'],
    ['audience', undefined],
    ['', undefined],
  ])('of %j is %j', (name, expected) => {
    expect(nearest(name, known)).toBe(expected);
  });

  it('is the one that takes the fewest edits, the first of several, of names that are alike', () => {
    let state = 7;
    const upTo = (end: number): number => (state = (state * 48_271) % 2_147_483_647) % end;
    const word = (): string => Array.from({ length: 1 + upTo(9) }, () => 'abc-'[upTo(4)]).join('');
    const found = Array.from({ length: 3000 }, () => {
      const [name, names] = [word(), [word(), word(), word(), word()]];
      const fitting = names.filter((one) => (name.length >= 3 && one.startsWith(name)) || edits(name, one) <= Math.max(2, Math.floor(one.length / 3)));
      const least = Math.min(...fitting.map((one) => edits(name, one)));
      expect([name, names, nearest(name, names)]).toEqual([name, names, fitting.find((one) => edits(name, one) === least)]);
      return fitting.length;
    });
    expect(new Set(found)).toEqual(new Set([0, 1, 2, 3, 4]));
  });

  it('is suggested, or else the names there are', () => {
    expect(suggestion('scops', known)).toBe('did you mean "scopes"?');
    expect(suggestion('audience', known)).toBe('known: redirectUris, webOrigins, scopes, secret, roles');
    expect(suggestion('audience', [])).toBeUndefined();
  });
});
