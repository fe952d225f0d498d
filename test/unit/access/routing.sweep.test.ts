import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseRoute, parseRouteKey } from '../../../infra/stand-ins/src/aws/route-key.ts';
import { headerList } from '../../../infra/stand-ins/src/kong/proxy/headers.ts';
import { normalise } from '../../../infra/stand-ins/src/kong/proxy/path.ts';
import { buildRouter } from '../../../infra/stand-ins/src/kong/proxy/router.ts';
import { aboutLike, awsKeysOf, matchText, routeOf, pathLike } from '../../../src/access/index.ts';
import type { About } from '../../../src/access/index.ts';
import { evenWithCalls, overlapsOf } from '../../../src/blueprint/checks/overlaps.ts';
import { matchOf, methodsOf, METHODS, placeOf } from '../../../src/blueprint/route-match.ts';
import type { Route } from '../../../src/blueprint/types.ts';
import { kongRoute } from '../../../src/patterns/kong/route.ts';
import { inOrder, rulesOf, winnerOf } from '../../../src/providers/kong/reach/router.ts';
import { kong } from '../../../src/providers/kong/specs/index.ts';
import { readTarget } from '../../../src/service/path.ts';
import { createRouteTable } from '../../../src/service/routes.ts';
import { shop } from '../blueprint/shop.ts';

/** `make test-long` asks for 100,000 at each gateway. */
const wanted = Number(process.env.AUTHCTL_ROUTED_REQUESTS ?? 10_000);
const EACH = 25;
const numRuns = Math.ceil(wanted / EACH);

