import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on loopback that answers every request with what `body` says and counts them: a verifier that fetches what a token names shows here. */
export const withListener = async <T>(body: (url: string) => string, work: (listener: { readonly url: string; readonly hits: () => number }) => Promise<T>): Promise<T> => {
  let hits = 0;
  const server = createServer((_request, response) => {
    hits += 1;
    response.setHeader('content-type', 'application/json');
    response.end(body(url));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    return await work({ url, hits: () => hits });
  } finally {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
};
