import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chooseRoute, parseRouteKey } from '../../../../infra/stand-ins/src/aws/route-key.ts';
import type { RouteKey } from '../../../../infra/stand-ins/src/aws/route-key.ts';
import { overlaps } from '../../../../src/providers/aws/reach/overlap.ts';

/** `make test-long` asks for 100,000. */
const requests = Number(process.env.AUTHCTL_ROUTED_REQUESTS ?? 10_000);
const EACH = 25;

const word = fc.constantFrom('a', 'b', 'orders', 'v1.0', '%61', 'items:batch', '');
const variable = fc.constantFrom('{id}', '{order_id}', '{entity-id}');
const place = fc.tuple(fc.array(fc.oneof({ weight: 3, arbitrary: word }, variable), { minLength: 1, maxLength: 4 }), fc.boolean()).map(([segments, greedy]) =>
  `/${[...segments.map((segment, at) => segment.replace('}', `${at}}`)), ...(greedy ? ['{proxy+}'] : [])].join('/')}`);
const key = fc.tuple(fc.constantFrom('ANY', 'GET', 'POST', 'HEAD'), place).map((parts) => parts.join(' '));
const path = fc.array(fc.constantFrom('a', 'b', 'orders', 'v1.0', '%61', 'items:batch', 'items%3Abatch', '7', ''), { maxLength: 5 }).map((segments) => `/${segments.join('/')}`);
const request = fc.tuple(fc.constantFrom('GET', 'POST', 'PUT', 'HEAD'), path);

const parsed = (text: string): RouteKey => {
  const found = parseRouteKey(text);
  if (found === undefined) throw new Error(`${text} is no route key`);
  return found;
};
const fits = (text: string, [method, sent]: readonly [string, string]): boolean => chooseRoute([{ key: parsed(text) }], method, sent) !== undefined;

/** A request of both, where there is one: at each place the word of whoever has one there. */
const sharedBy = (one: string, other: string): readonly [string, string] => {
  const [[oneMethod = '', onePath = ''], [otherMethod = '', otherPath = '']] = [one.split(' '), other.split(' ')];
  const [a, b] = [onePath.split('/').slice(1), otherPath.split('/').slice(1)];
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const isVariable = (segment: string | undefined): boolean => segment === undefined || segment.startsWith('{');
  const words = long.map((segment, at) => (!isVariable(segment) ? segment : isVariable(short[at]) ? 'x' : (short[at] ?? 'x')));
  const method = oneMethod === 'ANY' ? (otherMethod === 'ANY' ? 'GET' : otherMethod) : oneMethod;
  return [method, `/${words.join('/')}`];
};

it(`two routes of an API overlap where the stand-in finds a request for both, and nowhere else (${requests} requests)`, () => {
  let [met, apart] = [0, 0];
  fc.assert(
    fc.property(key, key, fc.array(request, { minLength: EACH, maxLength: EACH }), (one, other, asked) => {
      const told = overlaps(one, other);
      expect([other, one, overlaps(other, one)]).toEqual([other, one, told]);
      const shared = sharedBy(one, other);
      expect([one, other, shared, told]).toEqual([one, other, shared, fits(one, shared) && fits(other, shared)]);
      for (const sent of asked) if (fits(one, sent) && fits(other, sent)) expect([one, other, sent, told]).toEqual([one, other, sent, true]);
      if (told) met += 1;
      else apart += 1;
    }),
    { numRuns: Math.ceil(requests / EACH) },
  );
  expect(Math.min(met, apart)).toBeGreaterThan(requests / EACH / 20);
});
