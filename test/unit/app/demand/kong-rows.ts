import { generateKeyPairSync } from 'node:crypto';
import { called } from './kong-hand.ts';
import type { KongHand } from './kong-hand.ts';

/** What people's gateways do, as a blueprint says it; what somebody does to it by hand, and where drift tells of that. */
export interface DemandRow {
  readonly feature: string;
  readonly edit: (text: string) => string;
  readonly sabotage: (hand: KongHand) => Promise<unknown>;
  readonly told: RegExp;
  /** A check that verify must have tried, with a tick. */
  readonly tried?: string;
}

const HEALTH = '      health: { match: GET /parcels/health, public: true }\n';
/** A route more, for everybody who may read parcels. */
const route = (fields: string) => (text: string): string =>
  text.replace(HEALTH, `${HEALTH}      more: { ${fields}, scopes: [parcels/read] }\n`).replace('dora: { parcels: [list, send]', 'dora: { parcels: [list, send, more]').replace('tracker: { parcels: [list]', 'tracker: { parcels: [list, more]');
const service = (lines: string) => (text: string): string => text.replace('    gateways: [kong]\n', `    gateways: [kong]\n    ${lines}\n`);
const raw = (lines: string) => (text: string): string => `${text}raw:\n  kong:\n    entities:\n${lines.replaceAll(/^/gm, '      ')}\n`;
const both = (...edits: readonly ((text: string) => string)[]) => (text: string): string => edits.reduce((made, edit) => edit(made), text);

const changed = (list: string, name: string, fields: Readonly<Record<string, unknown>>) => (hand: KongHand) => hand.change(list, called(name), fields);
const MORE = 'parcels.parcels.more';
const onMore = (fields: Readonly<Record<string, unknown>>) => changed('routes', MORE, fields);
const pem = (): string => generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }).toString();
const PEM = pem();
const indented = PEM.trim().replaceAll('\n', '\n          ');

const A_CONSUMER = `consumers:
  scanner:
    acls: [depot]
    keyauth_credentials: { first: { key: "\${SCANNER_KEY}" } }
services:
  labels: { host: labels.example, port: 80, protocol: http }
routes:
  labels: { service: labels, paths: [/labels], protocols: [http, https] }
plugins:
  labels.key: { name: key-auth, service: labels, config: { key_names: [apikey] } }
  labels.acl: { name: acl, service: labels, config: { allow: [depot] } }`;

