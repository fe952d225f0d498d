import { describe, expect, it } from 'vitest';
import { complaints, env, load, problemsIn, sso } from './loading.ts';

type Edit = readonly [string, string];
/** What is changed in a good blueprint, and the one thing that is then told: its code and the text under the marker. */
type Case = readonly [claim: string, edits: readonly Edit[] | Edit, code: string, marked: string];

const list = 'list: { match: GET /orders, scopes: [orders:read] }';
const read = 'read: { match: "GET /orders/{id}", scopes: [orders:read] }';
const extra = (id: string, path: string): string => `${id}: { match: "GET /orders/${path}", scopes: [orders:read] }`;
const redirect = 'redirectUris: ["https://shop.example/callback"]';
const signIn = 'token: { in: [header, cookie], cookie: __Host-shop, relay: header, leeway: 5 }';
const FUNCTION = 'upstream: arn:aws:lambda:eu-west-1:123456789012:function:invoices';
const LISTENER = 'upstream: arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/invoices/0123456789abcdef/fedcba9876543210';
const kongOnly: readonly Edit[] = [
  ['recorder: "${ORDERS_RECORDER_URL:-}"\n    audience: orders\n    gateways: [kong, aws]', 'audience: orders'],
  ['audience: invoices\n    gateways: [kong, aws]', 'audience: invoices\n    gateways: [kong]'],
];

const realm: readonly Case[] = [
  [
    'a role that is not declared, on a route',
    ['roles: [order-writer] }\n      cancel', 'roles: [order-writr] }\n      cancel'],
    'BLUEPRINT_UNKNOWN_ROLE',
    'order-writr',
  ],
  ['a role that is not declared, included', ['includes: [order-writer, support]', 'includes: [order-writer, suport]'], 'BLUEPRINT_UNKNOWN_ROLE', 'suport'],
  ['a role that is not declared, of a persona', ['sam: { roles: [support]', 'sam: { roles: [suport]'], 'BLUEPRINT_UNKNOWN_ROLE', 'suport'],
  [
    'a role that is not declared, on a scope',
    ['audience: orders, roles: [order-writer]', 'audience: orders, roles: [nobody, order-writer]'],
    'BLUEPRINT_UNKNOWN_ROLE',
    'nobody',
  ],
  ['roles in a circle', [['support: { description', 'support: { includes: [admin], description']], 'BLUEPRINT_ROLE_CYCLE', 'includes'],
  [
    'a role that Keycloak has already',
    ['order-writer: { description', 'offline_access: {}\n    order-writer: { description'],
    'BLUEPRINT_RESERVED_NAME',
    'offline_access',
  ],
  [
    'a scope gated by a role that includes another',
    ['audience: orders, roles: [order-writer]', 'audience: orders, roles: [order-writer, admin]'],
    'BLUEPRINT_SCOPE_GATE_TOO_WIDE',
    'roles',
  ],
  [
    'a scope that Keycloak has already',
    ['    orders:read: { aud', '    profile: { audience: orders }\n    orders:read: { aud'],
    'BLUEPRINT_RESERVED_NAME',
    'profile',
  ],
  ['the realm master', ['realm:\n', 'realm:\n  name: master\n'], 'BLUEPRINT_RESERVED_NAME', 'master'],
  [
    'a scope that is not declared, of a client',
    ['secret: "${REPORTS_SECRET}"\n      scopes: [orders:read,', 'secret: "${REPORTS_SECRET}"\n      scopes: [orders:raed, orders:read,'],
    'BLUEPRINT_UNKNOWN_SCOPE',
    'orders:raed',
  ],
  [
    'a wildcard redirect URI',
    ['"https://shop.example/callback"', '"https://shop.example/*"'],
    'BLUEPRINT_WILDCARD',
    '"https://shop.example/*"',
  ],
  [
    'a redirect URI over http',
    ['"https://shop.example/callback"', 'http://shop.example/callback'],
    'BLUEPRINT_REDIRECT_URI',
    'http://shop.example/callback',
  ],
  [
    'a redirect URI with a fragment',
    ['"https://shop.example/callback"', '"https://shop.example/#/cb"'],
    'BLUEPRINT_REDIRECT_URI',
    '"https://shop.example/#/cb"',
  ],
  [
    'a redirect URI that runs a script',
    ['"https://shop.example/callback"', '"javascript:alert(1)"'],
    'BLUEPRINT_REDIRECT_URI',
    '"javascript:alert(1)"',
  ],
  [
    'a wildcard after logout',
    ['["https://shop.example/"]', '["https://shop.example/*"]'],
    'BLUEPRINT_WILDCARD',
    '"https://shop.example/*"',
  ],
  ['a wildcard origin', [redirect, `${redirect}\n      webOrigins: ["*"]`], 'BLUEPRINT_WILDCARD', '"*"'],
  [
    'an origin with a path',
    [redirect, `${redirect}\n      webOrigins: ["https://shop.example/"]`],
    'BLUEPRINT_ORIGIN',
    '"https://shop.example/"',
  ],
  [
    'a wildcard through the escape hatch',
    ['personas:', 'raw: { keycloak: { clients: { storefront: { redirectUris: ["*"] } } } }\npersonas:'],
    'BLUEPRINT_WILDCARD',
    'redirectUris',
  ],
  [
    'a wildcard of a client in Keycloak’s own words',
    ['personas:', 'raw: { keycloak: { entities: { clients: { spa: { standardFlowEnabled: true, redirectUris: ["https://spa.example/*"] } } } } }\npersonas:'],
    'BLUEPRINT_WILDCARD',
    'redirectUris',
  ],
  [
    'origins without end of one',
    ['personas:', 'raw: { keycloak: { entities: { clients: { spa: { webOrigins: ["*"] } } } } }\npersonas:'],
    'BLUEPRINT_WILDCARD',
    'webOrigins',
  ],
  [
    'an escape hatch for nobody',
    ['personas:', 'raw: { kong: { routes: { orders.lst: { https_redirect_status_code: 308 } } } }\npersonas:'],
    'BLUEPRINT_UNKNOWN_ROUTE',
    'orders.lst',
  ],
  [
    'a public client with a secret',
    ['type: public', 'type: public\n      secret: "${SAM_PASSWORD}"'],
    'BLUEPRINT_CLIENT',
    '"${SAM_PASSWORD}"',
  ],
  ['a service client without a secret', ['secret: "${REPORTS_SECRET}"\n      ', ''], 'BLUEPRINT_CLIENT', 'reports'],
  ['a service client with a redirect URI', ['type: service', `type: service\n      ${redirect}`], 'BLUEPRINT_CLIENT', 'redirectUris'],
  ['a token that lives too long', ['accessTokenLifespan: 5m', 'accessTokenLifespan: 2h'], 'BLUEPRINT_TOKEN_LIFESPAN', '2h'],
  ['a token that outlives its session', ['accessTokenLifespan: 5m', 'accessTokenLifespan: 45m'], 'BLUEPRINT_TOKEN_LIFESPAN', '45m'],
  ['tokens longer than verifiers accept', ['leeway: 5', 'leeway: 5, maxLifetime: 60s'], 'BLUEPRINT_TOKEN_LIFESPAN', '60s'],
  ['a session that idles longer than it lives', ['max: 10h', 'max: 20m'], 'BLUEPRINT_SESSION', '30m'],
  [
    'a persona with the name of a client',
    ['personas:', 'personas:\n  storefront: { password: "${SAM_PASSWORD}" }'],
    'BLUEPRINT_NAME_TAKEN',
    'storefront',
  ],
];

