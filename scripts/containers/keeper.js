// Keeps a Docker daemon for another process and takes it away again, with what it changed of the machine: when it is told to by the end of its input,
// which also comes when that process is killed. Says one line: {"socket": …, "scratch": …} when the daemon answers, {"why": …} when there is none; hears, a line
// each, of the leaders of process groups that use it, and write what they write into `scratch`.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gone, isAlive, markOf, stopProcess } from '../../dist/stack/identity.js';
import { endGroup } from './group.js';
import { networkNow, putBack } from './network.js';

const [, , data = ''] = process.argv;
const noted = `${data}.json`;
const AUTHCTL = fileURLToPath(new URL('../../bin/authctl.js', import.meta.url));
const socketIn = (/** @type {string} */ place) => `unix://${join(place, 'docker.sock')}`;
const say = (/** @type {object} */ line) => { process.stdout.write(`${JSON.stringify(line)}\n`); };
process.stdout.on('error', () => undefined);

/**
 * @typedef {object} Note
 * @property {import('../../dist/stack/types.js').ProcessMark | undefined} keeper
 * @property {import('../../dist/stack/types.js').ProcessMark | undefined} daemon
 * @property {import('../../dist/stack/types.js').ProcessMark[]} [users] leaders of groups
 * @property {string} place
 * @property {import('./network.js').Network} network as it was before
 */
const note = (/** @type {Note} */ value) => { writeFileSync(noted, JSON.stringify(value), { mode: 0o600 }); };

/** A daemon leaves the network of this machine mounted in its place, and layers of images where it was killed. */
const unmount = (/** @type {string} */ folder) => {
  const mounted = readFileSync('/proc/self/mounts', 'utf8').split('\n').flatMap((line) => line.split(' ')[1]?.replaceAll('\\040', ' ') ?? []);
  for (const path of mounted.filter((one) => one.startsWith(`${folder}/`)).toReversed()) spawnSync('umount', ['--lazy', path], { stdio: 'ignore' });
};
const scratchIn = (/** @type {string} */ place) => join(place, 'tmp');
/** A test that was cut short may have left its stack: processes of this machine, too. */
const stopStacks = (/** @type {string} */ scratch) => {
  for (const file of readdirSync(scratch, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('stack.json')))
    spawnSync(process.execPath, [AUTHCTL, 'stack', 'down'], { env: { ...process.env, AUTHCTL_STACK_DIR: dirname(join(scratch, file)), DOCKER_HOST: socketIn(dirname(scratch)) }, stdio: 'ignore' });
};
const takeAway = async (/** @type {Note} */ { daemon, users = [], place, network }) => {
  for (const user of users) await endGroup(user);
  if (existsSync(scratchIn(place))) stopStacks(scratchIn(place));
  if (daemon) await stopProcess(daemon, 60);
  putBack(network);
  unmount(place);
  unmount(data);
  rmSync(place, { recursive: true, force: true });
  rmSync(noted, { force: true });
};

const told = new AbortController();
process.stdin.on('error', () => told.abort());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => told.abort());

mkdirSync(data, { recursive: true, mode: 0o700 });
const left = existsSync(noted) ? /** @type {Note} */ (JSON.parse(readFileSync(noted, 'utf8'))) : undefined;
// Two on the same images would spoil them: one that is being stopped is waited for, and one that a killed keeper has left is stopped.
if (left?.keeper && !(await gone(left.keeper, 30))) {
  say({ why: `process ${left.keeper.pid} keeps one on the same images: another "make test-containers" is running` });
  process.exit(1);
}
if (left && existsSync(noted)) await takeAway(left);

const place = mkdtempSync(join(tmpdir(), 'authctl-docker-'));
const network = networkNow();
const log = openSync(join(place, 'log'), 'a', 0o600);
const socket = socketIn(place);
mkdirSync(scratchIn(place));
const keeper = markOf(process.pid);
// Noted before it runs: what it changes is put back even if this is killed at once.
note({ keeper, daemon: undefined, place, network });
const daemon = spawn(
  'dockerd',
  [
    '--ip', '127.0.0.1', '--ip6tables=false', '--log-level', 'warn', '-H', socket,
    '--data-root', data, '--exec-root', join(place, 'run'), '--pidfile', join(place, 'pid'),
  ],
  { stdio: ['ignore', log, log], detached: true },
);
const ended = new Promise((settle) => { daemon.once('exit', settle); daemon.once('error', settle); });
const mark = daemon.pid === undefined ? undefined : markOf(daemon.pid);
/** @type {Required<Note>} */
const kept = { keeper, daemon: mark, users: [], place, network };
note(kept);
createInterface(process.stdin).on('line', (line) => {
  kept.users.push(JSON.parse(line));
  note(kept);
}).on('close', () => told.abort());

const answers = () => spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { env: { ...process.env, DOCKER_HOST: socket }, stdio: 'ignore', timeout: 20_000 }).status === 0;
let up = false;
for (const until = Date.now() + 120_000; !told.signal.aborted && mark && isAlive(mark) && Date.now() < until; await pause(200)) if ((up = answers())) break;
say(up ? { socket, scratch: scratchIn(place) } : { why: `no Docker daemon could be started:\n${readFileSync(join(place, 'log'), 'utf8').slice(-2000)}` });
if (up && !told.signal.aborted) await Promise.race([ended, new Promise((settle) => { told.signal.addEventListener('abort', settle, { once: true }); })]);
await takeAway(kept);
process.exit(up ? 0 : 1);
