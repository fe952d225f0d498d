import type { Server } from 'node:http';
import { constants, createServer, type Http2Session, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { sessionsOf } from '../../http2-sessions.ts';

type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[]) => void;

/** With which a client that knows of HTTP/2 begins. (RFC 9113 section 3.4) */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/**
 * Lets a server of HTTP/1.1 take HTTP/2 on the same port, as nginx does with `http2 on`: what was agreed upon in the handshake of TLS, and without TLS
 * whatever begins with the preface. Gives what ends the connections of HTTP/2 that are open.
 * (https://nginx.org/en/docs/http/ngx_http_v2_module.html#http2)
 */
export const alsoBy2 = (server: Server, onStream: OnStream): (() => void) => {
  const waiting = new Set<Socket>();
  const second = createServer();
  const endSessions = sessionsOf(second);
  second.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: readonly string[]) => {
    stream.on('error', () => undefined);
    if (isTooMuch(raw)) endCalmly(stream.session);
    else onStream(stream, headers, raw);
  });
  const event = server.listenerCount('secureConnection') > 0 ? 'secureConnection' : 'connection';
  const byOne = server.listeners(event) as ((socket: Socket) => void)[];
  server.removeAllListeners(event);
  const takes1 = (socket: Socket): void => { for (const listener of byOne) listener.call(server, socket); };
  const takes2 = (socket: Socket): void => { second.emit('connection', socket); };
  /** Enough of it is read to tell. What was read goes back. */
  const look = (socket: Socket, before: Buffer): void => {
    socket.once('data', (piece: Buffer) => {
      socket.pause();
      const seen = Buffer.concat([before, piece]);
      if (seen.length < PREFACE.length && PREFACE.subarray(0, seen.length).equals(seen)) {
        look(socket, seen);
        socket.resume();
        return;
      }
      waiting.delete(socket);
      socket.removeListener('error', ignored);
      socket.unshift(seen);
      if (PREFACE.equals(seen.subarray(0, PREFACE.length))) {
        takes2(socket);
        return;
      }
      takes1(socket);
      socket.resume();
    });
  };
  server.on(event, (socket: Socket) => {
    if (socket instanceof TLSSocket) {
      (socket.alpnProtocol === 'h2' ? takes2 : takes1)(socket);
      return;
    }
    waiting.add(socket);
    socket.on('error', ignored);
    socket.on('close', () => { waiting.delete(socket); });
    look(socket, Buffer.alloc(0));
  });
  return () => {
    endSessions();
    for (const socket of waiting) socket.destroy();
  };
};

/**
 * nginx ends the connection for a header that is longer than one of its buffers (8 kB, as it is compressed: up to eight bits for five of Huffman's shortest code), and for
 * headers that are longer than the four of them together. (ngx_http_v2.c, field_limit and header_limit; seen on a genuine Kong 3.9.3)
 */
const isTooMuch = (raw: readonly string[]): boolean =>
  raw.some((text) => text.length > (8192 * 8) / 5) || raw.reduce((sum, text) => sum + text.length, 0) > 4 * 8192;

/** The client hears why before the connection is gone. */
const endCalmly = (session: Http2Session | undefined): void => {
  session?.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  setImmediate(() => { session?.destroy(); });
};

const ignored = (): void => undefined;
