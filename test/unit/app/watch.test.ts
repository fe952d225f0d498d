import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createAuthctl, exitCodeOf } from 'authctl';
import type { AuthctlEvent } from 'authctl';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openEndpoint } from '../../../src/app/watch/endpoint.ts';
import type { Turn } from '../../../src/app/watch/findings.ts';
import { createLoop } from '../../../src/app/watch/loop.ts';
import type { Plan } from '../../../src/core/plan.ts';
import { Problem } from '../../../src/core/problem.ts';
import type { Report } from '../../../src/core/report.ts';
import type { Change } from '../../../src/core/resource.ts';
import { blueprint, startTargets } from './targets.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const origin = { file: 'shop.yaml', line: 4, column: 1 };
const sneak = (name: string): Change => ({ action: 'danger', effect: 'opens', danger: { kind: 'kong.route', id: name, effect: 'opens', what: `leads to ${name}`, origin, hint: 'delete it' } });
const seen = (names: Iterable<string>): Report => {
  const plan: Plan = { name: 'shop', waves: [], removals: [], orphans: [], dangers: [...names].map((name) => sneak(name) as Plan['dangers'][number]), accepted: [], unseen: [] };
  return { command: 'drift', blueprint: 'shop', plan, problems: [], seconds: 0.1 };
};
const blind: Report = { command: 'drift', problems: [new Problem('TARGET_UNREACHABLE', 'kong did not answer', {})] };

/** A loop over reports, one a look; it stops after the last of them. */
const watched = async (reports: readonly Report[], deliver: (at: number) => boolean = () => true) => {
  const stop = new AbortController();
  const told: Turn[] = [];
  const changed: Turn[] = [];
  let at = 0;
  const loop = createLoop({
    look: () => Promise.resolve(reports[at] ?? blind),
    tell: (turn) => (deliver(at) ? Promise.resolve(void told.push(turn)) : Promise.reject(new Error('HTTP 500'))),
    changed: (turn) => void changed.push(turn),
    failed: () => undefined,
    undelivered: () => undefined,
    looked: () => Promise.resolve(),
    pause: () => {
      at += 1;
      if (at >= reports.length) stop.abort();
      return Promise.resolve();
    },
    signal: stop.signal,
    now: () => at,
  });
  await loop.run();
  return { told, changed, state: loop.state() };
};
const names = (turns: readonly Turn[], of: keyof Turn): readonly string[] => turns.flatMap((turn) => turn[of].map(({ words }) => /kong\.route\/(\S+):/.exec(words)?.[1] ?? words));

