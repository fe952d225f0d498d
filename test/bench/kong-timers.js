// How long a first apply takes on a Kong that takes note of routes and of plugins at the turns of two timers, beside writes that wait for nothing, and who
// gets in meanwhile without a token. Needs dist/ (npm run build).
//
//   node test/bench/kong-timers.js [N] [seconds between the turns of a timer] [how many starts within a turn]
//
// The gateway is the stand-in, with timers as a genuine Kong 3.9 with a database has them; which of the two turns first is tried both ways.
//
//   AUTHCTL_BENCH_KONG="<Admin API> <proxy>" node test/bench/kong-timers.js [N] [-] [runs] [writers: ours,deck,routesFirst,pluginsFirst]
//
// (AUTHCTL_BENCH_ADDRESSES=1000: services at so many addresses, and not all at one)
// takes a Kong of your own, a `deck` on the PATH beside it, by turns. It must be one for trials: whatever is on it is deleted before each run.
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { deck, deckFile, deckIsThere, engineOver, objects, rawCalls, root, writeRaw } from './kong-world.js';

const here = fileURLToPath(import.meta.url);
const WRITERS = {
  async ours(world) {
    const report = await (await engineOver(world)).apply({ approve: () => Promise.resolve(true) });
    if (report.problems.length > 0) throw report.problems[0];
  },
  /** As decK writes: routes before plugins, and no wait. */
  async routesFirst({ admin, desired }) {
    const raw = rawCalls(admin);
    await writeRaw(raw, desired, ['kong.service', 'kong.route', 'kong.plugin', 'kong.consumer', 'kong.jwt_secret']);
    raw.close();
  },
  /** The order of apply, without its waits. */
  async pluginsFirst({ admin, desired }) {
    const raw = rawCalls(admin);
    await writeRaw(raw, desired, ['kong.service', 'kong.plugin', 'kong.route', 'kong.consumer', 'kong.jwt_secret']);
    raw.close();
  },
  deck(world) {
    const dir = mkdtempSync(join(tmpdir(), 'authctl-bench-'));
    try {
      writeFileSync(join(dir, 'kong.json'), deckFile(world.desired));
      deck('sync', world, join(dir, 'kong.json'));
    } finally {
      rmSync(dir, { recursive: true });
    }
  },
};
const WORDS = { ours: 'apply', routesFirst: 'routes first, as decK writes, no wait', pluginsFirst: 'plugins first, no wait', deck: 'decK' };

const serve = async (every, after) => {
  const { startEmbeddedKong } = await import('authctl-stand-ins');
  const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: fileURLToPath(new URL('infra/kong/plugins', root)), timers: { every, after } });
  process.send({ admin: kong.admin.url, proxy: kong.proxy.url });
  process.once('disconnect', () => kong.close());
};

