import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthctl } from 'authctl';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import { addressesOf } from '../../../../src/checks/kit/fixtures/servers.ts';
import { loadBlueprint } from '../../../../src/blueprint/index.ts';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import { addressOfChange, makePlan } from '../../../../src/core/plan.ts';
import { problemsOf } from '../../../../src/core/problem.ts';
import { expand } from '../../../../src/patterns/index.ts';
import { controlsOf } from '../../../../src/providers/controls.ts';
import { connectProviders } from '../../../../src/providers/index.ts';
import { CONTROL_PLANE, KONNECT_TOKEN, node, startFakeKonnect } from './fake-konnect.ts';
import type { FakeKonnect } from './fake-konnect.ts';

const SHOP = readFileSync('test/stack/looking/shop.yaml', 'utf8');
const stated = (controlPlane = 'shop', more = ', endpoint: "${KONNECT_URL}"'): string => `konnect: { region: eu, controlPlane: "${controlPlane}", token: "\${KONNECT_TOKEN}"${more} }`;
const ENV = { KEYCLOAK_URL: 'http://127.0.0.1:9', KEYCLOAK_ISSUER: 'http://127.0.0.1:9/realms/by-hand', KEYCLOAK_CLIENT_SECRET: 'secret-of-authctl', KONG_PROXY_URL: 'http://127.0.0.1:9', KONNECT_TOKEN, REPORTS_SECRET: 'secret-of-reports', CARLA_PASSWORD: 'password-of-carla', VICTOR_PASSWORD: 'password-of-victor', ORDERS_URL: 'http://127.0.0.1:19101', STOCK_URL: 'http://127.0.0.1:19102' };

const fileOf = (text: string): string => {
  const directory = mkdtempSync(join(tmpdir(), 'authctl-konnect-'));
  onTestFinished(() => { rmSync(directory, { recursive: true }); });
  writeFileSync(join(directory, 'shop.yaml'), text);
  return join(directory, 'shop.yaml');
};
const shopOf = (konnect = stated(), edit: (text: string) => string = String): string => fileOf(edit(SHOP.replace('admin: { url: "${KONG_ADMIN_URL}" }', konnect)));
const load = (file: string, env: Readonly<Record<string, string>> = {}): Promise<Blueprint> => loadBlueprint(file, { env: { ...ENV, ...env } });

const rows: readonly (readonly [path: string, body: object])[] = [
  ['/services', { name: 'orders-api', url: 'http://127.0.0.1:19101' }],
  ['/services', { name: 'stock-api', url: 'http://127.0.0.1:19102' }],
  ['/services', { name: 'other', url: 'http://127.0.0.1:19103' }],
  ['/upstreams', { name: 'pool' }],
  ['/upstreams/pool/targets', { target: '127.0.0.1:19101' }],
  ['/services', { name: 'pooled', host: 'pool' }],
  ['/services/pooled/routes', { name: 'pooled', paths: ['/pooled'] }],
  ['/services/orders-api/routes', { name: 'orders', paths: ['/orders'], methods: ['GET', 'POST'] }],
  ['/services/orders-api/routes', { name: 'side', paths: ['/side'], methods: ['GET'] }],
  ['/services/stock-api/routes', { name: 'stock', paths: ['/stock'], methods: ['GET'] }],
];

