import { expect, it } from 'vitest';
import { applyPlan } from '../../../../src/core/apply.ts';
import { changesOf, makePlan } from '../../../../src/core/plan.ts';
import type { Desired, Spec } from '../../../../src/core/resource.ts';
import { createKongProvider } from '../../../../src/providers/kong/index.ts';
import { fakeKong } from './fake-kong.ts';

const origin = { file: 'shop.yaml', line: 1, column: 1 };
const object = (kind: string, id: string, spec: Spec, after: string[] = []): Desired => ({ kind, id, spec, after, origin });
const desired = [
  object('kong.service', 'shop.orders', { name: 'shop.orders', protocol: 'http', host: 'orders', port: 9101, path: null, enabled: true }),
  object('kong.route', 'shop.orders.list', { name: 'shop.orders.list', paths: ['~/orders$'], methods: ['GET'], service: { name: 'shop.orders' } }, ['kong.service/shop.orders']),
];

it('says of rows when Kong changed them last, and asks nothing for it', async () => {
  const kong = fakeKong();
  const connect = () =>
    createKongProvider({ name: 'shop', secrets: [], at: () => origin }, { admin: { url: 'http://kong:8001' }, proxy: { url: 'http://kong:8000' }, edition: 'oss', store: 'database' }, { admin: kong.admin, proxy: kong.proxy });
  const plan = (traces: boolean, provider = connect()) => makePlan([provider], { name: 'shop', desired, deferred: [] }, { traces });
  const provider = connect();
  await applyPlan({ providers: [provider], plan: await plan(false, provider), options: {} });
  Object.assign(kong.row('services', 'shop.orders'), { host: 'evil', created_at: 1_795_000_000, updated_at: 1_795_953_603 });
  Object.assign(kong.row('routes', 'shop.orders.list'), { paths: ['/'], updated_at: 'yesterday' });
  kong.log.length = 0;
  await plan(false);
  const before = kong.log.splice(0);
  expect(changesOf(await plan(true)).map(({ action, changed }) => [action, changed])).toEqual([['update', { at: '2026-11-29T12:00:03.000Z' }], ['update', undefined]]);
  expect(kong.log).toEqual(before);
});

it('asks the audit log of Enterprise of what was found, and says so where it is off', async () => {
  const kong = fakeKong();
  const target = { admin: { url: 'http://kong:8001' }, proxy: { url: 'http://kong:8000' }, edition: 'enterprise', store: 'database' } as const;
  const plan = (traces: boolean) => makePlan([createKongProvider({ name: 'shop', secrets: [], at: () => origin }, target, { admin: kong.admin, proxy: kong.proxy })], { name: 'shop', desired, deferred: [] }, { traces });
  await plan(false);
  const before = kong.log.splice(0);
  expect((await plan(true)).untold).toEqual(['who changed it is not recorded: the audit log of Kong is off (audit_log in kong.conf)']);
  expect(kong.log.slice(before.length).toSorted()).toEqual(['GET /audit/objects?size=1000', 'GET /audit/requests?size=1000']);
});
