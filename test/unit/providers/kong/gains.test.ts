import { describe, expect, it } from 'vitest';
import type { Gain } from '../../../../src/core/resource.ts';
import { desired, guard, jwt, ofOrders, ours, ourPlugin, owned, plugin, reach, route, scope, service, wanted } from './holding.ts';
import type { Thing } from './holding.ts';

const told = (gain: Gain): string =>
  'request' in gain ? `${gain.who === 'anybody' ? 'anybody' : `a token for ${gain.who.audience}`}: ${gain.request} reaches ${gain.reaches} (${gain.gateway})` : `role ${gain.role}`;
/** What somebody gains by what others put beside the blueprint's own objects. */
const gained = async (...foreign: readonly Thing[]): Promise<readonly string[]> => (await reach(desired, [...owned(...ours), ...foreign])).dangers.flatMap(({ gains = [] }) => gains.map(told));

const theirs: Thing = { kind: 'kong.service', id: 'theirs', spec: { ...service.spec, name: 'theirs' } };
const door = (spec: Thing['spec'] = {}, name = 'theirs'): Thing => ({ kind: 'kong.route', id: 'door', spec: { name: 'door', service: { name }, paths: ['/bd'], protocols: ['http', 'https'], ...spec } });

describe('who gets where by a route of others', () => {
  it('is everybody, request by request, to the routes of the blueprint that it leads to', async () => {
    expect(await gained(theirs, door())).toEqual(['anybody: GET /bd/orders reaches orders.list (kong)']);
  });

  it.each([
    ['keeps its path and has another', { strip_path: false }, 'anybody: any method on /bd reaches orders (kong)'],
    ['takes other methods alone', { methods: ['DELETE'] }, 'anybody: DELETE /bd reaches orders (kong)'],
    ['is met by a header', { headers: { 'x-door': ['open'] } }, 'anybody: GET /bd/orders with x-door: open reaches orders.list (kong)'],
    ['is met at another host', { hosts: ['side.example'] }, 'anybody: GET /bd/orders with Host: side.example reaches orders.list (kong)'],
    ['asks for a host alone, which Kong asks before all that ours asks for', { paths: [], hosts: ['side.example'] }, 'anybody: GET /orders with Host: side.example reaches orders.list (kong)'],
    ['asks for a host and more than ours does', { paths: ['/'], hosts: ['side.example'], methods: ['GET'] }, 'anybody: GET /orders with Host: side.example reaches orders.list (kong)'],
  ] as const)('by one that %s', async (_how, spec, expected) => {
    expect(await gained(theirs, door(spec))).toEqual([expected]);
  });

  it('is told of the path that the service gets, where theirs has one of its own', async () => {
    expect(await gained({ ...theirs, spec: { ...theirs.spec, path: '/orders' } }, door())).toEqual(['anybody: GET /bd reaches orders.list (kong)']);
  });

  it('is told of no request that another route gets', async () => {
    expect(await gained(theirs, door({ paths: ['/orders'], strip_path: false }))).toEqual(['anybody: any method on /orders reaches orders (kong)']);
  });

  it('is whoever has a token for the same audience, where nothing more is asked', async () => {
    expect(await gained(door({}, 'shop.orders'))).toEqual(['a token for orders: GET /bd/orders reaches orders.list (kong)']);
  });

  it('is nobody whom one can name, where a credential of others is asked for, or nobody gets through', async () => {
    expect(await gained(theirs, door(), plugin('key-auth', 'k', { service: { name: 'theirs' } }))).toEqual([]);
    expect(await gained(theirs, door(), plugin('request-termination', 't', { service: { name: 'theirs' } }, { trigger: null }))).toEqual([]);
  });
});

describe('who gets where by a public route of the blueprint that is wider than it says', () => {
  const open: Thing = { kind: 'kong.service', id: 'shop.orders.public', spec: { ...service.spec, name: 'shop.orders.public' } };
  const bare = ourPlugin('authctl-token-guard', 'shop.orders.public.guard', { service: { name: 'shop.orders.public' } }, { public: true });
  const health = (path: string): Thing => ({
    kind: 'kong.route', id: 'shop.orders.health',
    spec: { name: 'shop.orders.health', service: { name: 'shop.orders.public' }, paths: [path], methods: ['GET'], protocols: ['http', 'https'], strip_path: false, regex_priority: 9 },
  });
  const all = [...ours, open, bare];
  const by = async (live: Thing): Promise<readonly string[]> =>
    ((await reach(wanted(...all, health('~/orders/health$')), owned(...all, live))).gains ?? []).map(({ by: address, gain }) => `${address} ${told(gain)}`);

  it('is everybody to what it takes over', async () => {
    expect(await by(health('~/orders'))).toEqual(['kong.route/shop.orders.health anybody: GET /orders reaches orders.list (kong)']);
  });

  it('is nobody, as the blueprint says it', async () => {
    expect(await by(health('~/orders/health$'))).toEqual([]);
  });
});

it('nobody gains anything where the blueprint’s own objects are all there is', async () => {
  const found = await reach(desired, owned(service, route, guard, jwt, scope, ourPlugin('cors', 'shop.orders.cors', ofOrders, {})));
  expect([found.dangers.flatMap(({ gains = [] }) => gains), found.gains]).toEqual([[], undefined]);
});
