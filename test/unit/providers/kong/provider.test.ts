import { beforeEach, describe, expect, it } from 'vitest';
import { applyPlan } from '../../../../src/core/apply.ts';
import { removalOrder } from '../../../../src/core/order.ts';
import { hasDrift, makePlan } from '../../../../src/core/plan.ts';
import type { Plan, PlanOptions } from '../../../../src/core/plan.ts';
import { Problem, unreachable } from '../../../../src/core/problem.ts';
import type { ApplyResult } from '../../../../src/core/report.ts';
import type { Desired, Spec } from '../../../../src/core/resource.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { createKongProvider } from '../../../../src/providers/kong/index.ts';
import type { FakeKong } from './fake-kong.ts';
import { fakeKong } from './fake-kong.ts';

const origin = { file: 'shop.yaml', line: 1, column: 1 };
const object = (kind: string, id: string, spec: Spec, after: string[] = []): Desired => ({ kind, id, spec, after, origin });
const service = object('kong.service', 'shop.orders', {
  name: 'shop.orders',
  protocol: 'http',
  host: 'orders',
  port: 9101,
  path: null,
  enabled: true,
});
const guard = object(
  'kong.plugin',
  'shop.orders.jwt',
  {
    name: 'jwt',
    instance_name: 'shop.orders.jwt',
    enabled: true,
    service: { name: 'shop.orders' },
    route: null,
    consumer: null,
    config: { key_claim_name: 'kid', claims_to_verify: ['exp', 'nbf'], anonymous: null },
  },
  ['kong.service/shop.orders'],
);
const route = object(
  'kong.route',
  'shop.orders.list',
  { name: 'shop.orders.list', paths: ['~/orders$'], methods: ['GET'], service: { name: 'shop.orders' } },
  ['kong.service/shop.orders', 'kong.plugin/shop.orders.jwt'],
);
const opa = object(
  'kong.plugin',
  'shop.orders.list.opa',
  {
    name: 'authctl-opa',
    instance_name: 'shop.orders.list.opa',
    enabled: true,
    route: { name: 'shop.orders.list' },
    service: null,
    consumer: null,
    config: { decision: 'shop/authz', token: new Secret('opa-token') },
  },
  ['kong.route/shop.orders.list'],
);
const consumer = object('kong.consumer', 'shop.issuer', { username: 'shop.issuer' });
const key = object(
  'kong.jwt_secret',
  'shop.issuer/kid/1',
  { consumer: { username: 'shop.issuer' }, key: 'kid/1', algorithm: 'RS256', rsa_public_key: 'PEM' },
  ['kong.consumer/shop.issuer'],
);
const shop = [service, guard, route, opa, consumer, key];
const other = object(
  'kong.route',
  'shop.orders.other',
  { name: 'shop.orders.other', paths: ['~/other$'], methods: ['GET'], service: { name: 'shop.orders' } },
  ['kong.service/shop.orders', 'kong.plugin/shop.orders.jwt'],
);

let kong: FakeKong;
beforeEach(() => {
  kong = fakeKong();
});
const connect = () =>
  createKongProvider(
    { name: 'shop', secrets: [new Secret('opa-token')], at: () => origin },
    { admin: { url: 'http://kong:8001' }, proxy: { url: 'http://kong:8000' }, edition: 'oss', store: 'database' },
    { admin: kong.admin, proxy: kong.proxy },
  );
const plan = (desired: readonly Desired[], options?: PlanOptions, provider = connect()): Promise<Plan> =>
  makePlan([provider], { name: 'shop', desired, deferred: [] }, options);
const apply = async (desired: readonly Desired[] = shop, options: PlanOptions = {}): Promise<readonly ApplyResult[]> => {
  const provider = connect();
  return applyPlan({ providers: [provider], plan: await plan(desired, options, provider), options });
};
const actions = (made: Plan): string[] =>
  made.waves
    .flat()
    .flatMap((change) =>
      'desired' in change && change.action !== 'keep' ? [`${change.action} ${change.desired.kind}/${change.desired.id}`] : [],
    );
