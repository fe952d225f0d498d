import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { addressOfChange, changesOf, makePlan, reasonsOf } from '../../../../src/core/plan.ts';
import type { Plan } from '../../../../src/core/plan.ts';
import { ofKong, providerAt } from './embedded.ts';
import { load, sso } from '../../blueprint/loading.ts';

let kong: Awaited<ReturnType<typeof startEmbeddedKong>>;
let store: 'database' | 'dbless';

/** Makes a plan of what a blueprint with this raw part wants, and brings it into force where that is asked for. */
const planOf = async (raw: string, { apply = false } = {}): Promise<Plan> => {
  const blueprint = await load(`${await sso()}\nraw:\n  kong:\n    ${raw}\n`);
  const provider = providerAt(kong, blueprint, { store });
  const plan = await makePlan([provider], ofKong(blueprint));
  if (apply) expect((await applyPlan({ providers: [provider], plan, options: {} })).filter(({ outcome }) => outcome !== 'done')).toEqual([]);
  await provider.close?.();
  return plan;
};
const toldBy = (plan: Plan): readonly string[] =>
  changesOf(plan).filter(({ action }) => action !== 'keep').map((change) => [change.action, addressOfChange(change), ...('danger' in change ? [change.danger.field ?? ''] : reasonsOf(change).map(({ path }) => path))].join(' '));

/** Entities of the blueprint's own, and where each of them may have a field more. */
const ENTITIES = 'entities: { services: { own: { host: own.example%s } }, routes: { own: { service: own, paths: [/own]%s } }, upstreams: { pool: { algorithm: round-robin%s } }, plugins: { shop.slow: { name: rate-limiting, service: own, config: { minute: 5, policy: local%s } } } }';
const entities = (place?: number, more = ''): string => {
  let at = -1;
  return ENTITIES.replaceAll('%s', () => ((at += 1) === place ? `, ${more}` : ''));
};
const NOTHING = 'services: {}';

describe.each(['database', 'dbless'] as const)('what is taken out of raw (%s)', (mode) => {
  beforeAll(async () => {
    store = mode;
    kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins', dbless: mode === 'dbless' });
  });
  afterAll(() => kong.close());

  it.each([
    ['a flag of a route', 'routes: { orders.list: { preserve_host: true } }', NOTHING, 'update kong.route/shop.orders.list preserve_host'],
    ['a number of a service', 'services: { orders: { retries: 0 } }', NOTHING, 'danger kong.service/shop.orders retries'],
    ['a field of the config of a plugin', 'plugins: { shop.orders.jwt: { maximum_expiration: 600 } }', NOTHING, 'danger kong.plugin/shop.orders.jwt config.maximum_expiration'],
    ['a field of a service of its own', entities(0, 'retries: 0'), entities(), 'danger kong.service/own retries'],
    ['the hosts of a route of its own', entities(1, 'hosts: [once.example]'), entities(), 'danger kong.route/own hosts'],
    ['a field of an upstream of its own', entities(2, 'hash_on: consumer'), entities(), 'danger kong.upstream/pool hash_on'],
    ['a field of a plugin of its own', entities(3, 'hour: 9'), entities(), 'danger kong.plugin/shop.slow config.hour'],
  ])('%s is told, or put back', async (_what, before, after, told) => {
    await planOf(before, { apply: true });
    expect(toldBy(await planOf(before))).not.toContain(told);
    expect(toldBy(await planOf(after))).toContain(told);
    await planOf(after, { apply: true });
    // What is put back is so then; what is told stays in force, and stays told.
    expect(toldBy(await planOf(after))).toEqual(told.startsWith('danger') ? expect.arrayContaining([told]) : []);
  });
});
