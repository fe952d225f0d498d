import { createServer, request as open } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What can become of a request. */
export const WAYS = ['reset', 'lost', 'status 500', 'status 429', 'status 409', 'html', 'truncated', 'never', 'away'] as const;
export type Way = (typeof WAYS)[number];

/** What a proxy, or a server that has had enough, says in the place of an answer. */
const SPOKEN: Readonly<Partial<Record<Way, readonly [status: number, type: string, body: string, headers?: Readonly<Record<string, string>>]>>> = {
  'status 500': [500, 'application/json', '{"message":"An unexpected error occurred"}'],
  'status 429': [429, 'application/json', '{"message":"Too Many Requests"}', { 'retry-after': '0' }],
  'status 409': [409, 'application/json', '{"message":"Conflict"}', { 'x-amzn-errortype': 'ConflictException' }],
  html: [200, 'text/html', '<!doctype html><title>Sign in</title><p>This network wants you to sign in.'],
};

/**
 * Proxies before servers, and one fault among everything that goes through them: the request of that number, and each other that asks the same of the
 * same server in the same run, so that whoever tries again meets it again. An answer is lost once: the server has done what it was asked. A server that is
 * away answers nobody from that request on.
 */
export const startWeather = () => {
  const closing: (() => Promise<void>)[] = [];
  let seen: string[] = [];
  let fault: { readonly at: number; readonly way: Way } | undefined;
  let struck: string | undefined;
  let strikes = 0;
  let written: string[] = [];

  /** Ids of locks that were made. */
  const locks = new Set<string>();
  const isOfLock = (url: string, body: string): boolean => {
    if (body.includes('authctl-lock.')) locks.add((JSON.parse(body) as { id?: string }).id ?? '');
    return body.includes('authctl-lock.') || locks.has(url.slice(url.lastIndexOf('/') + 1));
  };

  const decided = (asked: string): Way | undefined => {
    seen.push(asked);
    if (fault?.at === seen.length) struck = asked;
    if (struck === undefined || fault === undefined || (fault.way === 'lost' && strikes > 0)) return undefined;
    if (fault.way === 'away' ? serverOf(asked) !== serverOf(struck) : asked !== struck) return undefined;
    strikes += 1;
    return fault.way;
  };

  const before = async (name: string, target: () => string): Promise<string> => {
    const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const body = Buffer.concat((await request.toArray()) as Buffer[]);
      const { method = '', url = '/' } = request;
      const asked = `${name} ${method} ${url}`;
      const way = decided(asked);
      if (way === 'reset' || way === 'away') request.socket.resetAndDestroy();
      // Until the client has had enough.
      if (way === 'reset' || way === 'away' || way === 'never') return;
      const [status, type, text, headers] = (way && SPOKEN[way]) ?? [];
      if (status !== undefined) {
        response.writeHead(status, { 'content-type': type, ...headers }).end(text);
        return;
      }
      const sent = open(new URL(url, target()), { method, headers: { ...request.headers, host: new URL(target()).host } }, (answer) => {
        void answer.toArray().then((parts) => {
          const bytes = Buffer.concat(parts as Buffer[]);
          const { statusCode = 502 } = answer;
          if (statusCode < 300 && method !== 'GET' && isWrite(url) && !isOfLock(url, body.toString())) written.push(asked);
          if (way === 'lost') {
            request.socket.resetAndDestroy();
            return;
          }
          const said = way === 'truncated' ? bytes.subarray(0, Math.floor(bytes.length / 2)) : bytes;
          const { 'transfer-encoding': _chunked, ...told } = answer.headers;
          response.writeHead(statusCode, { ...told, ...(statusCode !== 204 && { 'content-length': said.length }) }).end(said);
        });
      });
      sent.on('error', () => request.socket.resetAndDestroy());
      sent.end(body);
    };
    const server = createServer((request, response) => {
      handle(request, response).catch(() => request.socket.resetAndDestroy());
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    closing.push(() => new Promise((closed) => {
      server.close(() => { closed(); });
      server.closeAllConnections();
    }));
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  };

  return {
    /** A proxy before a server, at a loopback port. */
    before,
    /** From now on, with nothing seen: this fault, or none. */
    forecast: (next?: { readonly at: number; readonly way: Way }): void => {
      [fault, struck, strikes, seen, written] = [next, undefined, 0, [], []];
    },
    /** `kong GET /services`, in order. */
    seen: (): readonly string[] => seen,
    /** What the fault has met. */
    struck: (): string | undefined => (strikes > 0 ? struck : undefined),
    /** What the servers have done that is seen afterwards. */
    written: (): readonly string[] => written,
    close: async (): Promise<void> => {
      await Promise.all(closing.map((close) => close()));
    },
  };
};

const serverOf = (asked: string): string => asked.slice(0, asked.indexOf(' '));

/** Beside logging in, and what asks by POST. */
const isWrite = (url: string): boolean => !/\/protocol\/openid-connect\/|\/partial-export|\/validate$/.test(url);
