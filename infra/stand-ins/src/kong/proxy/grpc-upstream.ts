import { connect, type ClientHttp2Session, type IncomingHttpHeaders, type SecureClientSessionOptions } from 'node:http2';
import { isIPv6 } from 'node:net';
import type { Readable } from 'node:stream';
import { byName } from './arrived.ts';
import { pairsOf, type Field } from './headers.ts';
import type { Attempt } from './upstream.ts';

/** Where a call goes. */
interface Peer {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly trust: SecureClientSessionOptions;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly fields: readonly Field[];
  readonly body: Buffer | Readable | undefined;
}

/** What the frames of HTTP/2 say in other words. `content-length` goes on as the client said it, which one of gRPC does not. */
const replaced = new Set(['host', 'connection', 'keep-alive', 'upgrade', 'transfer-encoding', 'proxy-connection']);

const fieldsOf = (headers: IncomingHttpHeaders, raw: unknown): readonly Field[] =>
  Array.isArray(raw) ? pairsOf(raw as string[]).filter(([name]) => !name.startsWith(':'))
    : Object.entries(headers).flatMap(([name, value]) => (name.startsWith(':') || value === undefined ? [] : [value].flat().map((one): Field => [name, one])));

/** What nginx does by `grpc_pass`: HTTP/2 to the upstream, without asking it first whether it knows that, and its trailers behind the body. */
export const grpcUpstreams = () => {
  const sessions = new Map<string, ClientHttp2Session>();
  const sessionTo = ({ secure, host, port, trust }: Peer): ClientHttp2Session => {
    const place = `${secure ? 'https' : 'http'}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
    const key = JSON.stringify([place, trust]);
    const held = sessions.get(key);
    if (held && !held.closed && !held.destroyed) return held;
    const session = connect(place, trust);
    session.on('error', () => undefined);
    session.on('close', () => { if (sessions.get(key) === session) sessions.delete(key); });
    sessions.set(key, session);
    return session;
  };
  return {
    send: (peer: Peer, { method, path, authority, fields, body }: Call, wait: { readonly read: number }): Promise<Attempt> =>
      new Promise((resolve) => {
        const failed = (error: NodeJS.ErrnoException): void => {
          resolve(error.code === 'ECONNREFUSED' ? { kind: 'again', why: error.message } : { kind: 'failed', status: 502, why: error.message });
        };
        try {
          const stream = sessionTo(peer).request(
            { ':method': method, ':path': path, ':scheme': peer.secure ? 'https' : 'http', ':authority': authority, ...byName(fields.filter(([name]) => !replaced.has(name.toLowerCase()))) },
            { endStream: body === undefined },
          );
          let trailers: readonly Field[] = [];
          stream.on('trailers', (headers: IncomingHttpHeaders, _flags: number, raw: unknown) => { trailers = fieldsOf(headers, raw); });
          stream.on('response', (headers: IncomingHttpHeaders & { ':status'?: number }, _flags: number, raw: unknown) => {
            stream.setTimeout(0);
            resolve({ kind: 'response', response: { status: headers[':status'] ?? 502, fields: fieldsOf(headers, raw), body: stream, trailed: () => trailers } });
          });
          stream.on('error', failed);
          stream.setTimeout(wait.read, () => {
            resolve({ kind: 'failed', status: 504, why: 'reading timed out' });
            stream.close();
          });
          if (Buffer.isBuffer(body)) stream.end(body);
          else body?.pipe(stream);
        } catch (thrown) {
          // Node refuses some fields before they reach the wire.
          failed(thrown as NodeJS.ErrnoException);
        }
      }),
    close: (): void => { for (const session of sessions.values()) session.destroy(); },
  };
};
