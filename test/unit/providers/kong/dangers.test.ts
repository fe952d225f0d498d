import { describe, expect, it } from 'vitest';
import type { Desired, Live, Spec } from '../../../../src/core/resource.ts';
import { expand } from '../../../../src/patterns/index.ts';
import { dangersOf } from '../../../../src/providers/kong/dangers/index.ts';
import type { PluginConfig, PluginName } from '../../../../src/providers/kong/specs/plugin-config.ts';
import { kong } from '../../../../src/providers/kong/specs/index.ts';
import { load, sso } from '../../blueprint/loading.ts';

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
/** One of ours says nothing that its schema does not have. */
const ourPlugin = <Name extends PluginName>(name: Name, id: string, scope: Spec, config: PluginConfig<Name>) => plugin(name, id, scope, config);
const ofOrders = { service: { name: 'shop.orders' } };
const guard = ourPlugin('authctl-token-guard', 'shop.orders.guard', ofOrders, { public: false, algorithms: ['RS256'] });
const jwt = ourPlugin('jwt', 'shop.orders.jwt', ofOrders, {});
const scope = ourPlugin('authctl-scope-guard', 'shop.orders.scope', ofOrders, {});
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
    const pinned = { ...ourPlugin('authctl-scope-guard', 'shop.orders.list.scope', { route: { name: 'shop.orders.list' } }, { consumer_username: 'shop.issuer' }), after: [], origin };
    expect(dangers([credential('m/x', 'm', 'x')], [...desired, pinned])).toEqual([]);
  });
  it('is one as long as a single route of ours takes any consumer, or one that is not ours', () => {
    const other = { kind: 'kong.route', id: 'shop.orders.other', spec: { name: 'shop.orders.other', service: { name: 'shop.orders' } } };
    const pin = (route: string, consumer: string | null) => ourPlugin('authctl-scope-guard', `${route}.scope`, { route: { name: route } }, { consumer_username: consumer });
    const wanted = (...more: readonly { kind: string; id: string; spec: Spec }[]) => [...desired, ...more.map((object): Desired => ({ ...object, after: [], origin }))];
    const partner = [credential('m/x', 'm', 'x')];
    const [first, second] = ['shop.orders.list', 'shop.orders.other'];
    expect(dangers(partner, wanted(other, pin(first, 'shop.issuer')))).toEqual([['m/x', accepted]]);
    expect(dangers(partner, wanted(other, pin(first, 'shop.issuer'), pin(second, null)))).toEqual([['m/x', accepted]]);
    expect(dangers(partner, wanted(other, pin(first, 'shop.issuer'), pin(second, 'm')))).toEqual([['m/x', accepted]]);
    expect(dangers(partner, wanted(other, pin(first, 'shop.issuer'), pin(second, 'shop.issuer')))).toEqual([]);
  });
  it("of a partner on a shared Kong is none beside what the pattern makes: its routes ask for the issuer's consumer", async () => {
    const { desired: made, deferred } = expand(await load(await sso()));
    const wanted = [...made, ...deferred.flatMap(({ expand: keys }) => keys([{ kid: 'kid-1', alg: 'RS256', pem: 'PEM' }]))];
    const live = wanted.map(({ kind, id, spec }): Live => ({ kind, id, spec, owner: 'shop' }));
    const partner = { ...credential('partner/their-kid', 'partner', 'their-kid'), owner: undefined };
    expect(dangersOf(wanted, [...live, partner])).toEqual([]);
    const unpinned = wanted.map((object) =>
      kong.plugin.is(object) && object.spec.name === 'authctl-scope-guard' && object.spec.route ? { ...object, spec: { ...object.spec, config: { ...object.spec.config, consumer_username: null } } } : object,
    );
    expect(dangersOf(unpinned, [...live, partner]).map(({ id }) => id)).toEqual(['partner/their-kid']);
  });
});

describe('a gateway', () => {
  it('has no dangers for a blueprint that puts nothing on it', () =>
    expect(dangers([theirService(), theirRoute(), plugin('pre-function', 'p', {})], [])).toEqual([]));
  it('has none without anything of others', () => expect(dangers([])).toEqual([]));
});
