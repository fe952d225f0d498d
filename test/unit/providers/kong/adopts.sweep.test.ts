import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { changesOf, hasDrift, makePlan } from '../../../../src/core/plan.ts';
import type { PlanOptions } from '../../../../src/core/plan.ts';
import { ofKong, providerAt } from './embedded.ts';
import { kongHand } from '../../../stack/sabotages/kong-hand.ts';
import { load, problemsIn } from '../../blueprint/loading.ts';

const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }) as string;
const upstream = createServer((_request, response) => void response.end('reached'));

let kong: Awaited<ReturnType<typeof startEmbeddedKong>>;
let hand: ReturnType<typeof kongHand>;
let port: number;
/** What somebody has made: a service, its jwt, and routes to it. */
const old: { readonly service: string; readonly list: string; readonly place: string; readonly jwt: string }[] = [];
beforeEach(async () => {
  kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
  hand = kongHand(kong.admin.url, '', kong.proxy.url);
  await new Promise<void>((resolve) => void upstream.listen(0, '127.0.0.1', resolve));
  ({ port } = upstream.address() as AddressInfo);
  const { id: service } = await hand.service('Old_Orders', { host: '127.0.0.1', port });
  const { id: jwt } = await hand.plugin(`/services/${service}`, { name: 'jwt', config: { claims_to_verify: ['exp'] } });
  const { id: list } = await hand.route(service, 'orders-all', { paths: ['/orders'], methods: ['GET'], strip_path: false, tags: ['team-a'] });
  const { id: place } = await hand.route(service, 'orders-new', { paths: ['/orders'], methods: ['POST'], strip_path: false });
  old.splice(0, 1, { service, list, place, jwt });
});
afterEach(async () => {
  await kong.close();
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});

const text = (edit: (text: string) => string = (same) => same): string =>
  edit(`apiVersion: authctl/v1
name: shop
targets:
  keycloak: { url: "http://localhost:8080", credentials: { clientSecret: "\${KEYCLOAK_CLIENT_SECRET}" } }
  kong: { admin: { url: "${kong.admin.url}" }, proxy: { url: "${kong.proxy.url}" } }
realm:
  scopes: { "orders:read": { audience: orders }, "orders:write": { audience: orders } }
  clients: { web: { type: public, redirectUris: ["https://shop.example/callback"], scopes: ["orders:read", "orders:write"] } }
authentication: { pattern: sso, client: web }
authorization: { pattern: none }
services:
  orders:
    adopts: Old_Orders
    upstream: http://127.0.0.1:${port}
    routes:
      list: { adopts: orders-all, match: GET /orders, scopes: ["orders:read"] }
      place: { adopts: ${old[0]?.place ?? ''}, match: POST /orders, scopes: ["orders:write"] }
expect: { anonymous: {} }
`);

const opened = async (words = text()) => {
  const blueprint = await load(words);
  const wanted = ofKong(blueprint, [{ kid: 'kid-1', alg: 'RS256', pem }]);
  const provider = providerAt(kong, blueprint);
  return { provider, plan: (options: PlanOptions = {}) => makePlan([provider], wanted, options) };
};
const rows = async (list: string): Promise<readonly Record<string, unknown>[]> => (((await hand.get(`/${list}`)) as { data?: unknown }).data as Record<string, unknown>[]).filter(({ tags }) => !JSON.stringify(tags ?? []).includes('marker'));
const asked = async (method: string): Promise<number> => (await fetch(`${kong.proxy.url}/orders`, { method })).status;

