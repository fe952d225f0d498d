import { reasonOf, type Answer } from './answer.ts';
import type { Out } from './arrived.ts';
import type { Exchange } from './exchange.ts';
import { isGrpcCall, toGrpc } from './grpc.ts';
import { listOf, type Field } from './headers.ts';
import { bodyFilters, hasBodyFilter, headerFilters, type Collected, type Log } from './pipeline.ts';
import type { Response } from './upstream.ts';

const server = 'kong/3.9.3';
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'proxy-connection', 'upgrade', 'trailer']);

const isBodiless = (exchange: Exchange): boolean =>
  exchange.request.method === 'HEAD' || exchange.response.status === 204 || exchange.response.status === 304
    || exchange.response.status < 200;

/** What Kong adds after every header filter. (kong/runloop/handler.lua, header_filter.after) */
const addOwnHeaders = (exchange: Exchange, upstreamVia: string | undefined): void => {
  const { response: { headers }, times, startedAt } = exchange;
  if (exchange.proxied) {
    headers.set('X-Kong-Upstream-Latency', String((times.headers ?? Date.now()) - (times.sent ?? startedAt)));
    headers.set('X-Kong-Proxy-Latency', String((times.sent ?? startedAt) - startedAt));
    // By the protocol of the upstream.
    const via = `${/^grpcs?$/.test(exchange.upstream.scheme) ? '2' : '1.1'} ${server}`;
    headers.set('Via', upstreamVia === undefined ? via : `${upstreamVia}, ${via}`);
    if (!headers.has('server')) headers.set('Server', server);
  } else {
    headers.set('X-Kong-Response-Latency', String(Date.now() - startedAt));
    headers.set('Server', server);
  }
  headers.set('X-Kong-Request-Id', exchange.id);
  headers.set('X-Authctl-Stand-In', 'embedded-kong');
};

/** `reason`: the upstream's words for its status, which go on as they came; the gateway's own otherwise. */
const writeHead = (exchange: Exchange, out: Out, reason = reasonOf(exchange.response.status), trailed?: () => readonly Field[]): void => {
  const { headers, status } = exchange.response;
  const isSent = (name: string): boolean => !hopByHop.has(name) || (status === 426 && name === 'upgrade');
  const fields = headers.entries().filter(([name]) => isSent(name.toLowerCase()));
  out.head(status, reason, fields, trailed);
};

const apply = (exchange: Exchange, answer: Answer): void => {
  const { headers } = exchange.response;
  exchange.response.status = answer.status;
  exchange.response.source = answer.source;
  for (const [name, value] of answer.headers) headers.set(name, value);
};

const finish = (exchange: Exchange, out: Out, body: Buffer, reason?: string, trailed?: () => readonly Field[]): void => {
  const { headers } = exchange.response;
  if (!isBodiless(exchange) || exchange.request.method === 'HEAD') headers.set('Content-Length', String(body.length));
  else headers.remove('Content-Length');
  writeHead(exchange, out, reason, trailed);
  exchange.sizes.response = body.length;
  out.body.end(isBodiless(exchange) ? undefined : body);
};

/** Sends an answer of the gateway's own through the header and body filters. */
export const sendAnswer = async (
  exchange: Exchange, collected: Collected, out: Out, given: Answer, log: Log, upstreamVia?: string,
): Promise<void> => {
  const answer = isGrpcCall(exchange.request) ? toGrpc(given) : given;
  apply(exchange, answer);
  let body = answer.body ?? '';
  // Filters see the length that the answer has.
  exchange.response.headers.set('Content-Length', String(body.length));
  const instead = await headerFilters(collected, exchange, log);
  if (instead !== undefined) {
    apply(exchange, instead);
    body = instead.body ?? '';
  }
  addOwnHeaders(exchange, upstreamVia);
  if (hasBodyFilter(collected)) body = bodyFilters(collected, exchange, { data: body, last: true }).data;
  finish(exchange, out, Buffer.from(body, 'latin1'));
};

/**
 * Passes the upstream's response on, as it comes in; a body filter makes it wait for the end. Resolves when the client has
 * all of it, or is gone.
 */
export const sendResponse = async (
  exchange: Exchange, collected: Collected, out: Out, incoming: Response, log: Log,
): Promise<void> => {
  const { response } = exchange;
  const { body, trailed } = incoming;
  exchange.times.headers = Date.now();
  response.status = incoming.status;
  response.source = 'service';
  const named = new Set(incoming.fields.filter(([name]) => name.toLowerCase() === 'connection').flatMap(([, value]) => listOf(value)));
  for (const [name, value] of incoming.fields) {
    const lower = name.toLowerCase();
    if (!hopByHop.has(lower) && !named.has(lower) && !lower.startsWith('x-accel-')) response.headers.add(name, value);
  }
  const via = response.headers.get('via');
  const instead = await headerFilters(collected, exchange, log);
  if (instead !== undefined) {
    body.destroy();
    apply(exchange, instead);
    addOwnHeaders(exchange, via);
    finish(exchange, out, Buffer.from(instead.body ?? '', 'latin1'));
    return;
  }
  addOwnHeaders(exchange, via);
  const reason = response.status === incoming.status ? incoming.reason : undefined;
  if (isBodiless(exchange)) {
    body.resume();
    writeHead(exchange, out, reason);
    out.body.end();
    return;
  }
  if (hasBodyFilter(collected)) {
    const parts: Buffer[] = [];
    const filter = (data: string, last: boolean): boolean => {
      const piece = bodyFilters(collected, exchange, { data, last });
      parts.push(Buffer.from(piece.data, 'latin1'));
      return piece.last;
    };
    let ended = false;
    for await (const chunk of body) {
      if (!ended) ended = filter((chunk as Buffer).toString('latin1'), false);
    }
    if (!ended) filter('', true);
    finish(exchange, out, Buffer.concat(parts), reason, trailed);
    return;
  }
  writeHead(exchange, out, reason, trailed);
  await new Promise<void>((resolve) => {
    body.on('data', (chunk: Buffer) => { exchange.sizes.response += chunk.length; });
    // A response that breaks off must not look whole to the client.
    body.on('error', () => { out.body.destroy(); });
    body.on('aborted', () => { out.body.destroy(); });
    out.body.on('close', () => { body.destroy(); resolve(); });
    out.body.on('finish', resolve);
    body.pipe(out.body);
  });
};
