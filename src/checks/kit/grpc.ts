import { connect, constants } from 'node:http2';
import type { ClientHttp2Session, ClientSessionOptions, IncomingHttpHeaders, IncomingHttpStatusHeader, OutgoingHttpHeaders, SecureClientSessionOptions } from 'node:http2';
import { reason } from '../../core/problem.ts';
import type { HttpAnswer, HttpRequest } from './wire.ts';

/** A message of no bytes, from which every message of protobuf can be read: not compressed, of length 0. (PROTOCOL-HTTP2.md of gRPC, Length-Prefixed-Message) */
export const EMPTY_MESSAGE = Buffer.alloc(5);

/** google.rpc.Code as HTTP has it. A method that its service does not know is as a path that it does not have. */
const HTTP_STATUS = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 404, 500, 503, 500, 401] as const;

/** What Kong says beside a status of HTTP. (HTTP_TO_GRPC_STATUS, kong/pdk/response.lua) */
const BESIDE: Readonly<Record<number, number>> = { 200: 0, 400: 3, 401: 16, 403: 7, 404: 5, 409: 6, 429: 8, 499: 1, 500: 13, 501: 12, 503: 14, 504: 4 };
const besideOf = (status: number): number | undefined => BESIDE[status] ?? (status >= 500 ? 13 : status >= 400 ? 3 : undefined);

interface Read {
  readonly status: number;
  readonly failure?: string;
}

/**
 * What a client of gRPC makes of an answer, as a status of HTTP: `grpc-status` decides, and the status of HTTP where there is none, or where it says the same
 * in more detail. A success of HTTP without one is none.
 */
export const readGrpc = (status: number, told: string | undefined): Read => {
  if (told === undefined) return status >= 200 && status <= 299 ? { status: 500, failure: 'the answer has no grpc-status' } : { status };
  const code = /^\d{1,2}$/.test(told) ? Number(told) : 2;
  return code === besideOf(status) ? { status } : { status: HTTP_STATUS[code] ?? 500 };
};

/** What Node's client finds no form for. (https://nodejs.org/api/errors.html) */
const REFUSED: Readonly<Record<string, string>> = {
  ERR_HTTP2_HEADER_SINGLE_VALUE: 'the client of HTTP/2 sends such a field once',
  ERR_HTTP2_INVALID_CONNECTION_HEADERS: 'HTTP/2 has no fields of the connection (RFC 9113 section 8.2.2)',
  ERR_INVALID_HTTP_TOKEN: 'the client of HTTP/2 sends no such name',
};

/** Headers beyond it have a connection of their own. */
const LONG = 8192;
/** Of the longest attack. */
const LONGEST_HEADERS = 4 * 1_048_576;
const CLOSING = /ECONNRESET|EPIPE|GOAWAY|ERR_HTTP2_SESSION_ERROR|REFUSED_STREAM/;

const joined = (fields: IncomingHttpHeaders): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (name.startsWith(':') || value === undefined ? [] : [[name, [value].flat().join(', ')]])));

const headersOf = ({ headers, method }: HttpRequest, url: URL): OutgoingHttpHeaders => {
  const all = new Map<string, string[]>();
  for (const [name, value] of headers) all.set(name.toLowerCase(), [...(all.get(name.toLowerCase()) ?? []), value]);
  const host = all.get('host');
  all.delete('host');
  return {
    ':method': method,
    ':path': `${url.pathname}${url.search}`,
    ':authority': host?.join(', ') ?? url.host,
    ...Object.fromEntries([...all].map(([name, values]) => [name, values.length === 1 ? values[0] : values])),
  };
};

/**
 * Sends calls of gRPC: HTTP/2 that is known before (or agreed upon in the handshake of TLS), with the connections kept. The fields behind the body stand among
 * the headers of the answer. One that the other ends (GOAWAY with an error, RFC 9113 section 5.4.1) for
 * headers that are too long has refused them: 431. Never throws; what HTTP/2 or its client has no form for is said to be unsent.
 */