const services: readonly Case[] = [
  ['a scope that is not declared, on a route', [list, list.replace('read]', 'raed]')], 'BLUEPRINT_UNKNOWN_SCOPE', 'orders:raed'],
  ['a scope of another audience', [list, list.replace('orders:read', 'invoices:read')], 'BLUEPRINT_SCOPE_AUDIENCE', 'invoices:read'],
  ['a sample for a variable that the path has not', [read, read.replace(' }', ', sample: { path: { number: "1001" } } }')], 'BLUEPRINT_SAMPLE', 'number'],
  ['a sample for a variable that no path has', ['    routes:\n      list: { match: GET /orders', '    sample: { path: { number: "1001" } }\n    routes:\n      list: { match: GET /orders'], 'BLUEPRINT_SAMPLE', 'number'],
  ['a sample that is another route', [read, read.replace(' }', ', sample: { path: { id: health } } }')], 'BLUEPRINT_SAMPLE', 'path'],
  ['a sample that is no segment of a path', [read, read.replace(' }', ', sample: { path: { id: ../admin } } }')], 'BLUEPRINT_WRONG_VALUE', '../admin'],
  ['a sample that is another route, which takes several methods', [read, `${read.replace(' }', ', sample: { path: { id: open } } }')}\n      x: { match: "POST,GET /orders/open", scopes: [orders:read] }`], 'BLUEPRINT_SAMPLE', 'path'],
  ['a sample body of a read', [list, list.replace(' }', ', sample: { body: { item: tea } } }')], 'BLUEPRINT_SAMPLE', 'body'],
  ['a sample body that is a text', ['match: POST /orders,', 'match: POST /orders, sample: { body: tea },'], 'BLUEPRINT_WRONG_TYPE', 'tea'],
  ['a credential among the sample headers', [list, list.replace(' }', ', sample: { headers: { X-Api-Key: abc } } }')], 'BLUEPRINT_SAMPLE', 'X-Api-Key'],
  ['a credential among the sample parameters', [list, list.replace(' }', ', sample: { query: { access_token: abc } } }')], 'BLUEPRINT_SAMPLE', 'access_token'],
  ['a sample header that is set anyway', [list, list.replace(' }', ', sample: { headers: { Host: admin } } }')], 'BLUEPRINT_SAMPLE', 'Host'],
  ['a sample header of another method', [list, list.replace(' }', ', sample: { headers: { X-HTTP-Method-Override: DELETE } } }')], 'BLUEPRINT_SAMPLE', 'X-HTTP-Method-Override'],
  ['a sample header in two spellings', [list, list.replace(' }', ', sample: { headers: { X-Tenant: a, x-tenant: b } } }')], 'BLUEPRINT_SAMPLE', 'x-tenant'],
  ['a match without a method', [list, list.replace('GET /orders', '/orders')], 'BLUEPRINT_WRONG_VALUE', '/orders'],
  ['a match with a method nobody knows', [list, list.replace('GET', 'FETCH')], 'BLUEPRINT_WRONG_VALUE', 'FETCH /orders'],
  ['a path with a variable used twice', [read, read.replace('{id}', '{id}/{id}')], 'BLUEPRINT_ROUTE_PATH', '"GET /orders/{id}/{id}"'],
  ['a path with a dot segment', [read, read.replace('{id}', '{id}/../x')], 'BLUEPRINT_ROUTE_PATH', '"GET /orders/{id}/../x"'],
  [
    'a public route with scopes',
    ['GET /orders/health, public: true', 'GET /orders/health, public: true, scopes: [orders:read]'],
    'BLUEPRINT_PUBLIC_ROUTE',
    'scopes',
  ],
  [
    'a public route with roles',
    ['GET /orders/health, public: true', 'GET /orders/health, public: true, roles: [admin]'],
    'BLUEPRINT_PUBLIC_ROUTE',
    'roles',
  ],
  [
    'two routes for the same requests',
    [read, `${read}\n      show: { match: "GET /orders/{number}", scopes: [orders:read] }`],
    'BLUEPRINT_ROUTE_OVERLAP',
    '"GET /orders/{number}"',
  ],
  [
    'two routes neither of which is more literal',
    [read, [read, extra('a', '{id}/lines'), extra('b', 'open/{what}')].join('\n      ')],
    'BLUEPRINT_ROUTE_OVERLAP',
    '"GET /orders/open/{what}"',
  ],
  ['a path with a letter that nobody sees', [read, read.replace('{id}', 'a\u200bb')], 'BLUEPRINT_ROUTE_PATH', '"GET /orders/a\u200bb"'],
  ['a path in another form of its letters', [read, read.replace('{id}', 'cafe\u0301')], 'BLUEPRINT_ROUTE_PATH', '"GET /orders/cafe\u0301"'],
  ['a prefix with letters that are encoded', [...kongOnly, [read, `${read}\n      ${extra('all', 'é/**')}`]], 'BLUEPRINT_ROUTE_PATH', '"GET /orders/é/**"'],
  ['a slash at the end of a path behind AWS', [read, read.replace('{id}', '{id}/')], 'BLUEPRINT_AWS_PATH', '"GET /orders/{id}/"'],
  ['a letter behind AWS that is encoded', [read, `${read}\n      ${extra('x', 'é/x')}`], 'BLUEPRINT_AWS_PATH', '"GET /orders/é/x"'],
  ['all paths and some methods behind AWS', [read, `${read}\n      ${extra('x', 'x').replace('/orders/x', '/**')}`], 'BLUEPRINT_AWS_PATH', '"GET /**"'],
  ['a method that is named twice', [read, read.replace('GET', 'GET,GET')], 'BLUEPRINT_ROUTE_PATH', '"GET,GET /orders/{id}"'],
  [
    'one path and one method in two lists',
    [...kongOnly, [read, `${read}\n      show: { match: "GET,PUT /orders/{number}", scopes: [orders:read] }`]],
    'BLUEPRINT_ROUTE_OVERLAP',
    '"GET,PUT /orders/{number}"',
  ],
  [
    'ANY with nothing left for it',
    [...kongOnly, [read, `${read}\n      x: { match: "GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS /x", scopes: [orders:read] }\n      y: { match: ANY /x, scopes: [orders:read] }`]],
    'BLUEPRINT_ROUTE_OVERLAP',
    'ANY /x',
  ],
  [
    'a prefix with less in it than a route that it nearly covers',
    [...kongOnly, [read, `${read}\n      all: { match: ANY /orders/**, public: true }`]],
    'BLUEPRINT_ROUTE_COVERED',
    'ANY /orders/**',
  ],
  ['hosts behind AWS', [read, read.replace(' }', ', hosts: [api.example.com] }')], 'BLUEPRINT_AWS_ROUTE', 'hosts'],
  ['headers behind AWS', [read, read.replace(' }', ', headers: { X-Stage: [draft] } }')], 'BLUEPRINT_AWS_ROUTE', 'headers'],
  ['a path that is stripped behind AWS', [list, list.replace(' }', ', stripPath: true }')], 'BLUEPRINT_AWS_ROUTE', 'true'],
  ['a host that is kept behind AWS', [list, list.replace(' }', ', preserveHost: true }')], 'BLUEPRINT_AWS_ROUTE', 'true'],
  ['retries behind AWS', ['audience: invoices\n', 'audience: invoices\n    retries: 2\n'], 'BLUEPRINT_AWS_ROUTE', '2'],
  ['time-outs behind AWS', ['audience: invoices\n', 'audience: invoices\n    timeouts: { read: 2s }\n'], 'BLUEPRINT_AWS_ROUTE', 'timeouts'],
  ['any token, and a scope', [list, list.replace(' }', ', anyToken: true }')], 'BLUEPRINT_ANY_TOKEN', 'true'],
  ['any token, and none', [list, 'list: { match: GET /orders, public: true, anyToken: true }'], 'BLUEPRINT_ANY_TOKEN', 'true'],
  ['a Lambda function behind Kong', [...kongOnly, ['upstream: "${INVOICES_URL:-http://invoices:9102}"', FUNCTION]], 'BLUEPRINT_LAMBDA', 'kong'],
  ['a listener in a VPC behind Kong', [...kongOnly, ['upstream: "${INVOICES_URL:-http://invoices:9102}"', `${LISTENER}\n    vpcLink: { id: abc123 }`]], 'BLUEPRINT_VPC_LINK', 'kong'],
  ['a tag that is a mark of ours', ['region: "${AWS_REGION:-ap-northeast-1}"', 'region: "${AWS_REGION:-ap-northeast-1}"\n    tags: { authctl-adopted: "true" }'], 'BLUEPRINT_BAD_NAME', 'authctl-adopted'],
  ['a domain that leads to no stage', ['region: "${AWS_REGION:-ap-northeast-1}"', 'region: "${AWS_REGION:-ap-northeast-1}"\n    domains: [{ name: api.shop.example, stage: live }]'], 'BLUEPRINT_AWS_DOMAIN', 'live'],
  ['a domain that leads two ways', ['region: "${AWS_REGION:-ap-northeast-1}"', 'region: "${AWS_REGION:-ap-northeast-1}"\n    domains: [{ name: api.shop.example, path: v1 }, { name: api.shop.example, path: v1, stage: $default }]'], 'BLUEPRINT_AWS_DOMAIN', 'v1'],
  ['a path of a domain that no mark can name', ['region: "${AWS_REGION:-ap-northeast-1}"', `region: "\${AWS_REGION:-ap-northeast-1}"\n    domains: [{ name: api.shop.example, path: ${'v'.repeat(250)} }]`], 'BLUEPRINT_AWS_DOMAIN', 'v'.repeat(250)],
  ['more paths of domains than an API has tags', ['region: "${AWS_REGION:-ap-northeast-1}"', `region: "\${AWS_REGION:-ap-northeast-1}"\n    tags: { team: red }\n    domains: [${Array.from({ length: 47 }, (_, at) => `{ name: api.shop.example, path: v${String(at)} }`).join(', ')}]`], 'BLUEPRINT_AWS_QUOTA', 'domains'],
  ['a VPC link to a server', ['audience: invoices\n', 'audience: invoices\n    vpcLink: { id: abc123 }\n'], 'BLUEPRINT_VPC_LINK', 'vpcLink'],
  ['how a function is asked where there is none', ['audience: invoices\n', 'audience: invoices\n    lambda: { payload: "1.0" }\n'], 'BLUEPRINT_LAMBDA', 'lambda'],
  ['a host with capitals', [...kongOnly, [read, read.replace(' }', ', hosts: [API.example.com] }')]], 'BLUEPRINT_WRONG_VALUE', 'API.example.com'],
  ['a wildcard in the middle', [...kongOnly, [read, read.replace(' }', ', hosts: [api.*.com] }')]], 'BLUEPRINT_WRONG_VALUE', 'api.*.com'],
  ['a route that is known by a credential', [...kongOnly, [read, read.replace(' }', ', headers: { X-Api-Key: [a] } }')]], 'BLUEPRINT_ROUTE_CONDITION', 'X-Api-Key'],
  ['a route that is known by the header Host', [...kongOnly, [read, read.replace(' }', ', headers: { Host: [a.example] } }')]], 'BLUEPRINT_ROUTE_CONDITION', 'Host'],
  ['a path with a variable that is stripped', [...kongOnly, [read, read.replace(' }', ', stripPath: true }')]], 'BLUEPRINT_ROUTE_CONDITION', 'true'],
  [
    'a header that is stated in two cases',
    [...kongOnly, [read, `${read}\n      y: { match: "GET /orders/{id}", scopes: [orders:read], headers: { X-Stage: [a], x-stage: [a] } }`]],
    'BLUEPRINT_ROUTE_CONDITION',
    'x-stage',
  ],
  [
    'a header that no preflight carries, and nothing that answers one',
    [...kongOnly, [read, `${read}\n      y: { match: GET /y, scopes: [orders:read], headers: { X-Stage: [a] } }`]],
    'BLUEPRINT_ROUTE_CONDITION',
    'headers',
  ],
  [
    'a host that leads around a stricter route',
    [...kongOnly, [read, `${read}\n      y: { match: "ANY /orders/**", public: true, hosts: [open.example] }`]],
    'BLUEPRINT_ROUTE_COVERED',
    '"ANY /orders/**"',
  ],
  [
    'a header that leads around a stricter route',
    [...kongOnly, [read, `${read}\n      y: { match: "GET /orders/{id}", public: true, headers: { X-Stage: [a] } }`]],
    'BLUEPRINT_ROUTE_COVERED',
    '"GET /orders/{id}"',
  ],
  [
    'a prefix taken off that leads around a stricter route',
    [...kongOnly, [read, `${read}\n      y: { match: "GET /v1/**", public: true, stripPath: true }`]],
    'BLUEPRINT_ROUTE_COVERED',
    '"GET /v1/**"',
  ],
  [
    'two prefixes taken off that arrive as the same, with other demands',
    [...kongOnly, [read, `${read}\n      x: { match: "GET /x/**", scopes: [orders:read], stripPath: true }\n      y: { match: "GET /y/**", scopes: [orders:read, orders:write], stripPath: true }`]],
    'BLUEPRINT_ROUTE_COVERED',
    '"GET /x/**"',
  ],
  [
    'a host that leads around a stricter route of a service at the same upstream, spelled in another way',
    [...kongOnly, ['upstream: "${INVOICES_URL:-http://invoices:9102}"', 'upstream: "http://ORDERS:9101/"'], [list, `${list}\n      y: { match: "GET /orders/{id}", public: true, hosts: [open.example] }`]],
    'BLUEPRINT_ROUTE_COVERED',
    '"GET /orders/{id}"',
  ],
  [
    'two routes whose hosts meet',
    [...kongOnly, [read, `${read}\n      x: { match: GET /x, scopes: [orders:read], hosts: ["*.example"] }\n      y: { match: GET /x, scopes: [orders:read], hosts: ["*.a.example"] }`]],
    'BLUEPRINT_ROUTE_OVERLAP',
    'GET /x',
  ],
  [
    'a sample of a header that the route is known by',
    [...kongOnly, [read, `${read}\n      y: { match: "GET /orders/{id}", scopes: [orders:read], headers: { X-Stage: [a] }, sample: { headers: { x-stage: b } } }`]],
    'BLUEPRINT_SAMPLE',
    'x-stage',
  ],
  [
    'two services with one path',
    ['list: { match: GET /invoices,', 'list: { match: GET /orders,'],
    'BLUEPRINT_ROUTE_OVERLAP',
    'GET /orders',
  ],
  [
    'a route on a gateway its service is not on',
    [...kongOnly, [list, list.replace(' }', ', gateways: [aws] }')]],
    'BLUEPRINT_ROUTE_GATEWAY',
    'aws',
  ],
  [
    'credentials in a URL',
    ['upstream: "${INVOICES_URL:-http://invoices:9102}"', 'upstream: http://joe:pw@invoices:9102'],
    'BLUEPRINT_URL',
    'http://joe:pw@invoices:9102',
  ],
  [
    'an upstream that is no URL',
    ['upstream: "${INVOICES_URL:-http://invoices:9102}"', 'upstream: "http://[1"'],
    'BLUEPRINT_URL',
    '"http://[1"',
  ],
];

