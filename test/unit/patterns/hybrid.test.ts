import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { guardedServices } from '../../../src/stack/needs/guarded-services.ts';
import { matrixText } from '../../../src/render/matrix.ts';
import { foreignObject, matrixOf, mayUseAny, pathFor, policyData, questionsOf } from '../../../src/access/index.ts';
import { expand } from '../../../src/patterns/index.ts';
import { complaints, env, load, repository } from '../blueprint/loading.ts';

const texts = Object.fromEntries(
  await Promise.all(
    ['hybrid', 'decentralised'].map(async (name) => {
      const text = await readFile(join(repository, `blueprints/${name}.yaml`), 'utf8');
      return [name, text.replace('../policies/shop', join(repository, 'policies/shop'))] as const;
    }),
  ),
);
const all = { ...env, BOB_PASSWORD: 'bob-password', BUNDLE_SIGNING_KEY: 'a private key, as PEM' };
const example = (name: 'hybrid' | 'decentralised'): Promise<Blueprint> => load(texts[name] ?? '', { env: all });
const edited = (from: string, to: string, name = 'hybrid'): string => {
  if (!texts[name]?.includes(from)) throw new Error(`the blueprint has no text ${JSON.stringify(from)}`);
  return texts[name].replace(from, to);
};
const codes = async (text: string): Promise<readonly string[]> => (await complaints(text, { env: all })).map(({ code }) => code);
const bundle = (blueprint: Blueprint) => expand(blueprint).desired.find(({ kind }) => kind === 'opa.bundle')!;

describe('the pattern decentralised', () => {
  it('wants every service to have the revision of the policy, and asks no OPA', async () => {
    const { spec } = bundle(await example('decentralised'));
    expect(spec).toMatchObject({ active: {}, module: spec.revision, services: { orders: spec.revision, invoices: spec.revision } });
    expect(expand(await example('decentralised')).desired.filter(({ spec: { name } }) => name === 'authctl-opa')).toEqual([]);
  });

  it('leaves the roles to the policy, and gives the service what it decides by', async () => {
    const { orders } = guardedServices(await example('decentralised'));
    expect(orders).toMatchObject({ decision: 'shop/authz', header: true, cookie: '__Host-shop' });
    expect(orders?.routes.map(({ id, roles }) => [id, roles])).toEqual(['list', 'read', 'place', 'cancel', 'health'].map((id) => [id, []]));
  });

  it.each([
    ['a service that does not tell its revision', '    status: "${ORDERS_STATUS_URL:-http://orders:9101/status}"\n', '', 'BLUEPRINT_SERVICE_STATUS'],
    ['a token that does not reach the service', 'leeway: 5 }', 'leeway: 5, relay: none }', 'BLUEPRINT_RELAY'],
    ['a gateway that asks an OPA which is not there', 'pattern: decentralised', 'pattern: centralised', 'BLUEPRINT_TARGET_MISSING'],
  ])('is refused with %s', async (_what, from, to, code) => {
    expect(await codes(edited(from, to, 'decentralised'))).toContain(code);
  });
});

