import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Clock, EntityStore } from '../contract.ts';
import type { ClientRequest, Exchange } from './exchange.ts';
import { headerList, pairsOf } from './headers.ts';
import { isIgnored } from './limits.ts';

/** The 32 hexadecimal digits that nginx's `$request_id` has. */
export const requestId = (): string => randomBytes(16).toString('hex');

const splitTarget = (url: string): { target: string; host: string | undefined } => {
  // The absolute form names its host in the target, and that goes before the Host field. (RFC 9112, section 3.2.2)
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(url);
  if (absolute === null) return { target: url, host: undefined };
  const rest = absolute[2] ?? '';
  return { target: rest.startsWith('/') ? rest : `/${rest}`, host: absolute[1] };
};

const bodyReader = (message: IncomingMessage, ask: () => void): (() => Promise<Buffer>) => {
  let reading: Promise<Buffer> | undefined;
  return () => {
    reading ??= new Promise((resolve, reject) => {
      ask();
      const chunks: Buffer[] = [];
      message.on('data', (chunk: Buffer) => { chunks.push(chunk); });
      message.on('end', () => { resolve(Buffer.concat(chunks)); });
      message.on('error', reject);
      message.on('close', () => { if (!message.complete) reject(new Error('the client went away')); });
    });
    return reading;
  };
};

/** Whether the request has a body at all, even an empty one. */
export const hasBody = (request: ClientRequest): boolean =>
  request.headers.has('content-length') || request.headers.has('transfer-encoding');

/** A socket without one has an empty object for it. (https://nodejs.org/api/tls.html#tlssocketgetpeercertificatedetailed) */
const shownBy = (socket: TLSSocket): Buffer | undefined => {
  const { raw } = socket.getPeerCertificate() as { raw?: Buffer };
  return raw;
};

/**
 * What came in on a connection, as an exchange that has not been routed yet. `ask` tells a client that waits for "100 Continue" to send its
 * body; it is called when the body is wanted, not before.
 */
export const receive = (message: IncomingMessage, store: EntityStore, clock: Clock, ask: () => void): Exchange => {
  const { target, host: named } = splitTarget(message.url ?? '/');
  const question = target.indexOf('?');
  const path = question === -1 ? target : target.slice(0, question);
  const query = question === -1 ? undefined : target.slice(question + 1);
  const headers = headerList(pairsOf(message.rawHeaders).filter(([name]) => !isIgnored(name)));
  if (named !== undefined) headers.set('Host', named);
  const method = message.method ?? 'GET';
  const { socket } = message;
  const hostField = headers.get('host') ?? '';
  const request: ClientRequest = {
    method, target, path, httpVersion: message.httpVersion, headers,
    // A request without one (HTTP/1.0) gets the name of Kong's server block.
    host: hostField === '' ? 'kong' : hostField.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase(),
    port: socket.localPort ?? 0,
    serverIp: (socket.localAddress ?? '').replace(/^::ffff:/, ''),
    clientIp: (socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    clientPort: socket.remotePort ?? 0,
    scheme: socket instanceof TLSSocket ? 'https' : 'http',
    certificate: socket instanceof TLSSocket ? shownBy(socket) : undefined,
    body: bodyReader(message, ask),
  };
  return {
    id: requestId(), startedAt: Date.now(), clock, store, request,
    upstream: { method, scheme: 'http', host: '', port: 0, path, query, hostHeader: undefined, body: undefined },
    response: { status: 200, headers: headerList(), source: 'error' },
    shared: new Map(), notes: new Map(), serialized: new Map(),
    route: undefined, service: undefined, prefix: undefined, captures: undefined, consumer: undefined, credential: undefined,
    proxied: false, times: {}, sizes: { response: 0 }, tries: [],
  };
};
