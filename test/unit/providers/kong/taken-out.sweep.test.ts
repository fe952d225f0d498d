import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { addressOfChange, changesOf, makePlan, reasonsOf } from '../../../../src/core/plan.ts';
import type { Expansion, Plan } from '../../../../src/core/plan.ts';
import { expand } from '../../../../src/patterns/index.ts';
import { createHttp } from '../../../../src/providers/http.ts';
import { createKongProvider } from '../../../../src/providers/kong/index.ts';
import { fieldsOf } from '../../../../src/providers/kong/specs/index.ts';
import { load, sso } from '../../blueprint/loading.ts';

let kong: Awaited<ReturnType<typeof startEmbeddedKong>>;
beforeAll(async () => {
  kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
});
afterAll(() => kong.close());

const wantedBy = async (raw: string): Promise<Expansion> => {
  const blueprint = await load(`${await sso()}\nraw:\n  kong:\n    ${raw}\n`);
  const ours = (address: string): boolean => address.startsWith('kong.');
  return { name: blueprint.name, deferred: [], desired: expand(blueprint).desired.filter(({ kind }) => ours(kind)).map((object) => ({ ...object, after: object.after.filter(ours) })) };
};

/** Makes a plan of what a blueprint with this raw part wants, and brings it into force where that is asked for. */
const planOf = async (raw: string, { apply = false } = {}): Promise<Plan> => {
  const wanted = await wantedBy(raw);
  const blueprint = await load(`${await sso()}\nraw:\n  kong:\n    ${raw}\n`);
  const provider = {
    fieldsOf,
    ...createKongProvider(blueprint, { admin: { url: kong.admin.url }, proxy: { url: kong.proxy.url }, edition: 'oss', store: 'database' }, {
      admin: createHttp({ target: 'kong', url: kong.admin.url }),
      proxy: createHttp({ target: 'kong', url: kong.proxy.url, freshConnections: true, tries: 1 }),
      lookUp: (names) => Promise.resolve(new Map(names.map((name) => [name, undefined]))),
    }),
  };
  const plan = await makePlan([provider], wanted);
  if (apply) expect((await applyPlan({ providers: [provider], plan, options: {} })).filter(({ outcome }) => outcome !== 'done')).toEqual([]);
  await provider.close?.();
  return plan;
};
const toldBy = (plan: Plan): readonly string[] =>
  changesOf(plan).filter(({ action }) => action !== 'keep').map((change) => [change.action, addressOfChange(change), ...('danger' in change ? [change.danger.field ?? ''] : reasonsOf(change).map(({ path }) => path))].join(' '));

it.each([
  ['the hosts of a route', 'routes: { orders.list: { hosts: [once.example] } }', 'update kong.route/shop.orders.list hosts'],
  ['headers of a route', 'routes: { orders.list: { headers: { x-stage: [draft] } } }', 'update kong.route/shop.orders.list headers'],
  ['a flag of a route', 'routes: { orders.list: { preserve_host: true } }', 'update kong.route/shop.orders.list preserve_host'],
  ['a number of a service', 'services: { orders: { retries: 0 } }', 'danger kong.service/shop.orders retries'],
  ['a field of the config of a plugin', 'plugins: { shop.orders.jwt: { maximum_expiration: 600 } }', 'danger kong.plugin/shop.orders.jwt config.maximum_expiration'],
])('%s that is taken out of raw is told, or put back', async (_what, raw, told) => {
  await planOf(raw, { apply: true });
  expect(toldBy(await planOf(raw))).not.toContain(told);
  expect(toldBy(await planOf('services: {}'))).toContain(told);
  await planOf('services: {}', { apply: true });
});
