import { createServer, request as open } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** An answer of the endpoint, as it came or as a fault makes it. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What goes wrong: the true answer in, another one out; or the connection itself, by hand. */
export type Fault = (truth: Reply, response: ServerResponse) => Reply | undefined;

export interface IntrospectionProxy {
  /** Stands for the endpoint whose address was given. */
  readonly url: string;
  /** Every question since the last `behave`: header names in lower case, the path as sent. */
  readonly questions: readonly { readonly method: string; readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string }[];
  /** Another fault from now on, none without one. */
  readonly behave: (fault?: Fault) => void;
  /** Nothing listens any more, and every connection is cut. */
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
}

const textOf = async (stream: IncomingMessage): Promise<string> => Buffer.concat((await stream.toArray()) as Buffer[]).toString();

/** Stands in front of an introspection endpoint, on a free loopback port that it keeps when it is stopped and started. */
export const startIntrospectionProxy = async (endpoint: string): Promise<IntrospectionProxy> => {
  const target = new URL(endpoint);
  const questions: { method: string; path: string; headers: IncomingHttpHeaders; body: string }[] = [];
  const sockets = new Set<Socket>();
  let fault: Fault | undefined;

  const ask = (headers: IncomingHttpHeaders, body: string): Promise<Reply> =>
    new Promise((resolve, reject) => {
      // The issuer names itself as it is addressed.
      const sent = open(target, { method: 'POST', headers: { ...headers, host: target.host } }, (answer) => {
        const type = answer.headers['content-type'] ?? '';
        textOf(answer).then((text) => resolve({ status: answer.statusCode ?? 502, headers: { 'content-type': type }, body: text }), reject);
      });
      sent.on('error', reject).end(body);
    });
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await textOf(request);
    questions.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
    const truth = await ask(request.headers, body);
    const reply = fault ? fault(truth, response) : truth;
    if (reply) response.writeHead(reply.status, { ...reply.headers, 'content-length': Buffer.byteLength(reply.body) }).end(reply.body);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${target.pathname}`,
    questions,
    behave: (next) => {
      fault = next;
      questions.length = 0;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
    start: () => listen(port),
  };
};
