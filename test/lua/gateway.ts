import { createSign, generateKeyPairSync } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Entity, EntityKind, EntityStore } from '../../src/embedded/kong/contract.ts';
import { loadPluginSchema } from '../../src/embedded/kong/lua/schema.ts';
import { startProxy } from '../../src/embedded/kong/proxy/index.ts';

const pluginDir = fileURLToPath(new URL('../../infra/kong/plugins', import.meta.url));
export const issuer = 'https://id.example/realms/shop';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
/** A key that the gateway has never heard of. */
export const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
export const seconds = (): number => Math.floor(Date.now() / 1000);

export const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
/** An access token as Keycloak makes one for `orders`, with some claims and header members replaced. */
export const mint = (claims: object = {}, header: object = {}, key = privateKey): string => {
  const standard = {
    iss: issuer, aud: 'orders', sub: 'user-1', typ: 'Bearer', azp: 'storefront', scope: 'orders:read', iat: seconds(), exp: seconds() + 300,
    realm_access: { roles: ['customer'] },
  };
  const signed = `${part({ alg: 'RS256', typ: 'JWT', kid: 'k1', ...header })}.${part({ ...standard, ...claims })}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key).toString('base64url')}`;
};

export interface Behaviour {
  readonly status?: number;
  readonly body?: string;
  readonly delay?: number;
  readonly hangUp?: boolean;
}
export interface Call {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
interface Recorder {
  readonly calls: Call[];
  readonly server: Server;
  behave: (call: Call) => Behaviour;
}

/** A server that records what it is asked, and answers as `behave` says at that moment. */
const recorder = (behave: (call: Call) => Behaviour): Recorder => {
  const listener: RequestListener = (message, out) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const call = { url: message.url ?? '', headers: message.headers, body: Buffer.concat(chunks).toString() };
      made.calls.push(call);
      const { status = 200, body = '', delay = 0, hangUp = false } = made.behave(call);
      if (hangUp) {
        out.destroy();
        return;
      }
      setTimeout(() => {
        out.writeHead(status, { 'content-type': 'application/json' }).end(body);
      }, delay).unref();
    });
  };
  const made: Recorder = { calls: [], server: createServer(listener), behave };
  return made;
};

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
};

type Config = Readonly<Record<string, unknown>>;
type Fields<Rule> = readonly Readonly<Record<string, Rule>>[];
interface Schema {
  readonly fields: Fields<{ readonly fields?: Fields<{ readonly default?: unknown }> }>;
}

/** A plugin's configuration as the Admin API would store it: every field stated, with the schema's default or null. */
const configOf = async (name: string, given: Config): Promise<Config> => {
  const { fields } = (await loadPluginSchema(pluginDir, name)) as Schema;
  const known = fields.find((field) => 'config' in field)?.['config']?.fields ?? [];
  const defaults = known.flatMap((field) => Object.entries(field).map(([key, rule]) => [key, rule.default ?? null] as const));
  return { ...Object.fromEntries(defaults), ...given };
};

interface Ports {
  readonly upstream: number;
  readonly opa: number;
  readonly provider: number;
}
const jwtConfig = {
  key_claim_name: 'kid', claims_to_verify: ['exp'], header_names: ['authorization'], cookie_names: [], uri_param_names: [],
  run_on_preflight: true, secret_is_base64: false, anonymous: null, maximum_expiration: 0, realm: null,
};

/** A plugin of a route: its name, and what every route of these tests configures alike. */
const kinds: Readonly<Record<string, { readonly name: string; readonly config: (ports: Ports, given: Config) => Config }>> = {
  guard: { name: 'authctl-token-guard', config: (_, given) => (given['public'] === true ? {} : { issuer, audience: 'orders' }) },
  jwt: { name: 'jwt', config: () => jwtConfig },
  scope: { name: 'authctl-scope-guard', config: () => ({}) },
  opa: {
    name: 'authctl-opa',
    config: ({ opa }) => ({ url: `http://127.0.0.1:${opa}`, decision: 'shop/authz', service: 'orders', route: 'read' }),
  },
  phantom: {
    name: 'authctl-phantom-token',
    config: ({ provider }) => ({
      introspection_url: `http://127.0.0.1:${provider}/introspect`, allow_plain_http: true, client_id: 'gateway', client_secret: 'secret',
      issuer, audience: 'orders', cache_ttl: 1, negative_ttl: 1,
    }),
  },
  handle: {
    name: 'authctl-token-handle',
    config: ({ provider }) => ({ endpoint_url: `http://127.0.0.1:${provider}/token`, allow_plain_http: true }),
  },
};

