// How much apply and plan cost on Kong, beside the least that Node needs for the same objects. Prints a Markdown table of ratios:
// seconds depend on the machine, ratios within one run hardly do. Needs dist/ (npm run build).
//
//   node test/bench/kong.js [N ...]        N services, each with a route and a jwt plugin, and N/10 consumers with a jwt credential
//
// A `deck` on the PATH is measured beside it, with the same objects; without one its rows are left out, and the last line says so.
//
// Every measured step is a process of its own, from start to exit; so is the gateway, the development stand-in in this repository.
import { spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deck, deckFile, deckIsThere, engineOver, objects, rawCalls, root, writeRaw } from './kong-world.js';

const here = fileURLToPath(import.meta.url);
const STARTS = 15;
const RUNS = 3;

const steps = {
  async apply(world) {
    const report = await (await engineOver(world)).apply({ approve: () => Promise.resolve(true) });
    if (report.problems.length > 0) throw report.problems[0];
    return report.requests.kong;
  },
  async plan(world) {
    const report = await (await engineOver(world)).drift({});
    if (report.negative || report.problems.length > 0) throw new Error('the plan is not empty');
    return report.requests.kong;
  },
  async rawApply({ admin, desired }) {
    const raw = rawCalls(admin);
    await writeRaw(raw, desired, ['kong.service', 'kong.consumer', 'kong.plugin', 'kong.route', 'kong.jwt_secret']);
    raw.close();
    return raw.counts;
  },
  async rawPlan({ admin }) {
    const raw = rawCalls(admin);
    await raw.sendAll(['services', 'routes', 'plugins', 'consumers', 'jwts'], async (list) => {
      for (let next = `/${list}?size=1000`; next; ) next = (await raw.send('GET', next)).next;
    });
    raw.close();
    return raw.counts;
  },
};

const serve = async () => {
  const { startEmbeddedKong } = await import('authctl-stand-ins');
  const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: fileURLToPath(new URL('infra/kong/plugins', root)) });
  process.send({ admin: kong.admin.url, proxy: kong.proxy.url });
  process.once('disconnect', () => kong.close());
};

const measured = (step, count, { admin, proxy, pem }) => {
  const begun = performance.now();
  const args = [here, step, String(count), admin, proxy];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { input: pem, encoding: 'utf8' });
  const wall = performance.now() - begun;
  if (status !== 0) throw new Error(`${step} ${count}: ${stderr}`);
  return { wall, ...JSON.parse(stdout) };
};

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const middle = (runs) => ({
  ...runs[0],
  ...Object.fromEntries(['wall', 'rss', 'cpu'].map((figure) => [figure, median(runs.map((run) => run[figure]))])),
});
const startOf = (args) => {
  const begun = performance.now();
  if (spawnSync(process.execPath, args).status !== 0) throw new Error(`${args.join(' ')} failed`);
  return performance.now() - begun;
};
/** Both alternately, so that a busy moment meets both. */
const starts = () => {
  const version = [fileURLToPath(new URL('bin/authctl.js', root)), '--version'];
  const pairs = Array.from({ length: STARTS }, () => [startOf(['-e', '0']), startOf(version)]);
  return { bare: median(pairs.map(([bare]) => bare)), version: median(pairs.map(([, ours]) => ours)) };
};
const ratio = (a, b) => (a / b).toFixed(1);

const withGateway = async (work) => {
  const server = spawn(process.execPath, [here, 'serve'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    return await work(await new Promise((resolve, reject) => { server.once('message', resolve); server.once('exit', reject); }));
  } finally {
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.disconnect();
    await gone;
  }
};

/** Raw and ours by turns, each first apply on a new gateway, each plan on the one it was applied to. */
const compare = async (count, pem) => {
  const runs = { rawApply: [], apply: [], rawPlan: [], plan: [], ...(deckIsThere && { deckApply: [], deckPlan: [] }) };
  const dir = mkdtempSync(join(tmpdir(), 'authctl-bench-'));
  const file = join(dir, 'kong.json');
  writeFileSync(file, deckFile(objects(count, pem)));
  for (let run = 0; run < RUNS; run += 1) {
    await withGateway((gateway) => runs.rawApply.push(measured('rawApply', count, { ...gateway, pem })));
    await withGateway((gateway) => {
      for (const step of ['apply', 'rawPlan', 'plan']) runs[step].push(measured(step, count, { ...gateway, pem }));
    });
    if (deckIsThere)
      await withGateway((gateway) => {
        runs.deckApply.push(deck('sync', gateway, file));
        runs.deckPlan.push(deck('diff', gateway, file));
      });
  }
  rmSync(dir, { recursive: true });
  return Object.fromEntries(Object.entries(runs).map(([step, all]) => [step, middle(all)]));
};

const rowOf = (count, title, ours, raw, bare) => {
  const requests = [ours, raw].map(({ reads, writes }) => `${reads} + ${writes}`);
  const ratios = [ratio(ours.wall, bare), ratio(ours.wall, raw.wall), ratio(ours.cpu, raw.cpu), ratio(ours.rss, raw.rss)];
  return `| ${[count, title, ...requests, ...ratios].join(' | ')} |`;
};
const deckRowOf = (count, title, { wall }, raw, bare) =>
  `| ${[count, `decK: ${title}`, '', '', ratio(wall, bare), ratio(wall, raw.wall), '', ''].join(' | ')} |`;

const main = async (counts) => {
  const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' });
  const { bare, version } = starts();
  const rows = [];
  for (const count of counts) {
    const { apply, rawApply, plan, rawPlan, deckApply, deckPlan } = await compare(count, pem);
    rows.push(rowOf(count, 'first apply', apply, rawApply, bare));
    if (deckApply) rows.push(deckRowOf(count, 'first sync', deckApply, rawApply, bare));
    rows.push(rowOf(count, 'empty plan', plan, rawPlan, bare));
    if (deckPlan) rows.push(deckRowOf(count, 'empty diff', deckPlan, rawPlan, bare));
  }
  process.stdout.write(
    [
      '| N | step | requests: reads + writes | raw calls: reads + writes | wall : `node -e 0` | wall : raw calls | CPU : raw calls | RSS : raw calls |',
      '| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |',
      ...rows,
      '',
      `\`authctl --version\` : \`node -e 0\` = ${ratio(version, bare)}`,
      ...(deckIsThere ? [] : ['decK: not measured, no `deck` on the PATH']),
      '',
    ].join('\n'),
  );
};

const [step, count, admin, proxy] = process.argv.slice(2);
if (step === 'serve') await serve();
else if (step in steps) {
  const pem = (await process.stdin.toArray()).join('');
  const requests = await steps[step]({ admin, proxy, desired: objects(Number(count), pem) });
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  process.stdout.write(JSON.stringify({ ...requests, rss: maxRSS, cpu: (userCPUTime + systemCPUTime) / 1000 }));
} else await main(process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100, 1000]);
