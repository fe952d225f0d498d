import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBlueprint } from '../../src/blueprint/index.ts';
import type { Blueprint } from '../../src/blueprint/types.ts';
import { inParallel } from '../../src/core/apply.ts';
import { createEngine } from '../../src/core/engine.ts';
import { hasDrift, makePlan } from '../../src/core/plan.ts';
import type { Expansion } from '../../src/core/plan.ts';
import type { Provider } from '../../src/core/provider.ts';
import type { Report } from '../../src/core/report.ts';
import type { Desired, Spec } from '../../src/core/resource.ts';
import { addressOf } from '../../src/core/resource.ts';
import { startEmbeddedKong } from '../../infra/stand-ins/src/kong/index.ts';
import { expand } from '../../src/patterns/index.ts';
import { createHttp } from '../../src/providers/http.ts';
import { connectKong, createKongProvider } from '../../src/providers/kong/index.ts';
import { Secret } from '../../src/core/secret.ts';
import { selfSigned } from '../unit/providers/kong/x509.ts';
import { startFaultProxy } from './fault-proxy.ts';
import type { Trouble } from './fault-proxy.ts';

type Store = 'database' | 'dbless';

/** The load that opens the routes, when what guards them is in force. */
const OPENING = 'POST /config 2';

const SETTLE = 'kong.settle/shop';
const PROTECTED = [
  'GET /orders', 'GET /orders/1', 'POST /orders', 'DELETE /orders/1', 'GET /invoices', 'GET /invoices/1',
] as const;
const PUBLIC = { 'shop.orders.health': '/orders/health', 'shop.invoices.health': '/invoices/health' } as const;
/** Longer than any write takes on a busy machine, and short enough to wait for. */
const PATIENCE = 2_000;
const LANES = 6;
const LISTS = [
  'services', 'routes', 'plugins', 'consumers', 'jwts', 'upstreams', 'key-auths', 'certificates',
  'upstreams/orders.pool/targets',
] as const;

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const KEY = { kid: 'signing-1', alg: 'RS256', pem: publicKey.export({ type: 'spki', format: 'pem' }) as string };

const EDGE = selfSigned('shop.example');
const RIVAL = selfSigned('rival.example');
/** Entities that no pattern makes: an upstream with a target, a certificate, a partner with a key. */
const ENTITIES: Blueprint['raw']['kong']['entities'] = {
  upstreams: { 'orders.pool': { algorithm: 'least-connections', targets: { '127.0.0.1:9': { weight: 10 } } } },
  certificates: { edge: { cert: EDGE.cert, key: new Secret(EDGE.key) } },
  consumers: { partner: { keyauth_credentials: { current: { key: new Secret('key-of-the-partner') } } } },
};

/** What Keycloak would publish; it holds no object of its own here. */
const keys: Provider = {
  name: 'keycloak',
  kinds: [],
  concurrency: 1,
  reach: () => Promise.resolve({ dangers: [], unseen: [] }),
  output: (name) => Promise.resolve(name === 'keys' ? [KEY] : undefined),
  requests: () => ({ reads: 0, writes: 0 }),
};

const goodToken = (issuer: string): Promise<string> =>
  new SignJWT({ scope: 'orders:read', typ: 'Bearer', azp: 'storefront' })
    .setProtectedHeader({ alg: 'RS256', kid: KEY.kid, typ: 'JWT' })
    .setIssuer(issuer).setSubject('somebody').setAudience('orders').setJti('one').setIssuedAt().setExpirationTime('10m')
    .sign(privateKey);

/** A server on a free loopback port that answers everything alike, and tells what it was asked. */
const startUpstream = async (answer: object) => {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    request.resume();
    calls.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: () => new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
};

