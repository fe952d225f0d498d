import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startChild } from '../child.ts';
import { privateDir, writePrivate } from '../files.ts';
import { freePort } from '../ports.ts';
import type { Room, Started } from '../room.ts';
import { storeOf } from './resp.ts';

export interface PreparedRedis {
  readonly command: string;
  readonly version: string;
}

/** A real Redis with a password of its own, on loopback, that keeps nothing on disk. */
export const startRedis = async (room: Room, { command, version }: PreparedRedis, wantedPort: number | undefined): Promise<Started> => {
  const dir = privateDir(join(room.dir, 'redis'));
  const port = await freePort(wantedPort);
  const password = randomBytes(32).toString('base64url');
  const config = join(dir, 'redis.conf');
  writePrivate(
    config,
    [`bind 127.0.0.1`, `port ${String(port)}`, `requirepass ${password}`, 'save ""', 'appendonly no', 'daemonize no', `dir ${JSON.stringify(dir)}`, ''].join('\n'),
  );
  const child = await startChild('Redis', { command, args: [config], env: { PATH: process.env['PATH'], HOME: dir }, cwd: dir }, room.log('redis'));
  const started = await storeOf(room, child, { name: 'redis', what: `Redis ${version}`, port, login: `:${password}`, seconds: 30 });
  // Proofs of bound tokens are kept beside the sessions, where both are.
  return { ...started, env: { ...started.env, PROOF_STORE_URL: `redis://:${password}@127.0.0.1:${String(port)}/1` } };
};
