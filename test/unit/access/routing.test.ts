import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseRoute, parseRouteKey } from '../../../infra/stand-ins/src/aws/route-key.ts';
import { headerList } from '../../../infra/stand-ins/src/kong/proxy/headers.ts';
import { normalise } from '../../../infra/stand-ins/src/kong/proxy/path.ts';
import { buildRouter } from '../../../infra/stand-ins/src/kong/proxy/router.ts';
import { awsKeysOf, matchText, routeOf, pathLike } from '../../../src/access/index.ts';
import { overlapsOf } from '../../../src/blueprint/checks/overlaps.ts';
import { matchOf, methodsOf, METHODS, shapeOf } from '../../../src/blueprint/route-match.ts';
import type { Route } from '../../../src/blueprint/types.ts';
import { kongRoute } from '../../../src/patterns/kong/route.ts';
import { inOrder, rulesOf, winnerOf } from '../../../src/providers/kong/reach/router.ts';
import { kong } from '../../../src/providers/kong/specs/index.ts';
import { readTarget } from '../../../src/service/path.ts';
import { createRouteTable } from '../../../src/service/routes.ts';
import { shop } from '../blueprint/shop.ts';

const at = { file: 'shop.yaml', line: 1, column: 1 };
const claimed = (matches: readonly string[]) => matches.flatMap((match) => { const claim = matchOf(match); return claim ? [{ ...claim, gateways: ['kong'] as const }] : []; });
/** As a blueprint has them; those that it would be refused for are left out. */
const routesOf = (matches: readonly string[]): readonly Route[] => {
  const claims = claimed(matches);
  const routes = claims.map((claim, index): Route => ({
    ...claim, method: 'GET', methods: methodsOf(claim, claims.filter(({ path }) => shapeOf(path) === shapeOf(claim.path))),
    id: `r${index}`, service: 'orders', public: false, scopes: [], roles: [], anyOwner: [], at,
  }));
  const bad = overlapsOf(routes).map(({ route }) => route);
  const kept = matches.filter((_, index) => !bad.includes(routes[index] as Route) && routes[index]?.methods.length !== 0);
  return kept.length === matches.length ? routes : routesOf(kept);
};

const word = fc.constantFrom('a', 'b', 'items:batch', 'v1.0', 'café');
const variable = fc.constantFrom('{id}', '{order_id}', '{entity-id}');
const exact = fc.tuple(fc.array(fc.oneof(word, variable), { maxLength: 3 }), fc.boolean()).map(([segments, slash]) => {
  const names = segments.map((segment, index) => segment.replace('}', `${index}}`));
  return `/${names.join('/')}${slash && names.length > 0 ? '/' : ''}`;
});
const prefix = fc.array(fc.constantFrom('a', 'b', 'items:batch'), { maxLength: 3 }).map((segments) => `/${[...segments, '**'].join('/')}`);
const verbs = fc.oneof(fc.constantFrom('ANY', 'GET', 'HEAD', 'POST'), fc.subarray(['GET', 'PUT', 'DELETE'], { minLength: 1 }).map((named) => named.join(',')));
const matches = fc.uniqueArray(fc.tuple(verbs, fc.oneof(exact, prefix)).map((parts) => parts.join(' ')), { maxLength: 8 });
const path = fc
  .array(fc.constantFrom('a', 'A', 'b', 'bX', '7', 'items:batch', 'items%3Abatch', 'v1.0', 'v1x0', 'caf%C3%A9'), { maxLength: 4 })
  .chain((segments) => fc.constantFrom(`/${segments.join('/')}`, segments.length > 0 ? `/${segments.join('/')}/` : '/'));
const requests = fc.array(fc.tuple(fc.constantFrom(...METHODS, 'TRACE'), path), { minLength: 25, maxLength: 25 });

