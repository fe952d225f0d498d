import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmbeddedKong } from '../../infra/stand-ins/src/kong/index.ts';
import { authctlWith, stackEnv } from './authctl.ts';
import { kongHand } from './sabotages/kong-hand.ts';
import { keycloakByHand } from './sabotages/keycloak-by-hand.ts';

const realm = `adopts-${randomBytes(4).toString('hex')}`;
const SECRET = 'secret-of-the-batch-1';
const directory = mkdtempSync(join(tmpdir(), 'authctl-adopts-'));
const file = join(directory, 'blueprint.yaml');
const upstream = createServer((_request, response) => void response.end('reached'));
let kong: Awaited<ReturnType<typeof startEmbeddedKong>>;
let hand: ReturnType<typeof kongHand>;

const REALM = `apiVersion: authctl/v1
name: ${realm}
targets:
  keycloak: { url: "\${KEYCLOAK_URL}", credentials: { clientSecret: "\${KEYCLOAK_CLIENT_SECRET}" } }
  kong: { admin: { url: "\${KONG}" }, proxy: { url: "\${PROXY}" } }
realm:
  scopes: { "orders:read": { audience: orders } }
  clients:
    web: { type: public, redirectUris: ["https://shop.example/callback"], scopes: ["orders:read"] }
    batch: { type: service, secret: "\${BATCH_SECRET}", scopes: ["orders:read"] }
authentication: { pattern: sso, client: web }
authorization: { pattern: none }
`;
const SERVICES = `services:
  orders:
    adopts: Old_Orders
    upstream: "\${UPSTREAM}"
    routes:
      list: { adopts: orders-all, match: GET /orders, scopes: ["orders:read"] }
      place: { adopts: orders-new, match: POST /orders, scopes: ["orders:read"] }
expect: { batch: { orders: [list, place] } }
`;

const run = (blueprint: string, command: string, ...args: readonly string[]) => {
  writeFileSync(file, blueprint);
  const { port } = upstream.address() as AddressInfo;
  return authctlWith({ ...stackEnv(), AUTHCTL_STATE_DIR: join(directory, 'state'), KONG: kong.admin.url, PROXY: kong.proxy.url, UPSTREAM: `http://127.0.0.1:${port}`, BATCH_SECRET: SECRET }, command, file, ...args);
};
const done = async (blueprint: string, command: string, ...args: readonly string[]): Promise<void> => {
  const { exitCode, stdout, stderr } = await run(blueprint, command, ...args);
  expect([exitCode, stdout + stderr]).toEqual([0, expect.any(String)]);
};

