import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { Problem } from '../core/problem.ts';

export const portTaken = (port: number): Problem =>
  new Problem('STACK_PORT_TAKEN', `port ${String(port)} of 127.0.0.1 is in use`, {
    hint: 'name another port, or none: then a free one is chosen',
  });

/** Below the ports that systems give to connections that go out (from 32768 on Linux, from 49152 elsewhere): a server may take seconds to come for its own. */
const FROM = 20_000;
const TO = 32_000;

/** Throws `STACK_PORT_TAKEN` when somebody listens there. */
const listensFor = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? portTaken(port) : error);
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address) resolve(address.port);
        else reject(new Error('a listening server has no address'));
      });
    });
  });

/** Those that this process has found already: until a server of seconds to start is there nobody listens, and the next one would be given the same. */
const found = new Set<number>();

/**
 * A port nobody listens on at 127.0.0.1 just now: `wanted`, or any. Throws `STACK_PORT_TAKEN`. Looked at before a child is started,
 * because on a taken port it is the other server that answers when we ask whether ours is ready.
 */
export const freePort = async (wanted?: number): Promise<number> => {
  if (wanted !== undefined) {
    found.add(wanted);
    return listensFor(wanted);
  }
  for (let tries = 0; tries < 20; tries += 1) {
    const drawn = randomInt(FROM, TO);
    if (found.has(drawn)) continue;
    found.add(drawn);
    const port = await listensFor(drawn).catch(() => undefined);
    if (port !== undefined) return port;
  }
  return listensFor(0);
};
