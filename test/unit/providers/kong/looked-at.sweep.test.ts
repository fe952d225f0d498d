import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import { accessChanges, asFound, matrixOf, throughDoors } from '../../../../src/access/index.ts';
import { loadBlueprint } from '../../../../src/blueprint/index.ts';
import { addressOfChange, makePlan } from '../../../../src/core/plan.ts';
import type { Plan } from '../../../../src/core/plan.ts';
import { expand } from '../../../../src/patterns/index.ts';
import { connectProviders } from '../../../../src/providers/index.ts';

const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }) as string;
const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }) as string;
const ISSUER = 'http://127.0.0.1:9/realms/by-hand';

type Row = readonly [path: string, body: object];
const jwt = (config: object = {}): object => ({ name: 'jwt', config: { key_claim_name: 'iss', claims_to_verify: ['exp'], ...config } });
const issuerKey: readonly Row[] = [['/consumers', { username: 'keycloak' }], ['/consumers/keycloak/jwt', { key: ISSUER, algorithm: 'RS256', rsa_public_key: pem }]];
const services: readonly Row[] = [['/services', { name: 'orders-api', url: 'http://127.0.0.1:19101' }], ['/services', { name: 'stock-api', url: 'http://127.0.0.1:19102' }]];
const route = (name: string, service: string, paths: readonly string[], methods: readonly string[] = ['GET']): Row => [`/services/${service}-api/routes`, { name, paths, methods, strip_path: false }];
const routes: readonly Row[] = [route('orders', 'orders', ['/orders'], ['GET', 'POST']), route('health', 'orders', ['/orders/health']), route('stock', 'stock', ['/stock'])];
const guarded: readonly Row[] = [...issuerKey, ...services, ...routes, ['/routes/orders/plugins', jwt()], ['/routes/stock/plugins', jwt()]];

let close: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const one of close) await one();
  close = [];
});

