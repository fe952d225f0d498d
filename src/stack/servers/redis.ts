import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { startChild } from '../child.ts';
import { privateDir, writePrivate } from '../files.ts';
import { freePort } from '../ports.ts';
import type { Launcher, Room, Started } from '../room.ts';
import { storeOf } from './resp.ts';

export interface PreparedRedis {
  readonly command: string;
  readonly version: string;
}

/** A `redis-server` of this machine. */
export const localRedis = (room: Room, { command, version }: PreparedRedis): Launcher => ({
  what: () => Promise.resolve(`Redis ${version}`),
  start: ({ path, text }, args) => {
    const dir = dirname(path);
    writePrivate(path, `${text}dir ${JSON.stringify(dir)}\n`);
    return startChild('Redis', { command, args: [path, ...args], env: { PATH: process.env['PATH'], HOME: dir }, cwd: dir }, room.log('redis'));
  },
});

/** A real Redis with a password of its own, on loopback, that keeps nothing on disk. */
export const startRedis = async (room: Room, redis: Launcher, wantedPort: number | undefined): Promise<Started> => {
  const port = await freePort(wantedPort);
  const password = randomBytes(32).toString('base64url');
  const text = [`bind 127.0.0.1`, `port ${String(port)}`, `requirepass ${password}`, 'save ""', 'appendonly no', 'daemonize no', ''].join('\n');
  const child = await redis.start({ path: join(privateDir(join(room.dir, 'redis')), 'redis.conf'), text }, []);
  const started = await storeOf(room, child, { name: 'redis', what: await redis.what(), port, login: `:${password}`, seconds: 30 });
  // Proofs of bound tokens are kept beside the sessions, where both are.
  return { ...started, env: { ...started.env, PROOF_STORE_URL: `redis://:${password}@127.0.0.1:${String(port)}/1` } };
};