const failures = (results: readonly ApplyResult[]) =>
  results.filter(({ outcome }) => outcome !== 'done').map(({ address, problem }) => [address, problem?.code]);
const writes = (): string[] => kong.log.filter((line) => !line.startsWith('GET'));

describe('a plugin of ours that somebody gave another name', () => {
  const rename = (name: string | null) => Object.assign(kong.row('plugins', 'shop.orders.jwt'), { instance_name: name });
  it.each(['theirs', null])('is found at its place, put right, and not made a second time (%s)', async (name) => {
    await apply();
    const { id } = rename(name);
    expect(actions(await plan(shop))).toEqual(['update kong.plugin/shop.orders.jwt']);
    expect(failures(await apply())).toEqual([]);
    expect(kong.row('plugins', 'shop.orders.jwt')).toMatchObject({ id, instance_name: 'shop.orders.jwt' });
    expect(hasDrift(await plan(shop))).toBe(false);
  });
  it('is not taken for one of somebody else there', async () => {
    await apply();
    Object.assign(rename('theirs'), { tags: ['theirs'] });
    expect(actions(await plan(shop))).toEqual(['create kong.plugin/shop.orders.jwt']);
  });
  it('and what is there is named, with what to do about it', async () => {
    await apply();
    const { id } = Object.assign(rename('theirs'), { tags: ['theirs'] });
    // Kong takes one plugin of a name at a place.
    kong.intercept = (method, path) => (method === 'POST' && path.endsWith('/services/shop.orders/plugins') ? { status: 409, body: { name: 'unique constraint violation', message: 'UNIQUE violation detected' } } : undefined);
    const [result] = (await apply()).filter(({ outcome }) => outcome !== 'done');
    expect(result?.problem).toMatchObject({
      code: 'KONG_KEY_TAKEN',
      message: expect.stringContaining(`the plugin jwt "theirs" (id ${String(id)}) is in its place`) as string,
      hint: `where nobody needs it: DELETE /plugins/${String(id)} at the Admin API, then apply again; where it is ours: PATCH /plugins/${String(id)} with instance_name "shop.orders.jwt", then apply --adopt`,
    });
  });
  it('is found without any mark, too, where it is as it was, and taken over by --adopt', async () => {
    await apply();
    const { id } = Object.assign(rename(null), { tags: null });
    expect(actions(await plan(shop))).toEqual(['blocked kong.plugin/shop.orders.jwt']);
    expect(actions(await plan(shop, { adopt: true }))).toEqual(['adopt kong.plugin/shop.orders.jwt']);
    expect(failures(await apply(shop, { adopt: true }))).toEqual([]);
    expect(kong.row('plugins', 'shop.orders.jwt')).toMatchObject({ id, instance_name: 'shop.orders.jwt', tags: ['authctl:shop', 'authctl.adopted', 'authctl.was:'] });
    expect(hasDrift(await plan(shop))).toBe(false);
  });
  it('is not, where it does something else by now', async () => {
    await apply();
    Object.assign(rename(null), { tags: null, config: { key_claim_name: 'iss' } });
    expect(actions(await plan(shop))).toEqual(['create kong.plugin/shop.orders.jwt']);
  });
});

