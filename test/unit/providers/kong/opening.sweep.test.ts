import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { hasDrift, makePlan } from '../../../../src/core/plan.ts';
import { unreachable } from '../../../../src/core/problem.ts';
import type { RemovalOptions } from '../../../../src/core/removals.ts';
import type { Desired, Spec } from '../../../../src/core/resource.ts';
import type { Answer, Http } from '../../../../src/providers/http.ts';
import { createHttp } from '../../../../src/providers/http.ts';
import { createKongProvider } from '../../../../src/providers/kong/index.ts';
import type { EmbeddedKong } from './embedded.ts';

const origin = { file: 'shop.yaml', line: 1, column: 1 };
/** Both services lead to it. What gets there without a token was let in. */
let reached = 0;
const backend = createServer((_request, response) => {
  reached += 1;
  response.end('served');
});
beforeAll(() => new Promise<void>((resolve) => void backend.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => void backend.close(resolve)));

const PATHS = ['/orders', '/users', '/status'];
/** One service with its guard on it, and one whose routes have their own, or none. */
const shop = (host = '127.0.0.1'): readonly Desired[] => {
  const object = (kind: string, id: string, spec: Spec, after: readonly string[] = []): Desired => ({ kind, id, spec, after: [...after], origin });
  const service = (name: string) => object('kong.service', name, { name, protocol: 'http', host, port: (backend.address() as AddressInfo).port, path: null, enabled: true });
  const route = (name: string, path: string, of: string, after: readonly string[] = []) =>
    object('kong.route', name, { name, paths: [`~${path}$`], methods: ['GET'], headers: null, strip_path: false, service: { name: of } }, [`kong.service/${of}`, ...after]);
  const guard = (name: string, place: Spec, after: string) => object('kong.plugin', name, { name: 'jwt', instance_name: name, enabled: true, service: null, route: null, ...place, config: { key_claim_name: 'kid' } }, [after]);
  return [
    service('shop.orders'),
    guard('shop.orders.jwt', { service: { name: 'shop.orders' } }, 'kong.service/shop.orders'),
    route('shop.orders.list', '/orders', 'shop.orders', ['kong.plugin/shop.orders.jwt']),
    service('shop.users'),
    route('shop.users.list', '/users', 'shop.users'),
    guard('shop.users.list.jwt', { route: { name: 'shop.users.list' } }, 'kong.route/shop.users.list'),
    route('shop.users.status', '/status', 'shop.users'),
  ];
};

/** Of the three rows by which a run sees what is in force. */
const isMarker = (line: string): boolean => /authctl-marker|well-known.{1,3}authctl|\.invalid"\],"preflight|"origins"/.test(line);

type Watch = (method: string, path: string, body: unknown) => Answer | undefined | Promise<undefined>;

