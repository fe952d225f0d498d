// A Docker daemon: the one that answers, else one that is started here and stopped at the end, by its number.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** @param {NodeJS.ProcessEnv} env */
const answers = (env) => spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { env, stdio: 'ignore', timeout: 20_000 }).status === 0;
const hasBridge = () => spawnSync('ip', ['link', 'show', 'docker0'], { stdio: 'ignore' }).status === 0;

/**
 * On a socket in the file system, and with no rule for the firewall: ports are published on 127.0.0.1, and what is built meanwhile uses the machine's own
 * network. Images stay in `data`, so that another run finds them.
 * @param {string} data
 * @returns {Promise<{ env: NodeJS.ProcessEnv, stop: () => Promise<void> } | undefined>} nothing where there is none and none can be started
 */
export const withDaemon = async (data) => {
  if (answers(process.env)) return { env: process.env, stop: () => Promise.resolve() };
  if (process.getuid?.() !== 0 || spawnSync('sh', ['-c', 'command -v dockerd']).status !== 0) return undefined;
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const place = mkdtempSync(join(tmpdir(), 'authctl-docker-'));
  const bridgeBefore = hasBridge();
  const log = openSync(join(place, 'log'), 'a', 0o600);
  const socket = `unix://${join(place, 'docker.sock')}`;
  const daemon = spawn(
    'dockerd',
    [
      '--ip', '127.0.0.1', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false', '--log-level', 'warn', '-H', socket,
      '--data-root', data, '--exec-root', join(place, 'run'), '--pidfile', join(place, 'pid'),
    ],
    // A session of its own: an interrupted run stops it in its turn, when what runs in it is gone.
    { stdio: ['ignore', log, log], detached: true },
  );
  const ended = new Promise((settle) => { daemon.once('exit', settle); daemon.once('error', settle); });
  const env = { ...process.env, DOCKER_HOST: socket };
  const stop = async () => {
    daemon.kill('SIGTERM');
    await ended;
    if (!bridgeBefore) spawnSync('ip', ['link', 'delete', 'docker0'], { stdio: 'ignore' });
    rmSync(place, { recursive: true, force: true });
  };
  for (const until = Date.now() + 60_000; !answers(env); await pause(200)) {
    if (daemon.exitCode === null && Date.now() < until) continue;
    process.stdout.write(`no Docker daemon could be started:\n${readFileSync(join(place, 'log'), 'utf8').slice(-2000)}\n`);
    await stop();
    return undefined;
  }
  return { env, stop };
};