const gateways: readonly Case[] = [
  ['an algorithm that AWS refuses', ['algorithm: RS256', 'algorithm: ES256'], 'BLUEPRINT_AWS_ALGORITHM', 'ES256'],
  ['an algorithm that Kong cannot verify', [...kongOnly, ['algorithm: RS256', 'algorithm: PS256']], 'BLUEPRINT_KONG_ALGORITHM', 'PS256'],
  ['keys that are followed by the minute for longer than they are kept', ['edition: oss', 'edition: oss\n    keys: followed\n    followed: { refresh: 1m, coolDown: 2m }'], 'BLUEPRINT_KONG_KEYS', '2m'],
  ['keys that are kept for a week', ['edition: oss', 'edition: oss\n    keys: followed\n    followed: { refresh: 7d }'], 'BLUEPRINT_KONG_KEYS', '7d'],
  ['pinned keys at Kong Enterprise', ['edition: oss', 'edition: enterprise\n    keys: pinned'], 'BLUEPRINT_KONG_EDITION', 'pinned'],
  [
    'keys that are followed in the clear',
    [['edition: oss', 'edition: oss\n    keys: followed'], ['url: "${KEYCLOAK_URL:-http://localhost:8080}"', 'url: http://id.example\n    insecure: true']],
    'BLUEPRINT_INSECURE',
    'followed',
  ],
  ['AWS asked to look into a cookie', [signIn, signIn.replace('[header, cookie]', '[cookie]')], 'BLUEPRINT_AWS_COOKIE', 'in'],
  [
    'an AWS route without scopes, which ID tokens pass',
    [list, 'list: { match: GET /orders }'],
    'BLUEPRINT_AWS_ROUTE_WITHOUT_SCOPES',
    'list',
  ],
  [
    'roles that AWS cannot check',
    ['roles: [customer, support], gateways: [kong]', 'roles: [customer, support]'],
    'BLUEPRINT_AWS_CANNOT_CHECK_ROLES',
    'roles',
  ],
  [
    'roles that a wider scope does not stand for',
    ['orders:write: { audience: orders, roles: [order-writer] }', 'orders:write: { audience: orders, roles: [order-writer, support] }'],
    'BLUEPRINT_AWS_CANNOT_CHECK_ROLES',
    'roles',
  ],
  [
    'an issuer that AWS cannot reach',
    ['endpoint: "${AWS_ENDPOINT:-}"', 'endpoint: "${NOTHING:-}"'],
    'BLUEPRINT_AWS_ISSUER',
    '"${KEYCLOAK_URL:-http://localhost:8080}"',
  ],
  ['a gateway that asks OPA about a token nobody verified', ['pattern: sso', 'pattern: jwt'], 'BLUEPRINT_KONG_PATTERN', 'jwt'],
  ['another issuer for a pattern of the realm', ['pattern: sso', 'issuer: https://id.partner.example\n  pattern: sso'], 'BLUEPRINT_ISSUER', 'https://id.partner.example'],
  ['the pattern aws in front of Kong', ['pattern: sso', 'pattern: aws'], 'BLUEPRINT_KONG_PATTERN', 'aws'],
  [
    'a bucket that nothing is published to',
    ['bundle: { publish:', 'bundle: { s3: { region: eu-central-1 }, publish:'],
    'BLUEPRINT_BUNDLE',
    's3',
  ],
  [
    'a key id without its secret',
    ['bundle: { publish: "${BUNDLE_STORE:-file:.authctl/bundles}" }', 'bundle: { publish: "s3://policies", s3: { accessKeyId: "${REPORTS_SECRET}" } }'],
    'BLUEPRINT_BUNDLE',
    's3',
  ],
  ['a workspace on open-source Kong', ['edition: oss', 'edition: oss\n    workspace: shop'], 'BLUEPRINT_KONG_EDITION', 'shop'],
];

