import type { Chunk, Configured, PluginHandler } from '../plugins/types.ts';
import { exitAnswer, type Answer } from './answer.ts';
import { refuse, type Exchange } from './exchange.ts';
import { isGrpcType } from './grpc.ts';
import { upstreamPath, escapePath } from './path.ts';
import { bytes } from './text.ts';
import type { RouteMatch } from './router.ts';
import type { Scope, Snapshot } from './snapshot.ts';

/** The plugins that take part in the rest of one request, in order. */
export type Collected = readonly { readonly handler: PluginHandler; readonly plugin: Configured }[];

/** Tells the operator of the gateway; never the client. */
export type Log = (line: string) => void;

/** Kong's answer when a plugin crashes. */
const crashed = (exchange: Exchange): Answer => ({ ...refuse(exchange, 500), source: 'error' });

const explain = (name: string, phase: string, error: unknown): string =>
  `[${name}] ${phase}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;

const scopeOf = (exchange: Exchange): Scope =>
  ({ route: exchange.route?.id, service: exchange.service?.id, consumer: exchange.consumer?.id });

const nothing: Scope = { route: undefined, service: undefined, consumer: undefined };

/** The plugins that apply to everything: those that see a request before, or without, a route. */
export const globals = (snapshot: Snapshot): Collected =>
  snapshot.plugins.flatMap(({ handler, select }) => {
    const plugin = select(nothing);
    return plugin === undefined ? [] : [{ handler, plugin }];
  });

/** Runs the rewrite phase; only global plugins have one. */
export const rewrite = async (snapshot: Snapshot, exchange: Exchange, log: Log): Promise<Answer | undefined> => {
  for (const { handler, plugin } of globals(snapshot)) {
    if (handler.rewrite === undefined) continue;
    try {
      const answer = await handler.rewrite(exchange, plugin);
      if (answer !== undefined) return answer;
    } catch (error) {
      log(explain(handler.name, 'rewrite', error));
      return crashed(exchange);
    }
  }
  return undefined;
};

/**
 * Runs the access phase. The configuration of a plugin is chosen when its turn comes, because a plugin before it may have found the
 * consumer; after an answer the rest is still chosen, so that its later phases (CORS headers on a 401) take part.
 */
export const access = async (
  snapshot: Snapshot, exchange: Exchange, log: Log,
): Promise<{ answer: Answer | undefined; collected: Collected }> => {
  const collected: { handler: PluginHandler; plugin: Configured }[] = [];
  let answer: Answer | undefined;
  for (const { handler, select } of snapshot.plugins) {
    const plugin = select(scopeOf(exchange));
    if (plugin === undefined) continue;
    collected.push({ handler, plugin });
    if (answer !== undefined || handler.access === undefined) continue;
    try {
      const step = handler.access(exchange, plugin);
      answer = step instanceof Promise ? await step : step;
    } catch (error) {
      log(explain(handler.name, 'access', error));
      answer = crashed(exchange);
    }
  }
  return { answer, collected };
};

/** Runs the header filters on the response as it stands. An answer of theirs replaces the response; a crash is a 500. */
export const headerFilters = async (collected: Collected, exchange: Exchange, log: Log): Promise<Answer | undefined> => {
  for (const { handler, plugin } of collected) {
    if (handler.headerFilter === undefined) continue;
    try {
      const step = handler.headerFilter(exchange, plugin);
      const answer = step instanceof Promise ? await step : step;
      if (answer !== undefined) return answer;
    } catch (error) {
      log(explain(handler.name, 'header_filter', error));
      return crashed(exchange);
    }
  }
  return undefined;
};

export const hasBodyFilter = (collected: Collected): boolean => collected.some(({ handler }) => handler.bodyFilter !== undefined);

/** Sends one piece of the body through every body filter. Throws when a filter does: the response is then cut off, as nginx cuts it. */
export const bodyFilters = (collected: Collected, exchange: Exchange, chunk: Chunk): Chunk =>
  collected.reduce((piece, { handler, plugin }) => handler.bodyFilter?.(exchange, plugin, piece) ?? piece, chunk);

/** Runs the log phase; nothing in it can reach the client any more. */
export const logs = async (collected: Collected, exchange: Exchange, log: Log): Promise<void> => {
  for (const { handler, plugin } of collected) {
    try {
      await handler.log?.(exchange, plugin);
    } catch (error) {
      log(explain(handler.name, 'log', error));
    }
  }
};

/** Puts the route into the exchange, and checks what Kong checks before plugins: https-only routes, gRPC. */
export const enterRoute = (exchange: Exchange, { route, service, prefix, captures }: RouteMatch, path: string): Answer | undefined => {
  exchange.route = route;
  exchange.service = service;
  exchange.captures = captures;
  exchange.prefix = prefix;
  const { upstream, request } = exchange;
  const protocols = Array.isArray(route['protocols']) ? (route['protocols'] as string[]) : ['http', 'https'];
  if (protocols.includes('https') && !protocols.includes('http') && exchange.request.scheme === 'http') {
    const status = typeof route['https_redirect_status_code'] === 'number' ? route['https_redirect_status_code'] : 426;
    const upgrade = [['Connection', 'Upgrade'], ['Upgrade', 'TLS/1.2, HTTP/1.1']] as const;
    if (status === 426) return refuse(exchange, 426, 'Please use HTTPS protocol', upgrade);
    return exitAnswer(status, undefined, [['Location', `https://${request.host}${request.target}`]]);
  }
  if (protocols.includes('grpc') || protocols.includes('grpcs')) {
    if (!isGrpcType(request.headers.get('content-type'))) return refuse(exchange, 415, 'Non-gRPC request matched gRPC route');
    if (request.httpVersion !== '2') return refuse(exchange, 426, 'Please use HTTP2 protocol', [['connection', 'Upgrade'], ['upgrade', 'HTTP/2']]);
    if (!protocols.includes('grpc') && request.scheme !== 'https') {
      return exitAnswer(200, undefined, [['content-type', 'application/grpc'], ['grpc-status', '1'], ['grpc-message', 'gRPC request matched gRPCs route']]);
    }
  }
  if (service !== undefined) {
    upstream.scheme = String(service['protocol'] ?? 'http');
    upstream.host = bytes(String(service['host'] ?? ''));
    upstream.port = typeof service['port'] === 'number' ? service['port'] : /^(https|grpcs)$/.test(upstream.scheme) ? 443 : 80;
  }
  upstream.path = escapePath(upstreamPath(typeof service?.['path'] === 'string' ? bytes(service['path']) : '/', path, prefix));
  if (route['preserve_host'] === true) upstream.hostHeader = request.headers.get('host');
  return undefined;
};