/** A Kong that somebody else uses, too, with the fault proxy before its Admin API and a recording upstream behind it. */
const startGateway = async (store: Store) => {
  const upstream = await startUpstream({ served: true });
  const opa = await startUpstream({ result: { allow: true } });
  const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins', dbless: store === 'dbless', ...(store === 'dbless' && { reconfigured: { pluginsAfter: 20 } }) });
  const direct = createHttp({ target: 'kong', url: kong.admin.url });
  const leaks: string[] = [];
  let turn = 0;

  const status = async (request: string, headers: Record<string, string> = {}): Promise<number> => {
    const [method = 'GET', path = '/'] = request.split(' ');
    const answer = await fetch(`${kong.proxy.url}${path}`, { method, headers: { connection: 'close', ...headers } });
    await answer.arrayBuffer();
    return answer.status;
  };
  const probe = async (request: string, when: string): Promise<void> => {
    const answered = await status(request);
    if (answered < 400) leaks.push(`${request} was ${answered} without a token ${when}`);
  };
  const proxy = await startFaultProxy({
    target: kong.admin.url,
    // Before a fault has struck this is any first apply.
    afterWrite: async () => {
      if (proxy.struck()) await probe(PROTECTED[turn++ % PROTECTED.length] ?? '', 'during apply');
    },
  });
  const loaded = await loadBlueprint('blueprints/sso.yaml', {
    env: {
      KEYCLOAK_CLIENT_SECRET: 'keycloak-secret', REPORTS_SECRET: 'reports-secret',
      ALICE_PASSWORD: 'alice-password', SAM_PASSWORD: 'sam-password', ADA_PASSWORD: 'ada-password',
      AWS_ENDPOINT: 'http://127.0.0.1:9', ORDERS_URL: upstream.url, INVOICES_URL: upstream.url, OPA_URL: opa.url,
      KONG_ADMIN_URL: proxy.url, KONG_PROXY_URL: kong.proxy.url,
    },
  });
  const target = { admin: { url: proxy.url }, proxy: { url: kong.proxy.url }, edition: 'oss', store } as const;
  const raw = { ...loaded.raw, kong: { ...loaded.raw.kong, entities: ENTITIES } };
  const blueprint: Blueprint = { ...loaded, raw, targets: { ...loaded.targets, kong: target } };

  /** Every row to its last field. A node without a database makes new ids and times at every load: they say nothing there. */
  const textOf = (row: object): string => {
    if (store === 'database') return JSON.stringify(row);
    const { id: _id, created_at: _created, updated_at: _updated, ...fields } = row as Record<string, unknown>;
    return JSON.stringify(fields).replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, 'some-id');
  };
  const rows = async (): Promise<Readonly<Record<string, unknown>>> => {
    const read = async (list: string): Promise<readonly string[]> =>
      ((await direct.send('GET', `/${list}?size=1000`)).body as { data?: object[] }).data?.map(textOf).toSorted() ?? [];
    return Object.fromEntries(await Promise.all(LISTS.map(async (list) => [list, await read(list)] as const)));
  };
  const close = async (): Promise<void> => {
    direct.close();
    await proxy.close();
    await kong.close();
    await Promise.all([upstream.close(), opa.close()]);
  };
  return {
    store, blueprint, proxy, direct, rows, status, close, leaks, upstream,
    probeAll: () => Promise.all(PROTECTED.map((request) => probe(request, 'after apply'))),
    withToken: async () => status('GET /orders', { authorization: `Bearer ${await goodToken(blueprint.issuer)}` }),
  };
};
type Gateway = Awaited<ReturnType<typeof startGateway>>;

/** The part of the pattern that lives in Kong. */
const kongPart = (blueprint: Blueprint): Expansion => {
  const { name, desired, deferred } = expand(blueprint);
  return { name, desired: desired.filter(({ kind }) => kind.startsWith('kong.')), deferred };
};

/** Sends again at once, and gives up early where an answer never comes: a fault is not waited for longer than it needs. */
const impatient = ({ blueprint }: Gateway, trouble?: Trouble): Provider => {
  const target = blueprint.targets.kong;
  if (target === undefined) throw new Error('the blueprint has no Kong');
  return createKongProvider(blueprint, target, {
    admin: createHttp({ target: 'kong', url: target.admin.url, timeoutMs: trouble === 'late' ? PATIENCE : 10 * PATIENCE, sleep: () => Promise.resolve() }),
    proxy: createHttp({ target: 'kong', url: target.proxy.url, freshConnections: true, tries: 1 }),
  });
};

const applying = (kong: Provider, expansion: Expansion, prune = false): Promise<Report> =>
  createEngine([keys, kong], expansion).apply({ prune, approve: () => Promise.resolve(true) });