describe('a night of looks', () => {
  it('tells of 300 changes once each when they appear and once when they are gone, and keeps nothing of what is gone', async () => {
    // At each look two more are there, until all are; then they go, two at a time.
    const all = Array.from({ length: 300 }, (_, number) => `sneak-${number}`);
    const rising = Array.from({ length: 150 }, (_, look) => all.slice(0, 2 * look + 2));
    const falling = Array.from({ length: 150 }, (_, look) => all.slice(2 * look + 2));
    const { told, changed, state } = await watched([...rising, ...falling].map(seen));
    expect(names(told, 'appeared')).toEqual(all);
    expect(names(told, 'gone')).toEqual(all);
    expect(changed).toEqual(told);
    expect(state).toMatchObject({ looks: 300, failedLooks: 0, appeared: 300, gone: 300, findings: [], pending: 0 });
  });

  it('is silent where nothing changes, and tells of what comes back', async () => {
    const { told } = await watched([['a'], ['a'], ['a', 'b'], ['b'], ['a', 'b']].map(seen));
    expect(told.map(({ appeared, gone }) => [appeared.length, gone.length])).toEqual([[1, 0], [1, 0], [0, 1], [1, 0]]);
  });

  it('tells once more of a field that has another value now, and not that the first is gone', async () => {
    const holding = (before: string): Report => {
      const desired = { kind: 'kong.route', id: 'orders', spec: {}, origin } as unknown as Extract<Change, { action: 'update' }>['desired'];
      const change = { action: 'update', effect: 'opens', desired, live: { kind: 'kong.route', id: 'orders', spec: {} }, because: [{ path: 'hosts', before: [before], after: [] }] } as unknown as Change;
      return { ...seen([]), plan: { name: 'shop', waves: [[change]], removals: [], orphans: [], dangers: [], accepted: [], unseen: [] } as unknown as Plan };
    };
    const { told } = await watched([holding('harmless.example'), holding('harmless.example'), holding('bad.example'), seen([])]);
    expect(told.map(({ appeared, gone }) => [appeared.length, gone.length])).toEqual([[1, 0], [1, 0], [0, 1]]);
  });

  it('tells once of what is too much and a danger as well, by what it does', async () => {
    const orphan = { action: 'orphan', live: { kind: 'kong.route', id: 'a', spec: {} } } as unknown as Plan['orphans'][number];
    const alone = { ...orphan, live: { kind: 'kong.route', id: 'b', spec: {} } } as unknown as Plan['orphans'][number];
    const both = (report: Report): Report => ({ ...report, plan: { ...report.plan!, orphans: [orphan, alone] } });
    const { told } = await watched([both(seen(['a'])), both(seen([]))]);
    expect(told.map(({ appeared, gone }) => [appeared.map(({ sort }) => sort).toSorted(), gone.map(({ sort }) => sort)])).toEqual([[['extra', 'opens'], []], [['extra'], ['opens']]]);
  });

  it('takes nothing for gone while it cannot see', async () => {
    const { told, state } = await watched([seen(['a']), blind, blind, seen(['a'])]);
    expect([told.length, state.looks, state.failedLooks, state.findings.length, state.lastGood]).toEqual([1, 4, 2, 1, 3]);
  });

  it('tells later what it could not tell, once, even where nothing can be seen by then', async () => {
    const { told, state } = await watched([seen(['a']), seen(['a', 'b']), blind, seen(['b'])], (at) => at >= 2);
    expect([names(told, 'appeared'), names(told, 'gone'), state.pending]).toEqual([['a', 'b'], ['a'], 0]);
  });

  it('keeps no report of a look once the next one is there', async () => {
    const looks = 40;
    const kept: WeakRef<Report>[] = [];
    const stop = new AbortController();
    const alive = (): number => {
      collect();
      return kept.filter((one) => one.deref() !== undefined).length;
    };
    const counts: number[] = [];
    const loop = createLoop({
      look: () => {
        const report = seen([`sneak-${kept.length}`]);
        kept.push(new WeakRef(report));
        return Promise.resolve(report);
      },
      tell: () => Promise.resolve(),
      changed: () => undefined,
      failed: () => undefined,
      undelivered: () => undefined,
      looked: () => Promise.resolve(),
      // A reference that was followed lives until the turn has ended.
      pause: async () => {
        await new Promise((turn) => setImmediate(turn));
        counts.push(alive());
        if (kept.length === looks) stop.abort();
      },
      signal: stop.signal,
      now: () => 0,
    });
    await loop.run();
    expect(loop.state()).toMatchObject({ looks, appeared: looks, gone: looks - 1 });
    expect(Math.max(...counts)).toBeLessThanOrEqual(2);
  });

  it('keeps no more than so many for who is never told', async () => {
    const many = Array.from({ length: 3000 }, (_, number) => `n${number}`);
    const { state } = await watched([seen(many), seen([]), seen(many)], () => false);
    expect(state.pending).toBe(2000);
  });
});

