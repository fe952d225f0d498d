import { describe, expect, it } from 'vitest';
import type { Desired, Live, Spec } from '../../../../src/core/resource.ts';
import { expand } from '../../../../src/patterns/index.ts';
import { kong } from '../../../../src/providers/kong/specs/index.ts';
import { load, sso } from '../../blueprint/loading.ts';
import { consumer, credential, desired, jwt, key, ofOrders, origin, ourPlugin, ours, owned, plugin, reach, route, scope, service, wanted as asDesired } from './holding.ts';
import type { Thing } from './holding.ts';

const found = async (foreign: readonly Thing[], wanted: readonly Desired[] = desired) => (await reach(wanted, [...owned(...ours), ...foreign])).dangers;
const dangers = async (foreign: readonly Thing[], wanted: readonly Desired[] = desired) => (await found(foreign, wanted)).map(({ id, effect, what }) => [id, effect, what]);

const theirService = (spec: Spec = {}): Thing => ({ kind: 'kong.service', id: 'theirs', spec: { ...service.spec, name: 'theirs', ...spec } });
const theirRoute = (name = 'theirs'): Thing => ({ kind: 'kong.route', id: 'side-door', spec: { name: 'side-door', service: { name }, paths: ['/bd'], protocols: ['http', 'https'] } });
const sideDoor = [['side-door', 'opens', 'any method on /bd reaches orders:9101, the upstream of shop.orders, without a token']];

describe('a way around', () => {
  it('is a route of others to our upstream', async () => expect(await dangers([theirService(), theirRoute()])).toEqual(sideDoor));
  it.each(['Orders', 'orders.', 'ORDERS'])('is found whatever the spelling of the host (%s)', async (host) => {
    expect((await dangers([theirService({ host }), theirRoute()])).map(([id, effect]) => [id, effect])).toEqual([['side-door', 'opens']]);
  });
  it('is none to another port, or when its service is off', async () => {
    expect(await dangers([theirService({ port: 9102 }), theirRoute()])).toEqual([]);
    expect(await dangers([theirService({ enabled: false }), theirRoute()])).toEqual([]);
  });
  it('is told on our own service, too, by how much our plugins there ask for', async () => {
    expect(await dangers([theirRoute('shop.orders')])).toEqual([
      ['side-door', 'weakens', 'any method on /bd reaches orders:9101, the upstream of shop.orders, with any token for the same audience, whatever its scopes'],
    ]);
  });
  it.each([
    ['on its route', { route: { name: 'side-door' } }],
    ['on its service', { service: { name: 'theirs' } }],
  ])('is still one behind a token plugin %s that takes tokens of others', async (_where, scoped) => {
    expect((await dangers([theirService(), theirRoute(), plugin('openid-connect', 'p', scoped, { issuer: 'https://elsewhere.example' })])).map(([, effect]) => effect)).toEqual(['opens']);
    expect((await dangers([theirService(), theirRoute(), plugin('openid-connect', 'p', scoped, { issuer: 'https://id.example', audience_required: ['orders'] })])).map(([, effect]) => effect)).toEqual(['weakens']);
  });
  it('is one behind the bundled jwt plugin alone, which looks at neither issuer nor audience', async () => {
    expect(await dangers([theirService(), theirRoute(), plugin('jwt', 'p', { service: { name: 'theirs' } })])).toEqual([
      ['side-door', 'opens', 'any method on /bd reaches orders:9101, the upstream of shop.orders, with any token that a key in Kong has signed, whatever its issuer and audience'],
    ]);
  });
  it.each([
    ['is disabled', plugin('openid-connect', 'p', { service: { name: 'theirs' } }, {}, { enabled: false })],
    ['only strips headers', plugin('authctl-token-guard', 'p', { route: { name: 'side-door' } }, { public: true })],
    ['runs for one consumer', plugin('openid-connect', 'p', { service: { name: 'theirs' }, consumer: { username: 'x' } })],
    ['is on another route', plugin('openid-connect', 'p', { route: { name: 'elsewhere' } })],
    ['runs for streams alone', plugin('openid-connect', 'p', { route: { name: 'side-door' } }, {}, { protocols: ['tcp', 'tls'] })],
  ])('stays one when the token plugin %s', async (_how, weak) => {
    expect(await dangers([theirService(), theirRoute(), weak])).toEqual(sideDoor);
  });
  // Kong runs it whichever of them the request comes by.
  it.each([[['https']], [['grpc', 'grpcs']]])('is as far from one behind a plugin for %s as behind one for all protocols', async (protocols) => {
    const guarded = (more: Spec = {}) => dangers([theirService(), theirRoute(), plugin('openid-connect', 'p', { route: { name: 'side-door' } }, { issuer: 'https://id.example', audience_required: ['orders'] }, more)]);
    expect(await guarded({ protocols })).toEqual(await guarded());
  });
  it('stays one when the token plugin lets anonymous callers in', async () => {
    const weak = plugin('openid-connect', 'p', { service: { name: 'theirs' } }, { anonymous: 'nobody' });
    expect(await dangers([theirService(), theirRoute(), weak])).toEqual([[sideDoor[0]?.[0], 'opens', `${String(sideDoor[0]?.[2])}, as an anonymous consumer`]]);
  });
});