const apply = ({ blueprint }: Gateway, kong: Provider = connectKong(blueprint)): Promise<Report> => applying(kong, kongPart(blueprint));
const prune = ({ blueprint }: Gateway): Promise<Report> =>
  applying(connectKong(blueprint), { name: 'shop', desired: [], deferred: [] }, true);
const drifts = async ({ blueprint }: Gateway): Promise<boolean> => {
  const kong = connectKong(blueprint);
  const plan = await makePlan([keys, kong], kongPart(blueprint));
  await kong.close?.();
  return hasDrift(plan);
};
const outcomes = ({ applied = [] }: Report, outcome: string): readonly string[] =>
  applied.filter((result) => result.outcome === outcome).map(({ address }) => address).toSorted();
const codes = ({ problems }: Report): readonly string[] => problems.map(({ code }) => code);

const wanted = ({ blueprint }: Gateway): readonly Desired[] => {
  const { desired, deferred } = kongPart(blueprint);
  return [...desired, ...deferred.flatMap((object) => object.expand([KEY]))];
};

/** The object that a write was for; `kong.settle/shop` for the bookkeeping and the opening of routes. */
const ownerOf = (write: string, objects: readonly Desired[]): string => {
  const [method, path = '', name] = write.split(' ');
  const kinds = {
    services: 'service', consumers: 'consumer', routes: 'route', plugins: 'plugin', jwt: 'jwt_secret', upstreams: 'upstream', targets: 'target',
    'key-auth': 'keyauth_credential', certificates: 'certificate',
  };
  const kind = kinds[(path.split('/').at(-1) ?? '') as keyof typeof kinds] as string | undefined;
  const nested = kind !== undefined && kind !== 'plugin' && path.split('/').length > 2;
  const id = nested ? `${path.split('/')[2] ?? ''}/${name ?? ''}` : name;
  const address = `kong.${kind ?? ''}/${id ?? ''}`;
  return method === 'POST' && objects.some((object) => addressOf(object) === address) ? address : SETTLE;
};

/** Everything that waits for the given object, however far behind. */
const behind = (address: string, objects: readonly Desired[]): ReadonlySet<string> => {
  const found = new Set<string>();
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const object of objects)
      if (object.after.some((one) => one === address || found.has(one))) found.add(addressOf(object));
  }
  return found;
};

const scopeName = ({ spec }: Desired, field: 'route' | 'service'): string | undefined =>
  (spec[field] as Spec | null | undefined)?.name as string | undefined;

/** True when the route and every plugin that stands before it were written. */
const whole = (id: string, lacking: ReadonlySet<string>, objects: readonly Desired[]): boolean => {
  const route = objects.find((object) => addressOf(object) === `kong.route/${id}`);
  const service = route && scopeName(route, 'service');
  const stands = (plugin: Desired): boolean => scopeName(plugin, 'route') === id || scopeName(plugin, 'service') === service;
  return objects
    .filter((object) => object === route || (object.kind === 'kong.plugin' && stands(object)))
    .every((object) => !lacking.has(addressOf(object)));
};

/** Somebody else's service, route, plugin, consumer and credential, each with a tag of its owner. */
const THEIRS = {
  services: [{ name: 'theirs', host: '127.0.0.1', port: 9, tags: ['team-a'] }],
  routes: [{ name: 'theirs', paths: ['/theirs'], service: 'theirs', tags: ['team-a'] }],
  plugins: [{ name: 'cors', instance_name: 'theirs', route: 'theirs', tags: ['team-a'] }],
  consumers: [{ username: 'theirs', tags: ['team-a'] }],
  certificates: [{ ...RIVAL, tags: ['team-a'] }],
  jwt_secrets: [{ consumer: 'theirs', key: 'theirs', secret: 'theirs-secret', tags: ['team-a'] }],
} as const;

const load = (direct: Gateway['direct'], configuration: object) =>
  direct.send('POST', '/config', { body: { _format_version: '3.0', ...configuration } });

