import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { readBody } from '../http.ts';
import type { Store } from '../store.ts';
import type { Integration } from '../types.ts';
import { fillUri, type UpstreamUrl } from '../uri.ts';
import { headerOf, say, type Exchange, type Reply } from './exchange.ts';
import { mapRequest, mapResponse, type Outgoing } from './mapping.ts';

/** Source: API Gateway quotas: payload size 10 MB, both ways. */
export const mostPayloadBytes = 10 * 1024 * 1024;

/** RFC 9110 section 7.6.1, and those that this hop writes itself. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const endToEnd = (message: IncomingMessage): Record<string, string | string[]> => {
  const named = new Set(
    (headerOf(message, 'connection') ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
  const headers: Record<string, string | string[]> = {};
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    const name = (message.rawHeaders[index] ?? '').toLowerCase();
    const value = message.rawHeaders[index + 1] ?? '';
    if (hopByHop.has(name) || named.has(name)) continue;
    const before = headers[name];
    headers[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return headers;
};

const forwarded = ({ request }: Exchange): string => {
  const quoted = (text: string | undefined): string => `"${(text ?? 'unknown').replace(/["\\]/g, '')}"`;
  const [by, client, host] = [request.socket.localAddress, request.socket.remoteAddress, headerOf(request, 'host')].map(quoted);
  const own = `by=${by};for=${client};host=${host};proto=http`;
  const before = headerOf(request, 'forwarded');
  return before === undefined ? own : `${before},${own}`;
};

const joinQuery = (...queries: readonly string[]): string => queries.filter((query) => query !== '').join('&');

/**
 * What stands in a VPC gets the path of the request, the name of a stage before it. With `tlsConfig` it is asked over TLS, and must have a certificate
 * of that name. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-private.html
 */
const behindLink = ({ place }: Exchange, { integrationUri, connectionId, tlsConfig }: Integration, listeners: Store['listeners']): UpstreamUrl | undefined => {
  const there = listeners.get(integrationUri);
  const found = there?.link === connectionId ? fillUri(there?.url ?? '', {}, {}) : undefined;
  const stage = place?.stage.stageName ?? '$default';
  return found && {
    ...found,
    secure: tlsConfig !== undefined,
    ...(tlsConfig && { serverName: tlsConfig.serverNameToVerify }),
    path: `${stage === '$default' ? '' : `/${stage}`}${place?.path ?? '/'}`,
  };
};

const outgoingFor = (exchange: Exchange, upstream: UpstreamUrl, isDefault: boolean): Outgoing => {
  const { host: _host, 'content-length': _length, ...headers } = endToEnd(exchange.request);
  const authority = `${upstream.host.includes(':') ? `[${upstream.host}]` : upstream.host}:${upstream.port}`;
  return {
    // Only $default passes the whole request path on; every other route says by {name} what it wants of it.
    path: isDefault ? `${upstream.path.replace(/\/$/, '')}${exchange.place?.path ?? '/'}` : upstream.path,
    query: joinQuery(upstream.query, exchange.query),
    headers: {
      ...headers,
      host: authority,
      forwarded: forwarded(exchange),
      via: 'HTTP/1.1 AmazonAPIGateway',
      ...(exchange.body.length > 0 && { 'content-length': exchange.body.length }),
    },
  };
};

interface Upstream {
  /** Rejects with an `AbortError` or `TimeoutError` after `timeoutMs`, with a socket's error otherwise. */
  readonly send: (
    url: UpstreamUrl,
    method: string,
    outgoing: Outgoing,
    body: Buffer,
    timeoutMs: number,
  ) => Promise<{ readonly status: number; readonly headers: OutgoingHttpHeaders; readonly body: Buffer | undefined }>;
  readonly close: () => void;
}

const createUpstream = (): Upstream => {
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
  const open = (
    url: UpstreamUrl,
    method: string,
    { path, query, headers }: Outgoing,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const options = { host: url.host, port: url.port, method, path: query === '' ? path : `${path}?${query}`, headers, signal };
      const sent = url.secure ? httpsRequest({ ...options, ...(url.serverName !== undefined && { servername: url.serverName }), agent: agents.https }) : httpRequest({ ...options, agent: agents.http });
      sent.once('error', reject).once('response', resolve).end(body);
    });
  return {
    send: async (url, method, outgoing, body, timeoutMs) => {
      const signal = AbortSignal.timeout(timeoutMs);
      const answer = await open(url, method, outgoing, body, signal);
      const { 'content-length': _length, ...headers } = endToEnd(answer);
      return { status: answer.statusCode ?? 502, headers, body: await readBody(answer, mostPayloadBytes) };
    },
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
};

interface Proxy {
  /** The integration's answer, its mappings applied. 503 when it cannot be reached, 504 when too slow, 500 when it says too much. */
  readonly pass: (exchange: Exchange, integration: Integration, to: { readonly isDefault: boolean; readonly listeners: Store['listeners'] }) => Promise<Reply>;
  readonly close: () => void;
}

export const createProxy = (): Proxy => {
  const upstream = createUpstream();
  return {
    close: upstream.close,
    pass: async (exchange, integration, { isDefault, listeners }) => {
      const url = integration.connectionType === 'VPC_LINK' ? behindLink(exchange, integration, listeners) : fillUri(integration.integrationUri, exchange.pathParameters, exchange.place?.stage.stageVariables ?? {});
      if (url === undefined) return say(500, 'Internal Server Error');
      const outgoing = mapRequest(outgoingFor(exchange, url, isDefault && integration.connectionType === 'INTERNET'), integration, exchange);
      const method = integration.integrationMethod === 'ANY' ? exchange.method : integration.integrationMethod;
      const began = performance.now();
      try {
        const { status, headers, body } = await upstream.send(url, method, outgoing, exchange.body, integration.timeoutInMillis);
        exchange.integrationStatus = status;
        if (body === undefined) return say(500, 'Internal Server Error');
        return mapResponse({ status, headers, body }, integration, exchange);
      } catch (thrown) {
        const slow = thrown instanceof Error && (thrown.name === 'TimeoutError' || thrown.name === 'AbortError');
        exchange.integrationError = slow ? 'The integration did not answer in time' : 'The integration could not be reached';
        return slow ? say(504, 'Gateway Timeout') : say(503, 'Service Unavailable');
      } finally {
        exchange.integrationLatencyMs = Math.round(performance.now() - began);
      }
    },
  };
};
