import { beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { KongAdmin } from '../../../../src/providers/kong/client.ts';
import { createDblessStore } from '../../../../src/providers/kong/dbless-store.ts';
import type { RowStore, RowWrite } from '../../../../src/providers/kong/row-store.ts';

let loaded: Record<string, unknown>[];
let current: Record<string, unknown>;
let store: RowStore;
let clock: number;
let onLoad: () => 'loaded' | 'busy';
let onSleep: () => void;
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
  clock = 0;
  onLoad = () => 'loaded';
  onSleep = () => undefined;
  store = createDblessStore(admin, 'authctl:shop', {
    now: () => clock,
    sleep: (milliseconds) => {
      clock += milliseconds;
      onSleep();
      return Promise.resolve();
    },
  });
});
/** The node: what it holds is what was loaded last, by whomever. */
const admin: Pick<KongAdmin, 'list' | 'find' | 'dump' | 'hash' | 'load'> = {
  list: () => Promise.resolve([]),
  find: (path) => Promise.resolve((current.services as { id: string; name: string; tags: string[] }[]).find(({ name }) => path === `/services/${name}`)),
  dump: () => Promise.resolve(stringify(current)),
  hash: () => Promise.resolve(JSON.stringify(current)),
  load: (configuration: object) => {
    const answer = onLoad();
    if (answer === 'loaded') {
      loaded.push(configuration as Record<string, unknown>);
      current = configuration as Record<string, unknown>;
    }
    return Promise.resolve(answer);
  },
};
const service = (name: string, body: Record<string, unknown>): RowWrite => ({
  entity: 'services',
  key: { field: 'name', value: name },
  path: '/services',
  body: { name, ...body },
});

it('lets go of all but the one whose former name is another one by now, and writes no name twice', async () => {
  const tags = ['authctl:shop', 'authctl.adopted'];
  current.services = [
    { id: 's-3', name: 'shop.bills', host: 'bills', tags: [...tags, 'authctl.was:Bills'] }, { id: 's-4', name: 'shop.notes', host: 'notes', tags: [...tags, 'authctl.was:Notes'] },
    { id: 's-5', name: 'Bills', host: 'new', tags: null },
  ];
  await expect(store.release('services', { id: 's-3', tags: [...tags, 'authctl.was:Bills'] })).rejects.toMatchObject({ code: 'KONG_NAME_TAKEN' });
  await store.release('services', { id: 's-4', tags: [...tags, 'authctl.was:Notes'] });
  await store.flush();
  expect((current.services as { name: string; tags: unknown }[]).map(({ name, tags: left }) => [name, left])).toEqual([['shop.bills', [...tags, 'authctl.was:Bills']], ['Notes', []], ['Bills', null]]);
});

it('takes nothing over under a name that somebody else has by now', async () => {
  const existing = { id: 's-2', tags: ['authctl:shop'], changes: { name: 'shop.orders' } };
  current.services = [{ id: 's-2', name: 'theirs', tags: ['authctl:shop'] }, { id: 's-7', name: 'shop.orders', tags: ['team-b'] }];
  await store.put({ ...service('shop.orders', { host: 'x' }), existing });
  await expect(store.flush()).rejects.toMatchObject({ code: 'KONG_NAME_TAKEN' });
  expect(loaded).toEqual([]);
});

it('never asks a Kong without a database for what carries a tag: it answers 500 once a row has none', async () => {
  current = { _format_version: '3.0', services: [{ id: 's1', name: 'theirs' }], consumers: [{ id: 'c1', username: 'ours', tags: ['a', 'authctl.raw:shop'] }, { id: 'c2', tags: null }] };
  expect(await store.read('tags/authctl.raw%3Ashop')).toEqual([{ id: 'c1', entity_name: 'consumers' }]);
  expect(await store.read('tags/nobody')).toEqual([]);
});