describe('what was looked at', () => {
  const pooled = async (...targets: readonly (readonly [string, number])[]) =>
    (await reach(desired, [...owned(...ours), theirService({ host: 'pool.example', port: 80 }), theirRoute()], { pools: [{ name: 'pool.example', targets: targets.map(([target, weight]) => ({ target, weight })) }] })).dangers.map(({ effect, seen }) => [effect, seen] as const);
  it('is another thing once the upstream of an accepted route has other targets, or other weights', async () => {
    const [accepted] = await pooled(['orders:9101', 1], ['theirs.example:80', 100]);
    expect(accepted?.[0]).toBe('opens');
    expect(await pooled(['theirs.example:80', 100], ['orders:9101', 1])).toEqual([accepted]);
    for (const other of [await pooled(['orders:9101', 100]), await pooled(['orders:9101', 1], ['evil.example:80', 100]), await pooled(['orders:9101', 1], ['theirs.example:80', 0])]) expect(other).not.toEqual([accepted]);
  });
  it('is another thing once the targets of one that takes our requests are others', async () => {
    const taken = async (target: string) => {
      const hijack = { kind: 'kong.route', id: 'hijack', spec: { name: 'hijack', service: { name: 'theirs' }, paths: ['~/orders$'], methods: ['GET'], regex_priority: 9, protocols: ['http', 'https'] } };
      return (await reach(desired, [...owned(...ours), theirService({ host: 'pool.example', port: 80 }), hijack], { pools: [{ name: 'pool.example', targets: [{ target, weight: 1 }] }] })).dangers.map(({ effect, seen }) => [effect, seen]);
    };
    const [before, after] = [await taken('a.example:80'), await taken('b.example:80')];
    expect([before[0]?.[0], after[0]?.[0]]).toEqual(['exposes', 'exposes']);
    expect(after).not.toEqual(before);
  });
});

