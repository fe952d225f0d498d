import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';

export interface LocalServer {
  readonly url: string;
  /** Where it is asked what arrived, if that is elsewhere. */
  readonly recorder?: string;
  readonly close: () => Promise<void>;
}

/** An HTTP server on 127.0.0.1; port 0 takes a free one. Rejects with the socket's error when the port is taken. */
export const listenLocally = (port: number, handle: RequestListener): Promise<LocalServer> =>
  new Promise((resolve, reject) => {
    const server = createServer(handle);
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      const bound = typeof address === 'object' && address ? address.port : port;
      resolve({
        url: `http://127.0.0.1:${String(bound)}`,
        close: () =>
          new Promise((done) => {
            server.close(() => { done(); });
            server.closeAllConnections();
          }),
      });
    });
  });