beforeAll(async () => {
  kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
  hand = kongHand(kong.admin.url, '', kong.proxy.url);
  await new Promise<void>((resolve) => void upstream.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await keycloakByHand(realm).ask('DELETE', '', undefined, { missing: true });
  await kong.close();
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
  rmSync(directory, { recursive: true, force: true });
});

/** A gateway as somebody has set it up: a service, its routes, bundled `jwt` with the key of the realm. */
const setUpByHand = async (): Promise<Readonly<Record<string, string>>> => {
  const issuer = `${stackEnv().KEYCLOAK_URL ?? ''}/realms/${realm}`;
  const { public_key: key } = (await (await fetch(issuer)).json()) as { public_key: string };
  const { id: consumer } = await hand.consumer('keycloak');
  await hand.create(`/consumers/${consumer}/jwt`, { key: issuer, algorithm: 'RS256', rsa_public_key: `-----BEGIN PUBLIC KEY-----\n${key.match(/.{1,64}/g)?.join('\n') ?? ''}\n-----END PUBLIC KEY-----\n` });
  const { id: service } = await hand.service('Old_Orders', { host: '127.0.0.1', port: (upstream.address() as AddressInfo).port });
  const { id: jwt } = await hand.plugin(`/services/${service}`, { name: 'jwt', config: { key_claim_name: 'iss', claims_to_verify: ['exp'] } });
  const { id: list } = await hand.route(service, 'orders-all', { paths: ['/orders'], methods: ['GET'], strip_path: false, tags: ['team-a'] });
  const { id: place } = await hand.route(service, 'orders-new', { paths: ['/orders'], methods: ['POST'], strip_path: false });
  return { service, jwt, list, place };
};

/** Requests without a pause until `work` is done: what was answered to whom. */
const polled = async (bearer: string, work: () => Promise<void>): Promise<Readonly<Record<'who may' | 'a stranger', ReadonlySet<string>>>> => {
  const answers = { 'who may': new Set<string>(), 'a stranger': new Set<string>() };
  let asking = true;
  const ask = async (who: keyof typeof answers): Promise<void> => {
    while (asking)
      for (const method of ['GET', 'POST']) {
        const answer = await fetch(`${kong.proxy.url}/orders`, { method, ...(who === 'who may' && { headers: { authorization: `Bearer ${bearer}` } }) });
        answers[who].add(`${method} ${String(answer.status)}`);
      }
  };
  const all = (['who may', 'a stranger'] as const).map(ask);
  try {
    await work();
  } finally {
    asking = false;
  }
  await Promise.all(all);
  return answers;
};

const rows = async (list: string): Promise<readonly Record<string, unknown>[]> => (((await hand.get(`/${list}`)) as { data?: unknown }).data as Record<string, unknown>[]).filter(({ name }) => !String(name).includes('marker'));
const namesOf = async (): Promise<readonly unknown[]> => [...(await rows('services')), ...(await rows('routes'))].map(({ id, name }) => [id, name]);
const asked = async (method: string, headers: Readonly<Record<string, string>> = {}): Promise<number> => (await fetch(`${kong.proxy.url}/orders`, { method, headers })).status;

it('a gateway that was set up by hand is taken over where it stands, guarded all the while, and given back under its own names', async () => {
  await done(REALM, 'apply', '--yes');
  const { service = '', jwt, list = '', place = '' } = await setUpByHand();
  const login = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'batch', client_secret: SECRET });
  const { access_token: token } = (await (await fetch(`${stackEnv().KEYCLOAK_URL ?? ''}/realms/${realm}/protocol/openid-connect/token`, { method: 'POST', body: login })).json()) as { access_token: string };
  const bearer = { authorization: `Bearer ${token}` };
  await expect.poll(() => asked('POST', bearer)).toBe(200);

  const taking = await polled(token, () => done(REALM + SERVICES, 'apply', '--yes', '--adopt'));
  // Until a route has its own guard that of its service refuses; nobody is ever told that it is not there.
  expect([...taking['who may']].filter((one) => !/ (200|401|403)$/.test(one))).toEqual([]);
  expect([...taking['a stranger']].filter((one) => !/ 40[13]$/.test(one))).toEqual([]);
  expect([taking['who may'].has('GET 200'), taking['who may'].has('POST 200')]).toEqual([true, true]);
  expect([await asked('GET', bearer), await asked('POST', bearer), await asked('GET')]).toEqual([200, 200, 401]);
  expect(await namesOf()).toEqual(expect.arrayContaining([[service, `${realm}.orders`], [list, `${realm}.orders.list`], [place, `${realm}.orders.place`]]));
  expect(await rows('routes')).toHaveLength(2);
  expect((await run(REALM + SERVICES, 'plan')).stdout).toContain('no changes');

  const giving = await polled(token, () => done(REALM + SERVICES, 'release', '--yes', '--only', 'kong.*'));
  expect([[...giving['who may']].toSorted(), [...giving['a stranger']].toSorted()]).toEqual([['GET 200', 'POST 200'], ['GET 401', 'POST 401']]);
  expect(await namesOf()).toEqual(expect.arrayContaining([[service, 'Old_Orders'], [list, 'orders-all'], [place, 'orders-new']]));
  expect((await rows('plugins')).filter(({ id }) => id === jwt)).toMatchObject([{ instance_name: null, tags: [] }]);
  expect((await rows('routes')).map(({ name, tags }) => [name, tags]).toSorted()).toEqual([['orders-all', ['team-a']], ['orders-new', []]]);
});
