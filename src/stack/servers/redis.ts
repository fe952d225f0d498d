import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startChild, startFailed } from '../child.ts';
import type { Child } from '../child.ts';
import { privateDir, writePrivate } from '../files.ts';
import { freePort } from '../ports.ts';
import type { Room, Started } from '../room.ts';

export interface PreparedRedis {
  readonly command: string;
  readonly version: string;
}

/** Any reply will do: one that asks for a password comes from a server that is ready. */
const replies = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => void socket.write('PING\r\n'));
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => end(false));
    socket.once('data', () => end(true)).once('error', () => end(false));
  });

const untilReplies = async (child: Child, port: number, signal: AbortSignal): Promise<void> => {
  for (const until = Date.now() + 30_000; Date.now() < until; await pause(50)) {
    signal.throwIfAborted();
    if (child.hasEnded()) throw startFailed(child.name, child.log, await child.ended);
    if (await replies(port)) return;
  }
  throw startFailed(child.name, child.log, 'no answer after 30 s');
};

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
  room.spawned(child);
  try {
    await untilReplies(child, port, room.signal);
    return {
      servers: [{ name: 'redis', what: `Redis ${version}`, url: `redis://127.0.0.1:${String(port)}`, pid: child.mark.pid, log: child.log }],
      env: { SESSION_STORE_URL: `redis://:${password}@127.0.0.1:${String(port)}/0` },
      stop: () => child.stop(3),
    };
  } catch (error) {
    await child.stop(3);
    throw error;
  }
};