describe('a plugin of others', () => {
  const replaced = (what: string) => `${what}, which the blueprint put there`;
  it.each([
    ['that replaces ours on a route', plugin('jwt', 'p', { route: { name: 'shop.orders.list' } }), 'opens', replaced('jwt on shop.orders.list is in force in the place of shop.orders.jwt')],
    ['that replaces ours for our consumer', plugin('authctl-token-guard', 'p', { consumer: { username: 'shop.issuer' } }), 'opens', replaced('authctl-token-guard on shop.issuer is in force in the place of shop.orders.guard')],
    ['that runs code everywhere', plugin('pre-function', 'p', {}), 'opens', 'pre-function on every route runs code on every request, with its tokens in hand'],
    ['that answers for our service', plugin('request-termination', 'p', ofOrders, { status_code: 200 }), 'opens', 'request-termination on shop.orders answers 200 in the place of the upstream'],
    ['that lets anybody in', plugin('key-auth', 'p', ofOrders, { anonymous: 'nobody' }), 'opens', 'key-auth on shop.orders lets requests without a valid credential through as an anonymous consumer'],
    ['that logs elsewhere', plugin('http-log', 'p', {}, { http_endpoint: 'http://evil.example/log' }), 'exposes', 'http-log on every route sends requests with their headers elsewhere: http://evil.example/log'],
    ['that traces elsewhere', plugin('opentelemetry', 'p', {}, { traces_endpoint: 'http://evil.example/v1' }), 'exposes', 'opentelemetry on every route sends traces with paths and callers elsewhere: http://evil.example/v1'],
    ['that locks everybody out', plugin('ip-restriction', 'p', ofOrders, { allow: ['10.9.9.9'] }), 'breaks', 'ip-restriction on shop.orders refuses whoever it does not list'],
    ['that counts requests', plugin('rate-limiting', 'p', ofOrders), 'breaks', 'rate-limiting on shop.orders refuses requests beyond its limits'],
    ['that refuses everybody', plugin('request-termination', 'p', {}), 'breaks', 'request-termination on every route answers 503 in the place of the upstream'],
    ['that adds an id', plugin('correlation-id', 'p', {}), 'differs', 'correlation-id on every route puts an id of its own on requests'],
    ['that nobody knows', plugin('made-by-hand', 'p', { route: { name: 'shop.orders.list' } }), 'weakens', 'made-by-hand on shop.orders.list does what is not known here'],
    ['of a group of consumers', plugin('request-transformer', 'p', {}, {}, { consumer_group: { id: 'x' } }), 'opens', 'request-transformer on every route for a group of consumers rewrites what the upstream believes about the request'],
  ])('is a danger %s', async (_what, foreign, effect, what) => expect(await dangers([foreign])).toEqual([['p', effect, what]]));
  it.each([
    ['it is disabled', plugin('pre-function', 'p', {}, {}, { enabled: false })],
    ['it runs on routes of others', plugin('pre-function', 'p', { route: { name: 'side-door' } })],
    ['it runs on our service for a consumer of others', plugin('jwt', 'p', { ...ofOrders, consumer: { username: 'theirs' } })],
    ['it only counts', plugin('prometheus', 'p', {})],
    ['it only counts for one consumer', plugin('prometheus', 'p', { consumer: { username: 'shop.issuer' } })],
    ['ours is closer', plugin('jwt', 'p', {})],
  ])('is none when %s', async (_why, foreign) => expect(await dangers([foreign])).toEqual([]));
  it.each([
    ['code on their route that opens a connection', plugin('post-function', 'p', { route: { name: 'side-door' } }, { access: ['ngx.socket.tcp()'] }), ['post-function on side-door runs code that can send requests anywhere, to what the blueprint protects, too']],
    ['code on their service for a consumer', plugin('pre-function', 'p', { service: { name: 'theirs' }, consumer: { username: 'c' } }, { access: ['kong.service.set_target("orders", 9101)'] }), ['pre-function on theirs and c runs code that can send requests anywhere, to what the blueprint protects, too']],
    ['code on their route that opens none', plugin('pre-function', 'p', { route: { name: 'side-door' } }, { access: ['kong.log("x")'] }), []],
    ['code on their route that reaches for a name by a text', plugin('pre-function', 'p', { route: { name: 'side-door' } }, { access: ['local s = kong["serv" .. "ice"]; s[("set_t") .. "arget"]("127.0.0.1", 9101)'] }), ['pre-function on side-door runs code that can send requests anywhere, to what the blueprint protects, too']],
    ['such code that is switched off', plugin('pre-function', 'p', { route: { name: 'side-door' } }, { access: ['require "x"'] }, { enabled: false }), []],
    ['another plugin that only speaks of it', plugin('request-transformer', 'p', { route: { name: 'side-door' } }, { add: { headers: ['x: require'] } }), []],
  ])('leads wherever it likes: %s', async (_what, foreign, told) => expect((await dangers([foreign])).map(([, effect, what]) => (effect === 'opens' ? what : effect))).toEqual(told));
  it.each([
    ['by a URL', plugin('http-log', 'p', { route: { name: 'side-door' } }, { http_endpoint: 'http://orders:9101/orders' }), ['http-log on side-door sends requests of its own to shop.orders, past every guard']],
    ['by a host and a port', plugin('tcp-log', 'p', { service: { name: 'theirs' } }, { host: 'orders', port: 9101 }), ['tcp-log on theirs sends requests of its own to shop.orders, past every guard']],
    ['deep in a configuration', plugin('request-callout', 'p', { route: { name: 'side-door' } }, { callouts: [{ request: { url: 'http://ORDERS:9101/x' } }] }), ['request-callout on side-door sends requests of its own to shop.orders, past every guard']],
    ['by the host and port of another upstream', plugin('canary', 'p', { route: { name: 'side-door' } }, { upstream_host: 'orders', upstream_port: 9101 }), ['canary on side-door sends requests of its own to shop.orders, past every guard']],
    ['to another port', plugin('http-log', 'p', { route: { name: 'side-door' } }, { http_endpoint: 'http://orders:9102/' }), []],
    ['elsewhere', plugin('http-log', 'p', { route: { name: 'side-door' } }, { http_endpoint: 'https://logs.example/in' }), []],
    ['while it is off', plugin('http-log', 'p', { route: { name: 'side-door' } }, { http_endpoint: 'http://orders:9101/' }, { enabled: false }), []],
  ])('calls what the blueprint protects: %s', async (_what, foreign, told) => expect((await dangers([foreign])).map(([, effect, what]) => (effect === 'opens' ? what : effect))).toEqual(told));
  it('calls what manages the gateway, and may ask what decides', async () => {
    const controls = [{ url: 'http://kong:8001', what: "Kong's Admin API" }, { url: 'http://opa:8181', what: 'the API of OPA' }];
    const told = async (http_endpoint: string) => (await reach(desired, [...owned(...ours), plugin('http-log', 'p', { route: { name: 'side-door' } }, { http_endpoint })], { controls })).dangers.map(({ what }) => what);
    expect(await told('http://KONG:8001/services')).toEqual(["http-log on side-door sends requests of its own to Kong's Admin API, past every guard"]);
    expect(await told('http://opa:8181/v1/data')).toEqual([]);
  });
  it('is told whatever mark it carries', async () => {
    expect((await dangers([{ ...plugin('http-log', 'p', {}), owner: 'billing' }])).map(([id]) => id)).toEqual(['p']);
  });
});