export const createCalls = (optionsFor: (request: HttpRequest) => ClientSessionOptions & SecureClientSessionOptions, limit: number) => {
  const sessions = new Map<string, ClientHttp2Session>();
  const open = (origin: string, request: HttpRequest, alone: boolean): ClientHttp2Session => {
    const key = `${origin} ${JSON.stringify(request.tls ?? {})}`;
    const held = sessions.get(key);
    if (held && !held.closed && !held.destroyed && !alone) return held;
    const session = connect(origin, { maxSendHeaderBlockLength: LONGEST_HEADERS, ...optionsFor(request) });
    // A stream that is under way tells the same.
    session.on('error', () => undefined);
    if (!alone) sessions.set(key, session);
    return session;
  };
  const send = (request: HttpRequest, wait: number, again = true): Promise<HttpAnswer> =>
    new Promise((settle) => {
      const begun = performance.now();
      const elapsed = (): number => performance.now() - begun;
      const none = (cause: unknown): void => settle({ status: 0, headers: {}, setCookies: [], body: '', milliseconds: elapsed(), failure: `by HTTP/2: ${reason(cause)}` });
      try {
        const url = new URL(request.url.replace(/^grpc(s?):/, 'http$1:'));
        // Whom too long a header makes end the connection ends it for all that is on it.
        const long = request.headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0) > LONG;
        const alone = request.alone === true || long;
        const kept = sessions.size;
        const session = open(url.origin, request, alone);
        const reused = sessions.size === kept && !alone;
        let ended: number | undefined;
        if (long) session.once('goaway', (code) => { if (code !== constants.NGHTTP2_NO_ERROR) ended = code; });
        const { timeout = wait } = request;
        const stream = session.request(headersOf(request, url), { endStream: request.body === undefined });
        let head: IncomingHttpHeaders & IncomingHttpStatusHeader = {};
        let behind: IncomingHttpHeaders = {};
        const chunks: Buffer[] = [];
        let size = 0;
        stream.on('response', (fields) => { head = fields; });
        stream.on('trailers', (fields) => { behind = fields; });
        stream.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size <= limit) chunks.push(chunk);
        });
        stream.setTimeout(timeout, () => stream.destroy(new Error(`no answer in ${timeout} ms`)));
        // A kept connection that the server was closing says nothing about this request: it goes over another, once.
        stream.on('error', (error: NodeJS.ErrnoException) => {
          if (long && ended !== undefined && head[':status'] === undefined)
            settle({ status: 431, headers: {}, setCookies: [], body: '', milliseconds: elapsed(), told: `HTTP/2 GOAWAY ${ended}` });
          else if (again && reused && head[':status'] === undefined && CLOSING.test(`${error.code ?? ''} ${error.message}`)) settle(send(request, wait, false));
          else none(error);
        });
        stream.on('close', () => {
          if (alone) session.close();
          const { ':status': status = 0 } = head;
          if (status === 0) return none(new Error('the connection ended without an answer'));
          const headers = { ...joined(head), ...joined(behind) };
          const read = readGrpc(status, headers['grpc-status']);
          const { 'grpc-status': code, 'grpc-message': message } = headers;
          settle({
            ...read, headers, setCookies: head['set-cookie'] ?? [], body: Buffer.concat(chunks).toString('utf8'), milliseconds: elapsed(),
            ...(code !== undefined && { told: `grpc-status ${code}${message === undefined || message === '' ? '' : ` (${message})`}, HTTP ${status}` }),
          });
        });
        stream.end(request.body);
      } catch (thrown) {
        const { code = '' } = thrown as NodeJS.ErrnoException;
        const why = REFUSED[code];
        if (why !== undefined) settle({ status: 0, headers: {}, setCookies: [], body: '', milliseconds: elapsed(), unsent: `not tried: ${why}` });
        else none(thrown);
      }
    });
  return { send, close: (): void => { for (const session of sessions.values()) session.destroy(); } };
};
