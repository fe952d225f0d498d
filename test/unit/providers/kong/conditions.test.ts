import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { addressOfChange, changesOf, makePlan } from '../../../../src/core/plan.ts';
import type { Expansion } from '../../../../src/core/plan.ts';
import type { Provider } from '../../../../src/core/provider.ts';
import { ofKong, providerAt } from './embedded.ts';
import { kongHand } from '../../../stack/sabotages/kong-hand.ts';
import type { KongHand } from '../../../stack/sabotages/kong-hand.ts';
import { loadExample } from '../../checks/worlds/examples.ts';

describe('hosts and headers of a route that somebody changes by hand', () => {
  let kong: Awaited<ReturnType<typeof startEmbeddedKong>>;
  let blueprint: Blueprint;
  let wanted: Expansion;
  let hand: KongHand;
  const connect = (): Provider => providerAt(kong, blueprint);
  const told = async (): Promise<readonly string[]> => {
    const provider = connect();
    const made = await makePlan([provider], wanted);
    await provider.close?.();
    return changesOf(made).filter(({ action }) => action !== 'keep').map((change) => `${change.action} ${addressOfChange(change)}`);
  };
  const effects = async (): Promise<readonly string[]> => {
    const provider = connect();
    const made = await makePlan([provider], wanted);
    await provider.close?.();
    return changesOf(made).filter(({ action }) => action !== 'keep').map((change) => `${change.effect} ${change.action} ${addressOfChange(change)}`);
  };
  beforeAll(async () => {
    kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
    hand = kongHand(kong.admin.url);
    blueprint = await loadExample('routes');
    wanted = ofKong(blueprint);
    const provider = connect();
    const results = await applyPlan({ providers: [provider], plan: await makePlan([provider], wanted), options: {} });
    await provider.close?.();
    expect(results.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
  });
  afterEach(() => hand.undo());
  afterAll(() => kong.close());

  it('are as the blueprint has them after one apply, although the route was written closed first', async () => {
    const { headers, hosts } = await hand.get('/routes/shop.partners.drafts');
    expect({ headers, hosts }).toEqual({ headers: { 'x-shop-stage': ['draft', 'preview'] }, hosts: ['*.partners.example', 'partners.shop.example'] });
    expect(await told()).toEqual([]);
  });

  it.each([
    ['the hosts are taken away', 'offers', { hosts: null }],
    ['another host comes to them', 'offers', { hosts: ['partners.shop.example', '*.partners.example', 'evil.example'] }],
    ['the header is dropped', 'drafts', { headers: null }],
    ['the header may have another value', 'drafts', { headers: { 'x-shop-stage': ['draft', 'preview', 'live'] } }],
    ['the path is no longer stripped', 'orders', { strip_path: false }],
    ['the host is no longer kept', 'offers', { preserve_host: false }],
  ])('are told, and put back: %s', async (_what, route, fields) => {
    await hand.patch(`/routes/shop.partners.${route}`, fields);
    expect(await told()).toContain(`update kong.route/shop.partners.${route}`);
  });

  it.each([
    ['a header more', 'drafts', { headers: { 'x-shop-stage': ['draft', 'preview'], 'x-door': ['open'] } }],
    ['one value of a header less', 'drafts', { headers: { 'x-shop-stage': ['draft'] } }],
    ['one host less', 'offers', { hosts: ['partners.shop.example'] }],
    ['a host where none was asked for', 'orders', { hosts: ['partners.shop.example'] }],
    ['a header where none was asked for', 'orders', { headers: { 'x-door': ['open'] } }],
    ['a name of TLS', 'orders', { snis: ['partners.shop.example'] }],
    ['TLS alone', 'orders', { protocols: ['https'] }],
  ])('lock somebody out where there are more of them, and are put back: %s', async (_what, route, fields) => {
    const before = await hand.get(`/routes/shop.partners.${route}`);
    await hand.patch(`/routes/shop.partners.${route}`, fields);
    expect(await effects()).toEqual([`breaks update kong.route/shop.partners.${route}`]);
    const provider = connect();
    await applyPlan({ providers: [provider], plan: await makePlan([provider], wanted), options: {} });
    await provider.close?.();
    const { headers, hosts, snis, protocols } = await hand.get(`/routes/shop.partners.${route}`);
    expect({ headers, hosts, snis, protocols }).toEqual({ headers: before.headers, hosts: before.hosts, snis: before.snis, protocols: before.protocols });
  });

  it('weaken a guard where there are fewer', async () => {
    await hand.patch('/routes/shop.partners.drafts', { headers: null });
    expect(await effects()).toEqual(['weakens update kong.route/shop.partners.drafts']);
  });
});