interface Gateway {
  readonly kong: EmbeddedKong;
  /** Writes of the run, without those of the marker. */
  readonly log: string[];
  readonly apply: (desired: readonly Desired[], watch?: { readonly before?: Watch; readonly after?: Watch; readonly removal?: RemovalOptions }) => Promise<readonly string[]>;
  readonly differs: (desired: readonly Desired[]) => Promise<boolean>;
  /** By Admin API, as somebody else. */
  readonly hand: (path: string, body: object) => Promise<void>;
  readonly ask: (path: string) => Promise<number>;
  readonly rows: (list: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
}

const withGateway = async (work: (gateway: Gateway) => Promise<void>): Promise<void> => {
  const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
  const log: string[] = [];
  const providerWith = ({ before, after }: { readonly before?: Watch | undefined; readonly after?: Watch | undefined }) => {
    const bare = createHttp({ target: 'kong', url: kong.admin.url });
    const admin: Http = {
      ...bare,
      send: async (method, path, how = {}) => {
        const writes = method !== 'GET' && how.reads !== true;
        const early = writes ? await before?.(method, path, how.body) : undefined;
        const answer = early ?? (await bare.send(method, path, how));
        if (writes) {
          const line = `${method} ${path} ${JSON.stringify(how.body ?? {})}`;
          if (!isMarker(line)) log.push(line);
          await after?.(method, path, how.body);
        }
        return answer;
      },
    };
    return createKongProvider(
      { name: 'shop', secrets: [], at: () => origin },
      { admin: { url: kong.admin.url }, proxy: { url: kong.proxy.url }, edition: 'oss', store: 'database' },
      { admin, proxy: createHttp({ target: 'kong', url: kong.proxy.url, freshConnections: true, tries: 1 }), lookUp: (names) => Promise.resolve(new Map(names.map((name) => [name, undefined]))) },
    );
  };
  const rows: Gateway['rows'] = async (list) => ((await (await fetch(`${kong.admin.url}/${list}`)).json()) as { data: Readonly<Record<string, unknown>>[] }).data;
  try {
    await work({
      kong,
      log,
      rows,
      apply: async (desired, { before, after, removal = {} } = {}) => {
        const provider = providerWith({ before, after });
        const results = await applyPlan({ providers: [provider], plan: await makePlan([provider], { name: 'shop', desired, deferred: [] }, removal), options: removal });
        await provider.close?.();
        return results.flatMap(({ address, outcome, problem }) => (outcome === 'done' ? [] : [`${address} ${problem?.code ?? ''}`]));
      },
      differs: async (desired) => {
        const provider = providerWith({});
        const plan = await makePlan([provider], { name: 'shop', desired, deferred: [] });
        await provider.close?.();
        return hasDrift(plan);
      },
      hand: async (path, body) => {
        const answer = await fetch(`${kong.admin.url}${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
        if (answer.status !== 201) throw new Error(await answer.text());
      },
      ask: async (path) => (await fetch(`${kong.proxy.url}${path}`)).status,
    });
  } finally {
    await kong.close();
  }
};

/** `/status` is public. */
const whole = async ({ ask, rows, differs }: Gateway, desired = shop()): Promise<void> => {
  expect(await Promise.all(PATHS.map(ask))).toEqual([401, 401, 200]);
  expect((await rows('upstreams')).filter(({ name }) => String(name).endsWith('.authctl-closed.invalid'))).toEqual([]);
  expect((await rows('services')).map(({ host }) => host).toSorted()).toEqual(['127.0.0.1', '127.0.0.1', 'authctl-marker.invalid']);
  expect((await rows('routes')).every(({ headers, name }) => headers === null || String(name).includes('marker'))).toBe(true);
  expect(await differs(desired)).toBe(false);
};

describe('new services', () => {
  it('are written once, opened by one target when all is in force, and have their own host in the end', () =>
    withGateway(async (gateway) => {
      const marks = new Set<number>();
      expect(await gateway.apply(shop(), { after: (_method, path, body) => { if (isMarker(`${path} ${JSON.stringify(body ?? {})}`)) marks.add(gateway.log.length); return undefined; } })).toEqual([]);
      await whole(gateway);
      const { log } = gateway;
      const at = (begin: string): number => log.findIndex((line) => line.startsWith(begin));
      expect(log.filter((line) => /^P\w+ \/upstreams/.test(line))).toHaveLength(2);
      expect(at('POST /upstreams ')).toBeLessThan(at('POST /services '));
      expect(log.filter((line) => line.startsWith('PATCH /routes'))).toEqual([]);
      const order = ['POST /routes/shop.users.list/plugins', 'POST /upstreams/', 'PATCH /services/', 'DELETE /upstreams/'].map(at);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
      // The marker moves when all is written, and when the hosts are.
      expect(marks.size).toBe(2);
      expect(log.at(-1)).toMatch(/^DELETE \/upstreams\//);
    }));

  it('let nobody in at any moment', () =>
    withGateway(async (gateway) => {
      reached = 0;
      const seen = new Set<string>();
      const look = async (): Promise<undefined> => { for (const path of ['/orders', '/users']) seen.add(`${path} ${await gateway.ask(path)}`); };
      expect(await gateway.apply(shop(), { after: look })).toEqual([]);
      expect(reached).toBe(0);
      // Without a plugin that is there the service is closed, and with it the guard refuses.
      expect([...seen].toSorted()).toEqual(['/orders 401', '/orders 404', '/users 401', '/users 404', '/users 503']);
    }));

  it('are closed by upstreams of names that none had before: a worker goes on knowing one that was deleted', () =>
    withGateway(async (gateway) => {
      const first = shop().filter(({ id }) => id.startsWith('shop.orders'));
      expect([await gateway.apply(first), await gateway.apply(shop())]).toEqual([[], []]);
      await whole(gateway);
      const names = gateway.log.flatMap((line) => /^POST \/upstreams .*"name":"([^"]+)"/.exec(line)?.[1] ?? []);
      expect([names.length, new Set(names).size]).toEqual([2, 2]);
    }));

  it('whose guard is not there as it was wanted stay closed, and are opened by the next run', () =>
    withGateway(async (gateway) => {
      reached = 0;
      const refuse: Watch = (method, path) => (method === 'POST' && path === '/routes/shop.users.list/plugins' ? { status: 500, body: { message: 'broken' } } : undefined);
      expect(await gateway.apply(shop(), { before: refuse })).toEqual(['kong.plugin/shop.users.list.jwt KONG_REFUSED', 'kong.settle/shop KONG_ROUTE_KEPT_CLOSED']);
      expect([await Promise.all(PATHS.map(gateway.ask)), reached]).toEqual([[401, 503, 503], 0]);
      expect(await gateway.apply(shop())).toEqual([]);
      await whole(gateway);
    }));
});

it('a run that was cut short anywhere let nobody in, and neither does the next one, which leaves nothing behind', async () => {
  let cuts = 0;
  for (let at = 0, cut = true; cut; at += 1) {
    cut = false;
    await withGateway(async (gateway) => {
      let writes = 0;
      reached = 0;
      const look = async (): Promise<undefined> => { for (const path of ['/orders', '/users']) await gateway.ask(path); };
      const before: Watch = () => {
        cut ||= writes >= at;
        if (cut) throw unreachable('kong', 'http://kong', new Error('cut'));
        writes += 1;
        return undefined;
      };
      await gateway.apply(shop(), { before, after: look });
      await look();
      expect([at, await gateway.apply(shop(), { after: look }), reached]).toEqual([at, [], 0]);
      await whole(gateway);
      if (cut) cuts += 1;
    });
  }
  expect(cuts).toBeGreaterThan(15);
});

describe('what a run that was cut short left', () => {
  /** Cut short when all services lead nowhere. */
  const cut = async ({ apply, rows }: Gateway): Promise<void> => {
    let begun = false;
    await apply(shop(), {
      before: (method, path) => {
        begun ||= method === 'POST' && path === '/routes';
        if (begun) throw unreachable('kong', 'http://kong', new Error('cut'));
        return undefined;
      },
    });
    expect((await rows('services')).every(({ host }) => String(host).endsWith('.authctl-closed.invalid'))).toBe(true);
  };

  it.each<[string, () => readonly Desired[], RemovalOptions]>([
    ['everything', () => [], { prune: true, everything: true }],
    ['a service that the blueprint names no more', () => shop().filter(({ id }) => !id.startsWith('shop.users')), { prune: true }],
  ])('goes with %s', (_what, wanted, removal) =>
    withGateway(async (gateway) => {
      await cut(gateway);
      const desired = wanted();
      expect(await gateway.apply(desired, { removal })).toEqual([]);
      expect([await gateway.rows('upstreams'), await gateway.differs(desired)]).toEqual([[], false]);
    }));

  it('is let go with the services that lead to it', () =>
    withGateway(async (gateway) => {
      await cut(gateway);
      expect(await gateway.apply([], { removal: { release: ['*'] } })).toEqual([]);
      expect((await gateway.rows('upstreams')).map(({ tags }) => tags)).toEqual([[]]);
      expect((await gateway.rows('services')).flatMap(({ tags }) => tags ?? [])).toEqual([]);
    }));
});

describe('routes are closed themselves', () => {
  const closedRoutes = (log: readonly string[]): number => log.filter((line) => line.startsWith('PATCH /routes/')).length;
  const noUpstreams = (log: readonly string[]): boolean => !log.some((line) => line.startsWith('POST /upstreams'));

  it('where somebody is served at a path of theirs, who goes on being served', () =>
    withGateway(async (gateway) => {
      await gateway.hand('/services', { name: 'theirs', host: '127.0.0.1', port: (backend.address() as AddressInfo).port });
      await gateway.hand('/services/theirs/routes', { name: 'all', paths: ['/o'] });
      const seen = new Set<number>();
      expect(await gateway.apply(shop(), { after: async () => void seen.add(await gateway.ask('/orders')) as undefined })).toEqual([]);
      expect([[...seen], closedRoutes(gateway.log), noUpstreams(gateway.log)]).toEqual([[200, 401], 3, true]);
    }));

  it('where a service leads to an upstream, in whose place no target can be', () =>
    withGateway(async (gateway) => {
      await gateway.hand('/upstreams', { name: 'orders.upstream' });
      await gateway.hand('/upstreams/orders.upstream/targets', { target: `127.0.0.1:${(backend.address() as AddressInfo).port}` });
      expect(await gateway.apply(shop('orders.upstream'))).toEqual([]);
      expect([await Promise.all(PATHS.map(gateway.ask)), closedRoutes(gateway.log), noUpstreams(gateway.log)]).toEqual([[401, 401, 200], 3, true]);
    }));

  it('where this login may not write upstreams', () =>
    withGateway(async (gateway) => {
      reached = 0;
      expect(await gateway.apply(shop(), { before: (_method, path) => (path.startsWith('/upstreams') ? { status: 403, body: { message: 'you do not have permissions' } } : undefined), after: async () => void (await gateway.ask('/users')) as undefined })).toEqual([]);
      expect([reached, closedRoutes(gateway.log)]).toEqual([0, 3]);
      await whole(gateway);
    }));

  it('where they stand on a service that is there', () =>
    withGateway(async (gateway) => {
      const [orders, guard, list, ...rest] = shop();
      expect(await gateway.apply([orders, guard, list] as Desired[])).toEqual([]);
      gateway.log.length = 0;
      const more = { ...(list as Desired), id: 'shop.orders.more', spec: { ...(list as Desired).spec, name: 'shop.orders.more', paths: ['~/more$'] } };
      expect(await gateway.apply([orders, guard, list, more, ...rest] as Desired[])).toEqual([]);
      expect([closedRoutes(gateway.log), noUpstreams(gateway.log)]).toEqual([3, true]);
    }));
});

it('services open with their own hosts where this login may not write targets', () =>
  withGateway(async (gateway) => {
    reached = 0;
    expect(await gateway.apply(shop(), { before: (_method, path) => (path.endsWith('/targets') ? { status: 403, body: { message: 'you do not have permissions' } } : undefined), after: async () => void (await gateway.ask('/users')) as undefined })).toEqual([]);
    expect([reached, gateway.log.filter((line) => line.startsWith('PATCH /services/')).length]).toEqual([0, 2]);
    await whole(gateway);
  }));

it('nothing is closed where nothing is to be waited for', () =>
  withGateway(async (gateway) => {
    const bare = shop().filter(({ kind, id }) => id === 'shop.users' || (kind === 'kong.route' && id.startsWith('shop.users')));
    expect(await gateway.apply(bare)).toEqual([]);
    expect(gateway.log.filter((line) => /upstreams|^PATCH \/(routes|services)/.test(line))).toEqual([]);
  }));
