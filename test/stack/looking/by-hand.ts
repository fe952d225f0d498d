import { createServer, request as open } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const REALM = 'by-hand';
export const passwords = { CARLA_PASSWORD: 'password-of-carla-1', VICTOR_PASSWORD: 'password-of-victor-1', REPORTS_SECRET: 'secret-of-the-reports-1', STOCK_SECRET: 'secret-of-the-stock-1' };

type Json = Readonly<Record<string, unknown>>;
/** Asks an Admin API as people do, with a command line. */
const asking = (base: string, headers: Readonly<Record<string, string>> = {}) => async (method: string, path: string, body?: unknown): Promise<Json> => {
  const answer = await fetch(`${base}${path}`, { method, headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? {} : (JSON.parse(text) as Json);
};
type Ask = ReturnType<typeof asking>;

/** Logs in for each request: a token of this login is good for a minute, and a test on a busy machine takes longer. */
export const keycloakAdmin =
  ({ KEYCLOAK_URL = '', KEYCLOAK_CLIENT_SECRET = '' }: Readonly<Record<string, string>>): Ask =>
  async (method, path, body) => {
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'authctl', client_secret: KEYCLOAK_CLIENT_SECRET });
    const answer = await fetch(`${KEYCLOAK_URL}/realms/master/protocol/openid-connect/token`, { method: 'POST', body: form });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    return asking(`${KEYCLOAK_URL}/admin/realms`, { Authorization: `Bearer ${token}` })(method, path, body);
  };

const audience = (name: string) => ({
  name: `audience ${name}`,
  protocol: 'openid-connect',
  protocolMapper: 'oidc-audience-mapper',
  config: { 'included.custom.audience': name, 'access.token.claim': 'true', 'id.token.claim': 'false', 'introspection.token.claim': 'true' },
});
const scope = (name: string, of: string) => ({ name, protocol: 'openid-connect', attributes: { 'include.in.token.scope': 'true', 'display.on.consent.screen': 'true' }, protocolMappers: [audience(of)] });
/** A realm as people click it together: two clients, three scopes, one role and two people. */
export const makeRealm = async (admin: Ask): Promise<void> => {
  await admin('POST', '', { realm: REALM, enabled: true });
  const ask: Ask = (method, path, body) => admin(method, `/${REALM}${path}`, body);
  /** Of the row whose field is this name. */
  const rowIn = async (list: string, field: string, name: string): Promise<string> => {
    // A list of rows, as the documentation of each of these paths has it.
    const rows = (await ask('GET', list)) as unknown as readonly Json[];
    return String(rows.find((row) => row[field] === name)?.id);
  };
  await ask('POST', '/roles', { name: 'clerk' });
  const clerk = [await ask('GET', '/roles/clerk')];
  for (const [name, of] of [['orders:read', 'orders'], ['orders:write', 'orders'], ['stock:read', 'stock']] as const) await ask('POST', '/client-scopes', scope(name, of));
  await ask('POST', `/client-scopes/${await rowIn('/client-scopes', 'name', 'orders:write')}/scope-mappings/realm`, clerk);
  await ask('POST', '/clients', {
    clientId: 'web', publicClient: true, fullScopeAllowed: false, redirectUris: ['https://kept.example/callback'], webOrigins: ['https://kept.example'],
    attributes: { 'pkce.code.challenge.method': 'S256' }, defaultClientScopes: ['web-origins', 'acr', 'roles', 'profile', 'basic', 'email'], optionalClientScopes: ['orders:read', 'orders:write', 'stock:read'],
  });
  await ask('POST', `/clients/${await rowIn('/clients', 'clientId', 'web')}/scope-mappings/realm`, clerk);
  await ask('POST', '/clients', {
    clientId: 'reports', publicClient: false, secret: passwords.REPORTS_SECRET, standardFlowEnabled: false, serviceAccountsEnabled: true, fullScopeAllowed: false, defaultClientScopes: ['basic', 'roles', 'acr', 'orders:read'],
  });
  // By which a gateway asks about tokens for stock: Keycloak tells only whom they are for.
  await ask('POST', '/clients', { clientId: 'stock', publicClient: false, secret: passwords.STOCK_SECRET, standardFlowEnabled: false, fullScopeAllowed: false });
  for (const [name, password] of [['carla', passwords.CARLA_PASSWORD], ['victor', passwords.VICTOR_PASSWORD]] as const)
    await ask('POST', '/users', { username: name, enabled: true, emailVerified: true, email: `${name}@kept.example`, firstName: name, lastName: 'Kept', credentials: [{ type: 'password', value: password, temporary: false }] });
  await ask('POST', `/users/${await rowIn('/users', 'username', 'carla')}/role-mappings/realm`, clerk);
};

