import { createServer } from 'node:net';

/** A port nobody listens on at 127.0.0.1 just now. Another process may take it before it is used: then the start fails and says so. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address) resolve(address.port);
        else reject(new Error('a listening server has no address'));
      });
    });
  });
