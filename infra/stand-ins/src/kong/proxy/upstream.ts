import { lookup } from 'node:dns/promises';
import { Agent, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as SecureAgent, request as httpsRequest } from 'node:https';
import { isIP, isIPv6 } from 'node:net';
import type { Readable } from 'node:stream';
import type { Balancer, Peer } from './balancer.ts';
import type { Exchange } from './exchange.ts';
import { grpcUpstreams } from './grpc-upstream.ts';
import { listOf, pairsOf, type Field, type HeaderList } from './headers.ts';
import { find } from './lookup.ts';

/** What the upstream answers. */
export interface Response {
  readonly status: number;
  /** Its words for the status, of HTTP/1.1 alone. */
  readonly reason?: string;
  readonly fields: readonly Field[];
  readonly body: Readable;
  /** What stands behind the body, when that has ended. */
  readonly trailed?: () => readonly Field[];
}

/** How a try ended: a response, an error of the gateway's own making (before any connection), or nginx's 502 or 504. */
export type Sending =
  | { readonly kind: 'response'; readonly response: Response }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  | { readonly kind: 'failed'; readonly status: 502 | 504; readonly why: string };

export interface UpstreamClient {
  /** Sends the request as the exchange has it. `body` is a buffer (which can be sent again) or a stream (which can not). */
  readonly send: (exchange: Exchange, body: Buffer | Readable | undefined) => Promise<Sending>;
  readonly close: () => void;
}

/** Kong hands Trailer on; Node's client takes none without chunks. */
const replaced = new Set([
  'te', 'via', 'host', 'upgrade', 'connection', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port',
  'x-forwarded-path', 'x-forwarded-prefix', 'x-real-ip', 'x-kong-request-id', 'content-length', 'transfer-encoding', 'keep-alive', 'expect',
  'proxy', 'proxy-connection', 'trailer',
]);

/**
 * The header fields nginx writes itself, in its order, and then those of the client as plugins left them. (kong/templates/nginx_kong.lua)
 */
const headersFor = (exchange: Exchange, host: string, length: number | undefined): Field[] => {
  const { request } = exchange;
  const { headers } = request;
  const hopByHop = new Set(listOf(headers.get('connection')).filter((name) => name !== 'close' && name !== 'keep-alive'));
  const via = headers.get('via');
  const forwarded = headers.all('x-forwarded-for');
  const switches = headers.get('upgrade')?.toLowerCase() === 'websocket';
  const own: readonly (readonly [string, string | undefined])[] = [
    ['TE', listOf(headers.get('te')).includes('trailers') ? 'trailers' : undefined],
    ['Via', [...(via === undefined ? [] : [via]), `${request.httpVersion} kong/3.9.3`].join(', ')],
    ['Host', host],
    // Whatever Connection says of it.
    ['Upgrade', switches ? 'websocket' : undefined],
    ['Connection', switches ? 'keep-alive, Upgrade' : 'keep-alive'],
    ['X-Forwarded-For', [...forwarded, request.clientIp].join(', ')],
    ['X-Forwarded-Proto', request.scheme],
    ['X-Forwarded-Host', request.host],
    ['X-Forwarded-Port', String(request.port)],
    ['X-Forwarded-Path', request.path],
    ['X-Forwarded-Prefix', exchange.prefix === '/' ? undefined : exchange.prefix],
    ['X-Real-IP', request.clientIp],
    ['X-Kong-Request-Id', exchange.id],
    ['Content-Length', length === undefined ? undefined : String(length)],
  ];
  const rest = headers.entries().filter(([name]) => !replaced.has(name.toLowerCase()) && !hopByHop.has(name.toLowerCase()));
  return [...own.flatMap(([name, value]): Field[] => (value === undefined || value === '' ? [] : [[name, value]])), ...rest];
};

const declaredLength = (headers: HeaderList, body: Readable | undefined): number | undefined => {
  const declared = headers.get('content-length');
  return body === undefined || declared === undefined ? undefined : Number(declared);
};

const hostHeader = (secure: boolean, { name, port }: Peer): string =>
  (port === (secure ? 443 : 80) ? name : `${name}:${port}`);

/** Kong asks DNS for what it does not read as an address, which knows none of the other ways to write one (`0x7f000001`): a C library would take them. */
const OTHER_NUMBERS = /^(0x[\da-f]*|\d+)(\.(0x[\da-f]*|\d+))*\.?$/i;

const addressOf = async (host: string): Promise<string | undefined> => {
  const bare = /^\[.*\]$/.test(host) ? host.slice(1, -1) : host;
  if (isIP(bare) !== 0) return bare;
  if (OTHER_NUMBERS.test(host)) return undefined;
  try {
    return (await lookup(host)).address;
  } catch {
    return undefined;
  }
};

const tlsOptions = (exchange: Exchange): { rejectUnauthorized: boolean; ca?: string[] } => {
  const { service, store } = exchange;
  if (service?.['tls_verify'] !== true) return { rejectUnauthorized: false };
  const ids = Array.isArray(service['ca_certificates']) ? (service['ca_certificates'] as string[]) : [];
  const ca = ids.map((id) => find(store, 'ca_certificates', 'id', id)?.['cert']).filter((cert) => typeof cert === 'string');
  return ca.length === 0 ? { rejectUnauthorized: true } : { rejectUnauthorized: true, ca };
};

const timeouts = (exchange: Exchange): { connect: number; read: number } => {
  const milliseconds = (field: string): number => {
    const value = exchange.service?.[field];
    return typeof value === 'number' ? value : 60_000;
  };
  return { connect: milliseconds('connect_timeout'), read: milliseconds('read_timeout') };
};

