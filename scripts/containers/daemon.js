// A Docker daemon: the one that answers, else one that is started here and stopped at the end, by its number.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { markOf, stopProcess } from '../../dist/stack/identity.js';

/** @param {NodeJS.ProcessEnv} env */
const answers = (env) => spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { env, stdio: 'ignore', timeout: 20_000 }).status === 0;
const hasBridge = () => spawnSync('ip', ['link', 'show', 'docker0'], { stdio: 'ignore' }).status === 0;

/** A daemon leaves the network of this machine mounted there. @param {string} place */
const clear = (place) => {
  spawnSync('umount', [join(place, 'run', 'netns', 'default')], { stdio: 'ignore' });
  rmSync(place, { recursive: true, force: true });
};

const FORWARDS = '/proc/sys/net/ipv4/ip_forward';
/** What a daemon changes of the machine's network, and does not put back when it ends: its rules, and whether packets are passed on. */
const firewall = () => {
  const rules = spawnSync('iptables-save', { encoding: 'utf8' }).stdout ?? '';
  const forwards = existsSync(FORWARDS) ? readFileSync(FORWARDS, 'utf8') : undefined;
  return () => {
    if (/^:DOCKER/m.test(rules)) return;
    // A table that had no rule is not in what was saved.
    const tables = ['filter', 'nat'].filter((table) => !rules.includes(`*${table}\n`));
    const empty = { filter: ['INPUT', 'FORWARD', 'OUTPUT'], nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'] };
    const whole = rules + tables.map((table) => `*${table}\n${empty[/** @type {'filter' | 'nat'} */ (table)].map((chain) => `:${chain} ACCEPT [0:0]\n`).join('')}COMMIT\n`).join('');
    spawnSync('iptables-restore', { input: whole, stdio: ['pipe', 'ignore', 'inherit'] });
    if (forwards !== undefined) writeFileSync(FORWARDS, forwards);
  };
};

/**
 * On a socket in the file system, with ports published on 127.0.0.1; the rules that it gives the firewall are taken back at its end, where no other Docker's
 * are there. Images stay in `data`, so that another run finds them.
 * @param {string} data
 * @returns {Promise<{ env: NodeJS.ProcessEnv, stop: () => Promise<void> } | undefined>} nothing where there is none and none can be started
 */
export const withDaemon = async (data) => {
  if (answers(process.env)) return { env: process.env, stop: () => Promise.resolve() };
  if (process.getuid?.() !== 0 || spawnSync('sh', ['-c', 'command -v dockerd']).status !== 0) return undefined;
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const noted = `${data}.json`;
  // Two on the same images would spoil them: one that a killed run has left is stopped, by its number and its birth.
  if (existsSync(noted)) {
    const left = JSON.parse(readFileSync(noted, 'utf8'));
    await stopProcess(left.mark, 60);
    clear(left.place);
  }
  const place = mkdtempSync(join(tmpdir(), 'authctl-docker-'));
  const bridgeBefore = hasBridge();
  const putBack = firewall();
  const log = openSync(join(place, 'log'), 'a', 0o600);
  const socket = `unix://${join(place, 'docker.sock')}`;
  const daemon = spawn(
    'dockerd',
    [
      '--ip', '127.0.0.1', '--ip6tables=false', '--log-level', 'warn', '-H', socket,
      '--data-root', data, '--exec-root', join(place, 'run'), '--pidfile', join(place, 'pid'),
    ],
    // A session of its own: an interrupted run stops it in its turn, when what runs in it is gone.
    { stdio: ['ignore', log, log], detached: true },
  );
  const mark = daemon.pid === undefined ? undefined : markOf(daemon.pid);
  if (mark) writeFileSync(noted, JSON.stringify({ mark, place }), { mode: 0o600 });
  const ended = new Promise((settle) => { daemon.once('exit', settle); daemon.once('error', settle); });
  const env = { ...process.env, DOCKER_HOST: socket };
  const stop = async () => {
    daemon.kill('SIGTERM');
    await ended;
    if (!bridgeBefore) spawnSync('ip', ['link', 'delete', 'docker0'], { stdio: 'ignore' });
    putBack();
    clear(place);
    rmSync(noted, { force: true });
  };
  for (const until = Date.now() + 60_000; !answers(env); await pause(200)) {
    if (daemon.exitCode === null && Date.now() < until) continue;
    process.stdout.write(`no Docker daemon could be started:\n${readFileSync(join(place, 'log'), 'utf8').slice(-2000)}\n`);
    await stop();
    return undefined;
  }
  return { env, stop };
};
