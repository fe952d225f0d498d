import { createServer } from 'node:net';
import { Problem } from '../core/problem.ts';

export const portTaken = (port: number): Problem =>
  new Problem('STACK_PORT_TAKEN', `port ${String(port)} of 127.0.0.1 is in use`, {
    hint: 'name another port, or none: then a free one is chosen',
  });

/**
 * A port nobody listens on at 127.0.0.1 just now: `wanted`, or any. Throws `STACK_PORT_TAKEN`. Looked at before a child is started,
 * because on a taken port it is the other server that answers when we ask whether ours is ready.
 */
export const freePort = (wanted = 0): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? portTaken(wanted) : error);
    });
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address) resolve(address.port);
        else reject(new Error('a listening server has no address'));
      });
    });
  });