describe('a DB-less node', () => {
  it('gets everything in one load, with what others have there', async () => {
    const before = current;
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
        ...before,
        services: [
          { id: 's-1', name: 'shop.orders', host: 'new', retries: 7, tags: ['team-a', 'authctl:shop'] },
          { id: 's-2', name: 'theirs', host: 'theirs', tags: null },
          { name: 'shop.invoices', host: 'invoices', tags: ['authctl:shop'] },
        ],
        routes: [{ name: 'r', paths: ['/r'], service: 'shop.invoices', tags: ['authctl:shop'] }],
        plugins: [
          ...(before.plugins as object[]),
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

  it('gets two new plugins as two', async () => {
    for (const name of ['a', 'b'])
      await store.put({
        entity: 'plugins',
        key: { field: 'instance_name', value: name },
        path: '/services/theirs/plugins',
        body: { name: 'cors', instance_name: name },
      });
    await store.flush();
    expect((current.plugins as { instance_name: string }[]).map((row) => row.instance_name)).toEqual(['shop.orders.jwt', 'a', 'b']);
  });

  it('does not overwrite what appeared under the name since', async () => {
    await store.put(service('theirs', { host: 'ours' }));
    await expect(store.flush()).rejects.toMatchObject({ code: 'KONG_NAME_TAKEN' });
    expect(loaded).toEqual([]);
  });

  it('loses with a row what hangs on it', async () => {
    const before = current;
    await store.remove('consumers', 'c-1');
    await store.remove('services', 's-1');
    await store.remove('services', 'gone already');
    await store.flush();
    expect(loaded).toEqual([{ ...before, services: [(before.services as object[])[1]], plugins: [], consumers: [], acls: [] }]);
  });

  it('is refused when it shows something else', async () => {
    current = { services: [] };
    await store.put(service('x', {}));
    await expect(store.flush()).rejects.toMatchObject({ code: 'KONG_CONFIG' });
  });
});

describe('two who load at the same time', () => {
  const theirs = (...names: string[]) => ({
    ...current,
    services: [...(current.services as object[]), ...names.map((name) => ({ id: name, name, host: name, tags: ['team-b'] }))],
  });
  const names = () => (current.services as { name: string }[]).map(({ name }) => name);

  it('begins again when the other one loaded between its reading and its loading', async () => {
    const { dump } = admin;
    let reads = 0;
    const raced = createDblessStore(
      {
        ...admin,
        dump: async () => {
          const text = await dump();
          if ((reads += 1) === 1) current = theirs('other');
          return text;
        },
      },
      'authctl:shop',
      { now: () => clock, sleep: (milliseconds) => Promise.resolve((clock += milliseconds)) },
    );
    await raced.put(service('shop.invoices', { host: 'invoices' }));
    await raced.flush();
    expect([names(), loaded.length]).toEqual([['shop.orders', 'theirs', 'other', 'shop.invoices'], 1]);
  });

  it('begins again when the node is busy with the load of the other one', async () => {
    let asked = 0;
    onLoad = () => {
      asked += 1;
      if (asked > 1) return 'loaded';
      current = theirs('other');
      return 'busy';
    };
    await store.put(service('shop.invoices', { host: 'invoices' }));
    await store.flush();
    expect([names(), loaded.length]).toEqual([['shop.orders', 'theirs', 'other', 'shop.invoices'], 1]);
  });

  it('is refused when the other one had read before, and loads over it', async () => {
    const stale = theirs('other');
    onSleep = () => (current = stale);
    await store.put(service('shop.invoices', { host: 'invoices' }));
    await expect(store.flush()).rejects.toMatchObject({ code: 'KONG_OVERTAKEN' });
    expect(names()).toEqual(['shop.orders', 'theirs', 'other']);
  });

  it('goes on when the other one builds on what it loaded', async () => {
    onSleep = () => (current = theirs(`other-${clock}`));
    await store.put(service('shop.invoices', { host: 'invoices' }));
    await store.flush();
    expect(names().slice(0, 3)).toEqual(['shop.orders', 'theirs', 'shop.invoices']);
  });

  it('gives up on a node that is never left alone, with nothing loaded', async () => {
    onLoad = () => 'busy';
    await store.put(service('shop.invoices', { host: 'invoices' }));
    await expect(store.flush()).rejects.toMatchObject({ code: 'KONG_OVERTAKEN' });
    expect(loaded).toEqual([]);
  });

  it('does not take a row by its name that somebody else has put there since it was read', async () => {
    current = { ...current, services: [{ id: 's-9', name: 'shop.orders', host: 'theirs', tags: ['team-b'] }] };
    const existing = { id: 's-1', tags: ['authctl:shop'], changes: { host: 'new' } };
    await store.put({ ...service('shop.orders', { host: 'new' }), existing });
    await expect(store.flush()).rejects.toMatchObject({ code: 'KONG_NAME_TAKEN' });
  });
});

it('gives what was taken over its own name back when it is let go, and what points at it by its name goes on to', async () => {
  const tags = ['team-a', 'authctl:shop', 'authctl.adopted'];
  current.services = [{ id: 's-3', name: 'shop.bills', host: 'bills', tags: [...tags, 'authctl.was:Bills'] }];
  current.routes = [{ id: 'r-3', name: 'shop.bills.list', service: 'shop.bills', tags }];
  current.plugins = [{ id: 'p-3', name: 'jwt', instance_name: 'shop.bills.jwt', service: 's-3', tags: [...tags, 'authctl.was:'] }];
  for (const [entity, id] of [['services', 's-3'], ['routes', 'r-3'], ['plugins', 'p-3']] as const) await store.release(entity, { id, tags: [] });
  await store.flush();
  expect(current).toMatchObject({
    services: [{ name: 'Bills', tags: ['team-a'] }],
    routes: [{ name: 'shop.bills.list', service: 'Bills', tags: ['team-a'] }],
    plugins: [{ instance_name: null, tags: ['team-a'] }],
  });
});
