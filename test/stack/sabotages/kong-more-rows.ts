import { around, breaks, change, differs, elsewhere, everywhere, exposes, foreign, hijack, onOrders, opens, ORDERS, ours, RSA, sideDoor, spelled, unanswered, upstreamOf, weakens } from './kong-hands.ts';
import type { Row } from './kong-hands.ts';

const onRoute = (what: string, body: object, told: Row['told'], verify?: readonly string[]): Row => ({ what, do: (hand) => hand.plugin('/routes/shop.orders.list', body), told, ...(verify && { verify }) });
const ourRoute = (what: string, body: Readonly<Record<string, unknown>>, told: Row['told']): Row => ({ what, do: (hand) => hand.patch('/routes/shop.orders.list', body), told });
const list = ours('shop.orders.list');
const KEY = /^kong\.jwt_secret\/shop\.issuer\//;

/** More of it: other plugins, other fields, other spellings. */
export const moreKongRows: readonly Row[] = [
  // Ways around.
  ...['::1', '[::1]', '[::ffff:7f00:1]', '[0:0:0:0:0:0:0:1]', 'sub.db.LOCALHOST'].map((host) => unanswered(spelled(host))),
  {
    what: 'a route by hand on our service without guards', told: opens(sideDoor), verify: ['RCH-01'],
    do: (hand) => hand.route('shop.orders.public', 'side-door', { paths: ['/orders/all'] }),
  },
  { what: 'a side door for a page of a partner', do: (hand) => around(hand, { route: { headers: { referer: ['~*partner'] }, paths: ['/bd'] } }), told: opens(sideDoor), verify: ['RCH-01'] },
  { what: 'a side door for HEAD alone', do: (hand) => around(hand, { route: { methods: ['HEAD'], paths: ['/bd'] } }), told: opens(sideDoor) },
  { what: 'a side door by gRPC', do: (hand) => around(hand, { route: { protocols: ['grpc', 'grpcs'], paths: ['/bd'] } }), told: opens(sideDoor) },
  {
    what: 'a side door closed by a plugin that a header opens', told: opens(sideDoor), verify: ['RCH-01'],
    do: async (hand) => {
      await around(hand);
      await hand.plugin('/routes/side-door', { name: 'request-termination', config: { status_code: 403, trigger: 'x-maintenance' } });
    },
  },
  {
    what: 'a side door closed by a plugin that is off', told: opens(sideDoor), verify: ['RCH-01'],
    do: async (hand) => {
      await around(hand);
      await hand.plugin('/routes/side-door', { name: 'request-termination', enabled: false, config: { status_code: 403 } });
    },
  },
  {
    what: 'a side door behind a guard of ours for public routes', told: opens(sideDoor),
    do: async (hand) => {
      await around(hand);
      const { config } = await hand.get('/plugins/shop.orders.guard');
      await hand.plugin('/routes/side-door', { name: 'authctl-token-guard', config: { ...(config as object), public: true } });
      await hand.plugin('/routes/side-door', { name: 'jwt', config: { key_claim_name: 'kid' } });
    },
  },
  {
    what: 'a side door whose jwt plugin takes an anonymous consumer', told: opens(sideDoor), verify: ['RCH-01'],
    do: async (hand) => {
      await around(hand);
      const { id } = await hand.consumer('nobody');
      await hand.plugin('/routes/side-door', { name: 'jwt', config: { key_claim_name: 'kid', anonymous: id } });
    },
  },
  {
    what: 'a side door through two services, one of which is ours', told: opens(sideDoor),
    do: async (hand) => {
      const { port } = await upstreamOf(hand);
      const { id } = await hand.create('/upstreams', { name: 'pool.example', host_header: 'elsewhere.example' });
      await hand.create(`/upstreams/${id}/targets`, { target: `localhost:${port}` });
      await hand.service('theirs', { protocol: 'http', host: 'Pool.Example', port: 80, path: '/anything' });
      await hand.route('theirs', 'side-door', { paths: ['/bd'] });
    },
  },
  // Requests that go elsewhere.
  { what: 'a hijack by what every browser accepts', do: (hand) => elsewhere(hand, { paths: ['~/orders'], methods: ['GET'], headers: { accept: ['*/*'] } }), told: exposes(hijack) },
  { what: 'a hijack by two headers', do: (hand) => elsewhere(hand, { paths: ['~/orders$'], methods: ['GET'], headers: { authorization: ['~*bearer'], 'user-agent': ['~*mozilla'] }, regex_priority: 0 }), told: exposes(hijack) },
  { what: 'a hijack of deletions, by a longer expression', do: (hand) => elsewhere(hand, { paths: ['~/orders/[^/]+/?$'], methods: ['DELETE'], regex_priority: 2000 }), told: exposes(hijack) },
  {
    what: 'a hijack that answers by itself', told: breaks(hijack),
    do: async (hand) => {
      await elsewhere(hand, { paths: ['~/orders$'], methods: ['GET'], regex_priority: 1000 });
      await hand.plugin('/routes/hijack', { name: 'request-termination', config: { status_code: 503 } });
    },
  },
  { what: "a partner's route that our own goes before", do: (hand) => elsewhere(hand, { paths: ['~/orders$'], regex_priority: 1000 }), told: 'silent' },
  // Objects of ours.
  ourRoute('a route of ours keeps the Host of clients', { preserve_host: true }, change(list, 'weakens')),
  ourRoute('a route of ours joins paths in another way', { path_handling: 'v1' }, differs(list)),
  ourRoute('a route of ours asks for a host', { hosts: ['partner.example'] }, change(list, 'breaks')),
  ourRoute('a route of ours asks for a header', { headers: { 'x-partner': ['yes'] } }, change(list, 'breaks')),
  ourRoute('a route of ours asks for a name of TLS', { protocols: ['https'], snis: ['partner.example'] }, change(list, 'breaks')),
  ourRoute('a route of ours is for TLS alone', { protocols: ['https'] }, change(list, 'breaks')),
  ourRoute('a route of ours cuts its path', { strip_path: true }, change(list, 'weakens')),
  ourRoute('a route of ours goes before others', { regex_priority: 99 }, change(list)),
  ourRoute('a route of ours loses our mark', { tags: ['theirs'] }, change(list)),
  ourRoute('a route of ours gets the mark of another blueprint', { tags: ['authctl:billing'] }, change(list)),
  {
    what: 'a route of ours leads to a service of somebody else', told: change(list, 'exposes'),
    do: async (hand) => {
      await hand.service('theirs', { protocol: 'http', host: 'evil.example', port: 80 });
      await hand.patch('/routes/shop.orders.list', { service: { id: (await hand.get('/services/theirs')).id } });
    },
  },
  { what: 'our service is off', do: (hand) => hand.patch(ORDERS, { enabled: false }), told: change(ours('shop.orders'), 'breaks') },
  { what: 'our service tries a write again and again', do: (hand) => hand.patch(ORDERS, { retries: 32000 }), told: differs(ours('shop.orders')) },
  { what: 'our service speaks TLS to a depth of nobody', do: (hand) => hand.patch(ORDERS, { protocol: 'https', tls_verify_depth: 0 }), told: [change(ours('shop.orders')), weakens(ours('shop.orders'))] },
  { what: 'the guard is off for one protocol', do: (hand) => hand.patch('/plugins/shop.orders.guard', { protocols: ['https'] }), told: change(ours('shop.orders.guard')) },
  { what: 'the guard has another name', do: async (hand) => hand.patch(`/plugins/${(await hand.get('/plugins/shop.orders.guard')).id}`, { instance_name: 'theirs' }), told: change(ours('shop.orders.guard'), 'differs') },
  {
    what: 'the guard has another name, and lets everybody through', told: change(ours('shop.orders.guard'), 'weakens'),
    do: async (hand) => {
      const { id } = await hand.get('/plugins/shop.orders.guard');
      await hand.config('shop.orders.guard', { issuer: 'https://evil.example' });
      await hand.patch(`/plugins/${id}`, { instance_name: 'theirs' });
    },
  },
  { what: 'the guard has no name', do: async (hand) => hand.patch(`/plugins/${(await hand.get('/plugins/shop.orders.guard')).id}`, { instance_name: null }), told: change(ours('shop.orders.guard'), 'differs') },
  { what: 'the guard loses our mark', do: (hand) => hand.patch('/plugins/shop.orders.guard', { tags: null }), told: change(ours('shop.orders.guard')) },
  { what: 'a public route of ours takes every path, our own bookkeeping, too', do: (hand) => hand.patch('/routes/shop.orders.health', { paths: ['/'] }), told: change(ours('shop.orders.health')) },
  { what: 'our consumer is in a group that nobody asks for', do: (hand) => hand.create('/consumers/shop.issuer/acls', { group: 'vip' }), told: 'silent' },
  {
    what: 'our consumer is in a group, and a route of ours is for others', told: breaks(foreign),
    do: async (hand) => {
      await hand.create('/consumers/shop.issuer/acls', { group: 'vip' });
      await hand.plugin('/routes/shop.orders.list', { name: 'acl', config: { deny: ['vip'] } });
    },
  },
  { what: 'the guard takes another issuer', do: (hand) => hand.config('shop.orders.guard', { issuer: 'https://evil.example' }), told: change(ours('shop.orders.guard')) },
  { what: 'the guard takes another algorithm, too', do: (hand) => hand.config('shop.orders.guard', { algorithms: ['RS256', 'PS256'] }), told: change(ours('shop.orders.guard')) },
  { what: 'the scope guard lets every scope in', do: (hand) => hand.config('shop.orders.list.scope', { scopes: [] }), told: change(ours('shop.orders.list.scope')) },
  { what: 'the scope guard of a service refuses nobody', do: (hand) => hand.config('shop.orders.scope', { deny_all: false }), told: change(ours('shop.orders.scope'), 'weakens') },
  { what: 'OPA is asked for another decision', do: (hand) => hand.config('shop.orders.cancel.opa', { decision: 'shop/allow_all' }), told: change(ours('shop.orders.cancel.opa')) },
  {
    what: 'our key is somebody else\'s', told: change(KEY, 'opens'),
    do: async (hand) => {
      const { data } = (await hand.get('/consumers/shop.issuer/jwt')) as unknown as { data: { id: string }[] };
      await hand.patch(`/consumers/shop.issuer/jwt/${data[0]?.id ?? ''}`, { rsa_public_key: RSA });
    },
  },
  { what: 'our consumer has another name', do: async (hand) => hand.patch(`/consumers/${(await hand.get('/consumers/shop.issuer')).id}`, { username: 'theirs' }), told: [change(ours('shop.issuer')), change(KEY), change(/^kong\.(consumer|jwt_secret)\/theirs/)] },
  // Plugins of others.
  onRoute('a page of errors for one header', { name: 'request-termination', config: { status_code: 200, message: 'ok', trigger: 'x-debug' } }, opens(foreign), ['PRE-22']),
  onRoute('jwt without an end, in the place of ours', { name: 'jwt', config: { key_claim_name: 'kid', claims_to_verify: [] } }, opens(foreign)),
  onRoute('a scope guard that lets everybody in, in the place of ours', { name: 'authctl-token-guard', config: { public: true } }, opens(foreign)),
  { what: 'a policy of somebody else where we ask none', do: (hand) => hand.plugin('/routes/shop.orders.health', { name: 'authctl-opa', config: { url: 'http://evil.example:8181', decision: 'x' } }), told: breaks(foreign) },
  onRoute('a cookie in the name of the upstream', { name: 'response-transformer', config: { append: { headers: ['set-cookie: sid=theirs'] } } }, weakens(foreign)),
  onRoute('another path at the upstream', { name: 'request-transformer', config: { replace: { uri: '/internal/admin' } } }, opens(foreign)),
  onRoute('code when the answer is out', { name: 'post-function', config: { log: ['kong.log("x")'] } }, opens(foreign)),
  onOrders('a log by somebody else, which is off', { name: 'http-log', enabled: false, config: { http_endpoint: 'http://evil.example:9/x' } }, 'silent'),
  onOrders('ids in the place of the caller', { name: 'correlation-id', config: { header_name: 'x-user-id', generator: 'uuid' } }, opens(foreign)),
  { what: 'a limit for our consumer', do: (hand) => hand.plugin('/consumers/shop.issuer', { name: 'rate-limiting', config: { hour: 1, policy: 'local' } }), told: breaks(foreign) },
  {
    what: 'a limit for a consumer of somebody else', told: 'silent',
    do: async (hand) => {
      await hand.consumer('partner');
      await hand.plugin('/consumers/partner', { name: 'rate-limiting', config: { hour: 1, policy: 'local' } });
    },
  },
  everywhere('every origin where we have no cors of our own, which is nowhere', { name: 'cors', config: { origins: ['*'] } }, 'silent'),
  onRoute('every origin, with credentials, in the place of our cors', { name: 'cors', config: { origins: ['*'], credentials: true } }, weakens(foreign)),
  everywhere('a token of anybody, for everybody', { name: 'jwt', config: { key_claim_name: 'iss' } }, breaks(foreign)),
  everywhere('code before every route', { name: 'pre-function', config: { rewrite: ['kong.service.request.set_header("x-user", "admin")'] } }, opens(foreign)),
  {
    what: "a lock on the route of our marker", told: differs(foreign),
    do: (hand) => hand.plugin('/routes/shop.authctl-marker', { name: 'key-auth', config: {} }),
  },
  { what: 'a route of ours leads to our service without guards', do: async (hand) => hand.patch('/routes/shop.orders.list', { service: { id: (await hand.get('/services/shop.orders.public')).id } }), told: change(list, 'opens') },
  { what: 'a public route of ours asks the upstream for another path', do: (hand) => hand.patch('/routes/shop.orders.health', { strip_path: true }), told: change(ours('shop.orders.health'), 'weakens') },
  ourRoute('a route of ours leads nowhere', { service: null }, change(list, 'breaks')),
  {
    what: 'our key takes tokens that a secret signs', told: change(KEY, 'opens'),
    do: async (hand) => {
      const { data } = (await hand.get('/consumers/shop.issuer/jwt')) as unknown as { data: { id: string }[] };
      await hand.patch(`/consumers/shop.issuer/jwt/${data[0]?.id ?? ''}`, { algorithm: 'HS256', secret: 'theirs-theirs-theirs' });
    },
  },
  { what: 'a hijack by the host and port that clients send', do: (hand) => elsewhere(hand, { paths: ['/orders'], hosts: [new URL(hand.proxyUrl).host], methods: ['GET'] }), told: exposes(hijack) },
  { what: 'a hijack by a part of that host', do: (hand) => elsewhere(hand, { paths: ['~/orders'], hosts: ['127.0.0.*'], methods: ['GET'] }), told: exposes(hijack) },
  { what: 'a hijack of preflights', do: (hand) => elsewhere(hand, { paths: ['~/orders$'], methods: ['OPTIONS'], regex_priority: 1000 }), told: exposes(hijack) },
  {
    what: 'a path of ours by the guardless service of ours', told: opens(sideDoor), verify: ['RCH-01'],
    do: (hand) => hand.route('shop.orders.public', 'side-door', { paths: ['~/orders$'], methods: ['GET'], regex_priority: 1000, strip_path: false }),
  },
  { what: 'a connection by TCP to our upstream', do: async (hand) => {
    const { port } = await upstreamOf(hand);
    await hand.service('theirs', { protocol: 'tcp', host: 'localhost', port });
    await hand.route('theirs', 'side-door', { protocols: ['tcp'], destinations: [{ port: 9999 }] });
  }, told: opens(sideDoor) },
  { what: 'the guard is off', do: (hand) => hand.patch('/plugins/shop.orders.guard', { enabled: false }), told: change(ours('shop.orders.guard'), 'breaks') },
  { what: 'OPA is off', do: (hand) => hand.patch('/plugins/shop.orders.cancel.opa', { enabled: false }), told: change(ours('shop.orders.cancel.opa'), 'opens') },
  {
    what: 'a log of somebody else that writes to our upstream', told: opens(foreign),
    do: async (hand) => {
      await elsewhere(hand, { paths: ['/theirs'] });
      await hand.plugin('/routes/hijack', { name: 'http-log', config: { http_endpoint: `http://127.0.0.1:${String((await upstreamOf(hand)).port)}/orders` } });
    },
  },
  // What must not be told.
  onRoute('a transformer that transforms nothing', { name: 'request-transformer', config: {} }, 'silent'),
  onRoute('one of answers', { name: 'response-transformer', config: {} }, 'silent'),
  {
    what: 'the secret beside our key of RSA, which nothing is signed with', told: 'silent',
    do: async (hand) => {
      const { data } = (await hand.get('/consumers/shop.issuer/jwt')) as unknown as { data: { id: string }[] };
      await hand.patch(`/consumers/shop.issuer/jwt/${data[0]?.id ?? ''}`, { secret: 'theirs-theirs-theirs' });
    },
  },
  { what: 'a consumer of another blueprint', do: (hand) => hand.consumer('partner', { custom_id: 'p-1', tags: ['authctl:billing'] }), told: 'silent' },
  { what: 'a set of keys of somebody else', do: (hand) => hand.create('/key-sets', { name: 'theirs' }), told: 'silent' },
  { what: 'a tag beside ours', do: (hand) => hand.patch('/routes/shop.orders.list', { tags: ['authctl:shop', 'team-a'] }), told: 'silent' },
  // Ways of yet other kinds.
  { what: 'a side door for one name of TLS', do: (hand) => around(hand, { route: { protocols: ['https'], snis: ['partner.example'], paths: ['/bd'] } }), told: opens(sideDoor) },
  { what: 'a side door that joins paths in another way', do: (hand) => around(hand, { route: { path_handling: 'v1', paths: ['/bd'] } }), told: opens(sideDoor) },
  {
    what: 'a side door behind cors alone', told: opens(sideDoor),
    do: async (hand) => {
      await around(hand);
      await hand.plugin('/routes/side-door', { name: 'cors', config: { origins: ['*'] } });
    },
  },
  {
    what: 'an upstream of somebody else in which our target gets no share', told: 'silent',
    do: async (hand) => {
      const { port } = await upstreamOf(hand);
      const { id } = await hand.create('/upstreams', { name: 'pool.example' });
      await hand.create(`/upstreams/${id}/targets`, { target: `127.0.0.1:${port}`, weight: 0 });
      await hand.create(`/upstreams/${id}/targets`, { target: 'elsewhere.example:80' });
      await hand.service('theirs', { protocol: 'http', host: 'pool.example', port: 80 });
      await hand.route('theirs', 'side-door', { paths: ['/bd'] });
    },
  },
  {
    what: "a log of somebody else that writes to Kong's Admin API", told: opens(foreign),
    do: async (hand) => {
      await elsewhere(hand, { paths: ['/theirs'] });
      await hand.plugin('/routes/hijack', { name: 'http-log', config: { http_endpoint: `${hand.adminUrl}/services` } });
    },
  },
  {
    what: "a way to Keycloak's pictures, and a plugin that asks for its administration", told: opens(sideDoor),
    do: async (hand) => {
      const { hostname, port } = new URL(hand.keycloakUrl);
      await hand.service('theirs', { protocol: 'http', host: hostname, port: Number(port) });
      await hand.route('theirs', 'side-door', { paths: ['/resources'], strip_path: false });
      await hand.plugin('/routes/side-door', { name: 'request-transformer', config: { replace: { uri: '/admin/realms' } } });
    },
  },
  {
    what: "a way to Keycloak's pictures", told: 'silent',
    do: async (hand) => {
      const { hostname, port } = new URL(hand.keycloakUrl);
      await hand.service('theirs', { protocol: 'http', host: hostname, port: Number(port) });
      await hand.route('theirs', 'side-door', { paths: ['/resources'], strip_path: false });
    },
  },
  everywhere('a group for everybody', { name: 'acl', config: { deny: ['nobody'] } }, breaks(foreign)),
  { what: 'our consumer in a group', do: (hand) => hand.create('/consumers/shop.issuer/acls', { group: 'admins' }), told: 'silent' },
];
