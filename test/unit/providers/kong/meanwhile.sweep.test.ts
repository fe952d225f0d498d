import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import type { Desired, Spec } from '../../../../src/core/resource.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { makePlan } from '../../../../src/core/plan.ts';
import type { Expansion } from '../../../../src/core/plan.ts';
import { loadExample } from '../../checks/worlds/examples.ts';
import { ofKong, providerAt } from './embedded.ts';

const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }) as string;

/** How a genuine Kong takes note of what is written, with wider gaps. */
const TIMERS = { timers: { every: 0.3, after: 0.15 } };
const STORES = [
  ['database, services closed', 'database', TIMERS, 'alone'],
  ['database, routes closed', 'database', TIMERS, 'beside'],
  ['without a database', 'dbless', { dbless: true, reconfigured: { pluginsAfter: 150 } }, 'alone'],
] as const;
/** No request of the tests is for it, which its paths do not tell. */
const beside = { name: 'theirs', paths: ['/'], headers: { 'x-theirs': ['1'] } };

/** A path of each route that asks for a token. */
const closedPaths = ({ services }: Blueprint): readonly string[] =>
  Object.values(services).flatMap(({ routes }) => routes.flatMap((route) => (route.public ? [] : [route.path.replaceAll('/**', '/x').replaceAll(/\{[^}]*\}/g, '7')])));

/** Who asks without a token all the time while `work` goes on, and what is answered. */
const strangers = async (proxy: string, paths: readonly string[], work: () => Promise<void>): Promise<ReadonlySet<string>> => {
  const answers = new Set<string>();
  let over = false;
  const asking = [0, 1, 2].map(async (at) => {
    for (let turn = at; !over; turn += 1) {
      const answer = await fetch(`${proxy}${paths[turn % paths.length] ?? '/'}`, { redirect: 'manual' });
      answers.add((await answer.text()).includes('ring-balancer') ? 'closed' : String(answer.status));
    }
  });
  await work().finally(() => { over = true; });
  await Promise.all(asking);
  return answers;
};

