import { createSign, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Entity, EntityKind, EntityStore, Listening } from '../../src/embedded/kong/contract.ts';
import { loadPluginSchema } from '../../src/embedded/kong/lua/schema.ts';
import { startProxy } from '../../src/embedded/kong/proxy/index.ts';

const pluginDir = fileURLToPath(new URL('../../infra/kong/plugins', import.meta.url));
const issuer = 'https://id.example/realms/shop';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const seconds = (): number => Math.floor(Date.now() / 1000);

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const mint = (claims: object = {}, header: object = {}, key = privateKey): string => {
  const signed = `${part({ alg: 'RS256', typ: 'JWT', kid: 'k1', ...header })}.${part({
    iss: issuer, aud: 'orders', sub: 'user-1', typ: 'Bearer', azp: 'storefront', scope: 'orders:read', iat: seconds(), exp: seconds() + 300,
    realm_access: { roles: ['customer'] }, ...claims,
  })}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key).toString('base64url')}`;
};

interface Behaviour { readonly status?: number; readonly body?: string; readonly delay?: number; readonly hangUp?: boolean }
interface Call { readonly url: string; readonly headers: IncomingMessage['headers']; readonly body: string }

/** A server that records what it is asked and answers as `behaviour` says at that moment. */
const recorder = (behave: (call: Call) => Behaviour): { readonly calls: Call[]; readonly server: Server } => {
  const calls: Call[] = [];
  const listener: RequestListener = (message, out) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const call = { url: message.url ?? '', headers: message.headers, body: Buffer.concat(chunks).toString() };
      calls.push(call);
      const { status = 200, body = '', delay = 0, hangUp = false } = behave(call);
      if (hangUp) { out.destroy(); return; }
      setTimeout(() => { out.writeHead(status, { 'content-type': 'application/json' }).end(body); }, delay).unref();
    });
  };
  return { calls, server: createServer(listener) };
};
const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return (server.address() as AddressInfo).port;
};

let decide: (call: Call) => Behaviour = () => ({ body: '{"result":true}' });
let introspect: (call: Call) => Behaviour = () => ({ body: '{"active":false}' });
const upstream = recorder(() => ({ body: '{"upstream":true}' }));
const opa = recorder((call) => decide(call));
const provider = recorder((call) => introspect(call));
let gateway: Listening;

