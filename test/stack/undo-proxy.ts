import { createServer, request as open } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a request: nothing unusual, its connection is reset, or it is answered with this status in place of the server. */
export type Fate = 'pass' | 'reset' | number;

export interface UndoProxy {
  readonly url: string;
  /** Decides from now on. */
  readonly decide: (fate: (method: string, path: string) => Fate) => void;
  readonly close: () => Promise<void>;
}

/** A proxy before a server, at a loopback port, that spoils requests. */
export const startUndoProxy = async (target: string): Promise<UndoProxy> => {
  let fate: (method: string, path: string) => Fate = () => 'pass';
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat((await request.toArray()) as Buffer[]);
    const decided = fate(request.method ?? '', request.url ?? '');
    if (decided === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    if (decided !== 'pass') {
      response.writeHead(decided, { 'content-type': 'application/json' }).end('{"error":"no"}');
      return;
    }
    const sent = open(new URL(request.url ?? '/', target), { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    sent.on('error', () => request.socket.resetAndDestroy());
    sent.end(body);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.resetAndDestroy());
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    decide: (next) => { fate = next; },
    close: () => new Promise((closed) => {
      server.close(() => { closed(); });
      server.closeAllConnections();
    }),
  };
};