/** `{ route: { kind: config } }` as a store; a route `x` has the path `/x`. */
const buildStore = async (routes: Readonly<Record<string, Readonly<Record<string, Config>>>>, ports: Ports): Promise<EntityStore> => {
  const rows: Partial<Record<EntityKind, Entity[]>> = {
    services: [{
      id: 'service', name: 'orders', protocol: 'http', host: '127.0.0.1', port: ports.upstream, path: null, enabled: true, retries: 0,
      connect_timeout: 5000, read_timeout: 5000, write_timeout: 5000,
    }],
    consumers: [{ id: 'consumer', username: 'issuer', custom_id: null }],
    jwt_secrets: [{
      id: 'secret', key: 'k1', algorithm: 'RS256', secret: 'made-up', consumer: { id: 'consumer' },
      rsa_public_key: publicKey.export({ type: 'spki', format: 'pem' }),
    }],
    routes: Object.keys(routes).map((name) => ({
      id: name, name, paths: [`/${name}`], methods: null, hosts: null, headers: null, protocols: ['http', 'https'], strip_path: false,
      preserve_host: false, regex_priority: 0, path_handling: 'v0', https_redirect_status_code: 426, request_buffering: true,
      response_buffering: true, service: { id: 'service' }, snis: null, sources: null, destinations: null,
    })),
    plugins: await Promise.all(Object.entries(routes).flatMap(([route, plugins]) => Object.entries(plugins).map(async ([kind, given]) => {
      const { name, config } = kinds[kind]!;
      const stated = { ...config(ports, given), ...given };
      return {
        id: `${route}.${kind}`, name, config: name === 'jwt' ? stated : await configOf(name, stated), enabled: true,
        protocols: ['http', 'https'], route: { id: route }, service: null, consumer: null,
      };
    }))),
  };
  const all = (kind: EntityKind): readonly Entity[] => rows[kind] ?? [];
  return { all, byId: (kind, id) => all(kind).find((row) => row.id === id), version: () => 1 };
};

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** What the upstream got; undefined when nothing. */
  readonly received: Call | undefined;
}

const exchange = (url: string, { method = 'GET', headers = {}, body }: Sent): Promise<Omit<Answer, 'received'>> =>
  new Promise((resolve, reject) => {
    const out = httpRequest(url, { method, headers }, (message) => {
      const chunks: Buffer[] = [];
      message.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject).on('end', () => {
        resolve({ status: message.statusCode ?? 0, headers: message.headers, body: Buffer.concat(chunks).toString() });
      });
    });
    out.on('error', reject).end(body);
  });

export interface Gateway {
  readonly url: string;
  readonly opa: Recorder;
  readonly provider: Recorder;
  /** Sends one request, and says what came back and what the upstream got, if anything. */
  readonly send: (path: string, sent?: Sent) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

/** The embedded gateway with the project's own plugins, an upstream that answers 200, an OPA and an issuer that behave as they are told. */
export const startGateway = async (routes: Readonly<Record<string, Readonly<Record<string, Config>>>>): Promise<Gateway> => {
  const upstream = recorder(() => ({ body: '{"upstream":true}' }));
  const opa = recorder(() => ({}));
  const provider = recorder(() => ({}));
  const ports = { upstream: await listen(upstream.server), opa: await listen(opa.server), provider: await listen(provider.server) };
  const store = await buildStore(routes, ports);
  const proxy = await startProxy({ store, clock: () => Date.now() / 1000, pluginDir, host: '127.0.0.1', port: 0 });
  return {
    url: proxy.url,
    opa,
    provider,
    send: async (path, sent = {}) => {
      const before = upstream.calls.length;
      return { ...(await exchange(`${proxy.url}${path}`, sent)), received: upstream.calls[before] };
    },
    close: async () => {
      await proxy.close();
      for (const { server } of [upstream, opa, provider]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
};
