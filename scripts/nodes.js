// The unit and cli tests on the newer releases of Node that are supported: `make test-nodes`. Their binaries come from the package registry; one that cannot be had is
// skipped by name, and is no pass.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run } from './run.js';

const RELEASES = ['22', '24'];
const cache = fileURLToPath(new URL('../node_modules/.cache/nodes/', import.meta.url));
const failed = [];
const skipped = [];
for (const release of RELEASES) {
  const place = `${cache}${release}`;
  const node = `${place}/node_modules/node/bin/node`;
  if (!existsSync(node)) await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', place, `node@${release}`]);
  if (!existsSync(node)) {
    skipped.push(release);
    continue;
  }
  process.stdout.write(`\n== Node ${release}\n`);
  const tests = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', '--project', 'cli'];
  // What a test starts by `node` is this one, too.
  const { code } = await run(node, tests, { env: { ...process.env, PATH: `${place}/node_modules/node/bin:${process.env.PATH ?? ''}` } });
  if (code !== 0) failed.push(release);
}
const held = RELEASES.filter((release) => !failed.includes(release) && !skipped.includes(release));
process.stdout.write(`Node: ${held.join(', ') || 'none'} passed, ${failed.join(', ') || 'none'} failed, ${skipped.join(', ') || 'none'} skipped (not to be had)\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
