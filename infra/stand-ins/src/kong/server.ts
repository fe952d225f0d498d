import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AdminReply } from './admin/app.ts';
import { KONG_VERSION } from './admin/information.ts';
import type { RawRequest } from './admin/request.ts';
import type { Listening } from './contract.ts';

const MAX_BODY = 10 * 1024 * 1024;

interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly app: (request: RawRequest) => AdminReply;
  /** Called for every request, before it is handled. */
  readonly count: (method: string) => void;
  /** Told about a fault of the stand-in itself, which a client sees as a plain 500. */
  readonly log?: ((message: string) => void) | undefined;
}

const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const TOO_LARGE =
  '<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>\r\n' +
  '<center><h1>413 Request Entity Too Large</h1></center>\r\n</body>\r\n</html>\r\n';

const send = (request: IncomingMessage, response: ServerResponse, reply: AdminReply, started: number): void => {
  const text = typeof reply.body === 'string';
  const body = reply.body === undefined ? '' : text ? String(reply.body) : JSON.stringify(reply.body);
  response.writeHead(reply.status, {
    ...(body !== '' && { 'Content-Type': text ? 'text/html; charset=UTF-8' : 'application/json; charset=utf-8' }),
    'Access-Control-Allow-Origin': request.headers.origin ?? '*',
    'Access-Control-Allow-Credentials': 'true',
    ...reply.headers,
    ...(reply.status !== 204 && { 'Content-Length': Buffer.byteLength(body) }),
    'X-Kong-Admin-Latency': String(Math.max(0, Math.round(performance.now() - started))),
    'X-Authctl-Stand-In': 'embedded-kong',
    Server: `kong/${KONG_VERSION}`,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
};

const handle = async ({ app, count, log }: ServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const started = performance.now();
  const method = request.method ?? 'GET';
  count(method);
  const body = await readBody(request);
  if (!body) {
    response.setHeader('Connection', 'close');
    send(request, response, { status: 413, body: TOO_LARGE }, started);
    return;
  }
  try {
    const { 'content-type': contentType, 'content-length': length, 'transfer-encoding': encoding } = request.headers;
    const hasBody = encoding !== undefined || (length !== undefined && length !== '0');
    send(request, response, app({ method, target: request.url ?? '/', contentType, hasBody, body }), started);
  } catch (thrown) {
    log?.(`the Admin API failed: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`);
    send(request, response, { status: 500, body: { message: 'An unexpected error occurred' } }, started);
  }
};

/** Serves the Admin API. The address is the one asked for, or a free port for 0. Rejects when it cannot listen. */
export const listenAdmin = (options: ServerOptions): Promise<Listening> =>
  new Promise((resolve, reject) => {
    const server = createServer((request, response) => {
      handle(options, request, response).catch((thrown: unknown) => {
        options.log?.(`a request to the Admin API broke off: ${String(thrown)}`);
        response.destroy();
      });
    });
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      const address = server.address() as AddressInfo;
      resolve({
        url: `http://${options.host}:${address.port}`,
        address,
        close: () => new Promise((done) => {
          server.close(() => done());
          server.closeAllConnections();
        }),
      });
    });
  });