const access: readonly Case[] = [
  ['a sign-in client that does not exist', ['client: storefront', 'client: storfront'], 'BLUEPRINT_UNKNOWN_CLIENT', 'storfront'],
  [
    'a sign-in client that is a service',
    [
      ['client: storefront', 'client: reports'],
      ['token: { in: [header, cookie], cookie: __Host-shop, ', 'token: { '],
      [
        [
          'personas:',
          '  alice: { roles: [customer], password: "${ALICE_PASSWORD}" }',
          '  sam: { roles: [support], password: "${SAM_PASSWORD}" }',
          '  ada: { roles: [admin], password: "${ADA_PASSWORD}" }\n',
        ].join('\n'),
        '',
      ],
      [
        [
          '  alice: { orders: [list, read, place], invoices: [list, read] }',
          '  sam: { orders: [list, read], invoices: [list, read] }',
          '  ada: { orders: [list, read, place, cancel], invoices: [list, read] }\n',
        ].join('\n'),
        '',
      ],
    ],
    'BLUEPRINT_CLIENT',
    'reports',
  ],
  ['a cookie that other hosts can plant', ['cookie: __Host-shop', 'cookie: shop'], 'BLUEPRINT_COOKIE', 'shop'],
  ['a cookie without a name', ['cookie: __Host-shop, ', ''], 'BLUEPRINT_COOKIE', 'token'],
  ['a cookie where nobody looks', ['in: [header, cookie]', 'in: [header]'], 'BLUEPRINT_COOKIE', '__Host-shop'],
  ['a cookie of the gateway where no verifier looks', ['in: [header, cookie], cookie: __Host-shop', 'storage: gateway-cookie'], 'BLUEPRINT_STORAGE', 'gateway-cookie'],
  ['a cookie of the page where no verifier looks', ['in: [header, cookie], cookie: __Host-shop', 'storage: script-cookie'], 'BLUEPRINT_STORAGE', 'script-cookie'],
  [
    'storage of the page where no verifier reads headers',
    [
      ['in: [header, cookie]', 'in: [cookie], storage: localStorage'],
      // AWS would mind it, too.
      ['gateways: [kong, aws]', 'gateways: [kong]'],
      ['gateways: [kong, aws]', 'gateways: [kong]'],
    ],
    'BLUEPRINT_STORAGE',
    'localStorage',
  ],
  ['a route where the gateway sets its cookie', ['match: POST /orders,', 'match: POST /session,'], 'BLUEPRINT_STORAGE', 'POST /session'],
  ['a wildcard origin', [signIn, `${signIn}\n  origins: ["https://*.shop.example"]`], 'BLUEPRINT_WILDCARD', '"https://*.shop.example"'],
  ['a cookie without any origin', [signIn, `${signIn}\n  origins: []`], 'BLUEPRINT_COOKIE', 'origins'],
  ['a policy directory that does not exist', ['policies/shop', 'policies/shp'], 'BLUEPRINT_POLICY', ''],
  ['a decision that no policy makes', ['decision: shop/authz', 'decision: shop/athz'], 'BLUEPRINT_POLICY', 'shop/athz'],
  ['a policy outside the root of the bundle', ['name: shop', 'name: store'], 'BLUEPRINT_POLICY', ''],
  [
    'a policy without OPA',
    ['  opa:\n    servers: ["${OPA_URL:-http://localhost:8181}"]\n    bundle: { publish: "${BUNDLE_STORE:-file:.authctl/bundles}" }\n', ''],
    'BLUEPRINT_TARGET_MISSING',
    'centralised',
  ],
  ['a pattern without its decision', ['  decision: shop/authz\n', ''], 'BLUEPRINT_POLICY', 'authorization'],
];