describe('which route a request is', () => {
  it.each([
    ['GET /orders/health', 'GET /orders/health'],
    ['HEAD /orders/7', 'GET,POST /orders/{order_id}'],
    ['HEAD /orders', 'HEAD /orders'],
    ['GET /orders', 'GET /orders'],
    ['PUT /orders', 'ANY /orders'],
    ['PUT /orders/7', 'ANY /orders/**'],
    ['GET /orders/', 'ANY /orders/**'],
    ['GET /orders/admin/x', 'GET /orders/admin/**'],
    ['PATCH /orders/admin/x', 'ANY /orders/**'],
    ['GET /ordersX', 'ANY /**'],
    ['GET /caf%C3%A9/items:batch', 'GET /café/items:batch'],
    ['GET /slash/', 'GET /slash/'],
    ['GET /slash', 'ANY /**'],
    ['TRACE /orders', undefined],
  ])('%s is %s', (request, expected) => {
    const routes = routesOf(['GET /orders/health', 'GET,POST /orders/{order_id}', 'HEAD /orders', 'GET /orders', 'ANY /orders', 'ANY /orders/**', 'GET /orders/admin/**', 'GET /café/items:batch', 'GET /slash/', 'ANY /**']);
    const [method = '', sent = ''] = request.split(' ');
    const found = routeOf(routes, method, sent);
    expect(found && matchText(found)).toBe(expected);
  });

  it("is the same by our model of Kong's router, by the stand-in's, and by the service's guard", async () => {
    const blueprint = await shop();
    const service = blueprint.services['orders'];
    if (!service) throw new Error('the shop has orders');
    fc.assert(
      fc.property(matches, requests, (written, asked) => {
        const routes = routesOf(written);
        const rows = routes.map((route, index) => ({ ...kongRoute(blueprint, { ...service, authentication: { ...service.authentication, origins: [] } }, route, 'shop.orders', []).spec, id: `0000000${index}-0000-4000-8000-000000000000` }));
        const theirs = buildRouter(rows, () => undefined);
        const ours = inOrder(rows.flatMap((row) => rulesOf({ ...kong.route.desired([row.name], { spec: row, after: [], origin: at }), ref: row.id } as never)));
        const table = createRouteTable(routes.map(({ id, verbs: method, path: template }) => ({ id, method, path: template })));
        for (const [method, sent] of asked) {
          const expected = routeOf(routes, method, sent)?.id;
          const facts = { method, host: 'shop.example', port: 8000, path: normalise(sent), headers: headerList(), clientIp: '127.0.0.1', clientPort: 50_000, serverIp: '127.0.0.1' };
          const found = theirs(facts);
          expect([method, sent, found.kind === 'matched' ? String(found.match.route['name']).split('.').at(-1) : undefined]).toEqual([method, sent, expected]);
          const modelled = winnerOf(ours, { method, host: 'shop.example', path: Buffer.from(facts.path, 'latin1').toString(), headers: {} });
          expect([method, sent, modelled?.route.id.split('.').at(-1)]).toEqual([method, sent, expected]);
          const target = readTarget(sent);
          if (typeof target === 'string') continue;
          // It may refuse what is not clear enough for it; it takes nothing for another route.
          const guarded = table(method, target)?.rule.id;
          if (guarded !== undefined) expect([method, sent, guarded]).toEqual([method, sent, expected]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('is the same at API Gateway', () => {
    fc.assert(
      fc.property(matches, requests, (written, asked) => {
        const routes = routesOf(written.filter((match) => !/é|\/$/.test(match) && !/^(?!ANY).* \/\*\*$/.test(match)));
        const keys = routes.flatMap((route) => awsKeysOf(route).flatMap((text) => { const key = parseRouteKey(text); return key ? [{ key, route }] : []; }));
        expect(keys).toHaveLength(routes.flatMap(awsKeysOf).length);
        for (const [method, sent] of asked) {
          // $default takes any method; a slash at the end is told in docs/blueprint.md; a colon is one, encoded or not.
          if (method === 'TRACE' || (sent !== '/' && sent.endsWith('/')) || sent.includes('%3A')) continue;
          expect([method, sent, chooseRoute(keys, method, sent)?.value.route.id]).toEqual([method, sent, routeOf(routes, method, sent)?.id]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('has a path to try it with, which is no other route of its service', () => {
    fc.assert(
      fc.property(matches, (written) => {
        const routes = routesOf(written);
        for (const route of routes) expect(routeOf(routes, route.methods[0] ?? '', pathLike(route, routes, () => '42'))).toBe(route);
      }),
    );
  });
});