/** A plugin's configuration as the Admin API would store it: every field stated, with the schema's default or null. */
const configOf = async (name: string, given: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> => {
  const schema = (await loadPluginSchema(pluginDir, name)) as { fields: readonly Record<string, { fields?: readonly Record<string, { default?: unknown }>[] }>[] };
  const fields = schema.fields.find((field) => 'config' in field)?.['config']?.fields ?? [];
  return { ...Object.fromEntries(fields.flatMap((field) => Object.entries(field).map(([key, rule]) => [key, rule.default ?? null]))), ...given };
};

const routes: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>> = {
  header: { guard: {}, jwt: {}, scope: { scopes: ['orders:read'], identity_headers: true } },
  relay: { guard: { relay: 'header' }, jwt: {}, scope: {} },
  roles: { guard: {}, jwt: {}, scope: { roles: ['admin'] } },
  closed: { guard: {}, jwt: {}, scope: { deny_all: true } },
  cookie: { guard: { cookie: '__Host-shop', allowed_origins: ['https://app.example'] }, jwt: {}, scope: {} },
  public: { guard: { public: true } },
  unverified: { guard: {}, scope: {} },
  decided: { guard: {}, jwt: {}, scope: {}, opa: { path_template: '/decided/{id}' } },
  opaque: { phantom: {}, guard: {}, jwt: {}, scope: { scopes: ['orders:read'] } },
};

const buildStore = async (upstreamPort: number, opaPort: number, providerPort: number): Promise<EntityStore> => {
  const rows: Partial<Record<EntityKind, Entity[]>> = {
    services: [{ id: 'service', name: 'orders', protocol: 'http', host: '127.0.0.1', port: upstreamPort, path: null, enabled: true, retries: 0,
      connect_timeout: 5000, read_timeout: 5000, write_timeout: 5000 }],
    consumers: [{ id: 'consumer', username: 'issuer', custom_id: null }],
    jwt_secrets: [{ id: 'secret', key: 'k1', algorithm: 'RS256', secret: 'made-up', consumer: { id: 'consumer' },
      rsa_public_key: publicKey.export({ type: 'spki', format: 'pem' }) }],
    routes: [],
    plugins: [],
  };
  const kinds: Readonly<Record<string, (given: Readonly<Record<string, unknown>>) => Promise<readonly [string, Record<string, unknown>]>>> = {
    guard: async (given) => ['authctl-token-guard', await configOf('authctl-token-guard', { ...(given['public'] === true ? {} : { issuer, audience: 'orders' }), ...given })],
    jwt: (given) => Promise.resolve(['jwt', { key_claim_name: 'kid', claims_to_verify: ['exp'], header_names: ['authorization'], cookie_names: [],
      uri_param_names: [], run_on_preflight: true, secret_is_base64: false, anonymous: null, maximum_expiration: 0, realm: null, ...given }]),
    scope: async (given) => ['authctl-scope-guard', await configOf('authctl-scope-guard', given)],
    opa: async (given) => ['authctl-opa', await configOf('authctl-opa', { url: `http://127.0.0.1:${opaPort}`, decision: 'shop/authz', service: 'orders', route: 'read', ...given })],
    phantom: async (given) => ['authctl-phantom-token', await configOf('authctl-phantom-token', { introspection_url: `http://127.0.0.1:${providerPort}/introspect`,
      allow_plain_http: true, client_id: 'gateway', client_secret: 'secret', issuer, audience: 'orders', cache_ttl: 1, negative_ttl: 1, ...given })],
  };
  for (const [name, plugins] of Object.entries(routes)) {
    rows.routes?.push({ id: name, name, paths: [`/${name}`], methods: null, hosts: null, headers: null, protocols: ['http', 'https'], strip_path: false,
      preserve_host: false, regex_priority: 0, path_handling: 'v0', https_redirect_status_code: 426, request_buffering: true, response_buffering: true,
      service: { id: 'service' }, snis: null, sources: null, destinations: null });
    for (const [kind, given] of Object.entries(plugins)) {
      const made = await kinds[kind]?.(given);
      rows.plugins?.push({ id: `${name}.${kind}`, name: made?.[0], config: made?.[1], enabled: true, protocols: ['http', 'https'], route: { id: name },
        service: null, consumer: null });
    }
  }
  const all = (kind: EntityKind): readonly Entity[] => rows[kind] ?? [];
  return { all, byId: (kind, id) => all(kind).find((row) => row.id === id), version: () => 1 };
};

interface Sent { readonly method?: string; readonly headers?: Readonly<Record<string, string | readonly string[]>>; readonly body?: string }
interface Answer { readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: string; readonly received: Call | undefined }
/** Sends one request, and says what came back and what the upstream got, if anything. */
const send = async (path: string, { method = 'GET', headers = {}, body }: Sent = {}): Promise<Answer> => {
  const before = upstream.calls.length;
  const answer = await new Promise<Omit<Answer, 'received'>>((resolve, reject) => {
    const out = httpRequest(`${gateway.url}${path}`, { method, headers: headers as Record<string, string | string[]> }, (message) => {
      const chunks: Buffer[] = [];
      message.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject)
        .on('end', () => { resolve({ status: message.statusCode ?? 0, headers: message.headers, body: Buffer.concat(chunks).toString() }); });
    });
    out.on('error', reject).end(body);
  });
  return { ...answer, received: upstream.calls[before] };
};
const bearing = (token: string): Sent => ({ headers: { authorization: `Bearer ${token}` } });
const summary = ({ status, headers, received }: Answer): object => ({ status, challenge: headers['www-authenticate'], cache: headers['cache-control'], passed: received !== undefined });
const passes = { status: 200, challenge: undefined, cache: undefined, passed: true };
const invalid = { status: 401, challenge: 'Bearer error="invalid_token", error_description="The access token is not acceptable here"', cache: 'no-store', passed: false };
const byJwt = { ...invalid, challenge: 'Bearer error="invalid_token"' };
const forbidden = { status: 403, challenge: undefined, cache: 'no-store', passed: false };
const unavailable = { status: 503, challenge: undefined, cache: 'no-store', passed: false };

