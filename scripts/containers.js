// `make test-containers`: sets up what is missing where it may (Debian's Docker, a daemon of its own, images), runs the container tests, and leaves
// nothing running.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ALL, imageMaker } from './containers/images.js';
import { composeFor } from './containers/compose.js';
import { withDaemon } from './containers/daemon.js';
import { endGroup } from './containers/group.js';
import { imageVariable } from '../dist/stack/containers/images.js';
import { markOf } from '../dist/stack/identity.js';
import { failures } from './failures.js';
import { ensure } from './packages.js';
import { run } from './run.js';

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'authctl', 'containers');
const results = 'test-output/containers.json';
const begun = Date.now();
const say = (/** @type {string} */ line) => { process.stdout.write(`${line}\n`); };
const secondsSince = (/** @type {number} */ time, digits = 1) => ((Date.now() - time) / 1000).toFixed(digits);

/** What passed, what failed, and what was skipped, by name: a log's end says it alone. */
const summary = () => {
  const result = JSON.parse(readFileSync(results, 'utf8'));
  const tests = result.testResults.flatMap((/** @type {{ assertionResults: object[] }} */ { assertionResults }) => assertionResults);
  const skipped = tests.filter((/** @type {{ status: string }} */ { status }) => status === 'pending' || status === 'skipped' || status === 'todo');
  for (const { fullName } of skipped) say(`skipped: ${fullName}`);
  for (const line of failures('containers', result, process.cwd())) say(`failed: ${line}`);
  return { passed: result.numPassedTests, said: `${result.numPassedTests} passed, ${result.numFailedTests} failed, ${skipped.length} skipped` };
};

await ensure({ docker: ['docker.io'], ...(process.getuid?.() === 0 && { dockerd: ['docker.io'], iptables: ['iptables'], mmdebstrap: ['mmdebstrap'], ip: ['iproute2'] }) });
mkdirSync(cache, { recursive: true, mode: 0o700 });
// Interrupted, what runs in it ends first, and the daemon is stopped all the same.
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => interrupted.abort());
const daemon = await withDaemon(join(cache, 'docker'));
let verdict = 'not run';
let code = 1;
try {
  if ('why' in daemon) throw new Error(daemon.why);
  const maker = imageMaker(daemon.env, cache);
  const variables = {};
  for (const name of Object.keys(ALL)) {
    interrupted.signal.throwIfAborted();
    const since = Date.now();
    const image = await maker.image(name, (doing) => { say(`image of ${name}: ${doing}`); }).catch((error) => error);
    const found = typeof image === 'string';
    if (found) variables[imageVariable(name)] = image;
    say(`image of ${name}: ${found ? image : `none, what needs it is skipped (${image.message})`}, ${secondsSince(since)} s`);
  }
  const compose = composeFor(daemon.env, cache, (doing) => { say(`docker compose: ${doing}`); });
  say(`docker compose: ${compose.is}`);
  interrupted.signal.throwIfAborted();
  rmSync(results, { force: true });
  /** @type {import('../dist/stack/types.js').ProcessMark | undefined} */
  let tests;
  const end = () => tests && endGroup(tests);
  interrupted.signal.addEventListener('abort', end);
  ({ code } = await run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--project', 'containers', '--reporter=verbose', '--reporter=json', `--outputFile.json=${results}`], {
    env: { ...daemon.env, ...variables, ...compose.env },
    detached: true,
    started: (pid) => {
      tests = markOf(pid);
      if (tests) daemon.uses(tests);
    },
  }));
  interrupted.signal.throwIfAborted();
  const { passed, said } = summary();
  // Where everything was skipped nothing has been seen to work.
  if (passed === 0) code = 1;
  verdict = said;
} catch (error) {
  verdict = error.name === 'AbortError' ? 'interrupted' : error.message;
} finally {
  if ('stop' in daemon) await daemon.stop();
}
say(`container tests: ${code === 0 ? 'passed' : 'FAILED'} (${verdict}) after ${secondsSince(begun, 0)} s`);
process.exitCode = code;
