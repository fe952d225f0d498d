import { randomBytes } from 'node:crypto';
import type { Clock, EntityStore } from '../contract.ts';
import type { Arrived } from './arrived.ts';
import type { ClientRequest, Exchange } from './exchange.ts';
import { headerList } from './headers.ts';
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

const bodyReader = ({ body, ask, isComplete }: Arrived): (() => Promise<Buffer>) => {
  let reading: Promise<Buffer> | undefined;
  return () => {
    reading ??= new Promise((resolve, reject) => {
      ask();
      const chunks: Buffer[] = [];
      body.on('data', (chunk: Buffer) => { chunks.push(chunk); });
      body.on('end', () => { resolve(Buffer.concat(chunks)); });
      body.on('error', reject);
      body.on('close', () => { if (!isComplete()) reject(new Error('the client went away')); });
    });
    return reading;
  };
};

/** Whether the request has a body at all, even an empty one. */
export const hasBody = (request: ClientRequest): boolean =>
  request.framed || request.headers.has('content-length') || request.headers.has('transfer-encoding');

/** What came in on a connection, as an exchange that has not been routed yet. The body is asked for when it is wanted, not before. */
export const receive = (arrived: Arrived, store: EntityStore, clock: Clock): Exchange => {
  const { method, httpVersion, fields, from, secure, certificate, framed } = arrived;
  const { target, host: named } = splitTarget(arrived.target);
  const question = target.indexOf('?');
  const path = question === -1 ? target : target.slice(0, question);
  const query = question === -1 ? undefined : target.slice(question + 1);
  const headers = headerList(fields.filter(([name]) => !isIgnored(name)));
  if (named !== undefined) headers.set('Host', named);
  const hostField = headers.get('host') ?? '';
  const request: ClientRequest = {
    method, target, path, httpVersion, framed, headers,
    // A request without one (HTTP/1.0) gets the name of Kong's server block.
    host: hostField === '' ? 'kong' : hostField.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase(),
    port: from.localPort ?? 0,
    serverIp: (from.localAddress ?? '').replace(/^::ffff:/, ''),
    clientIp: (from.remoteAddress ?? '').replace(/^::ffff:/, ''),
    clientPort: from.remotePort ?? 0,
    scheme: secure ? 'https' : 'http',
    certificate,
    body: bodyReader(arrived),
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