/** Counted over fifteen declarative files, most often first. */
export const kongRows: readonly DemandRow[] = [
  { feature: 'everything below a path', edit: route('match: GET /parcels/files/**'), sabotage: onMore({ paths: ['/'] }), told: /changed kong\.route\/parcels\.parcels\.more/ },
  { feature: 'no methods', edit: route('match: ANY /parcels/any'), sabotage: onMore({ methods: null }), told: /changed kong\.route\/parcels\.parcels\.more/ },
  { feature: 'a path that is stripped', edit: route('match: GET /v1/labels, stripPath: true'), sabotage: onMore({ strip_path: false }), told: /changed kong\.route\/parcels\.parcels\.more/ },
  {
    feature: 'plugins for everything', edit: raw('plugins:\n  everywhere: { name: correlation-id, config: { header_name: X-Request-Id, generator: uuid } }\n  measured: { name: prometheus, config: {} }'),
    sabotage: (hand) => hand.remove('plugins', called('everywhere')), told: /missing kong\.plugin\/everywhere/,
  },
  { feature: 'cors', edit: both((text) => text.replace('client: web }', 'client: web, origins: ["https://parcels.example"] }'), service('cors: { headers: [X-Depot], maxAge: 5m }')), sabotage: changed('plugins', 'parcels.parcels.cors', { config: { origins: ['*'] } }), told: /changed kong\.plugin\/parcels\.parcels\.cors/ },
  { feature: 'rate-limiting', edit: service('rateLimit: { minute: 100000 }'), sabotage: changed('plugins', 'parcels.parcels.rate', { config: { minute: 100_000_000 } }), told: /changed kong\.plugin\/parcels\.parcels\.rate/ },
  { feature: 'jwt', edit: (text) => text, sabotage: (hand) => hand.remove('plugins', called('parcels.parcels.jwt')), told: /missing kong\.plugin\/parcels\.parcels\.jwt/ },
  { feature: 'consumers with a key of key-auth and a group', edit: raw(A_CONSUMER), sabotage: (hand) => hand.remove('plugins', called('labels.acl')), told: /missing kong\.plugin\/labels\.acl/ },
  {
    feature: 'consumers with a key of jwt of their own',
    edit: raw(`consumers:\n  partner:\n    acls: [partners]\n    jwt_secrets:\n      first:\n        key: https://partner.example\n        algorithm: RS256\n        rsa_public_key: |\n          ${indented}\nservices:\n  labels: { host: labels.example, port: 80, protocol: http }\nroutes:\n  labels: { service: labels, paths: [/labels], protocols: [http, https] }\nplugins:\n  labels.jwt: { name: jwt, service: labels, config: { claims_to_verify: [exp] } }\n  labels.acl: { name: acl, service: labels, config: { allow: [partners] } }`),
    sabotage: (hand) => hand.change('jwts', (row) => row['key'] === 'https://partner.example', { rsa_public_key: pem() }), told: /changed kong\.jwt_secret\/partner\/https/,
  },
  { feature: 'hosts', edit: route('match: GET /parcels/partners, hosts: [partners.example, "*.partners.example"]'), sabotage: onMore({ hosts: null }), told: /changed kong\.route\/parcels\.parcels\.more/ },
  { feature: "the upstream's own path", edit: (text) => text.replace('    upstream: "${UPSTREAM}"', '    upstream: "${UPSTREAM}/v2"'), sabotage: changed('services', 'parcels.parcels', { path: '/internal' }), told: /changed kong\.service\/parcels\.parcels/ },
  { feature: 'several paths', edit: route('match: ["GET /parcels/open", "GET,PUT /parcels/{id}"]'), sabotage: changed('routes', 'parcels.parcels.more~2', { paths: ['~/parcels/.*$'] }), told: /changed kong\.route\/parcels\.parcels\.more~2/ },
  {
    feature: 'request-transformer', edit: raw('plugins:\n  parcels.depot: { name: request-transformer, service: parcels.parcels, config: { add: { headers: ["X-Depot:north"] } } }'),
    sabotage: changed('plugins', 'parcels.depot', { config: { add: { headers: ['X-Depot:south'] } } }), told: /changed kong\.plugin\/parcels\.depot/,
  },
  { feature: 'headers of a request', edit: route('match: GET /parcels/drafts, headers: { X-Stage: [draft] }'), sabotage: onMore({ headers: null }), told: /changed kong\.route\/parcels\.parcels\.more/ },
  { feature: 'preserve_host and buffering', edit: route('match: GET /parcels/stream, preserveHost: true, responseBuffering: false'), sabotage: onMore({ preserve_host: false }), told: /changed kong\.route\/parcels\.parcels\.more/ },
  { feature: 'time-outs and retries', edit: service('timeouts: { connect: 2s, read: 20s }\n    retries: 1'), sabotage: changed('services', 'parcels.parcels', { retries: 9 }), told: /changed kong\.service\/parcels\.parcels/ },
  { feature: 'request-size-limiting', edit: service('maxBody: 64kB'), sabotage: changed('plugins', 'parcels.parcels.size', { config: { allowed_payload_size: 900 } }), told: /changed kong\.plugin\/parcels\.parcels\.size/ },
  {
    feature: 'upstreams with targets', edit: raw('upstreams:\n  labels: { targets: { "127.0.0.1:9": { weight: 100 } } }\nservices:\n  labels: { host: labels, port: 80, protocol: http }\nroutes:\n  labels: { service: labels, paths: [/labels], protocols: [http, https] }\nplugins:\n  labels.off: { name: request-termination, service: labels, config: { status_code: 503 } }'),
    sabotage: (hand) => hand.remove('plugins', called('labels.off')), told: /missing kong\.plugin\/labels\.off/,
  },
  {
    feature: 'regular expressions that a route is known by', edit: raw('routes:\n  parcels.byNumber: { service: parcels.parcels, methods: [GET], paths: [\'~/parcels/(?<id>\\d+)/label$\'], strip_path: false }'),
    sabotage: changed('routes', 'parcels.byNumber', { paths: ['~/parcels/.*$'] }), told: /changed kong\.route\/parcels\.byNumber/,
  },
  {
    feature: 'gRPC', edit: raw('routes:\n  parcels.depot: { service: parcels.parcels, paths: [/depot.Depot/], protocols: [grpc, grpcs], strip_path: false }'),
    sabotage: changed('routes', 'parcels.depot', { paths: ['/depot.Depot/', '/depot.Internal/'] }), told: /changed kong\.route\/parcels\.depot/, tried: 'RCH-01',
  },
];