describe('a first apply', () => {
  it('puts everything in place and opens the routes', async () => {
    expect(failures(await apply())).toEqual([]);
    expect(kong.row('routes', 'shop.orders.list')).toMatchObject({ headers: null, paths: ['~/orders$'], tags: ['authctl:shop'] });
    expect(kong.row('plugins', 'shop.orders.list.opa')).toMatchObject({ config: { token: 'opa-token' }, tags: ['authctl:shop'] });
    expect(kong.row('jwts', 'kid/1')).toMatchObject({ algorithm: 'RS256', rsa_public_key: 'PEM', tags: ['authctl:shop'] });
  });

  it('leaves nothing to do, and does nothing the second time', async () => {
    await apply();
    expect(hasDrift(await plan(shop))).toBe(false);
    kong.log.length = 0;
    expect(await apply()).toEqual([]);
    expect(writes()).toEqual([]);
  });

  it('reads each list once', async () => {
    await plan(shop);
    expect(kong.log.toSorted()).toEqual([
      'GET /',
      'GET /consumers?size=1000',
      'GET /jwts?size=1000',
      'GET /plugins?size=1000',
      'GET /routes?size=1000',
      'GET /services?size=1000',
      'GET /tags/authctl.raw%3Ashop?size=1000',
      'GET /upstreams?size=1000',
    ]);
  });

  it('never has a route that matches before its plugins are there', async () => {
    await apply();
    expect(kong.exposed).toEqual([]);
  });

  it('opens a route only after the marker has shown its plugins to be in force', async () => {
    await apply();
    const log = writes().filter((line) => !line.startsWith('POST /consumers'));
    const markers = log.flatMap((line, at) => (/marker\/plugins|PATCH \/plugins/.test(line) ? [at] : []));
    const opening = log.findIndex((line) => line === `PATCH /routes/${kong.row('routes', 'shop.orders.list').id}`);
    expect(markers).toHaveLength(2);
    expect(opening).toBeGreaterThan(markers[0] ?? Infinity);
    expect(opening).toBeLessThan(markers[1] ?? 0);
  });
});

describe('a route with an expression', () => {
  const spec = { name: 'shop.orders.list', expression: 'http.path ^= "/orders"', priority: 7, service: { name: 'shop.orders' } };
  const asked = object('kong.route', 'shop.orders.list', spec, [...route.after]);
  const whole = [service, guard, asked, opa];
  const seen = (): string => String(kong.row('routes', 'shop.orders.list').expression);

  it('matches nothing until its plugins are in force, and then what it says', async () => {
    const states: string[] = [];
    kong.intercept = (method, path) => {
      if (method === 'POST' && path === '/routes/shop.orders.list/plugins') states.push(seen());
      return undefined;
    };
    expect(failures(await apply(whole))).toEqual([]);
    expect(states).toEqual([expect.stringMatching(/^\(http\.path \^= "\/orders"\) && http\.headers\.x_authctl_pending == "[\da-f]{32}"$/)]);
    expect([seen(), kong.row('routes', 'shop.orders.list').headers, hasDrift(await plan(whole))]).toEqual([spec.expression, null, false]);
  });

  it('that a cut run left closed is opened by the next one', async () => {
    kong.intercept = (method, path) => {
      if (method === 'POST' && path === '/routes/shop.orders.list/plugins') throw unreachable('kong', 'http://kong', new Error('cut'));
      return undefined;
    };
    expect(failures(await apply(whole)).length).toBeGreaterThan(0);
    expect(seen()).toContain('x_authctl_pending');
    delete kong.intercept;
    expect(failures(await apply(whole))).toEqual([]);
    expect([seen(), hasDrift(await plan(whole))]).toEqual([spec.expression, false]);
  });
});

