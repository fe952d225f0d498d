import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import { createEngine } from '../../../../src/core/engine.ts';
import type { Desired, Spec } from '../../../../src/core/resource.ts';
import { createHttp } from '../../../../src/providers/http.ts';
import { createKongProvider } from '../../../../src/providers/kong/index.ts';
import { kongHand } from '../../../stack/sabotages/kong-hand.ts';
import type { KongHand } from '../../../stack/sabotages/kong-hand.ts';

const origin = { file: 'shop.yaml', line: 1, column: 1 };
const object = (kind: string, id: string, spec: Spec, after: string[] = []): Desired => ({ kind, id, spec, after, origin });
const plugin = (id: string, spec: Spec, after: string[] = []): Desired => object('kong.plugin', id, { instance_name: id, ...spec }, after);
const shopAt = (name: string, port = 9): readonly Desired[] => [
  object('kong.service', `${name}.orders`, { name: `${name}.orders`, protocol: 'http', host: '127.0.0.1', port }),
  plugin(`${name}.orders.jwt`, { name: 'jwt', service: { name: `${name}.orders` }, route: null, config: {} }, [`kong.service/${name}.orders`]),
  object('kong.route', `${name}.orders.list`, { name: `${name}.orders.list`, paths: [`~/${name}/orders$`], service: { name: `${name}.orders` } }, [`kong.plugin/${name}.orders.jwt`]),
  plugin(`${name}.orders.list.size`, { name: 'request-size-limiting', route: { name: `${name}.orders.list` }, service: null, config: {} }, [`kong.route/${name}.orders.list`]),
];

/** What a plugin for everything does to requests that it was not meant for, each in a way of its own. */
const GLOBAL: readonly (readonly [string, Spec])[] = [
  ['asks for a key', { name: 'key-auth', config: { key_names: ['apikey'] } }],
  ['asks for a token', { name: 'jwt', config: {} }],
  ['is for nobody', { name: 'ip-restriction', config: { allow: ['10.9.9.9'] } }],
  ['lets nobody come twice', { name: 'rate-limiting', config: { hour: 1, policy: 'local' } }],
  ['closes the house', { name: 'request-termination', config: { status_code: 503 } }],
  ['lets no page of another site in', { name: 'cors', config: { origins: ['https://theirs.example'] } }],
  ['answers by code of its own', { name: 'pre-function', config: { access: ['kong.response.exit(418, "short and stout")'] } }],
  ['breaks', { name: 'pre-function', config: { access: ['error("broken")'] } }],
  ['is for a group', { name: 'acl', config: { allow: ['nobody'] } }],
  ['rewrites answers', { name: 'response-transformer', config: { add: { headers: ['access-control-allow-origin: *'] } } }],
];
/** Before any route is chosen nothing of the marker's own can answer. */
const JAM: Spec = { name: 'pre-function', config: { rewrite: ['kong.response.exit(418, "short and stout")'] } };

describe('with a plugin for everything', () => {
  let kong: Awaited<ReturnType<typeof startEmbeddedKong>>;
  let hand: KongHand;
  let clock = 0;
  const run = (name: string, desired: readonly Desired[], options: { readonly prune?: boolean } = {}) => {
    const provider = createKongProvider(
      { name, secrets: [], at: () => origin },
      { admin: { url: kong.admin.url }, proxy: { url: kong.proxy.url }, edition: 'oss', store: 'database' },
      {
        admin: createHttp({ target: 'kong', url: kong.admin.url }),
        proxy: createHttp({ target: 'kong', url: kong.proxy.url, freshConnections: true, tries: 1 }),
        clock: { now: () => clock, sleep: (milliseconds) => Promise.resolve((clock += milliseconds * 10)) },
      },
    );
    return createEngine([provider], { name, desired, deferred: [] }).apply({ ...options, approve: () => Promise.resolve(true) });
  };
  const codes = async (report: ReturnType<typeof run>) => (await report).problems.map(({ code }) => code);
  const left = async () =>
    (await Promise.all(['services', 'routes', 'plugins'].map(async (list) => ((await hand.get(`/${list}`)).data as { name: string }[]).map(({ name }) => name)))).flat();
  beforeAll(async () => {
    kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
    hand = kongHand(kong.admin.url);
  });
  beforeEach(() => {
    clock = 0;
  });
  afterAll(() => kong.close());

  it.each(GLOBAL)('of somebody else that %s, apply, prune and destroy work', async (_what, spec) => {
    await hand.create('/plugins', spec);
    expect(await codes(run('shop', shopAt('shop')))).toEqual([]);
    expect(await codes(run('shop', shopAt('shop', 10)))).toEqual([]);
    expect(await codes(run('shop', shopAt('shop', 10).slice(0, 2), { prune: true }))).toEqual([]);
    expect(await codes(run('shop', [], { prune: true }))).toEqual([]);
    await hand.undo();
    expect(await left()).toEqual([]);
  });

  it.each(GLOBAL)('of our own that %s, so do ours and those of another blueprint', async (_what, spec) => {
    const everything = plugin('x.key', { route: null, service: null, ...spec });
    expect(await codes(run('shop', [...shopAt('shop'), everything]))).toEqual([]);
    expect(await codes(run('other', shopAt('other')))).toEqual([]);
    expect(await codes(run('other', [], { prune: true }))).toEqual([]);
    expect(await codes(run('shop', shopAt('shop'), { prune: true }))).toEqual([]);
    expect(await codes(run('shop', [], { prune: true }))).toEqual([]);
    expect(await left()).toEqual([]);
  });

  it('of somebody else that answers before a route is chosen, apply says which one, and goes on when it is off', async () => {
    const { id } = await hand.create('/plugins', { ...JAM, instance_name: 'their-code' });
    const report = await run('shop', shopAt('shop'));
    expect(report.problems).toMatchObject([{ code: 'KONG_NOT_IN_FORCE', hint: expect.stringContaining('pre-function "their-code"') as string }]);
    await hand.patch(`/plugins/${id}`, { enabled: false });
    expect(await codes(run('shop', shopAt('shop')))).toEqual([]);
    expect(await codes(run('shop', [], { prune: true }))).toEqual([]);
    await hand.undo();
    expect(await left()).toEqual([]);
  });

  it.each([
    ['prune', shopAt('shop')],
    ['prune that writes, too,', shopAt('shop', 10)],
    ['destroy', []],
  ])('of our own that answers before a route is chosen, %s takes it away', async (_how, desired) => {
    const report = await run('shop', [...shopAt('shop'), plugin('x.code', { route: null, service: null, ...JAM })]);
    expect(report.problems).toMatchObject([{ code: 'KONG_NOT_IN_FORCE', hint: expect.stringContaining('pre-function "x.code"') as string }]);
    expect(await codes(run('shop', desired, { prune: true }))).toEqual([]);
    expect(await codes(run('shop', desired, { prune: true }))).toEqual([]);
    const routes = (await hand.get('/routes')).data as { readonly name: string; readonly headers: unknown }[];
    expect(routes.filter(({ name }) => name === 'shop.orders.list').map(({ headers }) => headers)).toEqual(desired.length === 0 ? [] : [null]);
    expect(await codes(run('shop', [], { prune: true }))).toEqual([]);
    expect(await left()).toEqual([]);
  });
});
