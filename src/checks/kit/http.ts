import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns';
import { Agent, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';
import { versionOf } from '../../core/version.ts';
import { reason } from '../../core/problem.ts';
import { createCalls } from './grpc.ts';
import type { HttpAnswer, HttpRequest, Send, ShownTls } from './wire.ts';

export type { HttpAnswer, HttpRequest, Send, ShownTls } from './wire.ts';

/** As Node takes it. */
export const tlsOptions = ({ own, authority }: ShownTls = {}): { readonly cert?: string; readonly key?: string; readonly ca?: string[] } => ({
  ...(own && { cert: own.certificate, key: own.key }),
  ...(authority !== undefined && { ca: [...rootCertificates, authority] }),
});

/** The JSON object that a body holds, or `undefined`: what a server sends is not to end the run. */
export const readJson = (body: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

/** The header that lets a recording upstream tell one attack from another. */
export const CHECK_HEADER = 'x-authctl-check';
export const newCheckId = (): string => randomUUID();

/** Whoever reads a log finds who attacked: `authctl/0.1.0 (+verify)`. */
const userAgent = (): string => `authctl/${versionOf()} (+verify)`;

const TIMEOUT_MS = 10_000;
const BODY_LIMIT = 1_048_576;

/** Every name below `localhost` is this machine (RFC 6761 section 6.3), which not every system's resolver knows. */
const lookupLocalhost: LookupFunction = (name, options, found) => lookup(/(^|\.)localhost\.?$/i.test(name) ? 'localhost' : name, options, found);

const isNamed = ({ headers }: HttpRequest, wanted: string): boolean => headers.some(([name]) => name.toLowerCase() === wanted);

const joined = (headers: IncomingHttpHeaders): HttpAnswer['headers'] => {
  const all: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    all[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  }
  return all;
};

/**
 * Sends one request exactly as given: no redirect is followed, no header is folded, a repeated header stays repeated.
 * Never throws for what the server does; a connection that ends without an answer has status 0.
 */
export const createSender = (): { readonly send: Send; readonly close: () => void } => {
  const agents = { http: new Agent({ keepAlive: true, maxSockets: 16 }), https: new TlsAgent({ keepAlive: true, maxSockets: 16 }) };
  const calls = createCalls(({ tls }) => ({ lookup: lookupLocalhost, ...tlsOptions(tls) }), BODY_LIMIT);
  const send = (given: HttpRequest, again = true): Promise<HttpAnswer> =>
    new Promise((settle) => {
      const begun = performance.now();
      const elapsed = (): number => performance.now() - begun;
      const none = (cause: unknown): void =>
        settle({ status: 0, headers: {}, setCookies: [], body: '', milliseconds: elapsed(), failure: reason(cause) });
      try {
        const url = new URL(given.url);
        const { timeout = TIMEOUT_MS } = given;
        const tls = url.protocol === 'https:';
        const [named, known] = [isNamed(given, 'host'), isNamed(given, 'user-agent')];
        const flat = [...(named ? [] : [['Host', url.host] as const]), ...(known ? [] : [['User-Agent', userAgent()] as const]), ...given.headers].flatMap(([name, value]) => [name, value]);
        let answered = false;
        const request = (tls ? httpsRequest : httpRequest)(
          url,
          { method: given.method, headers: flat, agent: given.alone ? false : tls ? agents.https : agents.http, timeout, setHost: false, lookup: lookupLocalhost, ...(tls && tlsOptions(given.tls)) },
          (response) => {
            answered = true;
            const chunks: Buffer[] = [];
            let size = 0;
            response.on('data', (chunk: Buffer) => {
              size += chunk.length;
              if (size <= BODY_LIMIT) chunks.push(chunk);
            });
            response.on('error', none);
            response.on('close', () => none(new Error('the connection ended within the answer')));
            response.on('end', () => {
              settle({
                status: response.statusCode ?? 0,
                headers: joined(response.headers),
                setCookies: response.headers['set-cookie'] ?? [],
                body: Buffer.concat(chunks).toString('utf8'),
                milliseconds: elapsed(),
              });
            });
          },
        );
        // A server that agrees to another protocol, or closes without a word, gives no response: neither may leave a check waiting for ever.
        request.on('upgrade', ({ statusCode = 0 }, socket) => {
          socket.destroy();
          settle({ status: statusCode, headers: {}, setCookies: [], body: '', milliseconds: elapsed() });
        });
        request.on('close', () => {
          if (!answered) none(new Error('the connection ended without an answer'));
        });
        request.on('timeout', () => request.destroy(new Error(`no answer in ${timeout} ms`)));
        request.on('error', (error: NodeJS.ErrnoException) => {
          // A kept connection that the server closed meanwhile says nothing about this request: it goes over another, once.
          if (again && request.reusedSocket && error.code === 'ECONNRESET') settle(send(given, false));
          else none(error);
        });
        request.end(given.body);
      } catch (thrown) {
        // Node refuses some hostile headers before they reach the wire: that is no answer of the server.
        none(thrown);
      }
    });
  return {
    send: (request) => (request.grpc ? calls.send({ ...request, headers: [...(isNamed(request, 'user-agent') ? [] : [['user-agent', userAgent()] as const]), ...request.headers] }, TIMEOUT_MS) : send(request)),
    close: () => {
      calls.close();
      agents.http.destroy();
      agents.https.destroy();
    },
  };
};