/** A process of its own; `done` when it has ended well. */
const spawned = (args, input) => {
  const child = spawn(process.execPath, [here, ...args.map(String)], { stdio: ['pipe', 'inherit', 'inherit', 'ipc'] });
  child.stdin.end(input ?? '');
  const done = new Promise((resolve, reject) => child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${args[0]} ended with ${code}`)))));
  return { child, done };
};

/** Every 97th route, and the last one. */
const asked = (count) => Array.from({ length: count }, (_, index) => index).filter((index) => index % 97 === 0 || index === count - 1);

/** Asks without a token, round by round, until the last of them refuses. 502 is a request that went on to its service. */
const strangers = async (proxy, count) => {
  const at = asked(count);
  let letIn = 0;
  for (;;) {
    const statuses = await Promise.all(at.map(async (index) => (await fetch(`${proxy}/bench/${index}`)).status));
    letIn += statuses.filter((status) => status === 502).length;
    if (statuses.every((status) => status === 401)) return letIn;
    await pause(20);
  }
};

const written = async (writer, { admin, proxy }, { count, pem }) => {
  const begun = performance.now();
  const writing = spawned([writer, count, admin, proxy], pem);
  const inForce = strangers(proxy, count).then((letIn) => ({ letIn, seconds: (performance.now() - begun) / 1000 }));
  await writing.done;
  const exit = (performance.now() - begun) / 1000;
  return { exit, ...(await inForce) };
};

const measure = async (writer, { every, after, phase, ...what }) => {
  const server = spawned(['serve', every, after]);
  try {
    const gateway = await new Promise((resolve, reject) => { server.child.once('message', resolve); server.done.catch(reject); });
    await pause(phase * 1000);
    return await written(writer, gateway, what);
  } finally {
    server.child.disconnect();
    await server.done;
  }
};

/** Takes everything off a Kong for trials, and waits until its proxy knows: until it has no route of those that are asked for, and two turns of a timer of five seconds more. */
const emptied = async ({ admin, proxy }, count) => {
  const raw = rawCalls(admin);
  for (const kind of ['plugins', 'routes', 'services', 'consumers', 'upstreams'])
    for (let left = true; left; ) {
      const { data } = await raw.send('GET', `/${kind}?size=1000`);
      left = data.length > 0;
      await raw.sendAll(data, ({ id }) => raw.send('DELETE', `/${kind}/${id}`));
    }
  raw.close();
  while (!(await Promise.all(asked(count).map(async (index) => (await fetch(`${proxy}/bench/${index}`)).status))).every((status) => status === 404)) await pause(500);
  await pause(11_000);
};

const mean = (runs, of) => (runs.reduce((sum, run) => sum + of(run), 0) / runs.length).toFixed(1);
const total = (runs) => runs.reduce((sum, { letIn }) => sum + letIn, 0);

/** By turns on a Kong that is there; every run is told, for there are few. */
const onOwn = async ([admin, proxy], { count, runs, pem, wanted }) => {
  const writers = wanted.split(',').filter((writer) => writer !== 'deck' || deckIsThere);
  const found = Object.fromEntries(writers.map((writer) => [writer, []]));
  for (let run = 0; run < runs; run += 1)
    for (const writer of writers) {
      await emptied({ admin, proxy }, count);
      found[writer].push(await written(writer, { admin, proxy }, { count, pem }));
    }
  await emptied({ admin, proxy }, count);
  process.stdout.write([
    `| N = ${count}, ${runs} runs | writer ends after, s | in force after, s | requests let in without a token |`, '| --- | ---: | ---: | ---: |',
    ...writers.map((writer) => `| ${[WORDS[writer], ...['exit', 'seconds'].map((what) => found[writer].map((run) => run[what].toFixed(1)).join(', ')), total(found[writer])].join(' | ')} |`), '',
  ].join('\n'));
};

const main = async ([count = 1000, every = 5, starts = 4], wanted = 'ours,deck,routesFirst,pluginsFirst') => {
  const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' });
  const own = process.env.AUTHCTL_BENCH_KONG;
  if (own) return onOwn(own.split(' '), { count, runs: starts, pem, wanted });
  const rows = [];
  for (const after of [0.2, 0.8])
    for (const writer of ['ours', 'routesFirst', 'pluginsFirst']) {
      const runs = [];
      for (let start = 0; start < starts; start += 1) runs.push(await measure(writer, { count, every, after: after * every, phase: ((start + 0.5) / starts) * every, pem }));
      rows.push(`| ${[WORDS[writer], `${(after * every).toFixed(1)} s`, mean(runs, (run) => run.exit), mean(runs, (run) => run.seconds), total(runs)].join(' | ')} |`);
    }
  process.stdout.write([
    `| N = ${count}, timers of ${every} s | plugins' timer after routes' | writer ends after, s | in force after, s | requests let in without a token |`,
    '| --- | ---: | ---: | ---: | ---: |', ...rows, '',
  ].join('\n'));
};

const [step, ...rest] = process.argv.slice(2);
if (step === 'serve') await serve(...rest.map(Number));
else if (step in WRITERS) {
  const [count, admin, proxy] = rest;
  const pem = (await process.stdin.toArray()).join('');
  await WRITERS[step]({ admin, proxy, desired: objects(Number(count), pem) });
  process.exit(0);
} else await main(process.argv.slice(2, 5).map(Number), process.argv[5]);