describe('a route of others without a service', () => {
  const taking = { kind: 'kong.route', id: 'hijack', spec: { name: 'hijack', service: null, paths: ['~/orders$'], methods: ['GET'], regex_priority: 9, protocols: ['http', 'https'] } };
  it.each([
    ['nothing', [], 'breaks'],
    ['an answer', [plugin('request-termination', 'p', { route: { name: 'hijack' } }, { status_code: 503 })], 'breaks'],
    ['a function elsewhere', [plugin('aws-lambda', 'p', { route: { name: 'hijack' } })], 'exposes'],
    ['a log elsewhere', [plugin('http-log', 'p', { route: { name: 'hijack' } }, { http_endpoint: 'https://evil.example' })], 'exposes'],
  ])('that takes requests of ours for %s', async (_what, plugins, effect) => expect((await dangers([taking, ...plugins])).map(([id, how]) => [id, how])).toEqual([['hijack', effect]]));
});

describe('a guard that follows keys', () => {
  const at = (jwks_url: string) => ourPlugin('authctl-token-guard', 'shop.orders.guard', ofOrders, { public: false, issuer: 'https://id.example', audience: 'orders', algorithms: ['RS256'], keys: 'followed', jwks_url });
  const elsewhere = at('https://evil.example/certs');
  const told = 'takes the keys that are published at https://evil.example/certs: whoever publishes there signs tokens that our routes accept';
  const following = asDesired(service, route, at('https://id.example/certs'), scope);
  const live = (guardThere: Thing) => owned(service, route, guardThere, scope);
  const found = async (things: readonly Thing[], wanted: readonly Desired[]) =>
    (await reach(wanted, things)).dangers.filter(({ id }) => id === 'shop.orders.guard').map(({ effect, what }) => [effect, what]);

  it('from where the blueprint says is no danger', async () => expect(await found(live(at('https://id.example/certs')), following)).toEqual([]));
  it('from elsewhere is one', async () => expect(await found(live(elsewhere), following)).toEqual([['opens', told]]));
  it('is one where the blueprint pins them', async () =>
    expect(await found(owned(service, route, elsewhere, jwt, scope, consumer, key), desired)).toContainEqual(['opens', expect.stringContaining(told)]));
});