describe('a first apply of routes whose plugins all stand on their service', () => {
  const simple = [service, guard, route, other, consumer, key];

  it('writes each object once, and a route only after the marker has shown the plugins to be in force', async () => {
    expect(failures(await apply(simple))).toEqual([]);
    const log = writes();
    expect(log.filter((line) => line.startsWith('PATCH /routes/')).length).toBe(1);
    const at = (line: string): number => log.indexOf(line);
    const marker = at('POST /routes/shop.authctl-marker/plugins');
    expect(marker).toBeGreaterThan(at('POST /services/shop.orders/plugins'));
    expect(log.flatMap((line, index) => (line === 'POST /routes' && index > marker ? [index] : []))).toHaveLength(2);
    expect(['shop.orders.list', 'shop.orders.other'].map((name) => kong.row('routes', name).headers)).toEqual([null, null]);
    expect(kong.exposed).toEqual([]);
    expect(hasDrift(await plan(simple))).toBe(false);
  });

  it('writes no route when the marker cannot be set, and all of them the next time', async () => {
    kong.intercept = (method, path) =>
      method === 'POST' && path === '/routes/shop.authctl-marker/plugins' ? { status: 500, body: { message: 'broken' } } : undefined;
    expect(failures(await apply(simple))).toEqual([
      ['kong.route/shop.orders.list', 'KONG_REFUSED'],
      ['kong.route/shop.orders.other', 'KONG_REFUSED'],
      ['kong.settle/shop', 'KONG_REFUSED'],
    ]);
    expect(kong.rows('routes').map(({ name }) => name)).toEqual(['shop.authctl-marker']);
    kong.intercept = () => undefined;
    expect(failures(await apply(simple))).toEqual([]);
    expect(kong.exposed).toEqual([]);
  });

  it('is closed first when one of them waits for a plugin that its route does not name', async () => {
    const unnamed = { ...other, after: ['kong.service/shop.orders'] };
    expect(failures(await apply([service, guard, route, unnamed, consumer, key]))).toEqual([]);
    expect(writes().filter((line) => /^PATCH \/routes\//.test(line))).toHaveLength(3);
    expect(kong.exposed).toEqual([]);
  });

  it('waits for nothing where no plugin stands before it', async () => {
    const bare = { ...other, after: ['kong.service/shop.orders'] };
    expect(failures(await apply([service, bare]))).toEqual([]);
    expect(writes().at(-1)).toBe('POST /routes/shop.authctl-marker/plugins');
    expect(writes().filter((line) => line === 'POST /routes')).toHaveLength(2);
  });
});

describe('a run that was cut short', () => {
  it.each(['/plugins', '/routes', '/jwt', '/services'])('is finished by the next one (no answer to a write of %s)', async (part) => {
    let dead = false;
    kong.intercept = (method, path) => {
      dead ||= method === 'POST' && path.endsWith(part);
      if (dead && method !== 'GET') throw unreachable('kong', 'http://kong:8001', new Error('ECONNRESET'));
      return undefined;
    };
    expect(failures(await apply())).not.toEqual([]);
    expect(kong.exposed).toEqual([]);
    kong.intercept = () => undefined;
    expect(failures(await apply())).toEqual([]);
    expect(hasDrift(await plan(shop))).toBe(false);
    expect(kong.row('routes', 'shop.orders.list').headers).toBe(null);
    expect(kong.exposed).toEqual([]);
  });

  it('keeps a route closed while its plugin is not as wanted', async () => {
    kong.intercept = (method, path) => {
      if (
        method === 'GET' &&
        path.startsWith('/plugins') &&
        kong.rows('plugins').some(({ instance_name }) => instance_name === 'shop.authctl-marker')
      )
        for (const row of kong.rows('plugins')) if (row.name === 'jwt') row.enabled = false;
      return undefined;
    };
    expect(failures(await apply())).toEqual([['kong.settle/shop', 'KONG_ROUTE_KEPT_CLOSED']]);
    expect(kong.row('routes', 'shop.orders.list').headers).toHaveProperty('x-authctl-pending');
    expect(actions(await plan(shop))).toContain('update kong.route/shop.orders.list');
  });

  it('opens the routes that are whole, although another lacks its plugin', async () => {
    kong.intercept = (method, path) =>
      method === 'POST' && path === '/routes/shop.orders.list/plugins' ? { status: 500, body: { message: 'broken' } } : undefined;
    expect(failures(await apply([...shop, other]))).toEqual([
      ['kong.plugin/shop.orders.list.opa', 'KONG_REFUSED'],
      ['kong.settle/shop', 'KONG_ROUTE_KEPT_CLOSED'],
    ]);
    expect(kong.row('routes', 'shop.orders.other').headers).toBe(null);
    expect(kong.row('routes', 'shop.orders.list').headers).toHaveProperty('x-authctl-pending');
    expect(kong.exposed).toEqual([]);
  });

  it('has no write under way when it returns, although opening a route failed', async () => {
    const { send } = kong.admin;
    let opened = 0;
    const admin: typeof kong.admin = {
      ...kong.admin,
      send: async (method, path, how) => {
        if (method === 'PATCH' && path.startsWith('/routes/') && (opened += 1) === 1) return { status: 500, body: { message: 'broken' } };
        for (let turns = opened > 1 ? 50 : 0; turns > 0; turns -= 1) await new Promise(setImmediate);
        return send(method, path, how);
      },
    };
    kong = { ...kong, admin };
    expect(failures(await apply([...shop, other]))).toEqual([['kong.settle/shop', 'KONG_REFUSED']]);
    expect(['shop.orders.list', 'shop.orders.other'].map((name) => kong.row('routes', name).headers === null)).toEqual([false, true]);
  });
});

describe('drift', () => {
  const tampering: [string, () => void, string][] = [
    ['a changed host', () => (kong.row('services', 'shop.orders').host = 'evil'), 'kong.service/shop.orders'],
    ['a disabled plugin', () => (kong.row('plugins', 'shop.orders.jwt').enabled = false), 'kong.plugin/shop.orders.jwt'],
    [
      'a claim no longer verified',
      () => ((kong.row('plugins', 'shop.orders.jwt').config as Spec & Record<string, unknown>).claims_to_verify = ['exp']),
      'kong.plugin/shop.orders.jwt',
    ],
    [
      'an anonymous consumer',
      () => ((kong.row('plugins', 'shop.orders.jwt').config as Record<string, unknown>).anonymous = 'nobody'),
      'kong.plugin/shop.orders.jwt',
    ],
    ['a plugin made global', () => (kong.row('plugins', 'shop.orders.jwt').service = null), 'kong.plugin/shop.orders.jwt'],
    ['another path', () => (kong.row('routes', 'shop.orders.list').paths = ['/']), 'kong.route/shop.orders.list'],
    ['another public key', () => (kong.row('jwts', 'kid/1').rsa_public_key = 'OTHER'), 'kong.jwt_secret/shop.issuer/kid/1'],
    ['another algorithm', () => (kong.row('jwts', 'kid/1').algorithm = 'HS256'), 'kong.jwt_secret/shop.issuer/kid/1'],
    [
      'another secret',
      () => ((kong.row('plugins', 'shop.orders.list.opa').config as Record<string, unknown>).token = 'old-token'),
      'kong.plugin/shop.orders.list.opa',
    ],
  ];
  it.each(tampering)('finds and mends %s', async (_what, tamper, address) => {
    await apply();
    tamper();
    const made = await plan(shop);
    expect(actions(made)).toEqual([`update ${address}`]);
    expect(JSON.stringify(made)).not.toContain('old-token');
    expect(failures(await apply())).toEqual([]);
    expect(hasDrift(await plan(shop))).toBe(false);
  });

  it('takes the order of sets and the defaults of Kong for no difference', async () => {
    await apply();
    (kong.row('plugins', 'shop.orders.jwt').config as Record<string, unknown>).claims_to_verify = ['nbf', 'exp'];
    kong.row('services', 'shop.orders').retries = 5;
    kong.row('plugins', 'shop.orders.jwt').protocols = ['https', 'http', 'grpcs', 'grpc'];
    expect(hasDrift(await plan(shop))).toBe(false);
    kong.row('services', 'shop.orders').retries = 7;
    expect((await plan(shop)).dangers).toMatchObject([{ danger: { kind: 'kong.service', id: 'shop.orders', effect: 'differs', field: 'retries' } }]);
  });

  it('sends only the fields that differ', async () => {
    await apply();
    kong.row('services', 'shop.orders').host = 'evil';
    kong.row('services', 'shop.orders').retries = 7;
    kong.row('services', 'shop.orders').tags = ['authctl:shop', 'team-a'];
    await apply();
    expect(kong.row('services', 'shop.orders')).toMatchObject({ host: 'orders', retries: 7, tags: ['authctl:shop', 'team-a'] });
  });

  it('changes a plugin of another name in place, without a moment without one', async () => {
    await apply();
    kong.row('plugins', 'shop.orders.jwt').name = 'key-auth';
    await apply();
    expect(kong.row('plugins', 'shop.orders.jwt')).toMatchObject({ name: 'jwt', service: { id: kong.row('services', 'shop.orders').id } });
    expect(kong.exposed).toEqual([]);
  });
});

describe('objects of others', () => {
  it('are blocked when in the way, and adopted with their tags when asked', async () => {
    kong.hand('services', { name: 'shop.orders', host: 'theirs', tags: ['team-a'] });
    expect(actions(await plan(shop))).toContain('blocked kong.service/shop.orders');
    expect(failures(await apply(shop, { adopt: true }))).toEqual([]);
    expect(kong.row('services', 'shop.orders')).toMatchObject({ host: 'orders', tags: ['team-a', 'authctl:shop', 'authctl.adopted'] });
  });

  it('are left alone by prune', async () => {
    kong.hand('services', { name: 'theirs', host: 'theirs' });
    kong.hand('services', { name: 'other-blueprint', host: 'x', tags: ['authctl:billing'] });
    await apply();
    await apply([consumer, key], { prune: true });
    expect(kong.rows('services').map(({ name }) => name)).toEqual(['theirs', 'other-blueprint', 'shop.authctl-marker']);
  });

  it('keep a credential that we would need', async () => {
    kong.hand('consumers', { username: 'mallory' });
    kong.hand('jwts', { key: 'kid/1', consumer: { username: 'mallory' }, algorithm: 'HS256' });
    expect(failures(await apply())).toEqual([['kong.jwt_secret/shop.issuer/kid/1', 'KONG_KEY_TAKEN']]);
    expect(kong.row('jwts', 'kid/1')).toMatchObject({ consumer: { id: kong.row('consumers', 'mallory').id }, algorithm: 'HS256' });
  });

  it('are not overwritten when they appear between plan and write', async () => {
    const provider = connect();
    const made = await plan(shop, {}, provider);
    kong.hand('services', { name: 'shop.orders', host: 'theirs' });
    const results = await applyPlan({ providers: [provider], plan: made });
    expect(failures(results)).toContainEqual(['kong.service/shop.orders', 'KONG_NAME_TAKEN']);
    expect(kong.row('services', 'shop.orders')).toMatchObject({ host: 'theirs' });
  });
});

describe('deleting', () => {
  it('is ordered by what the kinds say, not by how they are listed', () => {
    const { kinds } = connect();
    for (const listed of [kinds, kinds.toReversed()]) {
      const order = removalOrder(listed);
      // Kong keeps a service with a route on it: its plugins are still there then.
      expect(order.indexOf('kong.route')).toBeLessThan(order.indexOf('kong.service'));
      expect(order.indexOf('kong.service')).toBeLessThan(order.indexOf('kong.plugin'));
    }
  });

  it('takes a route before its plugins, and the marker with the last object', async () => {
    await apply();
    kong.log.length = 0;
    expect(failures(await apply([], { prune: true }))).toEqual([]);
    expect(kong.exposed).toEqual([]);
    for (const entity of ['services', 'routes', 'plugins', 'consumers', 'jwts']) expect(kong.rows(entity)).toEqual([]);
    const order = writes()
      .filter((line) => line.startsWith('DELETE'))
      .map((line) => line.split('/')[1]);
    expect(order.indexOf('routes')).toBeLessThan(order.indexOf('plugins'));
  });

  it('takes a plugin off a service only after the marker has moved behind the last route', async () => {
    await apply();
    kong.log.length = 0;
    const marker = kong.row('routes', 'shop.authctl-marker').id;
    await apply([], { prune: true });
    const steps = writes().filter((line) => /^DELETE \/(routes|plugins)\//.test(line) || line === `PATCH /routes/${marker}`);
    const words = steps.map((line) => (line === `DELETE /routes/${marker}` ? 'marker gone' : line.split('/').slice(0, 2).join('/')));
    // The policy that is asked for the route goes with it, and the service has no guard that refuses in its place: the marker shows it closed first.
    expect(words.filter((word, at) => word !== words[at - 1])).toEqual(['PATCH /routes', 'DELETE /routes', 'PATCH /routes', 'DELETE /plugins', 'marker gone']);
  });
});

describe('what is not a usable Kong', () => {
  it('is refused when it answers like something else', async () => {
    kong = fakeKong({ version: undefined, configuration: undefined });
    await expect(plan(shop)).rejects.toMatchObject({ code: 'KONG_NOT_KONG' });
  });
  it('is refused when it keeps its configuration elsewhere than the blueprint says', async () => {
    kong = fakeKong({ configuration: { database: 'off' } });
    await expect(plan(shop)).rejects.toMatchObject({ code: 'KONG_STORE' });
  });
  it('is forbidden, never empty, when a list cannot be read', async () => {
    kong.intercept = (_method, path) => (path.startsWith('/plugins') ? { status: 403, body: { message: 'opa-token' } } : undefined);
    await expect(plan(shop)).rejects.toMatchObject({ code: 'KONG_FORBIDDEN' });
  });
  it('says before the first write which plugin or field it lacks', async () => {
    const wrong = { ...guard, spec: { ...guard.spec, config: { wrong: 1 } } };
    expect((await connect().check([...shop, wrong])).map(({ code, message }) => [code, message])).toEqual([
      ['KONG_PLUGIN_MISSING', 'shop.orders.list.opa needs the plugin "authctl-opa", which this Kong does not have'],
      ['KONG_SCHEMA', 'kong.plugin shop.orders.jwt: schema violation (config.wrong: unknown field)'],
    ]);
    expect(writes().every((line) => line.includes('/validate'))).toBe(true);
  });
  it('asks once about objects that differ only in plain names, and about each that is not plain', async () => {
    kong = fakeKong({ plugins: { available_on_server: { jwt: {} } } });
    const services = ['a', 'b', 'c d'].map((name) => object('kong.service', name, { ...service.spec, name, host: `${name}.internal` }));
    const plugins = ['a', 'b'].map((name) =>
      object('kong.plugin', name, { ...guard.spec, instance_name: name, service: { name } }),
    );
    const others = object('kong.plugin', 'c', { ...guard.spec, instance_name: 'c', config: { key_claim_name: 'sub' } });
    const odd = object('kong.route', 'odd', { ...route.spec, name: 'odd', paths: ['~/(['] });
    expect(await connect().check([...services, ...plugins, others, route, other, odd])).toEqual([]);
    const asked = kong.log.filter((line) => line.endsWith('/validate')).map((line) => line.split('/')[2]).toSorted();
    expect(asked).toEqual(['plugins', 'plugins', 'routes', 'routes', 'services', 'services']);
  });
  it('never repeats a secret that Kong puts into a message', async () => {
    kong.intercept = (method) => (method === 'POST' ? { status: 400, body: { message: 'bad value opa-token' } } : undefined);
    const results = await apply();
    expect(
      results
        .map(({ problem }) => problem)
        .filter((problem) => problem instanceof Problem)
        .map(String)
        .join(),
    ).not.toContain('opa-token');
  });
});
