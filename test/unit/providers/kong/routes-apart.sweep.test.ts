import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inOrder, rulesOf, winnerOf } from '../../../../src/providers/kong/reach/router.ts';
import { areApart } from '../../../../src/providers/kong/routes-apart.ts';
import { kong } from '../../../../src/providers/kong/specs/index.ts';

const row = (fields: object): Readonly<Record<string, unknown>> => ({ hosts: null, paths: null, ...fields });
const apart = (one: object, other: object): boolean => areApart([row(one)], [row(other)]);

describe('routes of which no request can meet both', () => {
  it.each([
    [{ paths: ['/orders'] }, { paths: ['/users'] }],
    [{ paths: ['~/orders/[^/]+$'] }, { paths: ['/users', '~/orders-old$'] }],
    [{ paths: ['~/orders/(?<id>[^/]+)$'] }, { paths: ['/order/'] }],
    [{ hosts: ['shop.example'] }, { hosts: ['intern.example', 'Other.example:8443'] }],
    [{ hosts: ['shop.example'], paths: ['/'] }, { hosts: ['intern.example'] }],
  ])('are apart: %j and %j', (one, other) => {
    expect([apart(one, other), apart(other, one)]).toEqual([true, true]);
  });

  it.each([
    [{ paths: ['/orders/7'] }, { paths: ['/orders'] }],
    [{ paths: ['/orders'] }, { paths: ['/ord'] }],
    [{ paths: ['/orders'] }, {}],
    [{ paths: ['/orders'] }, { hosts: ['shop.example'] }],
    [{ paths: ['~/orders?$'] }, { paths: ['~/order$'] }],
    [{ paths: ['~/a|/orders'] }, { paths: ['/orders'] }],
    [{ paths: ['~(?i)/ORDERS'] }, { paths: ['/orders'] }],
    [{ hosts: ['*.example'] }, { hosts: ['shop.example'] }],
    [{ hosts: ['SHOP.example'] }, { hosts: ['shop.example:8000'] }],
    [{ paths: ['/orders'] }, { expression: 'http.path == "/users"' }],
  ])('are not known to be: %j and %j', (one, other) => {
    expect([apart(one, other), apart(other, one)]).toEqual([false, false]);
  });
});

it('no request meets two routes that are called apart', () => {
  const word = fc.constantFrom('a', 'ab', 'b', 'orders', 'x.y');
  const prefix = fc.array(word, { maxLength: 3 }).map((words) => `/${words.join('/')}`);
  const piece = fc.oneof(word, fc.constantFrom('a?b', 'ab*', 'b{0,1}', '[ab]+', '(a|b)', '(?<id>[a-z]+)', 'x\\.y', 'a|b', '.*', '(?:a)?b', 'a+'));
  const pattern = fc.tuple(fc.constantFrom('', '^', '(?i)'), fc.array(piece, { minLength: 1, maxLength: 3 }), fc.boolean()).map(([before, parts, end]) => `~${before}/${parts.join('/')}${end ? '$' : ''}`);
  const host = fc.constantFrom('a.example', 'A.example', 'b.example', '*.example', 'a.*', 'a.example:8000');
  const maybe = <Value>(some: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(some, { nil: null, freq: 3 });
  const route = fc.record({ id: fc.uuid(), hosts: maybe(fc.uniqueArray(host, { minLength: 1, maxLength: 2 })), paths: maybe(fc.uniqueArray(fc.oneof(prefix, pattern), { minLength: 1, maxLength: 2 })), methods: fc.constant(['GET']) });
  const request = fc.record({ method: fc.constant('GET'), host: fc.constantFrom('a.example', 'b.example', 'a.example:8000', 'a.other'), path: fc.array(fc.oneof(word, fc.constantFrom('aab', 'abbb', '', 'A')), { maxLength: 4 }).map((words) => `/${words.join('/')}`), headers: fc.constant({}) });
  const rules = (one: { readonly id: string }) => inOrder(rulesOf({ ...kong.route.desired([one.id], { spec: one as never, after: [], origin: { file: '', line: 1, column: 1 } }), ref: one.id } as never));
  let apartOnes = 0;
  fc.assert(
    fc.property(route, route, fc.array(request, { minLength: 20, maxLength: 20 }), (one, other, asked) => {
      if (!areApart([one], [other])) return;
      apartOnes += 1;
      const [first, second] = [rules(one), rules(other)];
      for (const about of asked) expect([about, winnerOf(first, about) !== undefined && winnerOf(second, about) !== undefined]).toEqual([about, false]);
    }),
    { numRuns: 3000 },
  );
  expect(apartOnes).toBeGreaterThan(100);
});