beforeAll(async () => {
  const [upstreamPort, opaPort, providerPort] = await Promise.all([upstream, opa, provider].map(({ server }) => listen(server)));
  const store = await buildStore(upstreamPort ?? 0, opaPort ?? 0, providerPort ?? 0);
  gateway = await startProxy({ store, clock: () => Date.now() / 1000, pluginDir, host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await gateway.close();
  for (const { server } of [upstream, opa, provider]) { server.close(); server.closeAllConnections(); }
});
beforeEach(() => {
  decide = () => ({ body: '{"result":true}' });
  introspect = () => ({ body: '{"active":false}' });
});

describe('the Lua plugins in the embedded gateway', () => {
  it('let a good token pass, in any case of the scheme, and hand on the identity instead of the token', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      const answer = await send('/header', { headers: { authorization: `${scheme} ${mint()}`, X_Consumer_ID: 'evil', 'x-auth-roles': 'admin', 'X-Userinfo': 'evil' } });
      expect(summary(answer)).toEqual(passes);
      const { authorization, 'x-auth-subject': subject, 'x-auth-roles': roles, x_consumer_id: spoofed, 'x-userinfo': userinfo } = answer.received?.headers ?? {};
      expect({ authorization, subject, roles, spoofed, userinfo })
        .toEqual({ authorization: undefined, subject: 'user-1', roles: 'customer', spoofed: undefined, userinfo: undefined });
    }
  });

  it('relay the token only where that is declared', async () => {
    const token = mint();
    expect((await send('/relay', bearing(token))).received?.headers.authorization).toBe(`Bearer ${token}`);
  });

  it.each([
    ['no token', {}, { ...invalid, challenge: 'Bearer' }],
    ['an empty token', bearing(''), invalid],
    ['garbage', bearing('garbage'), invalid],
    ['another audience', bearing(mint({ aud: 'billing' })), invalid],
    ['an ID token', bearing(mint({ typ: 'ID' })), invalid],
    ['alg none', bearing(`${part({ alg: 'none', typ: 'JWT', kid: 'k1' })}.${part({ iss: issuer })}.`), invalid],
    ['an issuer that is an object', bearing(mint({ iss: {} })), invalid],
    ['an unknown critical member', bearing(mint({}, { crit: ['zz'], zz: 1 })), invalid],
    ['a milliseconds exp', bearing(mint({ exp: Date.now() + 300_000 })), invalid],
    ['a signature of the wrong length', bearing(mint().slice(0, -40)), invalid],
    ['a foreign key under the same kid', bearing(mint({}, {}, stranger)), byJwt],
    ['an unknown kid', bearing(mint({}, { kid: 'k2' })), byJwt],
    ['a tampered payload', bearing(mint().replace(/\.[^.]+\./, `.${mint({ sub: 'other' }).split('.')[1] ?? ''}.`)), byJwt],
    ['an expired token', bearing(mint({ exp: seconds() - 60 })), invalid],
    ['a missing scope', bearing(mint({ scope: 'orders:write' })),
      { status: 403, challenge: 'Bearer error="insufficient_scope", scope="orders:read"', cache: 'no-store', passed: false }],
  ])('refuse %s', async (_, sent, expected) => {
    expect(summary(await send('/header', sent))).toEqual(expected);
  });

  it('refuse a token in the query, and two tokens', async () => {
    const token = mint();
    const twice = { status: 400, challenge: expect.stringContaining('invalid_request') as unknown, cache: 'no-store', passed: false };
    expect(summary(await send(`/header?access_token=${token}`))).toEqual({ ...invalid, challenge: 'Bearer' });
    expect(summary(await send(`/header?jwt=${token}`, bearing(token)))).toEqual(twice);
    expect(summary(await send('/cookie', { headers: { authorization: `Bearer ${token}`, cookie: `__Host-shop=${token}` } }))).toEqual(twice);
  });

  it('refuse a form with a second token, and let another form through unharmed', async () => {
    const form = (body: string): Sent => ({ method: 'POST', body, headers: { authorization: `Bearer ${mint()}`, 'content-type': 'application/x-www-form-urlencoded' } });
    expect((await send('/header', form(`access_token=${mint()}`))).status).toBe(400);
    const long = `a=${'b'.repeat(20_000)}`;
    const answer = await send('/header', form(long));
    expect([answer.status, answer.received?.body]).toEqual([200, long]);
  });

  it('take roles from the realm alone, close what is closed, and believe nothing that jwt did not verify', async () => {
    expect(summary(await send('/roles', bearing(mint({ resource_access: { orders: { roles: ['admin'] } } })))))
      .toEqual({ ...forbidden, challenge: 'Bearer error="insufficient_scope"' });
    expect(summary(await send('/roles', bearing(mint({ realm_access: { roles: ['admin'] } }))))).toEqual(passes);
    expect(summary(await send('/closed', bearing(mint())))).toEqual(forbidden);
    expect(summary(await send('/unverified', bearing(mint())))).toEqual(invalid);
  });

  it('read the cookie by its name, take it off, and refuse another site', async () => {
    const cookie = `a=1; __Host-shop=${mint()}`;
    const own = await send('/cookie', { headers: { cookie } });
    expect([summary(own), own.received?.headers.cookie]).toEqual([passes, 'a=1']);
    expect(summary(await send('/cookie', { headers: { cookie: cookie.replace('__Host-', '') } }))).toEqual({ ...invalid, challenge: 'Bearer' });
    expect(summary(await send('/cookie', { method: 'POST', headers: { cookie, origin: 'https://evil.example' } }))).toEqual(forbidden);
    expect(summary(await send('/cookie', { method: 'POST', headers: { cookie } }))).toEqual(forbidden);
    expect(summary(await send('/cookie', { method: 'POST', headers: { cookie, origin: 'https://app.example' } }))).toEqual(passes);
    expect(summary(await send('/cookie', { method: 'POST', headers: { cookie, origin: gateway.url } }))).toEqual(passes);
  });

  it('leave a public route public, without identity headers or tokens', async () => {
    const answer = await send('/public', { headers: { authorization: 'Bearer garbage', 'x-consumer-username': 'admin', X_Consumer_Username: 'admin', accept: 'x' } });
    const { authorization, 'x-consumer-username': one, x_consumer_username: two, accept } = answer.received?.headers ?? {};
    expect([summary(answer), { authorization, one, two, accept }]).toEqual([passes, { authorization: undefined, one: undefined, two: undefined, accept: 'x' }]);
  });

  it('find a spoofed header behind hundreds of others', async () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`x-filler-${at}`, '1']));
    const answer = await send('/public', { headers: { ...many, X_Consumer_ID: 'evil', 'x-userinfo': 'evil' } });
    expect([answer.status, answer.received?.headers['x_consumer_id'], answer.received?.headers['x-userinfo']]).toEqual([200, undefined, undefined]);
  });
});