describe('further issuers of a guard', () => {
  const partner = { issuer: 'https://id.partner.example', jwks_url: 'https://id.partner.example/certs', audience: 'orders' };
  const config = (...further_issuers: readonly (typeof partner)[]) => ({ public: false, issuer: 'https://id.example', audience: 'orders', algorithms: ['RS256'], keys: 'followed', jwks_url: 'https://id.example/certs', further_issuers }) as const;
  const guard = (...further: readonly (typeof partner)[]) => ourPlugin('authctl-token-guard', 'shop.orders.guard', ofOrders, config(...further));
  const found = async (stated: readonly (typeof partner)[], ...live: readonly (typeof partner)[]) =>
    (await reach(asDesired(service, route, guard(...stated), scope), owned(service, route, guard(...live), scope))).dangers.map(({ id, effect, what }) => [id, effect, what]);
  const told = (issuer: string, keys: string, audience: string) => [['shop.orders.guard', 'opens', `takes tokens of ${issuer} for ${audience} by the keys that are published at ${keys}: whoever publishes there gets in by our routes`]];

  it('are no danger where the blueprint has them so', async () => expect(await found([partner], partner)).toEqual([]));
  it.each([
    ['another one', { issuer: 'https://evil.example', jwks_url: 'https://evil.example/certs' }],
    ['its keys elsewhere', { jwks_url: 'https://evil.example/certs' }],
    ['its tokens for somebody else', { audience: 'invoices' }],
  ])('are one where there is %s', async (_what, changed) => {
    const one = { ...partner, ...changed };
    expect(await found([partner], one)).toEqual(told(one.issuer, one.jwks_url, one.audience));
    expect(await found([], one)).toEqual(told(one.issuer, one.jwks_url, one.audience));
  });
  it('are one where there is another client, and none where there is one less', async () => {
    const byClient = (...clients: readonly string[]) => ({ ...partner, audience: clients[0] ?? '', audience_claim: 'client_id', clients });
    expect(await found([byClient('agency')], byClient('agency', 'theirs'))).toEqual(told(partner.issuer, partner.jwks_url, 'the client agency and the client theirs'));
    expect(await found([byClient('agency', 'port')], byClient('port'))).toEqual([]);
    expect(await found([partner], { ...byClient('orders'), audience: 'orders' })).toEqual(told(partner.issuer, partner.jwks_url, 'the client orders'));
  });
  it('are one on a way around: a guard of others that looks like ours takes theirs, too', async () => {
    const around = async (...further: readonly (typeof partner)[]) =>
      (await dangers([theirService(), theirRoute(), plugin('authctl-token-guard', 'g', { service: { name: 'theirs' } }, config(...further)), plugin('authctl-scope-guard', 's', { service: { name: 'theirs' } }, { scopes: ['orders:read'] })], asDesired(service, route, guard(partner), scope)))
        .filter(([id]) => id === 'side-door').map(([, effect, what]) => [effect, what]);
    expect(await around(partner)).toEqual([['differs', 'any method on /bd reaches orders:9101, the upstream of shop.orders, with a token for the same audience and with scopes']]);
    expect(await around(partner, { ...partner, issuer: 'https://evil.example', jwks_url: 'https://evil.example/certs' })).toEqual([
      ['opens', 'any method on /bd reaches orders:9101, the upstream of shop.orders, with a token of https://evil.example that a key published at https://evil.example/certs has signed'],
    ]);
  });
});

