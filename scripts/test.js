// Everything `make test` does, in two rows side by side; every step runs even when an earlier one failed, and the last line counts the tests.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { failures } from './failures.js';
import { ensure } from './packages.js';
import { run } from './run.js';

const output = 'test-output';
rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });

// Without LuaJIT, luacheck and busted the tests of the Lua plugins skip by name, without nginx those of the plugins in a gateway that is not ours,
// without Redis those of sessions, without Chromium those of pages, without Apache those of the other session service, without PostgreSQL those of
// Keycloak's database.
// OpenResty's LuaJIT, which Kong runs: nginx's module needs it, and Debian has it in the place of the other.
const lua = {
  luajit: ['luajit2', 'lua-cjson'], luacheck: ['lua-check'], busted: ['lua-busted'],
  nginx: ['nginx', 'libnginx-mod-http-lua', 'luajit2', 'lua-cjson'],
};
const servers = { 'redis-server': ['redis-server'], apache2: ['apache2', 'libapache2-mod-auth-openidc'], pg_createcluster: ['postgresql'] };
const found = await ensure({ ...lua, ...servers, chromium: ['chromium'] });
process.stdout.write(`tools: ${Object.entries(found).map(([command, there]) => `${command} ${there ? 'found' : 'missing'}`).join(', ')}\n`);

/** @typedef {readonly [name: string, command: string, args: readonly string[]]} Step */
/** @returns {Step} */
const project = (/** @type {string} */ name) => [
  `${name} tests`,
  'npx',
  ['vitest', 'run', '--project', name, '--reporter=default', '--reporter=json', `--outputFile.json=${output}/${name}.json`, '--passWithNoTests'],
];
/** The servers' tests wait more than they work. @type {readonly Step[]} */
const withServers = [project('stack'), project('containers')];
/** What needs no server goes beside them, and gives way. @type {readonly Step[]} */
const beside = [
  ['lint', 'npx', ['eslint', '.']],
  ['unused code', 'npx', ['knip']],
  ['types', 'npm', ['run', '--silent', 'types']],
  // The stack fetches it, too: tests that can use it find it. Where it cannot be had the stack says so.
  ['opa', 'node', ['--input-type=module', '-e', "await (await import('./dist/stack/opa/find.js')).findOpa().catch((error) => console.log(error.message))"]],
  ...['unit', 'sweeps', 'cli'].map(project),
];

/** A test that was cut short may have left its stack: it is stopped, by the pids it started. */
const stopLeftovers = async (/** @type {string} */ scratch) => {
  for (const file of readdirSync(scratch, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('stack.json'))) {
    process.stdout.write(`a test left a stack running: ${file}\n`);
    await run('node', ['bin/authctl.js', 'stack', 'down'], { env: { ...process.env, AUTHCTL_STACK_DIR: dirname(join(scratch, file)) } });
  }
};
/** @type {string[]} */
const failedSteps = [];
/** One after the other; what `quiet` ones say is shown when each is over. */
const inOrder = async (/** @type {readonly Step[]} */ steps, { quiet }) => {
  // Everything that tests write outside this directory is in here, so that what one of them left running is found.
  const scratch = mkdtempSync(join(tmpdir(), 'authctl-tests-'));
  // Apache works as a user of its own, and must get to what a test has put in here for it.
  chmodSync(scratch, 0o755);
  for (const [name, command, args] of steps) {
    if (!quiet) process.stdout.write(`\n== ${name}\n`);
    const { code, output: said } = await run(command, args, { env: { ...process.env, TMPDIR: scratch }, ...(quiet && { quiet: true, priority: 10 }) });
    if (quiet) process.stdout.write(`\n== ${name}\n${said}`);
    if (code !== 0) failedSteps.push(name);
    await stopLeftovers(scratch);
  }
  rmSync(scratch, { recursive: true, force: true });
};
await Promise.all([inOrder(withServers, { quiet: false }), inOrder(beside, { quiet: true })]);

const counts = { passed: 0, failed: 0, skipped: 0 };
const failed = [];
for (const name of ['unit', 'sweeps', 'cli', 'stack', 'containers']) {
  let result;
  try {
    result = JSON.parse(readFileSync(`${output}/${name}.json`, 'utf8'));
  } catch {
    failedSteps.push(`${name} tests gave no result`);
    continue;
  }
  failed.push(...failures(name, result, process.cwd()));
  counts.passed += result.numPassedTests;
  counts.failed += result.numFailedTests;
  counts.skipped += result.numPendingTests + result.numTodoTests;
  process.stdout.write(`${name}: ${result.numPassedTests} passed, ${result.numFailedTests} failed, ${result.numPendingTests} skipped\n`);
}
const patterns = existsSync(`${output}/patterns`) ? readdirSync(`${output}/patterns`).toSorted() : [];
for (const file of patterns) process.stdout.write(`pattern ${file.replace('.txt', '')}: ${readFileSync(`${output}/patterns/${file}`, 'utf8')}`);
const screenshots = existsSync(`${output}/screenshots`) ? readdirSync(`${output}/screenshots`) : [];
if (screenshots.length > 0) process.stdout.write(`screenshots in ${output}/screenshots: ${screenshots.toSorted().join(', ')}\n`);
// Last, so that a log that kept its end alone says them.
if (failed.length > 0) process.stdout.write(`failed tests:\n${failed.map((line) => `  ${line}\n`).join('')}`);
if (failedSteps.length > 0) process.stdout.write(`steps that failed: ${failedSteps.join(', ')}\n`);
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exitCode = failedSteps.length > 0 ? 1 : 0;