describe('the OPA plugin in the embedded gateway', () => {
  it('asks with the request, the route and the verified claims', async () => {
    const token = mint();
    expect(summary(await send('/decided/7%2F8?q=1&q=2', bearing(token)))).toEqual(passes);
    const asked = opa.calls.at(-1);
    expect([asked?.url, JSON.parse(asked?.body ?? '')]).toEqual(['/v1/data/shop/authz', { input: {
      request: { method: 'GET', path: '/decided/7%2F8', segments: ['decided', '7/8'], query: { q: ['1', '2'] }, host: '127.0.0.1', scheme: 'http', client_ip: '127.0.0.1' },
      route: { service: 'orders', id: 'read', params: { id: '7/8' } },
      source: 'kong',
      token: JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as unknown,
    } }]);
  });

  it.each([
    ['false', { body: '{"result":false}' }, forbidden],
    ['undefined', { body: '{}' }, forbidden],
    ['the text "true"', { body: '{"result":"true"}' }, forbidden],
    ['an object that allows', { body: '{"result":{"allow":true}}' }, passes],
    ['an object that does not', { body: '{"result":{"allow":false,"reasons":["no"]}}' }, forbidden],
    ['a failure', { status: 500, body: '{"result":true}' }, unavailable],
    ['no JSON', { body: '<html>' }, unavailable],
    ['too much', { body: `{"result":true}${' '.repeat(70_000)}` }, unavailable],
    ['a closed connection', { hangUp: true }, unavailable],
    ['silence', { body: '{"result":true}', delay: 5000 }, unavailable],
  ])('takes %s for what it is', async (_, behaviour, expected) => {
    decide = () => behaviour;
    const before = Date.now();
    expect(summary(await send('/decided/1', bearing(mint())))).toEqual(expected);
    expect(Date.now() - before).toBeLessThan(3000);
  });

  it('keeps each answer with its own request when many wait at once', async () => {
    decide = ({ body }) => ({ body: JSON.stringify({ result: (JSON.parse(body) as { input: { route: { params: { id: string } } } }).input.route.params.id.endsWith('0') }), delay: 20 });
    const token = mint();
    const statuses = await Promise.all(Array.from({ length: 60 }, async (__, at) => [at, (await send(`/decided/${at}`, bearing(token))).status]));
    expect(statuses.filter(([at, status]) => status !== (Number(at) % 10 === 0 ? 200 : 403))).toEqual([]);
  });
});

