import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Readable, Writable } from 'node:stream';
import { TLSSocket, type PeerCertificate } from 'node:tls';
import { pairsOf, type Field } from './headers.ts';

/** A request as its connection gave it, of whichever version of HTTP. */
export interface Arrived {
  readonly method: string;
  /** As sent: `/a%20b?c=1`, or in the absolute form. */
  readonly target: string;
  /** `1.1`, or `2`. */
  readonly httpVersion: string;
  readonly fields: readonly Field[];
  readonly from: Pick<TLSSocket, 'localPort' | 'localAddress' | 'remoteAddress' | 'remotePort'>;
  readonly secure: boolean;
  /** What the client has shown in the handshake (DER). */
  readonly certificate: Buffer | undefined;
  readonly body: Readable;
  /** It has a body, whatever its fields say of it: frames of HTTP/2 do. */
  readonly framed: boolean;
  readonly isComplete: () => boolean;
  /** Tells a client that waits to send its body. */
  readonly ask: () => void;
}

/** Where its answer goes. */
export interface Out {
  /** Sends the fields as they are; `reason` is of HTTP/1.1 alone. `trailed`: trailers follow the body. */
  readonly head: (status: number, reason: string, fields: readonly Field[], trailed?: () => readonly Field[]) => void;
  readonly body: Writable;
}

/** A socket without one has an empty object for it. (https://nodejs.org/api/tls.html#tlssocketgetpeercertificatedetailed) */
const shownBy = (socket: Pick<TLSSocket, 'getPeerCertificate'>): Buffer | undefined => (socket.getPeerCertificate() as Partial<PeerCertificate>).raw;

export const arrivedAs1 = (message: IncomingMessage, ask: () => void): Arrived => {
  const { socket } = message;
  const secure = socket instanceof TLSSocket;
  return {
    method: message.method ?? 'GET', target: message.url ?? '/', httpVersion: message.httpVersion, fields: pairsOf(message.rawHeaders),
    from: socket, secure, certificate: secure ? shownBy(socket) : undefined,
    body: message, framed: false, isComplete: () => message.complete, ask,
  };
};

/** The authority stands where the Host field is, and nginx refuses one beside it as a second one. (RFC 9113 section 8.3.1) */
export const arrivedAs2 = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[]): Arrived => {
  const { session } = stream;
  const socket = session?.socket as TLSSocket;
  const secure = session?.encrypted === true;
  const authority = headers[':authority'];
  const fields = pairsOf(raw).filter(([name]) => !name.startsWith(':'));
  return {
    method: headers[':method'] ?? 'GET', target: headers[':path'] ?? '/', httpVersion: '2',
    fields: authority === undefined || authority === '' ? fields : [['host', authority], ...fields],
    from: socket, secure, certificate: secure ? shownBy(socket) : undefined,
    body: stream, framed: !stream.endAfterHeaders, isComplete: () => stream.readableEnded || stream.endAfterHeaders, ask: () => undefined,
  };
};

/** Of HTTP/1.1 there are no trailers here: nginx takes what it proxies by gRPC from HTTP/2 alone. */
export const outBy1 = (response: ServerResponse): Out => ({
  head: (status, reason, fields) => {
    response.writeHead(status, reason, [...fields.flat(), 'Connection', response.shouldKeepAlive ? 'keep-alive' : 'close']);
  },
  body: response,
});

/** Fields of one name together, in lower case, as Node takes them. */
export const byName = (fields: readonly Field[]): OutgoingHttpHeaders => {
  const all = new Map<string, string[]>();
  for (const [name, value] of fields) all.set(name.toLowerCase(), [...(all.get(name.toLowerCase()) ?? []), value]);
  return Object.fromEntries([...all].map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
};

/** Those of one connection, which HTTP/2 has none of. (RFC 9113 section 8.2.2) */
const ofConnections = new Set(['connection', 'upgrade', 'keep-alive', 'proxy-connection', 'transfer-encoding']);

export const outBy2 = (stream: ServerHttp2Stream): Out => ({
  head: (status, _reason, fields, trailed) => {
    if (stream.destroyed) return;
    if (trailed) stream.on('wantTrailers', () => { stream.sendTrailers(byName(trailed())); });
    stream.respond({ ':status': status, ...byName(fields.filter(([name]) => !ofConnections.has(name.toLowerCase()))) }, { waitForTrailers: trailed !== undefined });
  },
  body: stream,
});
