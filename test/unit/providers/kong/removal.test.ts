import { beforeEach, describe, expect, it } from 'vitest';
import { createEngine } from '../../../../src/core/engine.ts';
import type { Desired, Live, Spec } from '../../../../src/core/resource.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { dependentsOf } from '../../../../src/providers/kong/dependents.ts';
import { createKongProvider } from '../../../../src/providers/kong/index.ts';
import type { FakeKong } from './fake-kong.ts';
import { fakeKong } from './fake-kong.ts';

const origin = { file: 'shop.yaml', line: 1, column: 1 };
const object = (kind: string, id: string, spec: Spec, after: string[] = []): Desired => ({ kind, id, spec, after, origin });
const shop = [
  object('kong.service', 'shop.orders', { name: 'shop.orders', host: 'orders', port: 9101 }),
  object('kong.plugin', 'shop.orders.jwt', { name: 'jwt', instance_name: 'shop.orders.jwt', service: { name: 'shop.orders' }, config: {} }, ['kong.service/shop.orders']),
  object('kong.route', 'shop.orders.list', { name: 'shop.orders.list', paths: ['~/orders$'], service: { name: 'shop.orders' } }, ['kong.plugin/shop.orders.jwt']),
  object('kong.consumer', 'shop.issuer', { username: 'shop.issuer' }),
];

let kong: FakeKong;
beforeEach(() => {
  kong = fakeKong();
});
const run = (desired: readonly Desired[], options: { prune?: boolean; adopt?: boolean; release?: readonly string[] } = {}) => {
  const provider = createKongProvider(
    { name: 'shop', secrets: [], at: () => origin },
    { admin: { url: 'http://kong:8001' }, proxy: { url: 'http://kong:8000' }, edition: 'oss', store: 'database' },
    { admin: kong.admin, proxy: kong.proxy },
  );
  return createEngine([provider], { name: 'shop', desired, deferred: [] }).apply({ ...options, approve: () => Promise.resolve(true) });
};
const codes = async (report: ReturnType<typeof run>) => (await report).problems.map(({ code }) => code);
const names = (entity: string) => kong.rows(entity).map(({ name, instance_name, username }) => instance_name ?? name ?? username).toSorted();

describe('deleting what a foreign row stands on', () => {
  it('is refused by the plan, which names it, and the service keeps its plugins', async () => {
    expect(await codes(run(shop))).toEqual([]);
    kong.hand('routes', { name: 'partner.orders', paths: ['/partner'], service: { name: 'shop.orders' } });
    const report = await run([], { prune: true });
    expect(report.problems).toMatchObject([
      { code: 'PLAN_DEPENDENTS', message: expect.stringContaining('kong.route/partner.orders is a route on it') as string },
      { code: 'PLAN_DEPENDENTS', message: expect.stringContaining('kong.route/partner.orders would no longer have jwt before it') as string },
    ]);
    expect(names('plugins')).toContain('shop.orders.jwt');
    expect(names('routes')).toContain('shop.orders.list');
  });

  it('goes no further than Kong lets it, when the row came in the last moment', async () => {
    await run(shop);
    let come = false;
    kong.intercept = (method, path) => {
      if (method === 'DELETE' && path.startsWith('/services/') && !come) {
        come = true;
        kong.hand('routes', { name: 'partner.orders', paths: ['/partner'], service: { name: 'shop.orders' } });
      }
      return undefined;
    };
    const report = await run([], { prune: true });
    expect(report.problems).toMatchObject([{ code: 'KONG_REFUSED' }]);
    expect(names('services')).toContain('shop.orders');
    expect(names('plugins')).toContain('shop.orders.jwt');
  });

  it('is no matter to rows that hang on ours alone', async () => {
    await run(shop);
    kong.hand('plugins', { name: 'prometheus', instance_name: 'theirs', service: { name: 'shop.orders' } });
    expect(await codes(run([], { prune: true }))).toEqual([]);
    expect(kong.rows('services')).toEqual([]);
  });
});