describe('the pattern hybrid', () => {
  it('asks OPA at the gateway, and lets the service behind it read the header alone', async () => {
    const blueprint = await example('hybrid');
    const asking = expand(blueprint).desired.filter(({ spec }) => spec.name === 'authctl-opa').map(({ id }) => id);
    expect(asking).toEqual(['orders.list', 'orders.read', 'orders.place', 'orders.cancel', 'invoices.list', 'invoices.read'].map((route) => `shop.${route}.opa`));
    const { orders } = guardedServices(blueprint);
    expect(orders).toMatchObject({ header: true, origins: [], objects: { 1001: 'alice', 1002: 'bob' }, decision: 'shop/authz' });
    expect(orders).not.toHaveProperty('cookie');
    const { spec } = bundle(blueprint);
    expect(spec).toMatchObject({ active: { 'http://localhost:8181': spec.revision }, services: { orders: spec.revision } });
  });

  it('lets the gateway wait for OPA as long as is asked for, and says nothing of it otherwise', async () => {
    const waits = (blueprint: Blueprint) =>
      new Set(expand(blueprint).desired.filter(({ spec }) => spec.name === 'authctl-opa').map(({ spec }) => (spec.config as { timeout_ms?: number }).timeout_ms));
    expect(waits(await example('hybrid'))).toEqual(new Set([undefined]));
    const patient = (timeout: string) => edited('  pattern: hybrid\n', `  pattern: hybrid\n  timeout: ${timeout}\n`);
    expect(waits(await load(patient('5s'), { env: all }))).toEqual(new Set([5000]));
    expect(await codes(patient('11s'))).toEqual(['BLUEPRINT_WRONG_VALUE']);
  });

  it('tells the policy which routes are for owners, and of no object', async () => {
    const data = policyData(await example('hybrid')) as { services: { orders: { routes: Record<string, unknown> } } };
    expect(data.services.orders.routes['read']).toMatchObject({ ownedBy: 'id', anyOwner: ['support'] });
    expect(data.services.orders.routes['list']).not.toHaveProperty('ownedBy');
    expect(JSON.stringify(data)).not.toContain('1001');
  });

  it('puts the name of its bearer into tokens for an API that knows owners, and into no others', async () => {
    const { desired } = expand(await example('hybrid'));
    const named = desired.filter(({ kind, spec }) => kind === 'keycloak.client-scope' && 'username' in (spec.mappers as object));
    expect(named.map(({ id }) => id)).toEqual(['shop/orders:read', 'shop/orders:write']);
  });

  it("asks for one's own object, and knows whose else there is", async () => {
    const blueprint = await example('hybrid');
    const orders = blueprint.services.orders!;
    const read = orders.routes.find(({ id }) => id === 'read')!;
    expect(['alice', 'bob', 'sam', undefined].map((who) => pathFor(orders, read, who))).toEqual(['/orders/1001', '/orders/1002', '/orders/1001', '/orders/1001']);
    expect(['alice', 'bob', 'sam'].map((who) => foreignObject(orders, who))).toEqual(['1002', '1001', '1001']);
    expect(['alice', 'sam', 'ada', 'reports'].map((who) => mayUseAny(blueprint, read, who))).toEqual([false, true, true, false]);
    const invoices = blueprint.services.invoices!;
    expect(pathFor(invoices, invoices.routes.find(({ id }) => id === 'read')!, 'alice')).toBe('/invoices/42');
  });

  it('shows own and somebody else’s objects in the matrix, and finds a policy that mixes them up', async () => {
    const blueprint = await example('hybrid');
    const questions = questionsOf(blueprint, 1000);
    const asked = questions.filter(({ key }) => key.startsWith('kong orders.read alice')).map(({ key, input }) => [key, (input as { object: unknown; source: unknown })]);
    expect(asked).toMatchObject([
      ['kong orders.read alice own', { object: { owner: 'alice' }, source: 'service', token: { preferred_username: 'alice' } }],
      ['kong orders.read alice foreign', { object: { owner: 'not-alice' }, source: 'service' }],
    ]);
    const everybody = new Map(questions.map(({ key }) => [key, { allow: true, reasons: [] }]));
    const text = matrixText(matrixOf(blueprint, everybody), 'here');
    expect(text).toMatch(/orders\.read +GET \/orders\/\{id\}, own +kong +pass +pass +pass +pass/);
    expect(text).toMatch(/orders\.read +GET \/orders\/\{id\}, someone else's +kong +pass! +pass! +pass +pass/);
    expect(text).toContain('kong orders.read as alice (foreign object): expect does not list it, and the policy says yes');
  });

  it.each([
    ['a variable that the path does not have', 'ownedBy: id, anyOwner: [support]', 'ownedBy: order, anyOwner: [support]', 'BLUEPRINT_OWNER'],
    ['no object that could prove it', '    objects: { "1001": alice, "1002": bob }\n', '', 'BLUEPRINT_OWNER'],
    ['roles for any object of a route that knows no owner', 'list: { match: GET /orders,', 'list: { anyOwner: [support], match: GET /orders,', 'BLUEPRINT_OWNER'],
    ['an owner whom nobody knows', '"1002": bob', '"1002": bobby', 'BLUEPRINT_UNKNOWN_PERSONA'],
    ['a role that is not declared', 'anyOwner: [support]', 'anyOwner: [suport]', 'BLUEPRINT_UNKNOWN_ROLE'],
    ['a service account that should own something', 'reports: { orders: [list]', 'reports: { orders: [list, read]', 'BLUEPRINT_EXPECT'],
    ['somebody who owns nothing and may use none', 'sam: { orders: [list, read]', 'sam: { orders: [list, read, cancel]', 'BLUEPRINT_EXPECT'],
    ['nobody who could know the owner', 'pattern: hybrid', 'pattern: centralised', 'BLUEPRINT_OWNER'],
    ['services that verify where the gateway must ask', 'pattern: sso', 'pattern: jwt', 'BLUEPRINT_KONG_PATTERN'],
  ])('is refused with %s', async (_what, from, to, code) => {
    expect(await codes(edited(from, to))).toContain(code);
  });
});

describe('combined', () => {
  it('hybrid goes with opaque tokens: the service gets the JWT behind them, in the header', async () => {
    const text = edited('pattern: sso\n', 'pattern: opaque\n  introspection: { client: gateway, secret: "${GATEWAY_SECRET}" }\n').replaceAll(
      /(type: (?:public|service)\n)/g,
      '$1      lightweightTokens: true\n',
    );
    const blueprint = await load(text, { env: { ...all, GATEWAY_SECRET: 'gateway-secret' } });
    const plugins = expand(blueprint).desired.filter(({ kind, spec }) => kind === 'kong.plugin' && JSON.stringify(spec).includes('shop.orders'));
    expect([...new Set(plugins.map(({ spec }) => spec.name))].toSorted()).toEqual([
      'authctl-opa', 'authctl-phantom-token', 'authctl-scope-guard', 'authctl-token-guard', 'cors', 'jwt',
    ]);
    expect(guardedServices(blueprint).orders).toMatchObject({ header: true, decision: 'shop/authz' });
    expect(guardedServices(blueprint).orders).not.toHaveProperty('cookie');
  });

  it('two patterns behind one gateway, one policy: each service gets what its pattern leaves it', async () => {
    const text = edited('    audience: invoices\n', '    audience: invoices\n    authentication: { pattern: sso, client: storefront }\n', 'decentralised');
    const blueprint = await load(text, { env: all });
    const chain = (service: string) =>
      expand(blueprint).desired.filter(({ kind, spec }) => kind === 'kong.plugin' && (spec.service as { name?: string } | null)?.name === service).map(({ spec }) => spec.name);
    expect(chain('shop.orders')).toEqual(['cors', 'authctl-token-guard']);
    expect(chain('shop.invoices')).toEqual(['cors', 'authctl-token-guard', 'jwt', 'authctl-scope-guard']);
    const { orders, invoices } = guardedServices(blueprint);
    expect([orders?.cookie, invoices?.cookie, orders?.decision, invoices?.decision]).toEqual(['__Host-shop', undefined, 'shop/authz', 'shop/authz']);
  });
});