export type Attempt = Extract<Sending, { kind: 'response' | 'failed' }> | { readonly kind: 'again'; readonly why: string };

const attempt = (
  send: typeof httpRequest | typeof httpsRequest, options: RequestOptions, headers: readonly Field[], body: Buffer | Readable | undefined,
  wait: { connect: number; read: number },
): Promise<Attempt> => new Promise((resolve) => {
  const outgoing = send(options);
  // A body without a Content-Length goes upstream as the client framed it: chunked when it is streamed, absent otherwise. Node decides that
  // when it has the headers, so they come after.
  outgoing.useChunkedEncodingByDefault = body !== undefined && !Buffer.isBuffer(body);
  for (const [name, value] of headers) outgoing.appendHeader(name, value);
  let sent = false;
  const connecting = setTimeout(() => { outgoing.destroy(Object.assign(new Error('connecting timed out'), { code: 'CONNECT_TIMEOUT' })); },
    wait.connect);
  outgoing.on('socket', (socket) => {
    const ready = (): void => { clearTimeout(connecting); sent = true; };
    if (socket.connecting) socket.once('connect', ready);
    else ready();
  });
  outgoing.setTimeout(wait.read, () => { outgoing.destroy(Object.assign(new Error('reading timed out'), { code: 'READ_TIMEOUT' })); });
  outgoing.on('upgrade', (response, socket) => {
    socket.destroy();
    resolve({ kind: 'failed', status: 502, why: `the upstream switched protocols (${response.statusCode ?? 0})` });
  });
  outgoing.on('response', (response) => {
    clearTimeout(connecting);
    const { statusCode = 502, statusMessage: reason, rawHeaders } = response;
    resolve({ kind: 'response', response: { status: statusCode, ...(reason !== undefined && { reason }), fields: pairsOf(rawHeaders), body: response } });
  });
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    clearTimeout(connecting);
    if (error.code === 'READ_TIMEOUT' || error.code === 'CONNECT_TIMEOUT') resolve({ kind: 'failed', status: 504, why: error.message });
    else if (!sent || outgoing.reusedSocket) resolve({ kind: 'again', why: error.message });
    else resolve({ kind: 'failed', status: 502, why: error.message });
  });
  if (body === undefined) outgoing.end();
  else if (Buffer.isBuffer(body)) outgoing.end(body);
  else body.pipe(outgoing);
});

/** Keeps connections to upstreams open, as Kong does, and tries again (the service's `retries`) only what never left the gateway. */
export const upstreamClient = (balance: Balancer): UpstreamClient => {
  const plain = new Agent({ keepAlive: true, maxFreeSockets: 512 });
  const secure = new SecureAgent({ keepAlive: true, maxFreeSockets: 512 });
  const calls = grpcUpstreams();
  return {
    send: async (exchange, body) => {
      const { upstream, service } = exchange;
      const grpc = upstream.scheme === 'grpc' || upstream.scheme === 'grpcs';
      const overTls = upstream.scheme === 'https' || upstream.scheme === 'grpcs';
      if (!grpc && upstream.scheme !== 'http' && upstream.scheme !== 'https') {
        return { kind: 'refused', status: 503, message: `the embedded gateway does not speak ${upstream.scheme} to upstreams` };
      }
      const retries = typeof service?.['retries'] === 'number' ? service['retries'] : 5;
      let why = 'no try was made';
      for (let tried = 0; tried <= retries; tried += 1) {
        const peer = balance(upstream.host, upstream.port);
        if (peer === undefined) return { kind: 'refused', status: 503, message: 'failure to get a peer from the ring-balancer' };
        // A service's IPv6 address without brackets: nginx is told of a peer that it cannot read, and Kong ends with an error of its own.
        if (peer.host === upstream.host && isIPv6(peer.host)) return { kind: 'refused', status: 500, message: 'An unexpected error occurred' };
        const address = await addressOf(peer.host);
        if (address === undefined) return { kind: 'refused', status: 503, message: 'name resolution failed' };
        exchange.proxied = true;
        exchange.tries.push({ ip: address, port: peer.port });
        exchange.times.sent ??= Date.now();
        const trust = overTls ? { servername: isIP(peer.name) === 0 ? peer.name : '', ...tlsOptions(exchange) } : {};
        const authority = upstream.hostHeader ?? hostHeader(overTls, peer);
        const length = Buffer.isBuffer(body) ? body.length : declaredLength(exchange.request.headers, body);
        const options: RequestOptions = {
          host: address, port: peer.port, method: upstream.method, setHost: false,
          path: upstream.path + (upstream.query === undefined ? '' : `?${upstream.query}`),
          agent: overTls ? secure : plain,
          ...trust,
        };
        const headers = headersFor(exchange, authority, length);
        // nginx's grpc_pass asks for the target that the client asked for, whatever a plugin has made of the path.
        const result = grpc
          ? await calls.send({ secure: overTls, host: address, port: peer.port, trust }, { method: upstream.method, path: exchange.request.target, authority, fields: headers, body }, timeouts(exchange))
          : await attempt(overTls ? httpsRequest : httpRequest, options, headers, body, timeouts(exchange));
        if (result.kind !== 'again') return result;
        why = result.why;
        if (body !== undefined && !Buffer.isBuffer(body)) break;
      }
      return { kind: 'failed', status: 502, why };
    },
    close: () => { plain.destroy(); secure.destroy(); calls.close(); },
  };
};
