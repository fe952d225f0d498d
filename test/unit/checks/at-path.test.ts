import { expect, it } from 'vitest';
import type { Blueprint, Route, Service } from '../../../src/blueprint/types.ts';
import { otherPathOf } from '../../../src/checks/kit/at-path.ts';
import { loadExample } from './worlds/examples.ts';

const shop = await loadExample('sso');
const { orders } = shop.services;
if (!orders) throw new Error('there is no service orders');
const seen = (path: string, gateway: 'kong' | 'aws' = 'kong', more: Partial<Service> = {}, blueprint: Blueprint = shop, said: Partial<Route> = {}) => {
  const service = { ...orders, ...more };
  const [first] = service.routes;
  const route = first && { ...first, ...said };
  if (!route) throw new Error('there is no route');
  return otherPathOf(blueprint, { gateway, service, route, name: 'orders.list', origin: route.at }, [{ method: 'GET', path, headers: {} }]);
};

it.each([
  ['at its path', '/orders', {}, undefined],
  ['at its path, with a query', '/orders?page=2', {}, undefined],
  ['below the path of the upstream', '/base/orders', { upstream: 'http://orders:9101/base/' }, undefined],
  ['beside the path of the upstream', '/orders', { upstream: 'http://orders:9101/base' }, '/orders'],
  ['below another path', '/admin/orders', {}, '/admin/orders'],
  ['at another path', '/orders/health', {}, '/orders/health'],
  ['at a function', '/anything', { upstream: 'arn:aws:lambda:eu-central-1:123456789012:function:orders' }, undefined],
] as const)('a request that came %s: another path is %4$s', (_what, path, more, other) => {
  expect([seen(path, 'kong', more), seen(path, 'aws', more)]).toEqual([other, other]);
});

it('nothing is expected where the blueprint says itself what becomes of a path, or only looks at the gateway', () => {
  const { raw, targets } = shop;
  const said: Blueprint = { ...shop, raw: { ...raw, kong: { ...raw.kong, services: { orders: { path: '/base' } } } } };
  const looked: Blueprint = { ...shop, targets: { ...targets, ...(targets.kong && { kong: { ...targets.kong, manage: 'none' } }) } };
  expect([seen('/x', 'kong', {}, said), seen('/x', 'aws', {}, said), seen('/x', 'kong', {}, looked), seen('/x', 'aws', {}, looked)]).toEqual([undefined, '/x', undefined, '/x']);
});

it.each([
  ['all of an exact path', '/', { path: '/orders', stripPath: true }, undefined],
  ['all of an exact path, and more', '/more', { path: '/orders', stripPath: true }, '/more'],
  ['nothing, though it should be', '/v1/42/42', { path: '/v1/**', stripPath: true }, '/v1/42/42'],
  ['what is before **', '/42/42', { path: '/v1/**', stripPath: true }, undefined],
  ['nothing of a path that is no ASCII', '/%C3%A9tat', { path: '/état' }, undefined],
] as const)('a path of which was taken off: %s', (_what, path, said, other) => {
  expect(seen(path, 'kong', {}, shop, said)).toBe(other);
});