describe.each(STORES)('while apply goes on at a gateway whose plugins come after its routes (%s)', (_how, store, timing, company) => {
  const applied = async (proxy: Parameters<typeof providerAt>[0], blueprint: Blueprint, wanted: Expansion, prune = false): Promise<void> => {
    const provider = providerAt(proxy, blueprint, { store });
    const results = await applyPlan({ providers: [provider], plan: await makePlan([provider], wanted, { prune }), options: { prune } });
    await provider.close?.();
    expect(results.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
  };

  it.each(['routes', 'sso'] as const)('nobody gets through without a token, when it comes and when it goes: blueprints/%s.yaml', async (example) => {
    const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins', ...timing });
    try {
      const blueprint = await loadExample(example);
      const wanted = ofKong(blueprint, [{ kid: 'kid-1', alg: 'RS256', pem }]);
      const paths = closedPaths(blueprint);
      if (company === 'beside') await fetch(`${kong.admin.url}/routes`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(beside) });
      // 401 by a guard, 404 by no route, closed by a service that leads nowhere. Nothing stands behind the gateway: whoever is let in is told so by 502 or 503.
      const come = await strangers(kong.proxy.url, paths, () => applied(kong, blueprint, wanted));
      expect([...come].filter((answer) => !['401', '404', ...(store === 'database' && company === 'alone' ? ['closed'] : [])].includes(answer))).toEqual([]);
      const statuses = await Promise.all(paths.map(async (path) => (await fetch(`${kong.proxy.url}${path}`, { redirect: 'manual' })).status));
      expect(statuses).toContain(401);
      const go = await strangers(kong.proxy.url, paths, () => applied(kong, blueprint, { name: blueprint.name, desired: [], deferred: [] }, true));
      expect([...go].filter((answer) => !['401', '404'].includes(answer))).toEqual([]);
    } finally {
      await kong.close();
    }
  });

  it('nobody gets through a route that goes with the only plugin that guards it, nor while it comes', async () => {
    const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins', ...timing });
    try {
      const blueprint = await loadExample('routes');
      if (company === 'beside') await fetch(`${kong.admin.url}/routes`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(beside) });
      const object = (kind: string, id: string, spec: Spec, after: readonly string[] = []): Desired => ({ kind, id, spec, after, origin: blueprint.at('name') });
      const alone = Array.from({ length: 5 }, (_, at) => `${blueprint.name}.alone${at}`).flatMap((name, at) => [
        object('kong.service', name, { name, protocol: 'http', host: '127.0.0.1', port: 9, path: null, enabled: true }),
        object('kong.route', name, { name, paths: [`/alone${at}`], methods: ['GET'], headers: at === 0 ? { 'x-kind': ['a'] } : null, service: { name } }, [`kong.service/${name}`]),
        object('kong.plugin', name, { name: 'jwt', instance_name: name, enabled: true, service: null, route: { name }, config: { key_claim_name: 'kid' } }, [`kong.route/${name}`]),
      ]);
      const paths = [1, 2, 3, 4].map((at) => `/alone${at}`);
      const quiet = (answers: ReadonlySet<string>) => [...answers].filter((answer) => !['401', '404', 'closed'].includes(answer));
      for (let turn = 0; turn < 3; turn += 1) {
        expect(quiet(await strangers(kong.proxy.url, paths, () => applied(kong, blueprint, { name: blueprint.name, desired: alone, deferred: [] })))).toEqual([]);
        expect((await fetch(`${kong.proxy.url}/alone1`)).status).toBe(401);
        expect(quiet(await strangers(kong.proxy.url, paths, () => applied(kong, blueprint, { name: blueprint.name, desired: [], deferred: [] }, true)))).toEqual([]);
      }
    } finally {
      await kong.close();
    }
  });

  const own = (blueprint: Blueprint) => {
    const object = (kind: string, id: string, spec: Spec, after: readonly string[] = []): Desired => ({ kind, id, spec, after, origin: blueprint.at('name') });
    const name = `${blueprint.name}.own`;
    return {
      service: object('kong.service', name, { name, protocol: 'http', host: '127.0.0.1', port: 9, path: null, enabled: true }),
      route: (id: string, asks: Spec): Desired => object('kong.route', `${name}.${id}`, { name: `${name}.${id}`, paths: ['/a'], methods: ['GET'], hosts: null, headers: null, service: { name }, ...asks }, [`kong.service/${name}`]),
      plugin: (id: string, route: string | null, spec: Spec): Desired =>
        object('kong.plugin', `${name}.${id}`, { instance_name: `${name}.${id}`, enabled: true, service: route === null ? { name } : null, route: route === null ? null : { name: `${name}.${route}` }, ...spec }, [route === null ? `kong.service/${name}` : `kong.route/${name}.${route}`]),
    };
  };

  it.each([
    ['paths', { paths: ['/a', '/c'] }, { paths: ['/b', '/c'] }],
    ['methods', { methods: ['GET'], paths: ['/a', '/b'] }, { methods: ['POST'], paths: ['/a', '/b'] }],
    ['hosts', { paths: ['/a', '/b'], hosts: null }, { paths: ['/a', '/b'], hosts: ['other.example'] }],
    ['headers', { headers: null }, { headers: { 'x-kind': ['a'] } }],
  ] as const)('nobody gets through a route that gets other %s and loses its guard in one run, nor the other way round', async (_what, guarded, open) => {
    const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins', ...timing });
    try {
      const blueprint = await loadExample('routes');
      const { service, route, plugin } = own(blueprint);
      const shop = (asks: Spec, enabled: boolean): Expansion => ({ name: blueprint.name, desired: [service, route('x', asks), plugin('x.jwt', 'x', { name: 'jwt', enabled, config: { key_claim_name: 'kid' } })], deferred: [] });
      await applied(kong, blueprint, shop(guarded, true));
      for (let turn = 0; turn < 3; turn += 1)
        for (const [asks, enabled] of [[open, false], [guarded, true]] as const) {
          const answers = await strangers(kong.proxy.url, ['/a'], () => applied(kong, blueprint, shop(asks, enabled)));
          expect([...answers].filter((answer) => !['401', '404'].includes(answer))).toEqual([]);
        }
    } finally {
      await kong.close();
    }
  });

  it('nobody is turned away whom the route lets through that comes in the place of one', async () => {
    const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins', ...timing });
    try {
      const blueprint = await loadExample('routes');
      const { service, route, plugin } = own(blueprint);
      // What is on the service refuses, and what is on a route has its answer in its place.
      const answering = (id: string, on: string | null, status: number): Desired => plugin(id, on, { name: 'request-termination', config: { status_code: status, message: 'by a test' } });
      // Of two routes for the same requests Kong takes the one with the greater id.
      const paths = ['/a', '/b', '/c', '/d', '/e'];
      const shop = (id: string): Expansion => ({ name: blueprint.name, desired: [service, answering('all', null, 403), ...paths.flatMap((path, at) => [route(`${id}${at}`, { paths: [path] }), answering(`${id}${at}.own`, `${id}${at}`, 200)])], deferred: [] });
      await applied(kong, blueprint, shop('one'));
      for (let turn = 0; turn < 2; turn += 1)
        for (const id of ['two', 'one']) {
          const answers = await strangers(kong.proxy.url, paths, () => applied(kong, blueprint, shop(id), true));
          expect([...answers]).toEqual(['200']);
        }
    } finally {
      await kong.close();
    }
  });
});