const moveIn = async ({ store, direct }: Gateway): Promise<void> => {
  if (store === 'dbless') {
    await load(direct, THEIRS);
    return;
  }
  const post = (path: string, body: object) => direct.send('POST', path, { body });
  await post('/services', THEIRS.services[0]);
  await post('/services/theirs/routes', { ...THEIRS.routes[0], service: undefined });
  await post('/routes/theirs/plugins', { ...THEIRS.plugins[0], route: undefined });
  await post('/consumers', THEIRS.consumers[0]);
  await post('/certificates', THEIRS.certificates[0]);
  await post('/consumers/theirs/jwt', { ...THEIRS.jwt_secrets[0], consumer: undefined });
};

/** Another row under the name that is about to be written, made by hand. */
const rival = ({ direct }: Gateway) => async (path: string, body: Readonly<Record<string, unknown>>): Promise<void> => {
  const { name, instance_name, username } = body;
  const tags = ['rival'];
  const post = (to: string, row: object) => direct.send('POST', to, { body: { ...row, tags } });
  const service = { name: 'shop.orders', host: 'rival.invalid', tags };
  if (path === '/config') await load(direct, { ...THEIRS, services: [...THEIRS.services, service] });
  else if (path.endsWith('/jwt')) await post('/consumers/theirs/jwt', body);
  else if (path.endsWith('/plugins')) await post(path, { name: 'correlation-id', instance_name });
  else if (path === '/routes') await post('/services/theirs/routes', { name, paths: ['/elsewhere'] });
  else if (path === '/services') await post(path, { name, host: 'rival.invalid' });
  else if (path === '/upstreams') await post(path, { name, slots: 100 });
  else if (path === '/certificates') await post(path, { ...RIVAL, id: body.id });
  else if (path.endsWith('/key-auth')) await post('/consumers/theirs/key-auth', { key: body.key });
  else if (path.endsWith('/targets')) await post(path, { target: body.target });
  else await post(path, { username });
};

/** The other one gives up. */
const rivalLeaves = async ({ store, direct }: Gateway): Promise<void> => {
  if (store === 'dbless') {
    await load(direct, THEIRS);
    return;
  }
  for (const list of [...LISTS].toReversed()) {
    const { data } = (await direct.send('GET', `/${list}?tags=rival`)).body as { data?: { id: string }[] };
    for (const { id } of data ?? []) await direct.send('DELETE', `/${list}/${id}`);
  }
};

interface Seen {
  readonly at: string;
  readonly [what: string]: unknown;
}

/** One first apply with one fault, the apply after it, and the end: what came of it, and what should have. */
const story = async (gateway: Gateway, at: string, trouble: Trouble): Promise<readonly [Seen, Seen]> => {
  const { proxy, leaks, upstream } = gateway;
  const objects = wanted(gateway);
  leaks.length = 0;
  upstream.calls.length = 0;
  const before = await gateway.rows();

  proxy.arm({ at, trouble, rival: rival(gateway) });
  const first = await apply(gateway, impatient(gateway, trouble));
  const struck = proxy.struck();
  await gateway.probeAll();
  const answers = Object.entries(PUBLIC).map(async ([id, path]) => [id, (await gateway.status(`GET ${path}`)) === 200] as const);
  const open = Object.fromEntries(await Promise.all(answers));
  const granted = await gateway.withToken();

  proxy.arm();
  const stays = trouble === 'raced' ? await gateway.rows() : before;
  const second = trouble === 'raced' ? await apply(gateway) : undefined;
  const untouched = trouble !== 'raced' || sameRivals(stays, await gateway.rows());
  if (trouble === 'raced') await rivalLeaves(gateway);
  const last = await apply(gateway);
  const drift = await drifts(gateway);
  const converged = await gateway.withToken();
  const pruned = await prune(gateway);
  const after = await gateway.rows();

  const owner = ownerOf(at, objects);
  const heals = trouble === 'lost' && gateway.store === 'database';
  const failed = heals ? [] : [owner];
  // Without a database what guards is loaded first, then the routes together, and nothing is done before all of it is in force.
  const together = gateway.store === 'dbless';
  const skipped = heals ? new Set<string>() : together ? new Set(objects.map(addressOf)) : behind(owner, objects);
  // What came late is there all the same; a route that it was not told of stays closed.
  const absent = failed.filter((address) => trouble !== 'late' || address.startsWith('kong.route/'));
  const lacking = new Set(together ? [] : [...absent, ...skipped]);
  const ready = (id: string): boolean => (together ? trouble === 'lost' && at === OPENING : whole(id, lacking, objects));
  const judged = together || owner !== SETTLE;
  return [
    {
      at, struck,
      failed: outcomes(first, 'failed').filter((address) => address !== SETTLE || owner === SETTLE),
      skipped: outcomes(first, 'skipped'),
      others: codes(first).filter((code) => code !== 'KONG_ROUTE_KEPT_CLOSED').length,
      ...(judged && { open, granted: granted === 200 }),
      ...(trouble === 'raced' && { refusedAgain: (second?.problems.length ?? 0) > 0, untouched }),
      last: codes(last), drift, converged, pruned: codes(pruned), leaks: [...leaks],
      reached: upstream.calls.filter((call) => !call.endsWith('/health') && call !== 'GET /orders'),
      after,
    },
    {
      at, struck: true,
      failed, skipped: [...skipped].toSorted(),
      others: failed.length,
      ...(judged && {
        open: Object.fromEntries(Object.keys(PUBLIC).map((id) => [id, ready(id)])),
        granted: ready('shop.orders.list') && !lacking.has(`kong.jwt_secret/shop.issuer/${KEY.kid}`),
      }),
      ...(trouble === 'raced' && { refusedAgain: true, untouched: true }),
      last: [], drift: false, converged: 200, pruned: [], leaks: [],
      reached: [],
      after: before,
    },
  ];
};

