import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Entity, EntityKind, EntityStore } from '../../../../infra/stand-ins/src/kong/contract.ts';

/** A response as it stood on the wire; header names in lower case, in order. */
export interface WireResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

const unchunk = (text: string): string => {
  let rest = text;
  let body = '';
  for (;;) {
    const line = rest.indexOf('\r\n');
    const size = Number.parseInt(rest.slice(0, line), 16);
    if (!(size > 0)) return body;
    body += rest.slice(line + 2, line + 2 + size);
    rest = rest.slice(line + 2 + size + 2);
  }
};

/** Reads one response to a request that asked for the connection to be closed. */
export const parseResponse = (text: string): WireResponse => {
  const end = text.indexOf('\r\n\r\n');
  const [start = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  const raw = text.slice(end + 4);
  const chunked = headers.some(([name, value]) => name === 'transfer-encoding' && value === 'chunked');
  return { status: Number(start.split(' ')[1]), headers, body: chunked ? unchunk(raw) : raw };
};

/** Sends bytes and gives what came back until the other side closed. */
export const sendRaw = (port: number, text: string): Promise<string> => new Promise((resolve, reject) => {
  const socket = connect(port, '127.0.0.1', () => { socket.write(text, 'latin1'); });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => { chunks.push(chunk); });
  socket.on('end', () => { resolve(Buffer.concat(chunks).toString('latin1')); });
  socket.on('error', reject);
});

/** A request line by line; `Connection: close` goes last and reaches no upstream. */
export const requestText = (
  method: string, path: string, headers: readonly (readonly [string, string])[], body?: string,
): string => [
  `${method} ${path} HTTP/1.1`,
  ...headers.map(([name, value]) => `${name}: ${value}`),
  'Connection: close', '', body ?? '',
].join('\r\n');

/** A store of fixed rows, whose version a test may move. */
export const fixedStore = (rows: Readonly<Partial<Record<EntityKind, readonly Entity[]>>>): EntityStore & { readonly touch: () => void } =>
  {
  let version = 1;
  return {
    all: (kind) => rows[kind] ?? [],
    byId: (kind, id) => rows[kind]?.find((row) => row.id === id),
    version: () => version,
    touch: () => { version += 1; },
  };
};

/** Answers with what it received, as the upstream of the recordings did. */
export const startEcho = async (): Promise<{ readonly port: number; readonly server: Server; readonly close: () => Promise<void> }> => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => { chunks.push(chunk); });
    request.on('end', () => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const { method, url, rawHeaders } = request;
      response.end(JSON.stringify({ upstream: 'echo', method, url, rawHeaders, body: Buffer.concat(chunks).toString('latin1') }));
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    port: (server.address() as AddressInfo).port,
    server,
    close: () => new Promise((resolve) => {
      server.close(() => { resolve(); });
      server.closeAllConnections();
    }),
  };
};