describe('the phantom token plugin in the embedded gateway', () => {
  const active = (jwt: string, given: object = {}): Behaviour => ({ body: JSON.stringify({ active: true, iss: issuer, aud: 'orders', exp: seconds() + 300, jwt, ...given }) });
  let count = 0;
  const fresh = (): string => { count += 1; return `opaque-${count}`; };

  it('changes the token into a JWT that is verified like any other', async () => {
    introspect = () => active(mint());
    expect(summary(await send('/opaque', bearing(fresh())))).toEqual(passes);
    expect(provider.calls.at(-1)?.headers.accept).toBe('application/jwt');
    introspect = () => active(mint({}, {}, stranger));
    expect(summary(await send('/opaque', bearing(fresh())))).toEqual(byJwt);
    introspect = () => active(mint({ aud: 'billing' }));
    expect(summary(await send('/opaque', bearing(fresh())))).toEqual(invalid);
    introspect = () => active(mint({}, { typ: 'token-introspection+jwt' }));
    expect(summary(await send('/opaque', bearing(fresh())))).toEqual(invalid);
  });

  it('refuses inactive tokens and tokens by value, and answers 503 when it cannot ask', async () => {
    expect(summary(await send('/opaque', bearing(fresh())))).toEqual(invalid);
    expect(summary(await send('/opaque', bearing(mint())))).toEqual(invalid);
    introspect = () => ({ ...active(mint()), status: 401 });
    expect(summary(await send('/opaque', bearing(fresh())))).toEqual(unavailable);
    introspect = () => ({ ...active(mint()), delay: 5000 });
    expect(summary(await send('/opaque', bearing(fresh())))).toEqual(unavailable);
  });

  it('asks once for a token that two hundred requests bring at once', async () => {
    introspect = () => ({ ...active(mint()), delay: 50 });
    const token = fresh();
    const before = provider.calls.length;
    const statuses = await Promise.all(Array.from({ length: 200 }, async () => (await send('/opaque', bearing(token))).status));
    expect([new Set(statuses), provider.calls.length - before]).toEqual([new Set([200]), 1]);
  });
});