type Options = Omit<Parameters<typeof startFakeKonnect>[0], 'kong'>;
const started = async (options: Options = {}): Promise<FakeKonnect & { readonly proxy: string }> => {
  const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
  onTestFinished(() => kong.close());
  for (const [path, body] of rows) expect((await fetch(`${kong.admin.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).status).toBe(201);
  const konnect = await startFakeKonnect({ kong: kong.admin.url, ...options });
  onTestFinished(() => konnect.close());
  return { ...konnect, proxy: kong.proxy.url };
};
const providerAt = async ({ url }: FakeKonnect, controlPlane?: string) => {
  const blueprint = await load(shopOf(stated(controlPlane)), { KONNECT_URL: url });
  const connected = await connectProviders(blueprint, {});
  onTestFinished(async () => void (await Promise.all(connected.map((one) => one.close?.()))));
  const provider = connected.find(({ name }) => name === 'kong');
  if (!provider) throw new Error('no kong');
  const desired = expand(blueprint).desired.filter(({ kind }) => kind.startsWith('kong.'));
  return { blueprint, provider, desired };
};
const planAt = async (konnect: FakeKonnect) => {
  const { blueprint, provider, desired } = await providerAt(konnect);
  return { plan: await makePlan([provider], { name: blueprint.name, desired, deferred: [] }), provider, desired };
};
const refusal = async (work: Promise<unknown>) => (await work.then(() => [], (thrown: unknown) => problemsOf(thrown) ?? [thrown])) as readonly unknown[];

describe('a control plane of Konnect', () => {
  it('is read page after page, by its name, and tells what stands open', async () => {
    const konnect = await started();
    const { plan, provider } = await planAt(konnect);
    const told = plan.dangers.flatMap((change) => (change.action === 'danger' ? [`${change.danger.effect} ${addressOfChange(change)}`] : []));
    expect(told).toEqual(expect.arrayContaining(['opens kong.route/orders', 'opens kong.route/pooled', 'opens kong.route/side', 'opens kong.route/stock']));
    // Four services by pages of two.
    expect(konnect.seen.filter((line) => line === `GET /v2/control-planes/${CONTROL_PLANE}/core-entities/services`)).toHaveLength(2);
    expect(konnect.seen.filter((line) => !line.startsWith('GET /v2/control-planes'))).toEqual([]);
    expect([plan.waves, provider.requests().writes, provider.version?.()]).toEqual([[], 0, 'Konnect, data planes 3.9.1.0']);
  });

  it('has ways that verify tries, as any Kong has', async () => {
    const { provider, desired } = await providerAt(await started());
    const live = (await Promise.all(provider.kinds.map((kind) => kind.list()))).flat();
    const ways = (await provider.ways?.(desired, live)) ?? [];
    expect(ways.filter(({ requests }) => requests.length > 0).map(({ address, service }) => [address, service]).toSorted()).toEqual([['kong.route/orders', 'orders'], ['kong.route/pooled', 'orders'], ['kong.route/side', 'orders'], ['kong.route/stock', 'stock']]);
  });

  it('is read by its id, without a search', async () => {
    const konnect = await started();
    const { provider } = await providerAt(konnect, CONTROL_PLANE);
    const routes = await provider.kinds.find(({ name }) => name === 'kong.route')?.list();
    expect(routes?.map(({ id }) => id).toSorted()).toEqual(['orders', 'pooled', 'side', 'stock']);
    expect(konnect.seen.slice(0, 1)).toEqual([`GET /v2/control-planes/${CONTROL_PLANE}`]);
    expect(konnect.seen).not.toContain('GET /v2/control-planes');
  });

  it.each(['elsewhere', '00000000-0000-4000-8000-000000000000'])('that is not there (%s) is told by its line', async (controlPlane) => {
    const { provider } = await providerAt(await started(), controlPlane);
    expect(await refusal(provider.kinds[0]?.list() ?? Promise.resolve())).toEqual([expect.objectContaining({ code: 'KONG_KONNECT_CONTROL_PLANE', at: expect.objectContaining({ line: 12 }) as unknown })]);
  });

  it.each<readonly [what: string, path: RegExp, status: number, body: object, code: string, words: string]>([
    ['a token that is refused where control planes are', /control-planes$/, 401, { status: 401, title: 'Unauthorized', instance: 'kong:trace:1', detail: 'Invalid credentials' }, 'KONG_FORBIDDEN', '401'],
    ['a token that is refused where entities are', /core-entities\/services$/, 401, { message: 'Unauthorized', status: 401 }, 'KONG_FORBIDDEN', '401'],
    ['what it refuses', /core-entities\/services$/, 400, { message: 'validation error', code: 3 }, 'KONG_REFUSED', 'validation error'],
    ['a failure in the form of a problem, with the token in it', /control-planes$/, 500, { status: 500, title: 'Internal', instance: 'kong:trace:1', detail: `it broke over ${KONNECT_TOKEN}` }, 'KONG_REFUSED', 'it broke over [secret]'],
    ['a page of something in between', /core-entities\/services$/, 200, { html: true }, 'KONG_REFUSED', '200'],
    ['pages in a circle', /core-entities\/services$/, 200, { data: [], offset: 'again' }, 'KONG_REFUSED', 'pages lead back'],
  ])('tells %s', async (_what, path, status, body, code, words) => {
    const { provider } = await providerAt(await started({ instead: (asked) => (path.test(asked) ? { status, body } : undefined) }));
    const [problem] = await refusal(provider.kinds[0]?.list() ?? Promise.resolve());
    expect(problem).toMatchObject({ code, message: expect.stringContaining(words) as unknown });
    expect(JSON.stringify(problem)).not.toContain(KONNECT_TOKEN);
  });

  it('is asked again where it says that this is too much at once (429)', async () => {
    const konnect = await started({ instead: (path, nth) => (path.endsWith('/core-entities/services') && nth === 1 ? { status: 429, body: { message: 'API rate limit exceeded' }, headers: { 'retry-after': '0' } } : undefined) });
    const { provider } = await providerAt(konnect);
    expect(await provider.kinds.find(({ name }) => name === 'kong.service')?.list()).toHaveLength(4);
  });

  it('does not say everything: what it leaves open is told as not looked at', async () => {
    const whole = (await planAt(await started())).plan.unseen.map(({ what }) => what);
    expect(whole).toEqual(['filters in WebAssembly, and what else a data plane has of its own']);
    const nodes = [node('dp-1'), node('dp-2', { config_hash: 'of before' }), node('dp-3', { compatibility_status: { state: 'COMPATIBILITY_STATE_INCOMPATIBLE' } })];
    const { plan } = await planAt(await started({ nodes, member: true }));
    expect(plan.unseen.map(({ what, why }) => `${what}: ${why}`)).toEqual([
      'filters in WebAssembly, and what else a data plane has of its own: Konnect does not say it',
      'other control planes of a group, which share the data planes: whether a route there leads to a service of the blueprint, or gets its requests: one control plane is read',
      'whether the data planes have this configuration in force: they have another one, or are gone: dp-2 (3.9.1.0)',
      'whether the data planes take the whole configuration: what Konnect says of their compatibility: dp-3: incompatible',
    ]);
    expect((await planAt(await started({ nodes: [] }))).plan.unseen.map(({ why }) => why)).toContain('the control plane knows no data plane');
    const silent = await started({ instead: (path) => (/(nodes|group-member-status)$/.test(path) ? { status: 403, body: { status: 403, title: 'Forbidden', instance: 'kong:trace:1', detail: 'Forbidden' } } : undefined) });
    const { provider, desired } = await providerAt(silent);
    expect((await provider.reach?.(desired, []))?.unseen.map(({ why }) => why)).toContain('kong does not let this login list nodes (403)');
  });

  it('is told by doctor: no plugin of a data plane is taken for good', async () => {
    const nodes = [node('dp-1'), node('dp-2', { config_hash: 'of before' }), node('dp-3', { version: '3.8.0.0', compatibility_status: { state: 'COMPATIBILITY_STATE_INCOMPATIBLE' } })];
    const konnect = await started({ nodes, instead: (path) => (path.endsWith('/schemas/plugins/authctl-scope-guard') ? { status: 404, body: { message: 'Not found' } } : undefined) });
    const { provider, desired } = await providerAt(konnect);
    const found = Object.fromEntries(((await provider.about?.(desired)) ?? []).map(({ what, state, found: words }) => [what, [state, words]]));
    expect(found).toMatchObject({
      'control plane': ['good', `shop (${CONTROL_PLANE}) of Konnect`],
      Konnect: ['unknown', expect.stringContaining('never tried') as unknown],
      'data planes': ['unknown', '3 (3.8.0.0, 3.9.1.0)'],
      configuration: ['unknown', 'not known to be in force at dp-2 (3.9.1.0)'],
      'data plane dp-3': ['bad', expect.stringContaining('incompatible') as unknown],
      'plugin authctl-token-guard': ['unknown', expect.stringContaining('does not say which data planes have its code') as unknown],
      'plugin authctl-scope-guard': ['bad', 'this control plane has no schema of it'],
    });
  });

  it('is told by the command, whose text has no token in it', async () => {
    const { url, proxy } = await started({ instead: (path) => (path.endsWith('/expected-config-hash') ? { status: 500, body: { status: 500, title: 'Internal', instance: 'kong:trace:1', detail: `Bearer ${KONNECT_TOKEN} is not known` } } : undefined) });
    const { text, data, problems } = await createAuthctl({ env: { ...ENV, KONNECT_URL: url, KONG_PROXY_URL: proxy }, localStack: false }).doctor(shopOf());
    const ofKong = data?.findings.filter(({ target }) => target === 'kong') ?? [];
    expect(ofKong).toContainEqual(expect.objectContaining({ state: 'bad', found: 'kong refused to say which configuration its nodes should have (500): Bearer [secret] is not known (KONG_REFUSED)' }));
    expect(ofKong).toContainEqual(expect.objectContaining({ what: 'login and permissions', state: 'good' }));
    expect(JSON.stringify([text, data, problems])).not.toContain(KONNECT_TOKEN);
  });

  it('is written to by nobody, whoever asks', async () => {
    const konnect = await started();
    const { provider, desired } = await providerAt(konnect);
    const [service] = desired.filter(({ kind }) => kind === 'kong.service');
    const kind = provider.kinds.find(({ name }) => name === 'kong.service');
    const live = (await kind?.list())?.[0];
    if (!service || !kind || !live) throw new Error('nothing to try');
    for (const work of [() => kind.put(service, undefined), () => kind.remove(live), () => kind.release?.(live) ?? Promise.resolve()]) expect(await refusal(work())).toEqual([expect.objectContaining({ code: 'TARGET_ONLY_LOOKED_AT' })]);
    expect(konnect.seen.filter((line) => !line.startsWith('GET '))).toEqual([]);
  });
});

describe('targets.kong.konnect', () => {
  it('is the address of its region, where nothing that verify makes is looked for', async () => {
    const blueprint = await load(shopOf(stated('shop', '')));
    expect(blueprint.targets.kong).toMatchObject({ admin: { url: 'https://eu.api.konghq.com' }, konnect: { region: 'eu', controlPlane: 'shop' } });
    expect(blueprint.targets.kong?.admin.token).toBeUndefined();
    expect([addressesOf(blueprint, 'kong'), controlsOf({ ...(blueprint.targets.kong && { kong: blueprint.targets.kong }) })]).toEqual([[], []]);
    expect(JSON.stringify(blueprint)).not.toContain(KONNECT_TOKEN);
  });

  it.each<readonly [what: string, konnect: string, edit: (text: string) => string, code: string, words: string]>([
    ['that is to be written', stated('shop', ''), (text) => text.replace('manage: none\n', ''), 'BLUEPRINT_KONNECT', 'only looked at'],
    ['beside an Admin API', `admin: { url: "http://127.0.0.1:9" }\n    ${stated('shop', '')}`, String, 'BLUEPRINT_KONNECT', 'states "admin" and "konnect"'],
    ['with a workspace', `${stated('shop', '')}\n    edition: enterprise\n    workspace: team`, String, 'BLUEPRINT_KONNECT', 'no workspaces'],
    ['without a database', `${stated('shop', '')}\n    store: dbless`, String, 'BLUEPRINT_KONNECT', 'keeps its configuration itself'],
    ['at an address elsewhere', stated('shop', ', endpoint: "https://konnect.example"'), String, 'BLUEPRINT_KONNECT', 'for a stand-in on this machine alone'],
    ['in a region that there is not', stated('shop', '').replace('eu', 'mars'), String, 'BLUEPRINT_WRONG_VALUE', 'region'],
    ['with a token in the file', stated('shop', '').replace('"${KONNECT_TOKEN}"', 'kpat_in_the_file'), String, 'BLUEPRINT_SECRET_LITERAL', 'token'],
    ['in the place of nothing', 'edition: oss', String, 'BLUEPRINT_MISSING_KEY', 'must state "admin"'],
  ])('%s is refused by its line', async (_what, konnect, edit, code, words) => {
    const problems = await refusal(load(shopOf(konnect, edit)));
    expect(problems).toContainEqual(expect.objectContaining({ code, message: expect.stringContaining(words) as unknown, at: expect.objectContaining({ line: expect.any(Number) as unknown }) as unknown }));
    expect(JSON.stringify(problems)).not.toMatch(/kpat_|spat_/);
  });

  it('is said by permissions and rendered for decK, and by apply that nothing is written', async () => {
    const authctl = createAuthctl({ env: ENV, localStack: false });
    const file = shopOf(stated('shop', ''));
    expect((await authctl.permissions(file, { login: 'apply' })).data?.targets.kong?.grants).toEqual([{ what: 'Konnect: the role "Viewer" of the entity type "Control Planes", for a system account in the region eu', text: 'shop' }]);
    // What decK writes there is this file, with what it may touch.
    expect((await authctl.render(file, { target: 'kong-declarative' })).text).toMatch(/select_tags:\s+- authctl:kept/);
    expect((await authctl.apply(file, { approve: true })).problems.map(({ code }) => code)).toEqual(['TARGET_ONLY_LOOKED_AT']);
  });
});
