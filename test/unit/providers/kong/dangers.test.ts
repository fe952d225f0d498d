import { describe, expect, it } from 'vitest';
import type { Desired, Live, Spec } from '../../../../src/core/resource.ts';
import { dangersOf } from '../../../../src/providers/kong/dangers.ts';

const origin = { file: 'shop.yaml', line: 7, column: 3 };
const service = {
  kind: 'kong.service',
  id: 'shop.orders',
  spec: { name: 'shop.orders', protocol: 'http', host: 'orders', port: 9101, enabled: true },
};
const route = { kind: 'kong.route', id: 'shop.orders.list', spec: { name: 'shop.orders.list', service: { name: 'shop.orders' } } };
const plugin = (name: string, id: string, scope: Spec, config: Spec = {}, more: Spec = {}) => ({
  kind: 'kong.plugin',
  id,
  spec: {
    name,
    instance_name: id,
    enabled: true,
    service: null,
    route: null,
    consumer: null,
    ...scope,
    config: { anonymous: null, ...config },
    ...more,
  },
});
const ofOrders = { service: { name: 'shop.orders' } };
const guard = plugin('authctl-token-guard', 'shop.orders.guard', ofOrders, { public: false, algorithms: ['RS256'] });
const jwt = plugin('jwt', 'shop.orders.jwt', ofOrders);
const scope = plugin('authctl-scope-guard', 'shop.orders.scope', ofOrders);
const consumer = { kind: 'kong.consumer', id: 'shop.issuer', spec: { username: 'shop.issuer' } };
const credential = (id: string, username: string, key: string, algorithm = 'RS256') => ({
  kind: 'kong.jwt_secret',
  id,
  spec: { consumer: { username }, key, algorithm },
});
const key = credential('shop.issuer/kid-1', 'shop.issuer', 'kid-1');
const ours = [service, route, guard, jwt, scope, consumer, key];

const desired = ours.map((object): Desired => ({ ...object, after: [], origin }));
const dangers = (foreign: readonly { kind: string; id: string; spec: Spec; owner?: string }[], wanted: readonly Desired[] = desired) =>
  dangersOf(wanted, [
    ...ours.map((object): Live => ({ ...object, owner: 'shop' })),
    ...foreign.map((object): Live => ({ owner: undefined, ...object })),
  ]).map(({ id, what }) => [id, what]);

const theirService = (spec: Spec = {}) => ({ kind: 'kong.service', id: 'theirs', spec: { ...service.spec, name: 'theirs', ...spec } });
const theirRoute = (name = 'theirs') => ({ kind: 'kong.route', id: 'side-door', spec: { name: 'side-door', service: { name } } });
const sideDoor = [['side-door', 'reaches http://orders:9101, the upstream of shop.orders, without a token plugin']];

describe('a way around', () => {
  it('is a route of others to our upstream', () => expect(dangers([theirService(), theirRoute()])).toEqual(sideDoor));
  it('is found whatever the case of the host', () => expect(dangers([theirService({ host: 'Orders' }), theirRoute()])).toEqual(sideDoor));
  it('is none to another port, or when its service is off', () => {
    expect(dangers([theirService({ port: 9102 }), theirRoute()])).toEqual([]);
    expect(dangers([theirService({ enabled: false }), theirRoute()])).toEqual([]);
  });
  it('is none on our own service, where our plugins stand', () => expect(dangers([theirRoute('shop.orders')])).toEqual([]));
  it.each([
    ['on its route', { route: { name: 'side-door' } }],
    ['on its service', { service: { name: 'theirs' } }],
    ['on everything', {}],
  ])('is none behind a token plugin %s', (_where, scoped) => {
    expect(dangers([theirService(), theirRoute(), plugin('openid-connect', 'p', scoped)])).toEqual([]);
  });
  it.each([
    ['is disabled', plugin('openid-connect', 'p', { service: { name: 'theirs' } }, {}, { enabled: false })],
    ['lets anonymous callers in', plugin('openid-connect', 'p', { service: { name: 'theirs' } }, { anonymous: 'nobody' })],
    ['only strips headers', plugin('authctl-token-guard', 'p', { route: { name: 'side-door' } }, { public: true })],
    ['runs for one consumer', plugin('openid-connect', 'p', { service: { name: 'theirs' }, consumer: { username: 'x' } })],
    ['is on another route', plugin('openid-connect', 'p', { route: { name: 'elsewhere' } })],
  ])('stays one when the token plugin %s', (_how, weak) => {
    expect(dangers([theirService(), theirRoute(), weak])).toEqual(sideDoor);
  });
});