const matrix: readonly Case[] = [
  ['a row for nobody', ['  sam: { orders: [list', '  samm: { orders: [list'], 'BLUEPRINT_UNKNOWN_PERSONA', 'samm'],
  [
    'a row for a client that people sign in with',
    ['  sam: { orders: [list', '  storefront: { orders: [list'],
    'BLUEPRINT_UNKNOWN_PERSONA',
    'storefront',
  ],
  ['a service that does not exist', ['anonymous: { orders:', 'anonymous: { order:'], 'BLUEPRINT_UNKNOWN_SERVICE', 'order'],
  ['a route that does not exist', ['anonymous: { orders: [health]', 'anonymous: { orders: [helth]'], 'BLUEPRINT_UNKNOWN_ROUTE', 'helth'],
  ['anonymous on a route that is not public', ['anonymous: { orders: [health]', 'anonymous: { orders: [list]'], 'BLUEPRINT_EXPECT', 'list'],
  ['a persona without the role', ['sam: { orders: [list, read]', 'sam: { orders: [list, read, place]'], 'BLUEPRINT_EXPECT', 'place'],
  ['a client without the scope', ['reports: { orders: [list, read]', 'reports: { orders: [list, place]'], 'BLUEPRINT_EXPECT', 'place'],
  [
    'a token for another audience, on a route that takes any',
    [
      ['list: { match: GET /invoices, scopes: [invoices:read] }', 'list: { match: GET /invoices, gateways: [kong] }'],
      ['      secret: "${REPORTS_SECRET}"\n      scopes: [orders:read, invoices:read]', '      secret: "${REPORTS_SECRET}"\n      scopes: [orders:read]'],
    ],
    'BLUEPRINT_EXPECT',
    'list',
  ],
  ['a client without the role', ['invoices: [list] }\n  anonymous', 'invoices: [read] }\n  anonymous'], 'BLUEPRINT_EXPECT', 'read'],
];

