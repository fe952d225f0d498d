import { baseUrl, duration, integer, listOf, nameOf, object, oneOf, optional, required, secret, text, url } from './field.ts';
import { clientName } from './names.ts';

export const tokenStorage = oneOf(
  'Where the page keeps its token (pattern `sso`). `gateway-cookie`: the gateway sets the cookie at `POST /session`, and no script reads it. Any script of the page can read the others. Default: `gateway-cookie` when a cookie is named.',
  ['gateway-cookie', 'script-cookie', 'sessionStorage', 'localStorage'],
);

export const token = object('Where the token travels.', {
  in: listOf('Places a verifier looks in.', oneOf('A place.', ['header', 'cookie']), { minItems: 1, default: ['header'] }),
  cookie: text('Cookie name; must begin with `__Host-` or `__Secure-`.', {
    pattern: '^[A-Za-z0-9_-]{1,64}$',
    title: 'a cookie name of letters, digits, _ and -',
  }),
  storage: tokenStorage,
  sameSite: oneOf('Of the cookie that the gateway sets: `Lax` where a link from another site must arrive signed in.', ['Strict', 'Lax'], {
    default: 'Strict',
  }),
  relay: oneOf('What the upstream receives: the token in the Authorization header, or nothing.', ['header', 'none'], { default: 'header' }),
  bound: oneOf('What a token is bound to; one that was stolen is then worth nothing. `dpop`: a key of the client, which proves with each request that it has it (RFC 9449). `mtls`: the certificate of the client (RFC 8705). See docs/bound-tokens.md.', ['none', 'dpop', 'mtls'], {
    default: 'none',
  }),
  certificates: optional(object('Where the certificate of a client is found (`bound: mtls`).', {
    from: oneOf('`tls`: the connection to the gateway. `header`: what a proxy in front says, that ends TLS.', ['tls', 'header'], { default: 'tls' }),
    header: text('The header in which it says so.', { pattern: '^[A-Za-z0-9-]{1,64}$', title: 'a header name', default: 'Client-Cert' }),
    format: oneOf('`rfc9440`: DER as base64 between colons. `pem`: PEM, escaped, as nginx, ALB and Traefik have it.', ['rfc9440', 'pem'], { default: 'rfc9440' }),
    proxies: listOf('Addresses, and networks of IPv4 (`10.0.0.0/8` at the widest), whose header is believed.', text('An address or a network.', { pattern: '^([0-9.]{7,15}(/([89]|[12][0-9]|3[0-2]))?|[0-9a-f:]{2,39})$', title: 'an address, or a network such as 10.0.0.0/24' })),
    verify: optional(object('The certificate that `verify` gets tokens with and shows, PEM.', {
      certificate: required(secret('The certificate, with those that signed it.')),
      key: required(secret('Its key.')),
      authority: secret('Who signed the certificates of the servers that it meets, where that is none that Node trusts.'),
    })),
  })),
  proofs: optional(object('Where proofs are remembered that were shown (`bound: dpop`), so that each is good for one request.', {
    store: oneOf('`memory`: each node of the gateway remembers for itself. `redis`: all of them together.', ['memory', 'redis'], { default: 'memory' }),
    url: secret('The Redis, as the gateway reaches it: `redis://user:password@host:6379/0`, or `rediss://…` by TLS. Its `maxmemory-policy` must be `noeviction`.'),
    nonce: optional(object('Proofs must hold a nonce that the gateway has told their client not long ago (RFC 9449 section 9): nobody makes proofs today for tomorrow.', {
      secret: required(secret('What nonces are made of, the same at all nodes, and in services that judge proofs: 24 characters or more.')),
      lifetime: duration('Of a period: a nonce is good in its own and in the next. 10 seconds to one hour.', { default: '5m' }),
    })),
  })),
  leeway: integer('Clock leeway of every verifier, in seconds.', { minimum: 0, maximum: 60, default: 5, of: 'seconds' }),
  maxLifetime: duration('Longest accepted `exp - iat`.'),
});

export const introspection = object('How the gateway learns what stands behind an opaque token (pattern `opaque`).', {
  client: required(nameOf(clientName, 'Client id that the gateway asks as. The pattern makes this client; it gets no token of its own.')),
  secret: required(secret('Its secret.')),
  jwt: oneOf(
    'How it gets the JWT behind a token: by standard token exchange (RFC 8693; Keycloak 26.2 and newer), in the answer of introspection (Keycloak before 27), or by the first of them that the issuer offers.',
    ['auto', 'exchange', 'introspection'],
    { default: 'auto' },
  ),
  cache: integer('Seconds an answer is kept at most: how long a revocation may go unseen.', { minimum: 0, maximum: 300, default: 5, of: 'seconds' }),
  maxFailuresPerMinute: integer(
    'Unknown tokens the issuer is asked about per client address, minute and gateway worker. 0 sets no bound.',
    { minimum: 0, maximum: 1_000_000, default: 120 },
  ),
});

export const session = object('Where sessions are kept, and for how long (pattern `session`).', {
  url: required(baseUrl('Base URL of the session service, as the gateway reaches it.')),
  server: oneOf('What stands there: the service in infra/services/session, or another in its place.', ['authctl', 'mod_auth_openidc', 'oauth2-proxy'], {
    default: 'authctl',
  }),
  path: text('Path of its sign-in, callback and logout, at the gateway and at the service.', {
    pattern: '^(/[a-z0-9-]+)+$',
    title: 'a path of lower-case letters, digits and hyphens, such as /session',
    default: '/session',
  }),
  cookie: required(
    text("The session's cookie; it says nothing.", {
      pattern: '^__(Host|Secure)-[A-Za-z0-9_-]{1,56}$',
      title: 'a cookie name that begins with __Host- or __Secure-',
    }),
  ),
  idle: duration('A session ends after this long without use.', { default: '15m' }),
  absolute: duration('A session ends after this long in any case.', { default: '8h' }),
  renew: duration('Tokens are renewed when they are this old: how long a disabled account may go unseen.', { default: '1m' }),
  store: oneOf('Where the service keeps sessions; `infinispan` is reached by its RESP endpoint.', ['redis', 'infinispan'], { default: 'redis' }),
  storeUrl: secret('URL of the store, `redis://…`, for checks that look into it. Unset: it cannot be looked into.'),
});

export const authenticationPattern = oneOf('See docs/patterns.', ['sso', 'session', 'jwt', 'opaque', 'aws']);

const fields = {
  pattern: required(authenticationPattern),
  client: text('The client that people sign in with: of `realm.clients`, where it must be stated, or of `issuer.clients`.'),
  issuer: url('Whose tokens count, where it is not the realm: another identity provider (pattern `aws`).'),
  token,
  origins: listOf('Web origins from which a cookie may act, and which CORS allows. Default: the web origins of `client`.', text('An origin.')),
  introspection,
  session,
};

export const authentication = object('How requests are authenticated.', fields);

export const ownAuthentication = object(
  "How requests to this service are authenticated, where that differs from the blueprint's `authentication`, whose client it shares unless it states one.",
  fields,
);
