import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { startFailed } from '../child.ts';
import type { Child } from '../child.ts';
import { patience, progressOf } from '../patience.ts';
import type { Room, Started } from '../room.ts';

/** Any reply will do: one that asks for a password comes from a server that is ready. */
const replies = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => void socket.write('*1\r\n$4\r\nPING\r\n'));
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => end(false));
    socket.once('data', () => end(true)).once('error', () => end(false));
  });

const untilReplies = async (child: Child, port: number, { seconds, signal }: { readonly seconds: number; readonly signal: AbortSignal }): Promise<void> => {
  for (const wait = patience(seconds, Date.now()); wait(Date.now(), progressOf(child)); await pause(50)) {
    signal.throwIfAborted();
    if (child.hasEnded()) throw startFailed(child.name, child.log, await child.ended);
    if (await replies(port)) return;
  }
  throw startFailed(child.name, child.log, `no answer, and nothing new for ${String(seconds)} s`);
};

interface RespServer {
  readonly name: 'redis' | 'infinispan';
  /** With its version. */
  readonly what: string;
  readonly port: number;
  /** What goes before `@host:port` in the store's URL. */
  readonly login: string;
  readonly seconds: number;
}

/** Waits for a store that speaks Redis's protocol, and says where sessions are kept. What did not start is stopped. */
export const storeOf = async (room: Room, child: Child, { name, what, port, login, seconds }: RespServer): Promise<Started> => {
  room.spawned(child);
  try {
    await untilReplies(child, port, { seconds, signal: room.signal });
  } catch (error) {
    await child.stop(3);
    throw error;
  }
  const address = `127.0.0.1:${String(port)}`;
  return {
    servers: [{ name, what, url: `redis://${address}`, pid: child.mark.pid, log: child.log }],
    env: { SESSION_STORE_URL: `redis://${login}@${address}/0` },
    stop: () => child.stop(3),
  };
};
