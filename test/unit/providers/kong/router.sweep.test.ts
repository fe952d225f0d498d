import fc from 'fast-check';
import { expect, it } from 'vitest';
import { headerList } from '../../../../infra/stand-ins/src/kong/proxy/headers.ts';
import { normalise } from '../../../../infra/stand-ins/src/kong/proxy/path.ts';
import { buildRouter } from '../../../../infra/stand-ins/src/kong/proxy/router.ts';
import type { RoutingFacts } from '../../../../infra/stand-ins/src/kong/proxy/router.ts';
import { expressionOf } from '../../../../infra/stand-ins/src/kong/schema/router-expression.ts';
import { inOrder, rulesOf, winnerOf } from '../../../../src/providers/kong/reach/router.ts';
import { kong } from '../../../../src/providers/kong/specs/index.ts';

/** `make test-long` asks for 100,000. */
const requests = Number(process.env.AUTHCTL_ROUTED_REQUESTS ?? 10_000);
const seed = Number(process.env.AUTHCTL_HOSTILE_SEED ?? 20_261_121);
const EACH = 40;

const word = fc.constantFrom('a', 'b', 'ab', 'orders', 'v1', '7', 'x.y', 'A');
const prefix = fc.array(word, { maxLength: 3 }).chain((words) => fc.constantFrom(`/${words.join('/')}`, `/${[...words, ''].join('/')}`));
const pattern = fc.tuple(fc.array(fc.oneof(word.map((text) => text.replace('.', '\\.')), fc.constantFrom('[^/]+', '\\d+', '(?<id>[a-z]+)', '(a|b)', 'v[0-9]', '\\w{1,2}', '(?P<id>[a-z]+)', '.*')), { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([parts, anchored]) => `/${parts.map((part, at) => part.replace('<id>', `<id${String(at)}>`)).join('/')}${anchored ? '$' : ''}`);
// Of several alternatives Kong anchors the first alone.
const regex = fc.tuple(pattern, fc.option(fc.constantFrom('/orders', '/v1/a$', 'b'), { nil: undefined, freq: 4 }), fc.constantFrom('', '', '(?i)')).map(([first, other, flag]) => `~${flag}${first}${other === undefined ? '' : `|${other}`}`);
const host = fc.constantFrom('a.example', 'b.a.example', '*.example', '*.a.example', 'a.*', 'b.*', 'a.example:8000', '*.example:8443');
const header = fc.record({ 'x-stage': fc.subarray(['draft', 'Preview', '~*^v[0-9]$'], { minLength: 1 }), x_kind: fc.constant(['a']), 'X-Tenant': fc.constantFrom(['1'], ['1', '2']) }, { requiredKeys: [] });
const maybe = <Value>(some: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(some, { nil: null, freq: 2 });
const route = fc.record({
  id: fc.uuid(),
  methods: maybe(fc.subarray(['GET', 'POST', 'DELETE'], { minLength: 1 })),
  hosts: maybe(fc.uniqueArray(host, { minLength: 1, maxLength: 3 })),
  headers: maybe(header),
  paths: maybe(fc.uniqueArray(fc.oneof(prefix, regex), { minLength: 1, maxLength: 3 })),
  regex_priority: fc.constantFrom(0, 0, 1, 10, 200),
});
const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  host: fc.constantFrom('a.example', 'a.example:8000', 'b.a.example', 'c.example', 'c.example:8443', 'a.other', 'b.test', 'localhost', 'A.example'),
  // As it is sent; both are given what Kong makes of it.
  path: fc.array(fc.oneof(word, fc.constantFrom('abc', 'v2', 'xzy', '', '.', '..', '%61', 'a%2Fb', 'caf%C3%A9', 'a;b')), { maxLength: 5 }).map((words) => `/${words.join('/')}`),
  headers: fc.record({ 'x-kind': fc.constantFrom('a', 'b'), 'x-stage': fc.constantFrom('draft', 'DRAFT', 'preview', 'v7', 'other'), 'x-tenant': fc.constantFrom('1', '2', '3') }, { requiredKeys: [] }),
});

type Asked = typeof request extends fc.Arbitrary<infer Value> ? Value : never;
type Row = typeof route extends fc.Arbitrary<infer Value> ? Value : never;

const rowsOf = (routes: readonly Row[]) => routes.map((row) => ({ ...row, name: row.id, protocols: ['http', 'https'] }));
const liveOf = (row: { readonly id: string }): never => ({ ...kong.route.desired([row.id], { spec: row as never, after: [], origin: { file: '', line: 1, column: 1 } }), ref: row.id }) as never;
const factsOf = (asked: Asked): RoutingFacts => ({ ...asked, path: normalise(asked.path), port: 8000, headers: headerList(Object.entries(asked.headers)), clientIp: '127.0.0.1', clientPort: 50_000, serverIp: '127.0.0.1' });
/** Without a port in the Host header it is the one that the request came in on, which the model is told; a path is text to it. */
const toldOf = (asked: Asked) => ({ ...asked, path: Buffer.from(normalise(asked.path), 'latin1').toString(), host: asked.host.includes(':') ? asked.host : `${asked.host}:8000` });

it(`the model of Kong's router and the stand-in's choose the same route (${requests} requests)`, () => {
  let chosen = 0;
  fc.assert(
    fc.property(fc.uniqueArray(route, { maxLength: 9, selector: ({ id }) => id }), fc.array(request, { minLength: EACH, maxLength: EACH }), (routes, asked) => {
      const rows = rowsOf(routes);
      const theirs = buildRouter(rows, () => undefined);
      const ours = inOrder(rows.flatMap((row) => rulesOf(liveOf(row))));
      for (const one of asked) {
        const found = theirs(factsOf(one));
        expect([one, winnerOf(ours, toldOf(one))?.route.id]).toEqual([one, found.kind === 'matched' ? found.match.route.id : undefined]);
        if (found.kind === 'matched') chosen += 1;
      }
    }),
    { numRuns: Math.ceil(requests / EACH), seed },
  );
  // Most of them are some route's, or nothing would be compared.
  expect(chosen).toBeGreaterThan(requests / 4);
});

/**
 * Kong's default router makes an expression of every route and asks that (kong/router/transform.lua). The stand-in writes the same text, which is held to
 * what a genuine Kong said of it; so an expression that somebody states is read here as Kong reads it.
 */
it(`the model of router expressions takes what the stand-in takes for the route that says the same (${requests} requests)`, () => {
  let [chosen, unknown] = [0, 0];
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(route, fc.integer({ min: 0, max: 3 })), { minLength: 1, maxLength: 5, selector: ([{ id }]) => id }), fc.array(request, { minLength: EACH, maxLength: EACH }), (routes, asked) => {
      const rows = rowsOf(routes.map(([row]) => row));
      const said = rows.map((row, at) => ({ id: row.id, name: row.id, expression: expressionOf(row), priority: routes[at]?.[1] ?? 0 })).filter(({ expression }) => expression !== '');
      const alone = new Map(rows.map((row) => [row.id, buildRouter([row], () => undefined)]));
      const rules = inOrder(said.flatMap((row) => rulesOf(liveOf(row))));
      for (const one of asked) {
        const facts = factsOf(one);
        const takes = said.filter(({ id }) => alone.get(id)?.(facts).kind === 'matched');
        for (const rule of rules) {
          const seen = rule.matches(toldOf(one));
          if (seen === undefined) unknown += 1;
          else expect([one, rule.id, seen]).toEqual([one, rule.id, takes.some(({ id }) => id === rule.id)]);
        }
        // By priority, then by the greater id. (kong/router/atc.lua)
        const [first] = takes.toSorted((a, b) => b.priority - a.priority || (a.id < b.id ? 1 : -1));
        expect([one, winnerOf(rules, toldOf(one))?.id]).toEqual([one, first?.id]);
        if (first !== undefined) chosen += 1;
      }
    }),
    { numRuns: Math.ceil(requests / EACH), seed },
  );
  expect(unknown).toBe(0);
  expect(chosen).toBeGreaterThan(requests / 4);
});