describe('the endpoint', () => {
  const state = { looks: 3, failedLooks: 1, seconds: 0.5, findings: [{ key: 'a', sort: 'opens', words: 'a' }, { key: 'b', sort: 'opens', words: 'b' }], appeared: 2, gone: 0, lastGood: 1, lastGoodAt: 1_795_000_000, pending: 0 };
  it('says whether it is well, and what is there, and takes nothing', async () => {
    let well = true;
    const { url, close } = await openEndpoint({ address: '127.0.0.1:0', blueprint: 'shop', state: () => state, healthy: () => well });
    onTestFinished(close);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    well = false;
    expect((await fetch(`${url}/healthz`)).status).toBe(503);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('authctl_drift_findings{blueprint="shop",sort="opens"} 2\n');
    expect(metrics).toContain('authctl_drift_looks_total{blueprint="shop",outcome="failed"} 1\n');
    expect(metrics).toContain('authctl_drift_last_seen_timestamp_seconds{blueprint="shop"} 1795000000\n');
    expect([(await fetch(`${url}/`)).status, (await fetch(`${url}/healthz`, { method: 'POST' })).status]).toEqual([404, 405]);
  });

  it.each(['nowhere', '127.0.0.1:99999'])('refuses what is no address: %s', async (address) => {
    await expect(openEndpoint({ address, blueprint: 'shop', state: () => state, healthy: () => true })).rejects.toMatchObject({ code: 'WATCH_LISTEN' });
  });
});

it('drift --watch looks at live targets over and over, tells a webhook and a collector, and ends in order', async () => {
  const env = await startTargets();
  const posts: { readonly text: string; readonly appeared: readonly string[]; readonly gone: readonly string[] }[] = [];
  const hook = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      posts.push(JSON.parse(text) as (typeof posts)[number]);
      response.end('ok');
    });
  });
  const measured: string[] = [];
  // Busy with something else at the second look.
  const collector = createServer((request, response) => {
    measured.push(request.url ?? '');
    response.writeHead(measured.length === 2 ? 400 : 200, { 'content-type': 'application/json' }).end('{}');
  });
  for (const server of [hook, collector]) {
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    onTestFinished(() => void server.close());
  }
  const applied = await createAuthctl({ env, localStack: false }).apply(blueprint, { approve: true });
  expect(applied.problems).toEqual([]);

  const stop = new AbortController();
  const events: AuthctlEvent[] = [];
  const byHand = (path: string, method: string, body?: object): Promise<Response> =>
    fetch(`${env['KONG_ADMIN_URL'] ?? ''}${path}`, { method, headers: { 'content-type': 'application/json' }, ...(body && { body: JSON.stringify(body) }) });
  // What somebody does between two looks.
  const between = [
    () => byHand('/plugins', 'POST', { name: 'pre-function', instance_name: 'theirs', config: { access: ['return'] } }),
    () => Promise.resolve(),
    async () => {
      const { data } = (await (await byHand('/plugins', 'GET')).json()) as { data: readonly { readonly id: string; readonly instance_name: string | null }[] };
      await byHand(`/plugins/${data.find(({ instance_name: name }) => name === 'theirs')?.id ?? ''}`, 'DELETE');
    },
    () => Promise.resolve(stop.abort()),
  ];
  let at = 0;
  const telling = { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}` };
  const report = await createAuthctl({ env: telling, localStack: false, signal: stop.signal, events: (event) => void events.push(event) }).watch(blueprint, {
    interval: 1,
    listen: '127.0.0.1:0',
    webhook: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/T000/secret`,
    pause: async () => {
      const next = between[at];
      at += 1;
      await next?.();
    },
  });
  expect([exitCodeOf(report), report.data?.looks, report.data?.failedLooks, report.data?.pending]).toEqual([0, 4, 0, 0]);
  const ofTheirs = (words: readonly string[]): number => words.filter((one) => one.includes('kong.plugin/theirs')).length;
  expect(posts.map(({ appeared, gone }) => [ofTheirs(appeared), ofTheirs(gone)]).filter(([more, less]) => more !== 0 || less !== 0)).toEqual([[1, 0], [0, 1]]);
  expect(posts.at(-1)?.text).toMatch(/^authctl drift of \S+: 0 appeared, 1 gone\n- /);
  expect(events.filter(({ type }) => type === 'watch.started')).toHaveLength(1);
  // Nothing that was read is kept by its connection: the next look asks anew.
  expect(events.filter(({ type }) => type === 'watch.failed')).toEqual([{ type: 'watch.failed', why: 'OpenTelemetry could not be told, and is told after the next look: HTTP 400' }]);
  expect(measured).toEqual(Array(4).fill('/v1/metrics'));
});
