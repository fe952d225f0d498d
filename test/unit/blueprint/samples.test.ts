import { expect, it } from 'vitest';
import { pathFor, sampleOf } from '../../../src/access/index.ts';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { load, sso } from './loading.ts';

const list = 'list: { match: GET /orders, scopes: [orders:read] }';
const samples: readonly (readonly [string, string])[] = [
  [`    routes:\n      ${list}`, `    sample: { path: { id: "1001" }, headers: { X-Tenant: "\${TENANT:-shop}" } }\n    routes:\n      ${list}`],
  ['match: POST /orders,', 'match: POST /orders, sample: { query: { dry-run: "true" }, body: [{ item: tea, count: 2, gift: null }] },'],
  ['match: "DELETE /orders/{id}",', 'match: "DELETE /orders/{id}", sample: {},'],
];
const sent = ({ services }: Blueprint) =>
  services.orders?.routes.map((route) => {
    const { query = '', headers, body = '' } = sampleOf(services.orders ?? {}, route);
    return [route.id, services.orders && pathFor(services.orders, route, undefined), query, headers, body, route.sample !== undefined];
  });

it('samples of service and route are loaded, and what is not stated is not there', async () => {
  const tenant = [['X-Tenant', 'shop']];
  expect(sent(await load(await sso(...samples)))).toEqual([
    ['list', '/orders', '', tenant, '', false],
    ['read', '/orders/1001', '', tenant, '', false],
    ['place', '/orders', 'dry-run=true', tenant, '[{"item":"tea","count":2,"gift":null}]', true],
    ['cancel', '/orders/1001', '', tenant, '', true],
    ['health', '/orders/health', '', tenant, '', false],
  ]);
});

it('of a body goes with a list of methods that has one that changes something', async () => {
  const { services } = await load(await sso(['list: { match: GET /orders, scopes: [orders:read] }', 'list: { match: "GET,PATCH /orders", gateways: [kong], sample: { body: { a: 1 } }, scopes: [orders:read] }']));
  expect(services.orders?.routes[0]).toMatchObject({ methods: ['GET', 'PATCH', 'HEAD'], sample: { body: { a: 1 } } });
});

it('are others in another environment', async () => {
  const text = `${await sso(...samples)}\nenvironments:\n  staging: { services: { orders: { sample: { path: { id: "77" } }, routes: { cancel: { sample: { path: { id: "78" } } } } } } }\n`;
  const paths = sent(await load(text, { overlay: 'staging' }))?.map(([id, path]) => [id, path]);
  expect(paths).toEqual(expect.arrayContaining([['read', '/orders/77'], ['cancel', '/orders/78']]));
});
