import fc from 'fast-check';
import { expect, it } from 'vitest';
import { headerList } from '../../../../infra/stand-ins/src/kong/proxy/headers.ts';
import { buildRouter } from '../../../../infra/stand-ins/src/kong/proxy/router.ts';
import { inOrder, rulesOf, winnerOf } from '../../../../src/providers/kong/reach/router.ts';
import { kong } from '../../../../src/providers/kong/specs/index.ts';

/** `make test-long` asks for 100,000. */
const requests = Number(process.env.AUTHCTL_HOSTILE_REQUESTS ?? 10_000);
const seed = Number(process.env.AUTHCTL_HOSTILE_SEED ?? 20_261_121);
const EACH = 40;

const word = fc.constantFrom('a', 'b', 'ab', 'orders', 'v1', '7', 'x.y', 'A');
const prefix = fc.array(word, { maxLength: 3 }).chain((words) => fc.constantFrom(`/${words.join('/')}`, `/${[...words, ''].join('/')}`));
const regex = fc.tuple(fc.array(fc.oneof(word.map((text) => text.replace('.', '\\.')), fc.constantFrom('[^/]+', '\\d+', '(?<id>[a-z]+)', '(a|b)', 'v[0-9]', '.*')), { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([parts, anchored]) => `~/${parts.map((part, at) => part.replace('<id>', `<id${at}>`)).join('/')}${anchored ? '$' : ''}`);
const host = fc.constantFrom('a.example', 'b.a.example', '*.example', '*.a.example', 'a.*', 'b.*', 'a.example:8000', '*.example:8443');
const header = fc.record({ 'x-stage': fc.subarray(['draft', 'Preview', '~*^v[0-9]$'], { minLength: 1 }), 'X-Tenant': fc.constantFrom(['1'], ['1', '2']) }, { requiredKeys: [] });
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
  path: fc.array(fc.oneof(word, fc.constantFrom('abc', 'v2', 'xzy', '')), { maxLength: 4 }).map((words) => `/${words.join('/').replaceAll(/\/{2,}/g, '/').replace(/^\//, '')}`),
  headers: fc.record({ 'x-stage': fc.constantFrom('draft', 'DRAFT', 'preview', 'v7', 'other'), 'x-tenant': fc.constantFrom('1', '2', '3') }, { requiredKeys: [] }),
});

it(`the model of Kong's router and the stand-in's choose the same route (${requests} requests)`, () => {
  let chosen = 0;
  fc.assert(
    fc.property(fc.uniqueArray(route, { maxLength: 9, selector: ({ id }) => id }), fc.array(request, { minLength: EACH, maxLength: EACH }), (routes, asked) => {
      const rows = routes.map((row) => ({ ...row, name: row.id, protocols: ['http', 'https'] }));
      const theirs = buildRouter(rows, () => undefined);
      const ours = inOrder(rows.flatMap((row) => rulesOf({ ...kong.route.desired([row.name], { spec: row, after: [], origin: { file: '', line: 1, column: 1 } }), ref: row.id } as never)));
      for (const one of asked) {
        const found = theirs({ ...one, port: 8000, headers: headerList(Object.entries(one.headers)), clientIp: '127.0.0.1', clientPort: 50_000, serverIp: '127.0.0.1' });
        // Without a port in the Host header it is the one that the request came in on, which the model is told.
        const told = { ...one, host: one.host.includes(':') ? one.host : `${one.host}:8000` };
        expect([one, winnerOf(ours, told)?.route.id]).toEqual([one, found.kind === 'matched' ? found.match.route.id : undefined]);
        if (found.kind === 'matched') chosen += 1;
      }
    }),
    { numRuns: Math.ceil(requests / EACH), seed },
  );
  // Most of them are some route's, or nothing would be compared.
  expect(chosen).toBeGreaterThan(requests / 4);
});