const edits = (given: Case[1]): readonly Edit[] => (typeof given[0] === 'string' ? [given as Edit] : (given as readonly Edit[]));

describe.each([
  ['the realm', realm],
  ['services', services],
  ['gateways', gateways],
  ['access', access],
  ['the matrix', matrix],
] as const)('cross-checks of %s refuse', (_, cases) => {
  it.each(cases)('%s', async (_claim, given, code, marked) => {
    const told = await complaints(await sso(...edits(given)));
    expect(told.map((one) => one.code)).toEqual([code]);
    if (marked !== '') expect(told[0]?.marked).toBe(marked);
  });
});

describe('cross-checks', () => {
  it('find nothing in a good blueprint', async () => {
    expect(await complaints(await sso())).toEqual([]);
  });

  it('tell every service whose gateway has no target', async () => {
    const text = await sso(['  aws:\n    region: "${AWS_REGION:-ap-northeast-1}"\n    endpoint: "${AWS_ENDPOINT:-}"\n', '']);
    expect((await complaints(text)).map(({ code, marked }) => [code, marked])).toEqual([
      ['BLUEPRINT_TARGET_MISSING', 'aws'],
      ['BLUEPRINT_TARGET_MISSING', 'aws'],
    ]);
  });

  it('let a literal path stand beside a variable one', async () => {
    expect(await complaints(await sso([read, `${read}\n      open: { match: GET /orders/open, scopes: [orders:read] }`]))).toEqual([]);
  });

  it('let two services have the same path on different gateways', async () => {
    const text = await sso(
      [list, list.replace(' }', ', gateways: [aws] }')],
      ['match: GET /invoices, scopes: [invoices:read] }', 'match: GET /orders, scopes: [invoices:read], gateways: [kong] }'],
    );
    expect(await complaints(text)).toEqual([]);
  });

  it.each(['http://localhost:3000/callback', 'http://127.0.0.1:3000/callback', 'http://[::1]/callback', 'com.example.shop:/callback'])(
    'take %s as a redirect URI',
    async (uri) => {
      const text = await sso(
        ['"https://shop.example/callback"', JSON.stringify(uri)],
        [signIn, `${signIn}\n  origins: ["https://shop.example"]`],
      );
      expect(await complaints(text)).toEqual([]);
    },
  );

  const keycloakUrl = '"${KEYCLOAK_URL:-http://localhost:8080}"';
  const adminUrl = '"${KONG_ADMIN_URL:-http://localhost:8001}"';
  it.each(['http://id.example', 'http://keycloak:8080', 'http://10.0.0.7:8080/auth', 'http://localhost.evil.example'])(
    'tell that a login would travel in the clear to %s',
    async (url) => {
      const token = `{ url: "${url}", token: "\${REPORTS_SECRET}"`;
      const text = await sso([keycloakUrl, `"${url}"`], [`{ url: ${adminUrl}`, token]);
      expect((await complaints(text)).map(({ code }) => code)).toEqual(['BLUEPRINT_INSECURE', 'BLUEPRINT_INSECURE']);
      const said = await sso([keycloakUrl, `"${url}"\n    insecure: true`], [`{ url: ${adminUrl}`, `${token}, insecure: true`]);
      expect((await complaints(said)).map(({ code }) => code).filter((code) => code === 'BLUEPRINT_INSECURE')).toEqual([]);
    },
  );
  it.each([
    ['admin: "http://10.0.0.7:8080"', ['BLUEPRINT_INSECURE']],
    ['admin: "https://id.example/#x"', ['BLUEPRINT_URL']],
    ['issuer: "https://user:word@id.example/realms/shop"', ['BLUEPRINT_URL']],
    ['backchannel: "http://keycloak:8080?x"', ['BLUEPRINT_URL']],
    ['admin: "https://admin.id.example"\n    issuer: "https://id.example/realms/shop"\n    backchannel: "http://keycloak:8080"', []],
  ])("look at Keycloak's other addresses: %s", async (fields, codes) => {
    const text = await sso([keycloakUrl, `"https://id.example"\n    ${fields}`]);
    expect((await complaints(text)).map(({ code }) => code)).toEqual(codes);
  });
  it('tell settings of a realm that others own, too', async () => {
    const text = await sso(['\nrealm:', '\nraw: { keycloak: { realm: { displayName: Shop } } }\nrealm:\n  shared: true']);
    expect((await complaints(text)).map(({ code }) => code)).toEqual(['BLUEPRINT_SHARED_REALM']);
  });
  it('tell an issuer that the frontendUrl of the realm contradicts', async () => {
    const raw = (url: string): readonly [string, string] => ['\npersonas:', `\nraw: { keycloak: { realm: { attributes: { frontendUrl: "${url}" } } } }\npersonas:`];
    const stated = [keycloakUrl, '"https://id.example"\n    issuer: "https://id.example/realms/shop"'] as const;
    expect(await complaints(await sso(stated, raw('https://other.example/')))).toMatchObject([{ code: 'BLUEPRINT_ISSUER', marked: '"https://id.example/realms/shop"' }]);
    expect(await complaints(await sso(stated, raw('https://id.example/')))).toEqual([]);
  });
  it.each(['https://id.example', 'http://127.0.0.1:8080', 'http://[::1]:8080'])('let a login go to %s', async (url) => {
    const text = await sso([keycloakUrl, `"${url}"`]);
    expect((await complaints(text)).map(({ code }) => code)).toEqual([]);
  });
  it('let plain http stand where no login goes', async () => {
    expect(await complaints(await sso([adminUrl, '"http://kong:8001"']))).toEqual([]);
  });

  it('tell what AWS does with two scopes', async () => {
    const text = await sso(
      ['orders:read: { audience: orders }', 'orders:read: { audience: orders }\n    orders:more: { audience: orders }'],
      ['scopes: [orders:read, orders:write, invoices:read]', 'scopes: [orders:read, orders:write, orders:more, invoices:read]'],
      ['scopes: [orders:read, invoices:read]', 'scopes: [orders:read, orders:more, invoices:read]'],
      [list, list.replace('[orders:read]', '[orders:read, orders:more]')],
    );
    expect(await complaints(text)).toMatchObject([{ code: 'BLUEPRINT_AWS_ANY_SCOPE', marked: 'scopes' }]);
  });

  it('tell an audience that no scope emits', async () => {
    const text = await sso(...kongOnly, ['audience: invoices\n    gateways: [kong]', 'audience: billing\n    gateways: [kong]']);
    expect((await complaints(text)).map(({ code, marked }) => [code, marked])).toEqual([
      ['BLUEPRINT_AUDIENCE_NOT_EMITTED', 'billing'],
      ['BLUEPRINT_SCOPE_AUDIENCE', 'invoices:read'],
      ['BLUEPRINT_SCOPE_AUDIENCE', 'invoices:read'],
    ]);
  });

  it('hold the matrix against the routes when no policy decides', async () => {
    const text = (await sso(['sam: { orders: [list, read]', 'sam: { orders: [list]'])).replace(/authorization:\n(  .*\n)+/, '');
    expect((await complaints(text)).map(({ code, marked }) => [code, marked])).toEqual([['BLUEPRINT_EXPECT', 'orders']]);
  });

  it('count the routes of an HTTP API', async () => {
    const many = Array.from(
      { length: 300 },
      (_, index) => `      r${index}: { match: GET /orders/x/${index}, scopes: [orders:read] }`,
    ).join('\n');
    expect(await complaints(await sso([read, `${read}\n${many}`]))).toMatchObject([{ code: 'BLUEPRINT_AWS_QUOTA', marked: 'aws' }]);
  });
});

it('says of the first hundred names that nothing declares which was meant, and of more that they are not there', async () => {
  const roles = Array.from({ length: 120 }, (_, nth) => `    role-${nth}: { includes: [roel-${nth}] }\n`).join('');
  const told = await problemsIn(async () => load(await sso(['\n  roles:\n', `\n  roles:\n${roles}`]), { env }));
  expect(told.map(({ code }) => code)).toEqual(Array(120).fill('BLUEPRINT_UNKNOWN_ROLE'));
  expect(told.map(({ hint }) => hint)).toEqual(told.map((_, nth) => expect.stringMatching(nth < 100 ? /^did you mean "role-\d+"\?$/ : /^docs\/blueprint\.md/) as string));
});