it('is blocked without leave, and then taken over where it stands: renamed, changed, never open, never twice', async () => {
  const [{ service, list, place, jwt } = expect.unreachable('nothing was made')] = old;
  const { plan, provider } = await opened();
  expect(changesOf(await plan()).filter(({ action }) => action === 'blocked').map((change) => ('desired' in change ? change.desired.id : '')).toSorted()).toEqual(['shop.orders', 'shop.orders.jwt', 'shop.orders.list', 'shop.orders.place']);

  const taking = await plan({ adopt: true });
  expect(changesOf(taking).flatMap((change) => (change.action === 'adopt' ? [`${change.desired.kind} ${change.desired.id}: ${change.because.map(({ path }) => path).join(', ')}`] : []))).toMatchInlineSnapshot(`
    [
      "kong.service shop.orders: name",
      "kong.plugin shop.orders.jwt: instance_name, config.key_claim_name, config.uri_param_names",
      "kong.route shop.orders.list: name, paths, methods, regex_priority",
      "kong.route shop.orders.place: name, paths, methods, regex_priority",
    ]
  `);
  const answers = new Set<string>();
  let asking = true;
  const watching = (async () => {
    while (asking) for (const method of ['GET', 'POST']) answers.add(`${method} ${String(await asked(method))}`);
  })();
  const results = await applyPlan({ providers: [provider], plan: taking, options: {} });
  asking = false;
  await watching;
  expect(results.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
  // Refused by what stood there, then by ours.
  expect([...answers].filter((one) => !/ 40[13]$/.test(one))).toEqual([]);
  expect((await rows('services')).filter(({ name }) => !String(name).includes('marker')).map(({ id, name }) => [id, name])).toEqual([[service, 'shop.orders']]);
  expect((await rows('routes')).filter(({ name }) => !String(name).includes('marker')).map(({ id, name, tags }) => [id, name, tags]).toSorted()).toEqual([[list, 'shop.orders.list', ['team-a', 'authctl:shop', 'authctl.adopted', 'authctl.was:orders-all']], [place, 'shop.orders.place', ['authctl:shop', 'authctl.adopted', 'authctl.was:orders-new']]].toSorted());
  expect((await rows('plugins')).filter(({ name }) => name === 'jwt').map(({ id, instance_name }) => [id, instance_name])).toEqual([[jwt, 'shop.orders.jwt']]);
  const after = await plan();
  expect(changesOf(after).filter(({ action }) => action !== 'keep')).toEqual([]);
  expect(hasDrift(after)).toBe(false);

  const letGo = await applyPlan({ providers: [provider], plan: await makePlan([provider], { name: 'shop', desired: [], deferred: [] }, { release: ['*'] }), options: {} });
  expect(letGo.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
  expect((await rows('services')).filter(({ name }) => !String(name).includes('marker')).map(({ id, name, tags }) => [id, name, tags])).toEqual([[service, 'Old_Orders', []]]);
  expect((await rows('routes')).filter(({ name }) => !String(name).includes('marker')).map(({ id, name, tags }) => [id, name, tags]).toSorted()).toEqual([[list, 'orders-all', ['team-a']], [place, 'orders-new', []]].toSorted());
  expect((await rows('plugins')).filter(({ name }) => name === 'jwt').map(({ id, instance_name, tags }) => [id, instance_name ?? null, tags])).toEqual([[jwt, null, []]]);
  for (const method of ['GET', 'POST']) expect([401, 403]).toContain(await asked(method));
});

it('keeps what cannot have its former name back, and lets go of the rest', async () => {
  const [{ service, list, place } = expect.unreachable('nothing was made')] = old;
  const { plan, provider } = await opened();
  await applyPlan({ providers: [provider], plan: await plan({ adopt: true }), options: {} });
  const { id: other } = await hand.route(service, 'orders-all', { paths: ['/elsewhere'], strip_path: false });
  const release = async () => applyPlan({ providers: [provider], plan: await makePlan([provider], { name: 'shop', desired: [], deferred: [] }, { release: ['*'] }), options: {} });
  expect((await release()).filter(({ outcome }) => outcome !== 'done')).toMatchObject([{ address: 'kong.route/shop.orders.list', problem: { code: 'KONG_NAME_TAKEN' } }]);
  const named = async () => Object.fromEntries((await rows('routes')).map(({ id, name }) => [id, name]));
  expect(await named()).toMatchObject({ [list]: 'shop.orders.list', [place]: 'orders-new', [other]: 'orders-all' });
  await hand.patch(`/routes/${other}`, { name: 'orders-other' });
  expect((await release()).filter(({ action }) => action === 'release')).toMatchObject([{ address: 'kong.route/shop.orders.list', outcome: 'done' }]);
  expect(await named()).toMatchObject({ [list]: 'orders-all', [other]: 'orders-other' });
});

it.each([
  ['nothing is called so', (words: string) => words.replace('adopts: orders-all', 'adopts: orders-al')],
  ['requests of others go through it', (words: string) => words.replace('adopts: orders-all, ', '')],
  ['it is asked for twice', (words: string) => words.replace('adopts: orders-all', `adopts: ${old[0]?.place ?? ''}`)],
  ['it is stated raw as well', (words: string) => `${words}raw: { kong: { entities: { routes: { orders-all: { paths: [/orders] } } } } }\n`],
])('is refused where %s, at its line', async (_why, edit) => {
  const { plan } = await opened(text(edit));
  const problems = await problemsIn(() => plan({ adopt: true }));
  expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(['KONG_ADOPTS']));
  expect(problems.every(({ at }) => at !== undefined && at.line > 11)).toBe(true);
});

it.each(['services', 'plugins', 'routes'])('goes on where it was broken off after the first write to %s, and is not open there', async (list) => {
  const [{ jwt } = expect.unreachable('nothing was made')] = old;
  const { plan, provider } = await opened();
  const stop = new AbortController();
  const events = ({ type, ...event }: { readonly type: string; readonly address?: string }): void => {
    if (type === 'write.finished' && event.address?.startsWith(`kong.${list.slice(0, -1)}/`)) stop.abort();
  };
  await applyPlan({ providers: [provider], plan: await plan({ adopt: true }), options: {}, events, signal: stop.signal });
  for (const method of ['GET', 'POST']) expect(await asked(method)).toBeGreaterThan(400);
  const second = await opened();
  const rest = await second.plan({ adopt: true });
  const results = await applyPlan({ providers: [second.provider], plan: rest, options: {} });
  expect(results.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
  expect((await rows('plugins')).filter(({ name }) => name === 'jwt').map(({ id, instance_name }) => [id, instance_name])).toEqual([[jwt, 'shop.orders.jwt']]);
  expect(hasDrift(await second.plan())).toBe(false);
});

it.each([
  ['another blueprint has taken it over', (id: string) => hand.patch(`/routes/${id}`, { tags: ['team-a', 'authctl:billing', 'authctl.adopted'] }), /was taken over by the blueprint "billing" since it was planned$/],
  ['it is gone', (id: string) => fetch(`${kong.admin.url}/routes/${id}`, { method: 'DELETE' }), /is gone since it was planned$/],
])('takes nothing over where %s between the plan and the write', async (_why, meanwhile, words) => {
  const [{ list } = expect.unreachable('nothing was made')] = old;
  const { plan, provider } = await opened();
  const taking = await plan({ adopt: true });
  await meanwhile(list);
  const before = await rows('routes');
  const failed = (await applyPlan({ providers: [provider], plan: taking, options: {} })).filter(({ outcome }) => outcome === 'failed');
  expect(failed).toMatchObject([{ address: 'kong.route/shop.orders.list', problem: { code: 'KONG_NAME_TAKEN', message: expect.stringMatching(words) as string } }]);
  const of = (held: typeof before) => held.find(({ id }) => id === list);
  expect(of(await rows('routes'))).toEqual(of(before));
});