describe('a credential of others', () => {
  const accepted = 'is accepted by shop.orders.jwt, which asks for no consumer: its holder can sign tokens that our routes accept';
  it('is a danger when our jwt plugin accepts what it signs', async () =>
    expect(await dangers([credential('m/x', 'm', 'x')])).toEqual([['m/x', 'opens', accepted]]));
  it('is a danger when it holds our key, or stands on our consumer', async () => {
    expect(await dangers([credential('m/kid-1', 'm', 'kid-1', 'HS256'), credential('shop.issuer/x', 'shop.issuer', 'x', 'HS256')])).toEqual([
      ['m/kid-1', 'breaks', 'holds the key "kid-1" that the blueprint needs for its own consumer: tokens that it has signed are refused'],
      ['shop.issuer/x', 'opens', 'is an extra credential of our consumer: its holder can sign tokens that our routes accept'],
    ]);
  });
  it('is one whatever mark it carries, but for ours, which is planned', async () => {
    expect(await dangers([{ ...credential('m/x', 'm', 'x'), owner: 'billing' }])).toEqual([['m/x', 'opens', accepted]]);
    expect(await dangers([{ ...credential('m/x', 'm', 'x'), owner: 'shop' }])).toEqual([]);
  });
  it('is none when the guard refuses its algorithm, or our routes ask for our consumer', async () => {
    expect(await dangers([credential('m/x', 'm', 'x', 'HS256')])).toEqual([]);
    const pinned = { ...ourPlugin('authctl-scope-guard', 'shop.orders.list.scope', { route: { name: 'shop.orders.list' } }, { consumer_username: 'shop.issuer' }), after: [], origin };
    expect(await dangers([credential('m/x', 'm', 'x')], [...desired, pinned])).toEqual([]);
    expect(await dangers([{ ...credential('m/x', 'm', 'x'), owner: 'billing' }], [...desired, pinned])).toEqual([]);
  });
  it('is one as long as a single route of ours takes any consumer, or one that is not ours', async () => {
    const other = { kind: 'kong.route', id: 'shop.orders.other', spec: { name: 'shop.orders.other', service: { name: 'shop.orders' } } };
    const pin = (route: string, consumer: string | null) => ourPlugin('authctl-scope-guard', `${route}.scope`, { route: { name: route } }, { consumer_username: consumer });
    const wanted = (...more: readonly Thing[]) => [...desired, ...asDesired(...more)];
    const partner = [credential('m/x', 'm', 'x')];
    const [first, second] = ['shop.orders.list', 'shop.orders.other'];
    expect(await dangers(partner, wanted(other, pin(first, 'shop.issuer')))).toEqual([['m/x', 'opens', accepted]]);
    expect(await dangers(partner, wanted(other, pin(first, 'shop.issuer'), pin(second, null)))).toEqual([['m/x', 'opens', accepted]]);
    expect(await dangers(partner, wanted(other, pin(first, 'shop.issuer'), pin(second, 'm')))).toEqual([['m/x', 'opens', accepted]]);
    expect(await dangers(partner, wanted(other, pin(first, 'shop.issuer'), pin(second, 'shop.issuer')))).toEqual([]);
  });
  it("of a partner on a shared Kong is none beside what the pattern makes: its routes ask for the issuer's consumer", async () => {
    const { desired: made, deferred } = expand(await load(await sso()));
    const wanted = [...made, ...deferred.flatMap(({ expand: keys }) => keys([{ kid: 'kid-1', alg: 'RS256', pem: 'PEM' }]))];
    const live = wanted.map(({ kind, id, spec }): Live => ({ kind, id, spec, owner: 'shop' }));
    const partner = { ...credential('partner/their-kid', 'partner', 'their-kid'), owner: undefined };
    expect(await reach(wanted, [...live, partner])).toEqual({ dangers: [], unseen: [] });
    const unpinned = wanted.map((object) =>
      kong.plugin.is(object) && object.spec.name === 'authctl-scope-guard' && object.spec.route ? { ...object, spec: { ...object.spec, config: { ...object.spec.config, consumer_username: null } } } : object,
    );
    expect((await reach(unpinned, [...live, partner])).dangers.filter(({ kind }) => kind === 'kong.jwt_secret').map(({ id }) => id)).toEqual(['partner/their-kid']);
  });
});

describe('a gateway', () => {
  it('has no dangers for a blueprint that puts nothing on it', async () =>
    expect(await dangers([theirService(), theirRoute(), plugin('pre-function', 'p', {})], [])).toEqual([]));
  it('has none without anything of others', async () => expect(await dangers([])).toEqual([]));
});
