// A Docker daemon: the one that answers, else one that is started here and taken away at the end.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const KEEPER = fileURLToPath(new URL('keeper.js', import.meta.url));
const answers = () => spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore', timeout: 20_000 }).status === 0;

/**
 * On a socket in the file system, with ports published on 127.0.0.1. It is kept by a process of its own, which takes it away, and what it changed of the
 * machine's network, also when this one is killed. Images stay in `data`, so that another run finds them.
 * @param {string} data
 * @returns {Promise<{ env: NodeJS.ProcessEnv, stop: () => Promise<void>, uses: (leader: import('../../dist/stack/types.js').ProcessMark) => void } | { why: string }>} why there is none and none can be
 *   started; `uses`: a process that ends before the daemon does, with its group and the stacks that were started
 */
export const withDaemon = async (data) => {
  if (answers()) return { env: process.env, stop: () => Promise.resolve(), uses: () => undefined };
  if (process.getuid?.() !== 0) return { why: 'no Docker daemon answers, and only root can start one here' };
  if (spawnSync('sh', ['-c', 'command -v dockerd && command -v docker']).status !== 0) return { why: 'no Docker daemon answers, and "dockerd" is not there ("apt-get install docker.io")' };
  // A session of its own: what interrupts this does not reach it.
  const keeper = spawn(process.execPath, [KEEPER, data], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const ended = once(keeper, 'exit');
  keeper.stdin.on('error', () => undefined);
  const said = await Promise.race([once(createInterface(keeper.stdout), 'line'), ended.then(() => ['{"why":"it ended at once"}'])]);
  const { socket, scratch, why } = JSON.parse(said[0]);
  const stop = async () => {
    keeper.stdin.end();
    await ended;
  };
  if (socket === undefined) {
    await stop();
    return { why };
  }
  const env = { ...process.env, DOCKER_HOST: socket, TMPDIR: scratch, TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1' };
  // testcontainers asks the bridge's address where it takes this machine for a container; ports are on this one alone.
  // What a build that was killed has left; nobody else keeps anything here.
  spawnSync('docker', ['system', 'prune', '--force'], { env, stdio: 'ignore' });
  return { env, stop, uses: (leader) => { keeper.stdin.write(`${JSON.stringify(leader)}\n`); } };
};