/** Rows that carry the rival's tag are the same to the last field. */
const sameRivals = (before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): boolean => {
  const rivals = (rows: Readonly<Record<string, unknown>>): string[] =>
    Object.values(rows).flatMap((list) => (list as string[]).filter((row) => row.includes('"rival"')));
  return rivals(before).length === 1 && JSON.stringify(rivals(before)) === JSON.stringify(rivals(after));
};

describe('a first apply to a Kong with a database', () => {
  const gateways: Gateway[] = [];
  let writes: readonly string[] = [];
  beforeAll(async () => {
    await inParallel(Array.from({ length: LANES }), 2, async () => {
      const gateway = await startGateway('database');
      await moveIn(gateway);
      gateways.push(gateway);
    });
    const [gateway] = gateways as [Gateway];
    gateway.proxy.arm();
    expect(codes(await apply(gateway))).toEqual([]);
    writes = [...gateway.proxy.writes()];
    expect(codes(await prune(gateway))).toEqual([]);
  });
  afterAll(() => Promise.all(gateways.map((gateway) => gateway.close())));

  it('makes each write once, by a name of its own', () => {
    expect(new Set(writes).size).toBe(writes.length);
    const objects = wanted(gateways[0]!);
    expect(new Set(writes.map((write) => ownerOf(write, objects)))).toEqual(new Set([...objects.map(addressOf), SETTLE]));
  });

  it.each<[Trouble, string]>([
    ['cut', 'says so, opens what is whole, and the next one ends it, wherever the connection is cut'],
    ['lost', 'ends it by itself, wherever an answer is lost'],
    ['refused', 'says so, opens what is whole, and the next one ends it, whichever write meets a 500'],
    ['late', 'says so, opens what is whole, and the next one ends it, whichever answer comes too late'],
    ['raced', 'never takes what somebody else made first, and ends it when they are gone'],
  ])('%s: %s', async (trouble) => {
    const struck = trouble === 'raced' ? writes.filter((write) => write.startsWith('POST')) : writes;
    const free = [...gateways];
    const found: Seen[] = [];
    const expected: Seen[] = [];
    await inParallel(struck, gateways.length, async (at) => {
      const gateway = free.pop()!;
      const [seen, right] = await story(gateway, at, trouble);
      found.push(seen);
      expected.push(right);
      free.push(gateway);
    });
    expect(found).toEqual(expected);
    expect(found).toHaveLength(struck.length);
  });
});