const at = { file: 'shop.yaml', line: 1, column: 1 };
interface Written {
  readonly match: string;
  readonly hosts: readonly string[];
  readonly headers: Readonly<Record<string, readonly string[]>>;
}
const anywhere = (match: string): Written => ({ match, hosts: [], headers: {} });
const claimed = (matches: readonly Written[]) => matches.flatMap(({ match, ...conditions }) => { const claim = matchOf(match); return claim ? [{ ...claim, ...conditions, gateways: ['kong'] as const }] : []; });
/** As a blueprint has them; those that it would be refused for are left out. */
const routesOf = (matches: readonly Written[]): readonly Route[] => {
  const claims = claimed(matches);
  const routes = claims.map((claim, index): Route => ({
    ...claim, method: 'GET', methods: methodsOf(claim, claims.filter((one) => placeOf(one) === placeOf(claim))),
    id: `r${index}`, service: 'orders', public: false, scopes: [], roles: [], anyOwner: [], stripPath: false, preserveHost: false, at,
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
const match = fc.tuple(verbs, fc.oneof(exact, prefix)).map((parts) => parts.join(' '));
const matches = fc.uniqueArray(match, { maxLength: 8 });
const hosts = fc.oneof(fc.constant([]), fc.subarray(['a.example', 'b.a.example', '*.example', '*.a.example', 'a.*', 'b.*']));
const headers = fc.oneof(fc.constant({}), fc.record({ 'X-Stage': fc.subarray(['draft', 'Preview'], { minLength: 1 }), 'x-tenant': fc.constant(['1']) }, { requiredKeys: [] }));
const conditional = fc.uniqueArray(fc.record({ match: fc.oneof(match, fc.constantFrom('GET /a', 'ANY /a/**', 'GET /{id}')), hosts, headers }), { maxLength: 8, selector: (one) => JSON.stringify(one) });
const about = fc.record({
  host: fc.constantFrom('a.example', 'b.a.example', 'c.b.a.example', 'b.example', 'a.other', 'localhost', 'xa.example'),
  headers: fc.record({ 'x-stage': fc.constantFrom('draft', 'PREVIEW', 'other'), 'x-tenant': fc.constantFrom('1', '2') }, { requiredKeys: [] }),
});
const path = fc
  .array(fc.constantFrom('a', 'A', 'b', 'bX', '7', 'items:batch', 'items%3Abatch', 'v1.0', 'v1x0', 'caf%C3%A9'), { maxLength: 4 })
  .chain((segments) => fc.constantFrom(`/${segments.join('/')}`, segments.length > 0 ? `/${segments.join('/')}/` : '/'));
const requests = fc.array(fc.tuple(fc.constantFrom(...METHODS, 'TRACE'), path), { minLength: EACH, maxLength: EACH });

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
    const routes = routesOf(['GET /orders/health', 'GET,POST /orders/{order_id}', 'HEAD /orders', 'GET /orders', 'ANY /orders', 'ANY /orders/**', 'GET /orders/admin/**', 'GET /café/items:batch', 'GET /slash/', 'ANY /**'].map(anywhere));
    const [method = '', sent = ''] = request.split(' ');
    const found = routeOf(routes, method, sent);
    expect(found && matchText(found)).toBe(expected);
  });

  it("is the same by our model of Kong's router, by the stand-in's, and by the service's guard", async () => {
    const blueprint = await shop();
    const service = blueprint.services['orders'];
    if (!service) throw new Error('the shop has orders');
    fc.assert(
      fc.property(fc.oneof(matches.map((written) => written.map(anywhere)), conditional), requests, fc.array(about, { minLength: EACH, maxLength: EACH }), (written, asked, abouts) => {
        const routes = routesOf(written);
        const rows = routes.map((route, index) => ({ ...kongRoute(blueprint, { ...service, authentication: { ...service.authentication, origins: [] } }, route, 'shop.orders', []).spec, id: `0000000${index}-0000-4000-8000-000000000000` }));
        const theirs = buildRouter(rows, () => undefined);
        const ours = inOrder(rows.flatMap((row) => rulesOf({ ...kong.route.desired([row.name], { spec: row, after: [], origin: at }), ref: row.id } as never)));
        // The guard of a service knows methods and paths alone.
        const table = routes.some((route) => route.hosts.length + Object.keys(route.headers).length > 0) ? undefined : createRouteTable(routes.map(({ id, verbs: method, path: template }) => ({ id, method, path: template })));
        for (const [at, [method, sent]] of asked.entries()) {
          const shown: About = abouts[at] ?? {};
          const expected = routeOf(routes, method, sent, shown)?.id;
          const facts = { method, host: `${shown.host}:8000`, port: 8000, path: normalise(sent), headers: headerList(Object.entries(shown.headers ?? {})), clientIp: '127.0.0.1', clientPort: 50_000, serverIp: '127.0.0.1' };
          const found = theirs(facts);
          expect([method, sent, shown, found.kind === 'matched' ? String(found.match.route['name']).split('.').at(-1) : undefined]).toEqual([method, sent, shown, expected]);
          const modelled = winnerOf(ours, { method, host: facts.host, path: Buffer.from(facts.path, 'latin1').toString(), headers: shown.headers ?? {} });
          expect([method, sent, shown, modelled?.route.id.split('.').at(-1)]).toEqual([method, sent, shown, expected]);
          const target = readTarget(sent);
          if (typeof target === 'string') continue;
          // It may refuse what is not clear enough for it; it takes nothing for another route.
          const guarded = table?.(method, target)?.rule.id;
          if (guarded !== undefined) expect([method, sent, guarded]).toEqual([method, sent, expected]);
        }
      }),
      { numRuns },
    );
  });

  // Kong has no methods there: what is no POST comes to such a route as well, and is no call.
  it('is the same of calls of gRPC beside requests of HTTP', async () => {
    const blueprint = await shop();
    const service = blueprint.services['orders'];
    if (!service) throw new Error('the shop has orders');
    const call = fc.tuple(fc.constantFrom('a', 'b', 'v1.A'), fc.constantFrom('a', 'b', 'List', '**')).map((parts) => `GRPC /${parts.join('/')}`);
    const mixed = fc.uniqueArray(fc.record({ match: fc.oneof(call, fc.constant('GRPC /**'), match), hosts, headers }), { maxLength: 8, selector: (one) => JSON.stringify(one) });
    const plain = fc.uniqueArray(fc.oneof(call, fc.constant('GRPC /**'), match), { maxLength: 8 }).map((written) => written.map(anywhere));
    const asked = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'v1.A', 'c'), fc.constantFrom('a', 'b', 'List', 'Get')).map((parts) => `/${parts.join('/')}`), { minLength: EACH, maxLength: EACH });
    fc.assert(
      fc.property(fc.oneof(plain, mixed), asked, fc.array(about, { minLength: EACH, maxLength: EACH }), (written, paths, abouts) => {
        const all = routesOf(written);
        // A blueprint would be refused for them.
        const bad = evenWithCalls(all).map(({ route }) => route);
        const routes = all.filter((route) => !bad.includes(route));
        const rows = routes.map((route, index) => ({ ...kongRoute(blueprint, { ...service, authentication: { ...service.authentication, origins: [] } }, route, 'shop.orders', []).spec, id: `0000000${index}-0000-4000-8000-000000000000` }));
        const theirs = buildRouter(rows, () => undefined);
        const ours = inOrder(rows.flatMap((row) => rulesOf({ ...kong.route.desired([row.name], { spec: row, after: [], origin: at }), ref: row.id } as never)));
        for (const [nth, sent] of paths.entries()) {
          const shown: About = abouts[nth] ?? {};
          const expected = routeOf(routes, 'POST', sent, shown)?.id;
          const facts = { method: 'POST', host: `${shown.host}:8000`, port: 8000, path: normalise(sent), headers: headerList(Object.entries(shown.headers ?? {})), clientIp: '127.0.0.1', clientPort: 50_000, serverIp: '127.0.0.1' };
          const found = theirs(facts);
          expect([sent, shown, found.kind === 'matched' ? String(found.match.route['name']).split('.').at(-1) : undefined]).toEqual([sent, shown, expected]);
          expect([sent, shown, winnerOf(ours, { method: 'POST', host: facts.host, path: facts.path, headers: shown.headers ?? {} })?.route.id.split('.').at(-1)]).toEqual([sent, shown, expected]);
        }
      }),
      { numRuns },
    );
  });

  it('is the same at API Gateway', () => {
    fc.assert(
      fc.property(matches, requests, (written, asked) => {
        const routes = routesOf(written.filter((match) => !/é|\/$/.test(match) && !/^(?!ANY).* \/\*\*$/.test(match)).map(anywhere));
        const keys = routes.flatMap((route) => awsKeysOf(route).flatMap((text) => { const key = parseRouteKey(text); return key ? [{ key, route }] : []; }));
        expect(keys).toHaveLength(routes.flatMap(awsKeysOf).length);
        for (const [method, sent] of asked) {
          // $default takes any method; a slash at the end is told in docs/blueprint.md; a colon is one, encoded or not.
          if (method === 'TRACE' || (sent !== '/' && sent.endsWith('/')) || sent.includes('%3A')) continue;
          expect([method, sent, chooseRoute(keys, method, sent)?.value.route.id]).toEqual([method, sent, routeOf(routes, method, sent)?.id]);
        }
      }),
      { numRuns },
    );
  });

  it('has a path to try it with, which is no other route of its service', () => {
    fc.assert(
      fc.property(fc.oneof(matches.map((written) => written.map(anywhere)), conditional), (written) => {
        const routes = routesOf(written);
        for (const route of routes) {
          // With wildcards a host of one may be a host of another, too: which of two hides the other is for the overlaps to say.
          if (route.hosts.some((host) => host.includes('*'))) continue;
          expect(routeOf(routes, route.methods[0] ?? '', pathLike(route, routes, () => '42'), aboutLike(route, routes))).toBe(route);
        }
      }),
    );
  });
});
