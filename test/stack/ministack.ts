import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { cacheDir } from '../../src/stack/files.ts';
import { eventually } from '../eventually.ts';

const VERSION = '1.5.33';

/** Where the emulator is, installed when it was not; `undefined` with a reason where Python or the package cannot be had. */
export const findMinistack = (): { readonly command: string } | { readonly missing: string } => {
  const home = join(cacheDir(), `ministack-${VERSION}`);
  const command = join(home, 'bin', 'ministack');
  const done = join(home, '.complete');
  if (existsSync(done)) return { command };
  mkdirSync(home, { recursive: true });
  // Without `cryptography` it refuses every token.
  for (const [program, args] of [
    ['python3', ['-m', 'venv', home]],
    [join(home, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', `ministack==${VERSION}`, 'cryptography']],
    ['touch', [done]],
  ] as const) {
    const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: 300_000 });
    if (status !== 0) return { missing: `${program} ${args[0]} failed: ${(error?.message ?? stderr).trim().slice(-200)}` };
  }
  return { command };
};

const freePort = (): Promise<number> =>
  new Promise((settle) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => settle(port));
    });
  });

/** https://pypi.org/project/ministack: an emulator of AWS that verifies tokens. Listens on 127.0.0.1 only. */
export const startMinistack = async (command: string, directory: string): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> => {
  const port = await freePort();
  const log = openSync(join(directory, 'ministack.log'), 'a');
  // With `cryptography` it would open a broker for IoT on every interface.
  const env = { PATH: process.env.PATH, HOME: directory, BIND_HOST: '127.0.0.1', IOT_MTLS_ENABLED: '0', GATEWAY_PORT: String(port), MINISTACK_HOST: 'localhost' };
  const child = spawn(command, [], { cwd: directory, env, stdio: ['ignore', log, log], detached: true });
  const ended = new Promise<void>((settle) => child.once('exit', () => settle()));
  const url = `http://127.0.0.1:${port}`;
  const answers = async (): Promise<boolean> =>
    fetch(`${url}/v2/apis`, { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=test/20200101/us-east-1/apigateway/aws4_request' } }).then(
      ({ ok }) => ok,
      () => false,
    );
  await eventually('the emulator to start', answers, () => child.exitCode !== null);
  return {
    url,
    stop: async () => {
      // It forks; the whole group goes.
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      await ended;
    },
  };
};