describe('a plugin of others', () => {
  it.each([
    [
      'that replaces ours on a route',
      plugin('jwt', 'p', { route: { name: 'shop.orders.list' } }),
      'jwt on shop.orders.list replaces the plugin of the same name that the blueprint put there',
    ],
    [
      'that replaces ours for our consumer',
      plugin('authctl-token-guard', 'p', { consumer: { username: 'shop.issuer' } }),
      'authctl-token-guard on shop.issuer replaces the plugin of the same name that the blueprint put there',
    ],
    [
      'that runs code everywhere',
      plugin('pre-function', 'p', {}),
      'pre-function on every route answers or rewrites requests that the blueprint protects',
    ],
    [
      'that answers for our service',
      plugin('request-termination', 'p', ofOrders),
      'request-termination on shop.orders answers or rewrites requests that the blueprint protects',
    ],
    [
      'that lets anybody in',
      plugin('key-auth', 'p', ofOrders, { anonymous: 'nobody' }),
      'key-auth on shop.orders lets a request without a valid token through as an anonymous consumer',
    ],
  ])('is a danger %s', (_what, foreign, what) => expect(dangers([foreign])).toEqual([['p', what]]));
  it.each([
    ['it is disabled', plugin('pre-function', 'p', {}, {}, { enabled: false })],
    ['it runs on routes of others', plugin('pre-function', 'p', { route: { name: 'side-door' } })],
    ['it runs on our service for a consumer of others', plugin('jwt', 'p', { ...ofOrders, consumer: { username: 'theirs' } })],
    ['it only counts', plugin('prometheus', 'p', {})],
  ])('is none when %s', (_why, foreign) => expect(dangers([foreign])).toEqual([]));
});

describe('a credential of others', () => {
  const accepted = 'is accepted by shop.orders.jwt, which asks for no consumer: its holder can sign tokens that our routes accept';
  it('is a danger when our jwt plugin accepts what it signs', () =>
    expect(dangers([credential('m/x', 'm', 'x')])).toEqual([['m/x', accepted]]));
  it('is a danger when it holds our key, or stands on our consumer', () => {
    expect(dangers([credential('m/kid-1', 'm', 'kid-1', 'HS256'), credential('shop.issuer/x', 'shop.issuer', 'x', 'HS256')])).toEqual([
      ['m/kid-1', 'holds the key "kid-1" that the blueprint needs for its own consumer'],
      ['shop.issuer/x', 'is an extra credential of our consumer: its holder can sign tokens that our routes accept'],
    ]);
  });
  it('is none when the guard refuses its algorithm, or our routes ask for our consumer, or another blueprint answers for it', () => {
    expect(dangers([credential('m/x', 'm', 'x', 'HS256')])).toEqual([]);
    expect(dangers([{ ...credential('m/x', 'm', 'x'), owner: 'billing' }])).toEqual([]);
    const pinned = { ...plugin('authctl-scope-guard', 'shop.orders.scope', ofOrders, { consumer: 'shop.issuer' }), after: [], origin };
    expect(dangers([credential('m/x', 'm', 'x')], [...desired, pinned])).toEqual([]);
  });
});

describe('a gateway', () => {
  it('has no dangers for a blueprint that puts nothing on it', () =>
    expect(dangers([theirService(), theirRoute(), plugin('pre-function', 'p', {})], [])).toEqual([]));
  it('has none without anything of others', () => expect(dangers([])).toEqual([]));
});