describe('a first apply of routes that are written once, after their plugins are in force', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway('database');
    await moveIn(gateway);
  });
  afterAll(() => gateway.close());

  /** The blueprint without the plugins that stand on single routes, and without the one that refuses whatever no route opens. */
  const simple = (): Expansion => {
    const { name, desired, deferred } = kongPart(gateway.blueprint);
    const plugins = desired.filter(({ kind, spec }) => kind === 'kong.plugin' && spec.route === null && spec.name !== 'authctl-scope-guard');
    const others = desired.filter(({ kind }) => kind !== 'kong.plugin');
    const before = (route: Desired) =>
      plugins.filter((one) => scopeName(one, 'service') === scopeName(route, 'service')).map(addressOf);
    const named = others.map((one) => (one.kind === 'kong.route' ? { ...one, after: [...one.after, ...before(one)] } : one));
    return { name, desired: [...plugins, ...named], deferred };
  };
  const applied = (kong: Provider = connectKong(gateway.blueprint)): Promise<Report> => applying(kong, simple());

  it('leaves no route open whichever write is cut, refused or late, and the next one ends it', async () => {
    const { proxy, leaks } = gateway;
    const before = await gateway.rows();
    proxy.arm();
    expect(codes(await applied())).toEqual([]);
    const writes = [...proxy.writes()];
    expect(writes.filter((write) => write.startsWith('PATCH /routes/'))).toEqual(['PATCH /routes/shop.authctl-marker']);
    expect(await gateway.withToken()).toBe(200);
    expect(codes(await prune(gateway))).toEqual([]);

    const seen: object[] = [];
    for (const trouble of ['cut', 'refused', 'late'] as const)
      for (const at of writes) {
        leaks.length = 0;
        proxy.arm({ at, trouble });
        const first = await applied(impatient(gateway, trouble));
        const struck = proxy.struck();
        await gateway.probeAll();
        proxy.arm();
        const last = codes(await applied());
        const granted = await gateway.withToken();
        await gateway.probeAll();
        const pruned = codes(await prune(gateway));
        const same = JSON.stringify(await gateway.rows()) === JSON.stringify(before);
        seen.push({ trouble, at, struck, told: first.problems.length > 0, leaks: [...leaks], last, granted, pruned, same });
      }
    const right = { struck: true, leaks: [], last: [], granted: 200, pruned: [], same: true };
    // Without an upstream, or its target, the same run opens what it wrote in another way.
    const told = (at: string): boolean => !/^POST \/upstreams.*authctl-closed/.test(at);
    expect(seen).toEqual((['cut', 'refused', 'late'] as const).flatMap((trouble) => writes.map((at) => ({ trouble, at, told: told(at), ...right }))));
    expect(writes.some((at) => !told(at))).toBe(true);
  });
});

describe('a first apply to a Kong without a database', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway('dbless');
    await moveIn(gateway);
  });
  afterAll(() => gateway.close());

  it('would be caught with a route open', async () => {
    const { name, desired } = kongPart(gateway.blueprint);
    const bare = desired.filter(({ kind }) => kind !== 'kong.plugin').map((object) => ({ ...object, after: [] }));
    expect(codes(await applying(connectKong(gateway.blueprint), { name, desired: bare, deferred: [] }))).toEqual([]);
    await gateway.probeAll();
    expect(gateway.leaks.toSorted()).toEqual(PROTECTED.map((request) => `${request} was 200 without a token after apply`).toSorted());
    expect(codes(await prune(gateway))).toEqual([]);
  });

  it('is one write for what guards, and one for the routes', async () => {
    gateway.proxy.arm();
    expect(codes(await apply(gateway))).toEqual([]);
    expect(gateway.proxy.writes()).toEqual(['POST /config', OPENING]);
    expect(codes(await prune(gateway))).toEqual([]);
  });

  it.each<[Trouble, string]>([
    ['cut', 'POST /config'],
    ['lost', 'POST /config'],
    ['refused', 'POST /config'],
    ['cut', OPENING],
    ['lost', OPENING],
    ['refused', OPENING],
    ['raced', 'GET /config'],
  ])('has no route open before all are, says when it cannot know, and the next one ends it (%s %s)', async (trouble, at) => {
    const [seen, right] = await story(gateway, at, trouble);
    expect(seen).toEqual(right);
  });
});