describe('dependents', () => {
  const live = (kind: string, id: string, spec: Spec, owner?: string): Live => ({ kind, id, spec, owner });
  const found = (deleted: readonly Live[], staying: readonly Live[]) => dependentsOf(deleted, staying).map(({ of, dependent }) => `${dependent} on ${of}`);

  it.each([
    ['a plugin for our consumer', live('kong.consumer', 'c', {}, 'shop'), live('kong.plugin', 'x', { name: 'acl', consumer: { username: 'c' } }), true],
    ['a plugin for another', live('kong.consumer', 'c', {}, 'shop'), live('kong.plugin', 'x', { name: 'acl', consumer: { username: 'd' } }), false],
    ['a service over our upstream', live('kong.upstream', 'pool', {}, 'shop'), live('kong.service', 'x', { host: 'pool' }), true],
    ['a service elsewhere', live('kong.upstream', 'pool', {}, 'shop'), live('kong.service', 'x', { host: 'pool.example' }), false],
    ['a service with our certificate', live('kong.certificate', 'edge', { id: '1-2-3' }, 'shop'), live('kong.service', 'x', { client_certificate: { id: '1-2-3' } }), true],
    ['a name that our certificate is shown for', live('kong.certificate', 'edge', { id: '1-2-3' }, 'shop'), live('kong.sni', 'x', { certificate: { id: '1-2-3' } }), true],
    ['a service that believes our authority', live('kong.ca_certificate', 'ca', { id: '1-2-3' }, 'shop'), live('kong.service', 'x', { ca_certificates: ['0', '1-2-3'] }), true],
    ['a route behind a plugin of ours on it', live('kong.plugin', 'p', { name: 'acl', route: { name: 'x' } }, 'shop'), live('kong.route', 'x', {}), true],
    ['another route than that of a plugin', live('kong.plugin', 'p', { name: 'acl', route: { name: 'y' } }, 'shop'), live('kong.route', 'x', {}), false],
    ['a route behind a plugin that stands before all', live('kong.plugin', 'p', { name: 'key-auth' }, 'shop'), live('kong.route', 'x', {}), true],
    ['a consumer with a plugin of ours', live('kong.plugin', 'p', { name: 'acl', consumer: { username: 'x' } }, 'shop'), live('kong.consumer', 'x', {}), true],
    ['a key of somebody else in our set', live('kong.key_set', 'set', {}, 'shop'), live('kong.key', 'x', { set: { name: 'set' } }), true],
    ['a key in another set', live('kong.key_set', 'set', {}, 'shop'), live('kong.key', 'x', { set: { name: 'other' } }), false],
    ['a plugin with a value from our vault', live('kong.vault', 'safe', {}, 'shop'), live('kong.plugin', 'x', { name: 'http-log', config: { headers: { a: 'Bearer {vault://safe/token}' } } }), true],
    ['a secret from our vault', live('kong.vault', 'safe', {}, 'shop'), live('kong.key', 'x', { jwk: new Secret('{vault://safe/key/1}') }), true],
    ['a value from another vault', live('kong.vault', 'safe', {}, 'shop'), live('kong.plugin', 'x', { name: 'http-log', config: { headers: { a: '{vault://safer/token}' } } }), false],
    ['a route of our own that stays', live('kong.service', 's', {}, 'shop'), live('kong.route', 'x', { service: { name: 's' } }, 'shop'), false],
  ])('knows %s', (_what, deleted, staying, is) => {
    expect(found([deleted], [staying])).toEqual(is ? [`${staying.kind}/${staying.id} on ${deleted.kind}/${deleted.id}`] : []);
  });
});

describe('rows that were there before', () => {
  it('are let go by prune, with their tags, and are in the way again', async () => {
    kong.hand('services', { name: 'shop.orders', host: 'theirs', tags: ['team-a'] });
    expect(await codes(run(shop, { adopt: true }))).toEqual([]);
    expect(kong.row('services', 'shop.orders').tags).toEqual(['team-a', 'authctl:shop', 'authctl.adopted']);
    expect(await codes(run([], { prune: true }))).toEqual([]);
    expect(kong.row('services', 'shop.orders')).toMatchObject({ host: 'orders', tags: ['team-a'] });
    expect(names('plugins')).toEqual([]);
    expect(await codes(run(shop))).toEqual(['PLAN_BLOCKED']);
  });
});

describe('release', () => {
  it('takes our tags off and changes nothing else', async () => {
    await run(shop);
    const strip = () => ['services', 'routes', 'plugins', 'consumers'].flatMap((entity) => kong.rows(entity).filter(({ name }) => name !== 'shop.authctl-marker' && name !== 'cors').map(({ tags: _tags, ...row }) => row));
    const before = structuredClone(strip());
    expect(await codes(run([], { release: ['*'] }))).toEqual([]);
    expect(strip()).toEqual(before);
    expect(['services', 'routes', 'plugins', 'consumers'].flatMap((entity) => kong.rows(entity).flatMap(({ tags }) => tags))).toEqual([]);
    expect(await codes(run(shop))).toEqual(Array.from({ length: 4 }, () => 'PLAN_BLOCKED'));
  });
});