/** What a plan tells of a Kong that somebody has set up by hand, and who gets where. */
type Options = Pick<Parameters<typeof startEmbeddedKong>[0], 'community'> & { readonly pluginDir?: string };
const looked = async (rows: readonly Row[], options: Options = {}) => {
  const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins', ...options });
  close.push(() => kong.close());
  for (const [path, body] of rows) {
    const answer = await fetch(`${kong.admin.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  }
  const env = { KEYCLOAK_URL: 'http://127.0.0.1:9', KEYCLOAK_ISSUER: ISSUER, KEYCLOAK_CLIENT_SECRET: 'secret-of-authctl', KONG_ADMIN_URL: kong.admin.url, KONG_PROXY_URL: kong.proxy.url, REPORTS_SECRET: 'secret-of-reports', CARLA_PASSWORD: 'password-of-carla', VICTOR_PASSWORD: 'password-of-victor', ORDERS_URL: 'http://127.0.0.1:19101', STOCK_URL: 'http://127.0.0.1:19102' };
  const blueprint = await loadBlueprint('test/stack/looking/shop.yaml', { env });
  const { desired, deferred } = expand(blueprint);
  const keys = deferred.filter(({ kind }) => kind.startsWith('kong.')).flatMap((object) => object.expand([{ kid: 'kid-1', alg: 'RS256', pem }]));
  const providers = (await connectProviders(blueprint, {})).filter(({ name }) => name === 'kong');
  const plan: Plan = await makePlan(providers, { name: blueprint.name, desired: [...desired, ...keys].filter(({ kind }) => kind.startsWith('kong.')), deferred: [] });
  const writes = providers[0]?.requests().writes;
  await providers[0]?.close?.();
  const told = plan.dangers.flatMap((change) => (change.action === 'danger' ? [`${change.danger.effect} ${addressOfChange(change)}: ${change.danger.what}`] : []));
  const doors = Object.fromEntries((plan.doors ?? []).map(({ route: name, lets, by }) => [name, by === undefined ? lets : `${lets} by ${by}`]));
  // The realm is as the blueprint says: who has which token is not what is asked here.
  const cells = throughDoors({ blueprint, doors: asFound(blueprint, plan, 'kong').doors }, matrixOf(blueprint, undefined).cells);
  const all = Object.values(blueprint.services).flatMap((service) => service.routes);
  const access = accessChanges(cells, matrixOf(blueprint, undefined).cells, all).map(({ change, who, route: name }) => `${change === 'closes' ? 'lets in' : 'refuses'} ${who} at ${name}`);
  return { told, doors, access, writes, waves: plan.waves };
};
const reaches = (request: string, port: number, service: string): string => `${request} 127.0.0.1:${port}, the upstream of kept.${service},`;
const UNCHECKED = 'whatever its audience, type, scopes and roles: the bundled jwt looks at none of these';

describe('a Kong that others keep', () => {
  it('with bundled jwt alone lets in every token of the issuer', async () => {
    const { told, doors, access, writes, waves } = await looked(guarded);
    expect(told.toSorted()).toEqual([
      `opens kong.route/orders: ${reaches('GET /orders, POST /orders, GET /orders/audit reach', 19101, 'orders')} with any token that a key in Kong has signed, ${UNCHECKED}`,
      `opens kong.route/stock: ${reaches('GET /stock reaches', 19102, 'stock')} with any token that a key in Kong has signed, ${UNCHECKED}`,
    ]);
    expect(doors).toEqual({
      'orders.list': 'bearers by kong.route/orders',
      'orders.place': 'bearers by kong.route/orders',
      'orders.audit': 'bearers by kong.route/orders',
      'orders.health': 'anybody by kong.route/health',
      'stock.list': 'bearers by kong.route/stock',
    });
    expect(access.toSorted()).toEqual(['lets in reports at orders.audit', 'lets in reports at orders.place', 'lets in reports at stock.list', 'lets in victor at orders.audit', 'lets in victor at orders.place']);
    expect([writes, waves]).toEqual([0, []]);
  });

  it('that looks at no end says so', async () => {
    const { told } = await looked([...issuerKey, ...services, ...routes, ['/routes/orders/plugins', jwt({ claims_to_verify: null })], ['/routes/stock/plugins', jwt()]]);
    expect(told.find((one) => one.includes('kong.route/orders'))).toContain('has signed, and even when it has ended,');
  });

  it('with a route that nobody guards lets in everybody there', async () => {
    const { told, doors, access } = await looked([...guarded.filter(([path]) => path !== '/routes/stock/plugins')]);
    expect([doors['stock.list'], access.filter((one) => one.endsWith('stock.list'))]).toEqual(['anybody by kong.route/stock', ['lets in reports at stock.list', 'lets in anonymous at stock.list']]);
    expect(told).toContain(`opens kong.route/stock: ${reaches('GET /stock reaches', 19102, 'stock')} without a token`);
  });

  it('without a route for something says whom that locks out', async () => {
    const { told, doors, access } = await looked(guarded.filter(([path, body]) => path !== '/routes/stock/plugins' && !('name' in body && body.name === 'stock')));
    expect([doors['stock.list'], access.filter((one) => one.endsWith('stock.list'))]).toEqual(['nobody', ['refuses carla at stock.list', 'refuses victor at stock.list']]);
    expect(told).toContain('breaks kong.route/kept.stock.list: no live route takes GET /stock to its service');
  });

  it('that has no key of the issuer takes none of its tokens', async () => {
    const { told, doors } = await looked([...guarded.slice(2)]);
    expect(doors['stock.list']).toBe('nobody by kong.route/stock');
    expect(told.find((one) => one.startsWith('breaks kong.route/kept.stock.list'))).toMatch(/GET \/stock comes to stock, which takes no token of the issuer/);
  });

  it('that asks for a token where the blueprint asks for none', async () => {
    const { told, access } = await looked([...guarded, ['/routes/health/plugins', jwt()]]);
    expect(told).toContain('breaks kong.route/kept.orders.health: GET /orders/health comes to health, which asks for a token, and it is open to everybody by the blueprint');
    expect(access).toContain('refuses anonymous at orders.health');
  });

  it('with a key of a partner takes the tokens of the partner, too', async () => {
    const { told } = await looked([...guarded, ['/consumers', { username: 'partner' }], ['/consumers/partner/jwt', { key: 'https://partner.example', algorithm: 'RS256', rsa_public_key: other }]]);
    expect(told.filter((one) => one.includes('jwt_secret'))).toEqual(['opens kong.jwt_secret/partner/https://partner.example: is no key that the issuer publishes: its holder signs tokens that orders, stock take']);
  });

  const behind = (plugin: object): Promise<Awaited<ReturnType<typeof looked>>> => looked([...guarded.filter(([path]) => path !== '/routes/stock/plugins'), ['/routes/stock/plugins', plugin]], { community: ['jwt-keycloak', 'oidc'] });
  const jwtKeycloak = (config: object): object => ({ name: 'jwt-keycloak', config });
  const ANCHORED = `^${ISSUER.replace(/[-.]/g, '%$&')}$`;

  it('with jwt-keycloak takes tokens of the issuer for whatever audience, and of whoever puts its name into an address of his own', async () => {
    const { told, doors, access } = await behind(jwtKeycloak({ allowed_iss: [ISSUER] }));
    expect(told.filter((one) => one.includes('stock'))).toEqual([
      `opens kong.route/stock: ${reaches('GET /stock reaches', 19102, 'stock')} with any token of ${ISSUER}, whatever its audience, type, scopes and roles: jwt-keycloak looks at none of these; and with a token of any issuer in whose address "${ISSUER}" is found, whose keys are fetched from there: allowed_iss is a pattern, and without ^ before it and $ behind it, it may stand anywhere`,
    ]);
    expect([doors['stock.list'], access.filter((one) => one.endsWith('stock.list'))]).toEqual(['bearers by kong.route/stock', ['lets in reports at stock.list']]);
  });

  it.each([
    ['with a scope lets in who has it', jwtKeycloak({ allowed_iss: [ISSUER], scope: ['stock:read'] }), 'bearers by kong.route/stock', []],
    ['with one scope of several lets in who has another of them', jwtKeycloak({ allowed_iss: [ISSUER], scope: ['stock:read', 'orders:read'] }), 'bearers by kong.route/stock', ['lets in reports at stock.list']],
    ['with a role of the realm lets in who has that', jwtKeycloak({ allowed_iss: [ISSUER], scope: ['stock:read'], realm_roles: ['clerk'] }), 'bearers by kong.route/stock', ['refuses victor at stock.list']],
    ['with a role of a client asks for what is not known here', jwtKeycloak({ allowed_iss: [ISSUER], client_roles: ['web:reader'] }), 'unknown by kong.route/stock', []],
    ['with a scope that the blueprint does not have asks for what is not known here', jwtKeycloak({ allowed_iss: [ISSUER], scope: ['email'] }), 'bearers by kong.route/stock', []],
    ['for another issuer takes none of ours', jwtKeycloak({ allowed_iss: ['https://elsewhere.example'] }), 'nobody by kong.route/stock', ['refuses carla at stock.list', 'refuses victor at stock.list']],
    ['for a pattern says nothing plain', jwtKeycloak({ allowed_iss: [ANCHORED], scope: ['stock:read'] }), 'unknown by kong.route/stock', []],
    ['with an anonymous consumer lets in everybody', jwtKeycloak({ allowed_iss: [ISSUER], anonymous: 'keycloak' }), 'anybody by kong.route/stock', ['lets in reports at stock.list', 'lets in anonymous at stock.list']],
    ['oidc that introspects takes what the issuer calls active', { name: 'oidc', config: { client_id: 'kong', client_secret: 'secret-of-kong-1', discovery: `${ISSUER}/.well-known/openid-configuration`, introspection_endpoint: `${ISSUER}/protocol/openid-connect/token/introspect`, bearer_only: 'yes' } }, 'unknown by kong.route/stock', []],
    ['oidc that looks at the scope, too', { name: 'oidc', config: { client_id: 'kong', client_secret: 'secret-of-kong-1', discovery: `${ISSUER}/.well-known/openid-configuration`, introspection_endpoint: `${ISSUER}/protocol/openid-connect/token/introspect`, bearer_only: 'yes', scope: 'stock:read', validate_scope: 'yes' } }, 'unknown by kong.route/stock', []],
    ['oidc by keys takes tokens for its audience', { name: 'oidc', config: { client_id: 'kong', client_secret: 'secret-of-kong-1', discovery: `${ISSUER}/.well-known/openid-configuration`, bearer_only: 'yes', bearer_jwt_auth_enable: 'yes', bearer_jwt_auth_allowed_auds: ['stock'] } }, 'audience by kong.route/stock', []],
    ['oidc that passes paths by says nothing plain', { name: 'oidc', config: { client_id: 'kong', client_secret: 'secret-of-kong-1', discovery: `${ISSUER}/.well-known/openid-configuration`, introspection_endpoint: `${ISSUER}/x`, bearer_only: 'yes', filters: '/stock/health' } }, 'unknown by kong.route/stock', []],
  ])('behind a guard of the community: %s', async (_what, plugin, door, changes) => {
    const { told, doors, access } = await behind(plugin);
    expect([doors['stock.list'], access.filter((one) => one.endsWith('stock.list'))]).toEqual([door, changes]);
    expect(told.join()).not.toContain('secret-of-kong-1');
  });

  it('is told as thinner, not as open, where a guard of the community asks for the scope that the blueprint asks for', async () => {
    const { told } = await behind(jwtKeycloak({ allowed_iss: [`^${ISSUER}$`], scope: ['stock:read'] }));
    expect(told.filter((one) => one.includes('stock'))).toEqual([`weakens kong.route/stock: ${reaches('GET /stock reaches', 19102, 'stock')} with any token of ^${ISSUER}$ with the scope stock:read, whatever its audience, type and roles: jwt-keycloak looks at none of these`]);
  });

  it('with a plugin that nobody here knows tells what that says of itself, once, and leaves the rest to verify', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'authctl-community-'));
    close.push(() => Promise.resolve(rmSync(directory, { recursive: true })));
    mkdirSync(join(directory, 'house-guard'));
    writeFileSync(join(directory, 'house-guard/handler.lua'), 'return { PRIORITY = 1005, VERSION = "1.5.0", access = function() end }');
    writeFileSync(
      join(directory, 'house-guard/schema.lua'),
      'return { name = "house-guard", fields = { { config = { type = "record", fields = { { allowed_iss = { type = "set", elements = { type = "string" }, required = true } }, { scope = { type = "array", elements = { type = "string" } } }, { client_secret = { type = "string" } } } } } } }',
    );
    const keycloak = { name: 'house-guard', config: { allowed_iss: [ISSUER], scope: ['stock:read'], client_secret: 'of-nobody-here' } };
    const { told, doors, access } = await looked([...guarded.filter(([path]) => path !== '/routes/stock/plugins'), ['/routes/stock/plugins', keycloak]], { pluginDir: directory });
    expect(told.filter((one) => one.includes('stock'))).toEqual([
      `weakens kong.route/stock: ${reaches('GET /stock reaches', 19102, 'stock')} behind house-guard (allowed_iss: ["${ISSUER}"]; scope: ["stock:read"]), of which it is not known here whom it lets through: verify tries it`,
    ]);
    expect([doors['stock.list'], access.filter((one) => one.endsWith('stock.list'))]).toEqual(['unknown by kong.route/stock', []]);
    expect(told.join()).not.toContain('of-nobody-here');
  });

  it('with a side door is told of it, and of what sends tokens elsewhere; what counts and limits is its own affair', async () => {
    const { told } = await looked([...guarded, route('side', 'orders', ['/internal']), ['/routes/orders/plugins', { name: 'http-log', config: { http_endpoint: 'http://127.0.0.1:1/log' } }], ['/plugins', { name: 'prometheus' }], ['/services/stock-api/plugins', { name: 'rate-limiting', config: { minute: 5, policy: 'local' } }]]);
    expect(told.map((one) => one.split(':')[0]?.replace(/#.*/, '')).toSorted()).toEqual(['exposes kong.plugin/', 'opens kong.route/orders', 'opens kong.route/side', 'opens kong.route/stock']);
    expect(told).toContain(`opens kong.route/side: ${reaches('GET /internal reaches', 19101, 'orders')} without a token`);
  });
});
