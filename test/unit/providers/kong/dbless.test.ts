import { beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { KongAdmin } from '../../../../src/providers/kong/client.ts';
import { createDblessStore } from '../../../../src/providers/kong/dbless.ts';
import type { KongStore, RowWrite } from '../../../../src/providers/kong/store.ts';

let loaded: Record<string, unknown>[];
let current: Record<string, unknown>;
let store: KongStore;
beforeEach(() => {
  loaded = [];
  current = {
    _transform: false,
    _format_version: '3.0',
    services: [
      { id: 's-1', name: 'shop.orders', host: 'orders', retries: 7, tags: ['team-a', 'authctl:shop'] },
      { id: 's-2', name: 'theirs', host: 'theirs', tags: null },
    ],
    plugins: [
      {
        id: 'p-1',
        instance_name: 'shop.orders.jwt',
        name: 'jwt',
        service: 's-1',
        config: { anonymous: 'x', realm: 'r' },
        tags: ['authctl:shop'],
      },
    ],
    consumers: [{ id: 'c-1', username: 'shop.issuer', tags: ['authctl:shop'] }],
    acls: [{ id: 'a-1', consumer: 'c-1', group: 'g' }],
    upstreams: [{ id: 'u-1', name: 'theirs' }],
  };
  const admin = {
    dump: () => Promise.resolve(stringify(current)),
    load: (configuration: object) => {
      loaded.push(configuration as Record<string, unknown>);
      return Promise.resolve();
    },
  } as KongAdmin;
  store = createDblessStore(admin, 'authctl:shop');
});
const service = (name: string, body: Record<string, unknown>): RowWrite => ({
  entity: 'services',
  key: { field: 'name', value: name },
  path: '/services',
  body: { name, ...body },
});

describe('a DB-less node', () => {
  it('gets everything in one load, with what others have there', async () => {
    await store.put({
      ...service('shop.orders', { host: 'new' }),
      existing: { id: 's-1', tags: ['team-a', 'authctl:shop'], changes: { host: 'new' } },
    });
    await store.put(service('shop.invoices', { host: 'invoices' }));
    await store.put({
      entity: 'routes',
      key: { field: 'name', value: 'r' },
      path: '/routes',
      body: { name: 'r', paths: ['/r'], service: { name: 'shop.invoices' } },
    });
    await store.put({
      entity: 'plugins',
      key: { field: 'instance_name', value: 'p' },
      path: '/routes/r/plugins',
      body: { name: 'cors', instance_name: 'p', service: null },
    });
    await store.put({
      entity: 'jwts',
      key: { field: 'key', value: 'k/1' },
      path: '/consumers/shop.issuer/jwt',
      body: { key: 'k/1', algorithm: 'RS256' },
    });
    expect(loaded).toEqual([]);
    await store.flush();
    expect(loaded).toEqual([
      {
        ...current,
        services: [
          { id: 's-1', name: 'shop.orders', host: 'new', retries: 7, tags: ['team-a', 'authctl:shop'] },
          { id: 's-2', name: 'theirs', host: 'theirs', tags: null },
          { name: 'shop.invoices', host: 'invoices', tags: ['authctl:shop'] },
        ],
        routes: [{ name: 'r', paths: ['/r'], service: 'shop.invoices', tags: ['authctl:shop'] }],
        plugins: [
          ...(current.plugins as object[]),
          { name: 'cors', instance_name: 'p', service: null, route: 'r', tags: ['authctl:shop'] },
        ],
        jwt_secrets: [{ key: 'k/1', algorithm: 'RS256', consumer: 'shop.issuer', tags: ['authctl:shop'] }],
      },
    ]);
  });

  it('is not loaded when there is nothing to write', async () => {
    await store.flush();
    expect([loaded, store.writes()]).toEqual([[], 0]);
  });

  it('keeps the fields of a plugin that are not ours, unless it becomes another plugin', async () => {
    const row = {
      entity: 'plugins',
      key: { field: 'instance_name', value: 'shop.orders.jwt' },
      path: '/services/shop.orders/plugins',
      body: { name: 'jwt', instance_name: 'shop.orders.jwt', config: { anonymous: null } },
    } as const;
    const existing = { id: 'p-1', tags: ['authctl:shop'], changes: { config: { anonymous: null } } };
    await store.put({ ...row, existing });
    await store.put({ ...row, body: { ...row.body, name: 'other' }, existing: { ...existing, whole: true } });
    await store.flush();
    expect(loaded[0]?.plugins).toEqual([
      {
        id: 'p-1',
        name: 'other',
        instance_name: 'shop.orders.jwt',
        service: 'shop.orders',
        config: { anonymous: null },
        tags: ['authctl:shop'],
      },
    ]);
  });

  it('does not overwrite what appeared under the name since', async () => {
    await store.put(service('theirs', { host: 'ours' }));
    await expect(store.flush()).rejects.toMatchObject({ code: 'KONG_NAME_TAKEN' });
    expect(loaded).toEqual([]);
  });

  it('loses with a row what hangs on it', async () => {
    await store.remove('consumers', 'c-1');
    await store.remove('services', 's-1');
    await store.remove('services', 'gone already');
    await store.flush();
    expect(loaded).toEqual([{ ...current, services: [(current.services as object[])[1]], plugins: [], consumers: [], acls: [] }]);
  });

  it('is refused when it shows something else', async () => {
    current = { services: [] };
    await store.put(service('x', {}));
    await expect(store.flush()).rejects.toMatchObject({ code: 'KONG_CONFIG' });
  });
});
