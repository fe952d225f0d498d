import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

/** Starts servers of somebody else on loopback, each for one test of the file; says where it is. */
export const serversOfATest = () => {
  const closing: (() => void)[] = [];
  afterEach(() => { for (const close of closing.splice(0)) close(); });
  return async (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> => {
    const server = createServer(answer);
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    closing.push(() => { server.closeAllConnections(); server.close(); });
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  };
};
