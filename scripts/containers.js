// `make test-containers`: sets up what is missing where it may (Debian's Docker, a daemon of its own, images), runs the container tests, and leaves
// nothing running.
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ALL, imageMaker } from './containers/images.js';
import { composeFor } from './containers/compose.js';
import { withDaemon } from './containers/daemon.js';
import { imageVariable } from '../dist/stack/containers/images.js';
import { ensure } from './packages.js';
import { run } from './run.js';

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'authctl', 'containers');
const begun = Date.now();
await ensure({ docker: ['docker.io'], ...(process.getuid?.() === 0 && { dockerd: ['docker.io'], iptables: ['iptables'], mmdebstrap: ['mmdebstrap'], ip: ['iproute2'] }) });
mkdirSync(cache, { recursive: true, mode: 0o700 });
const daemon = await withDaemon(join(cache, 'docker'));
if (!daemon) {
  process.stdout.write('container tests: skipped, because no Docker daemon answers, and only root can start one here\n');
  process.exit(1);
}
// Interrupted, what runs in it ends first, and the daemon is stopped all the same.
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => interrupted.abort());
let code = 1;
try {
  const maker = imageMaker(daemon.env, cache);
  const variables = {};
  for (const name of Object.keys(ALL)) {
    interrupted.signal.throwIfAborted();
    const since = Date.now();
    const image = await maker.image(name).catch((error) => error);
    const found = typeof image === 'string';
    if (found) variables[imageVariable(name)] = image;
    process.stdout.write(`image of ${name}: ${found ? image : `none (${image.message})`}, ${((Date.now() - since) / 1000).toFixed(1)} s\n`);
  }
  const compose = composeFor(daemon.env, cache);
  process.stdout.write(`docker compose: ${compose.is}\n`);
  ({ code } = await run('npx', ['vitest', 'run', '--project', 'containers', '--reporter=verbose'], {
    env: { ...daemon.env, ...variables, ...compose.env }, signal: interrupted.signal,
  }));
} catch (error) {
  process.stdout.write(`${error.name === 'AbortError' ? 'interrupted' : error.stack}\n`);
} finally {
  await daemon.stop();
}
process.stdout.write(`container tests: ${code === 0 ? 'passed' : 'FAILED'} after ${((Date.now() - begun) / 1000).toFixed(0)} s\n`);
process.exitCode = code;
