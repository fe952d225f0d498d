import { createSign, generateKeyPairSync } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { startEmbeddedKong } from '../../infra/stand-ins/src/kong/index.ts';

const pluginDir = fileURLToPath(new URL('../../infra/kong/plugins', import.meta.url));
export const issuer = 'https://id.example/realms/shop';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
/** The key of the one credential, `k1`. */
export const signingKey = privateKey;
/** Its public half, as an issuer publishes it. */
export const keySet = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }] });
/** The same as a credential of `jwt` has it. */
export const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
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
  readonly headers?: Readonly<Record<string, string>>;
  readonly delay?: number;
  readonly hangUp?: boolean;
}
export interface Call {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
export interface Recorder {
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
      const { status = 200, body = '', headers = {}, delay = 0, hangUp = false } = made.behave(call);
      if (hangUp) {
        out.destroy();
        return;
      }
      setTimeout(() => {
        out.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
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
/** `{ route: { plugin: config } }`; a route `x` has the path `/x`. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Config>>>>;

export interface Ports {
  readonly upstream: number;
  readonly opa: number;
  readonly provider: number;
}

/** A plugin of a route: its name, and what every route of these tests configures alike. */
const kinds: Readonly<Record<string, { readonly name: string; readonly config: (ports: Ports, given: Config) => Config }>> = {
  guard: { name: 'authctl-token-guard', config: (_, given) => (given['public'] === true ? {} : { issuer, audience: 'orders' }) },
  followed: {
    name: 'authctl-token-guard',
    config: ({ provider }) => ({ issuer, audience: 'orders', keys: 'followed', jwks_url: `http://127.0.0.1:${provider}/certs`, jwks_allow_plain_http: true }),
  },
  jwt: {
    name: 'jwt',
    config: () => ({
      key_claim_name: 'kid', claims_to_verify: ['exp'], header_names: ['authorization'], cookie_names: [], uri_param_names: [],
    }),
  },
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
  session: {
    name: 'authctl-session',
    config: ({ provider }) => ({ session_url: `http://127.0.0.1:${provider}/session/token`, allow_plain_http: true, cookie: '__Host-shop' }),
  },
  tokenCookie: { name: 'authctl-token-cookie', config: () => ({ cookie: '__Host-shop' }) },
  handle: {
    name: 'authctl-token-handle',
    config: ({ provider }) => ({ endpoint_url: `http://127.0.0.1:${provider}/token`, allow_plain_http: true }),
  },
};

/** The plugins of a route, as Kong has them. */
export const pluginsOf = (given: Routes[string], ports: Ports): readonly { readonly name: string; readonly config: Config }[] =>
  Object.entries(given).map(([kind, own]) => {
    const { name, config } = kinds[kind]!;
    return { name, config: { ...config(ports, own), ...own } };
  });

/** The routes as Kong's declarative format has them, all to one service. */
export const declare = (routes: Routes, ports: Ports): object => ({
  _format_version: '3.0',
  services: [{
    name: 'orders',
    url: `http://127.0.0.1:${ports.upstream}`,
    routes: Object.entries(routes).map(([name, plugins]) => ({
      name,
      paths: [`/${name}`],
      strip_path: false,
      plugins: pluginsOf(plugins, ports),
    })),
  }],
  consumers: [{
    username: 'issuer',
    jwt_secrets: [{ key: 'k1', algorithm: 'RS256', rsa_public_key: publicPem }],
  }],
});

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
  /** Shown in the handshake; PEM. */
  readonly certificate?: Certificate;
}
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** What the upstream got; undefined when nothing. */
  readonly received: Call | undefined;
}

/** One request, as it is given. */
export const exchange = (url: string, { method = 'GET', headers = {}, body, certificate }: Sent): Promise<Omit<Answer, 'received'>> =>
  new Promise((resolve, reject) => {
    const own = certificate && { cert: certificate.certificate, key: certificate.key };
    // The gateway of a test has a certificate that it made for itself; each request has a connection of its own.
    const options = url.startsWith('https:') ? { method, headers, ...own, rejectUnauthorized: false, agent: false } : { method, headers };
    const out = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, options, (message) => {
      const chunks: Buffer[] = [];
      message.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject).on('end', () => {
        resolve({ status: message.statusCode ?? 0, headers: message.headers, body: Buffer.concat(chunks).toString() });
      });
    });
    out.on('error', reject).end(body);
  });

export interface Gateway {
  readonly url: string;
  readonly ports: Ports;
  readonly upstream: Recorder;
  readonly opa: Recorder;
  readonly provider: Recorder;
  /** Puts other routes in force, and gives the Admin API's answer. */
  readonly configure: (routes: Routes) => Promise<Omit<Answer, 'received'>>;
  /** Sends one request, and says what came back and what the upstream got, if anything. */
  readonly send: (path: string, sent?: Sent) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

/** An upstream that answers 200, and the port it listens on. */
export const startUpstream = async (): Promise<Recorder & { readonly port: number }> => {
  const upstream = recorder(() => ({ body: '{"upstream":true}' }));
  return { ...upstream, port: await listen(upstream.server) };
};

/** The embedded gateway with the project's own plugins, an upstream that answers 200, an OPA and an issuer that behave as they are told. */
export const startGateway = async ({ clock, tls }: { readonly clock?: () => number; readonly tls?: Certificate } = {}): Promise<Gateway> => {
  const { port, ...upstream } = await startUpstream();
  const opa = recorder(() => ({}));
  const provider = recorder(() => ({}));
  const ports = { upstream: port, opa: await listen(opa.server), provider: await listen(provider.server) };
  const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, dbless: true, pluginDir, ...(clock && { clock }), ...(tls && { tls }) });
  const { url } = kong.proxy;
  return {
    url,
    ports,
    upstream,
    opa,
    provider,
    configure: (routes) => {
      const body = JSON.stringify(declare(routes, ports));
      return exchange(`${kong.admin.url}/config`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    },
    send: async (path, sent = {}) => {
      const before = upstream.calls.length;
      return { ...(await exchange(`${url}${path}`, sent)), received: upstream.calls[before] };
    },
    close: async () => {
      await kong.close();
      for (const { server } of [upstream, opa, provider]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
};
