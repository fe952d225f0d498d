import { expect, it } from 'vitest';
import { closingEdges } from '../../../src/core/circles.ts';

const edgesOf = (inside: Readonly<Record<string, readonly string[]>>) => closingEdges(new Map(Object.entries(inside))).map(({ from, to, way }) => `${from} to ${to}: ${way.join(' ')}`);

it('finds what closes a circle, and what contains itself', () => {
  expect(edgesOf({ a: ['a'], b: ['c', 'd'], c: ['d'], d: ['b', 'unknown'] })).toEqual(['a to a: a', 'd to b: b c d']);
});

it('finds none where the same is reached by two ways', () => {
  expect(edgesOf({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] })).toEqual([]);
});

it('leaves none behind: without what it names there is no circle', () => {
  const inside = { a: ['b', 'c'], b: ['a', 'c'], c: ['a', 'b', 'c'] };
  const closing = new Set(edgesOf(inside).map((one) => one.split(':')[0]));
  expect(closing.size).toBeGreaterThan(2);
  expect(edgesOf(Object.fromEntries(Object.entries(inside).map(([from, all]) => [from, all.filter((to) => !closing.has(`${from} to ${to}`))])))).toEqual([]);
});

it('goes a long way', () => {
  const many = Array.from({ length: 50_000 }, (_, index) => String(index));
  expect(closingEdges(new Map(many.map((name, index) => [name, [many[index + 1] ?? '0']])))).toHaveLength(1);
});