export const removeRealm = (admin: Ask): Promise<Json> => admin('DELETE', `/${REALM}`);

interface Place {
  readonly admin: string;
  readonly keycloak: string;
  readonly upstreams: { readonly orders: string; readonly stock: string };
}
/** What stands before a route, by its name. */
type Guards = Readonly<Record<'orders' | 'stock', object>>;

const setUp = async ({ admin, upstreams }: Place, guards: Guards): Promise<void> => {
  const kong = asking(admin);
  for (const [name, url] of Object.entries(upstreams)) await kong('POST', '/services', { name: `${name}-api`, url });
  for (const [service, name, route] of [
    ['orders-api', 'orders', { paths: ['/orders'], methods: ['GET', 'POST'] }],
    ['orders-api', 'orders-health', { paths: ['/orders/health'], methods: ['GET'] }],
    ['stock-api', 'stock', { paths: ['/stock'], methods: ['GET'] }],
  ] as const) {
    await kong('POST', `/services/${service}/routes`, { name, strip_path: false, ...route });
    if (name !== 'orders-health') await kong('POST', `/routes/${name}/plugins`, guards[name]);
  }
};

/** Bundled `jwt` alone: who signs is looked at, and when a token ends. */
export const setUpKong = async (place: Place): Promise<void> => {
  const kong = asking(place.admin);
  const issuer = `${place.keycloak}/realms/${REALM}`;
  const { public_key: key } = (await (await fetch(issuer)).json()) as { public_key: string };
  await kong('POST', '/consumers', { username: 'keycloak' });
  const pem = `-----BEGIN PUBLIC KEY-----\n${key.match(/.{1,64}/g)?.join('\n') ?? ''}\n-----END PUBLIC KEY-----\n`;
  await kong('POST', '/consumers/keycloak/jwt', { key: issuer, algorithm: 'RS256', rsa_public_key: pem });
  const jwt = { name: 'jwt', config: { key_claim_name: 'iss', claims_to_verify: ['exp'] } };
  await setUp(place, { orders: jwt, stock: jwt });
};

/** What people install beside it: jwt-keycloak, and oidc, which asks the issuer about each token. */
export const setUpKongOfCommunity = (place: Place): Promise<void> => {
  const issuer = `${place.keycloak}/realms/${REALM}`;
  return setUp(place, {
    orders: { name: 'jwt-keycloak', config: { allowed_iss: [issuer] } },
    stock: {
      name: 'oidc',
      config: {
        client_id: 'stock', client_secret: passwords.STOCK_SECRET, discovery: `${issuer}/.well-known/openid-configuration`,
        introspection_endpoint: `${issuer}/protocol/openid-connect/token/introspect`, bearer_only: 'yes', scope: 'stock:read', validate_scope: 'yes',
      },
    },
  }); // prettier-ignore
};

/** What is asked by another method than a read, and changes nothing: logins, sign-ins at the login page, an export. */
const HARMLESS = /\/protocol\/openid-connect\/(token|token\/introspect|auth|auth\/device|revoke|logout|userinfo|ext\/par\/request)$|\/login-actions\/|\/partial-export$/;

/** A proxy that notes every request that could change what a server holds, and passes it on. */
export const startWatch = async (target: string): Promise<{ readonly url: string; readonly writes: readonly string[]; readonly seen: () => number; readonly server: Server }> => {
  const writes: string[] = [];
  let seen = 0;
  const bytesOf = async (stream: IncomingMessage): Promise<Buffer> => Buffer.concat((await stream.toArray()) as Buffer[]);
  const server = createServer((request, response) => {
    const { method = '', url = '/' } = request;
    seen += 1;
    if (!['GET', 'HEAD', 'OPTIONS'].includes(method) && !HARMLESS.test(url.replace(/\?.*$/, ''))) writes.push(`${method} ${url}`);
    void bytesOf(request).then((body) => {
      const sent = open(new URL(url, target), { method, headers: { ...request.headers, 'content-length': body.length } }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      sent.on('error', () => request.socket.resetAndDestroy());
      sent.end(body);
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, writes, seen: () => seen, server };
};
