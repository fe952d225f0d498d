import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { CommunityPlugin } from '../community/types.ts';
import type { Clock, EntityStore, Listening } from '../contract.ts';
import { startLuaHost } from '../lua/host.ts';
import { nativePlugins } from '../plugins/index.ts';
import { nginxError, exitAnswer, reasonOf, type Answer } from './answer.ts';
import { arrivedAs1, arrivedAs2, outBy1, outBy2, type Arrived, type Out } from './arrived.ts';
import { weightedBalancer } from './balancer.ts';
import { acceptOf, refuse, type Exchange } from './exchange.ts';
import { alsoBy2 } from './http2.ts';
import { keepInForce, type Reconfigured, type Timers } from './in-force.ts';
import { isBadLine, nginxRefusal } from './limits.ts';
import { normalise } from './path.ts';
import { access, enterRoute, globals, logs, rewrite, type Collected, type Log } from './pipeline.ts';
import { hasBody, receive, requestId } from './receive.ts';
import { sendAnswer, sendResponse } from './respond.ts';
import type { Snapshot } from './snapshot.ts';
import { upstreamClient, type UpstreamClient } from './upstream.ts';

/** Where the data plane listens and what it works with. `port` 0 takes a free one; `pluginDir` holds `<name>/{handler,schema}.lua`. */
export interface ProxyOptions {
  readonly store: EntityStore;
  readonly clock: Clock;
  readonly pluginDir: string;
  readonly community?: readonly CommunityPlugin[];
  readonly host: string;
  readonly port: number;
  /** By TLS, and asking clients for a certificate without demanding one or a signer of it, as nginx does with `ssl_verify_client optional_no_ca`. PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** When it takes note of routes and plugins; with every write unless given. */
  readonly timing?: Timers | Reconfigured;
  /** Lines a Kong operator would find in the error log. Never holds a token: only what plugins log and how they crashed. */
  readonly log?: Log;
}

interface Gateway {
  readonly options: ProxyOptions;
  readonly log: Log;
  readonly snapshot: () => Snapshot;
  readonly upstreams: UpstreamClient;
  readonly release: (exchange: Exchange) => void;
}

const nginxAnswer = (exchange: Exchange, status: number): Answer => {
  const { id, request: { method, path, httpVersion, headers } } = exchange;
  const read = !isBadLine(method, path, httpVersion);
  return nginxError({ id, accept: read ? acceptOf(exchange) : undefined, contentType: read ? headers.get('content-type') : undefined }, status);
};

/** The body to send: what a plugin made of it, or the client's, which is read whole unless the route says otherwise. */
const bodyFor = async (exchange: Exchange, { body, ask }: Arrived): Promise<Buffer | Readable | undefined> => {
  if (exchange.upstream.body !== undefined) return exchange.upstream.body;
  if (!hasBody(exchange.request)) return undefined;
  // nginx's grpc_pass never waits for all of it.
  const whole = exchange.route?.['request_buffering'] !== false && !/^grpcs?$/.test(exchange.upstream.scheme);
  if (whole || body.readableDidRead) return exchange.request.body();
  ask();
  return body;
};

const proxy = async (
  gateway: Gateway, exchange: Exchange, collected: Collected, arrived: Arrived, out: Out,
): Promise<void> => {
  const body = await bodyFor(exchange, arrived);
  const sending = await gateway.upstreams.send(exchange, body);
  if (sending.kind === 'response') {
    await sendResponse(exchange, collected, out, sending.response, gateway.log);
  } else if (sending.kind === 'refused') {
    await sendAnswer(exchange, collected, out, refuse(exchange, sending.status, sending.message), gateway.log);
  } else {
    gateway.log(`[proxy] upstream: ${sending.why}`);
    await sendAnswer(exchange, collected, out, nginxAnswer(exchange, sending.status), gateway.log);
  }
};

const route = (snapshot: Snapshot, exchange: Exchange): Answer | undefined => {
  const { request } = exchange;
  const path = normalise(request.path);
  const routing = snapshot.router({
    method: request.method, host: request.headers.get('host'), port: request.port, path, headers: request.headers,
    clientIp: request.clientIp, clientPort: request.clientPort, serverIp: request.serverIp,
  });
  if (routing.kind === 'none') return refuse(exchange, 404, 'no Route matched with those values');
  if (routing.kind === 'unsupported') {
    const name = String(routing.route['name'] ?? routing.route.id);
    return exitAnswer(503, { message: `the embedded gateway cannot evaluate the route "${name}"` });
  }
  return enterRoute(exchange, routing.match, path);
};

const serve = async (gateway: Gateway, arrived: Arrived, out: Out): Promise<void> => {
  const snapshot = gateway.snapshot();
  const exchange = receive(arrived, gateway.options.store, gateway.options.clock);
  let collected: Collected = globals(snapshot);
  const answer = (reply: Answer): Promise<void> => sendAnswer(exchange, collected, out, reply, gateway.log);
  try {
    const { request } = exchange;
    const refused = nginxRefusal(request.method, request.target, request.path, request.headers, request.httpVersion);
    if (refused !== undefined) {
      await answer(nginxAnswer(exchange, refused));
    } else {
      const early = await rewrite(snapshot, exchange, gateway.log) ?? route(snapshot, exchange);
      if (early !== undefined) {
        await answer(early);
      } else {
        exchange.times.access = Date.now();
        const outcome = await access(snapshot, exchange, gateway.log);
        collected = outcome.collected;
        if (outcome.answer !== undefined) await answer(outcome.answer);
        else if (exchange.service === undefined) await answer(refuse(exchange, 503, 'no Service found with those values'));
        else await proxy(gateway, exchange, collected, arrived, out);
      }
    }
  } finally {
    exchange.times.finished = Date.now();
    await logs(collected, exchange, gateway.log);
    gateway.release(exchange);
  }
};

/** What nginx answers where the parser makes no request of the bytes, so that there is no exchange: 494, 405, 501 or 400. */
const answerBytes = (socket: Socket, error: number): void => {
  const id = requestId();
  const { status, body = '' } = nginxError({ id, accept: undefined, contentType: undefined }, error);
  socket.end([
    `HTTP/1.1 ${status} ${reasonOf(status)}`, 'Content-Type: text/plain; charset=utf-8', `Content-Length: ${body.length}`,
    'X-Kong-Response-Latency: 0',
    'Server: kong/3.9.3', `X-Kong-Request-Id: ${id}`, 'X-Authctl-Stand-In: embedded-kong', 'Connection: close', '', body,
  ].join('\r\n'));
};

/**
 * What nginx says of bytes that are no request: 501 is its word for a transfer coding it does not know (RFC 9112 section 6.1), whatever stands
 * beside it; a length beside chunks is 400.
 */
const badBytes = ({ code, rawPacket }: BadBytes): number => {
  if (code === 'HPE_HEADER_OVERFLOW') return 494;
  const [, coding] = /^transfer-encoding:[ \t]*(.*?)[ \t]*\r?$/im.exec(rawPacket?.toString('latin1') ?? '') ?? [];
  return code === 'HPE_INVALID_TRANSFER_ENCODING' && coding !== undefined && coding.toLowerCase() !== 'chunked' ? 501 : 400;
};

/** What Node's parser reports, with what it was reading. (https://nodejs.org/api/http.html#event-clienterror) */
interface BadBytes extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer;
}

const answerBadBytes = (error: BadBytes, socket: Socket): void => {
  if (!socket.writable || socket.bytesWritten > 0 && error.code === 'ECONNRESET') socket.destroy();
  else answerBytes(socket, badBytes(error));
};

const listen = (server: Server, host: string, port: number): Promise<AddressInfo> => new Promise((resolve, reject) => {
  server.once('error', reject);
  server.listen(port, host, () => {
    server.off('error', reject);
    resolve(server.address() as AddressInfo);
  });
});

/**
 * Starts the embedded gateway's data plane: routes, plugins and upstreams as the store has them at each request. A development stand-in for
 * Kong 3.9; every response says so in `X-Authctl-Stand-In`. Rejects when the port is taken or a Lua plugin cannot be loaded.
 */
export const startProxy = async (options: ProxyOptions): Promise<Listening> => {
  const log: Log = options.log ?? (() => undefined);
  const lua = await startLuaHost({ pluginDir: options.pluginDir, clock: options.clock, log });
  const native = nativePlugins(lua, options.community ?? []);
  const inForce = keepInForce(options.store, options.timing, (name) => native.get(name) ?? lua.handler(name));
  const gateway: Gateway = {
    options,
    log,
    upstreams: upstreamClient(weightedBalancer(options.store)),
    release: lua.release,
    snapshot: inForce.snapshot,
  };
  // nginx's own limits are checked per request; the parser's only has to be above them.
  const handle = (arrived: Arrived, out: Out): void => {
    serve(gateway, arrived, out).catch((error: unknown) => {
      log(`[proxy] ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      out.body.destroy();
    });
  };
  const limits = { maxHeaderSize: 65_536, requireHostHeader: false, keepAliveTimeout: 75_000 };
  const plainly = (message: IncomingMessage, out: ServerResponse): void => { handle(arrivedAs1(message, () => undefined), outBy1(out)); };
  const { tls } = options;
  const server = tls
    ? createSecureServer({ ...limits, ALPNProtocols: ['h2', 'http/1.1'], cert: tls.certificate, key: tls.key, requestCert: true, rejectUnauthorized: false }, plainly)
    : createServer(limits, plainly);
  server.on('checkContinue', (message: IncomingMessage, out: ServerResponse) => { handle(arrivedAs1(message, () => { out.writeContinue(); }), outBy1(out)); });
  server.on('clientError', (error, socket) => { answerBadBytes(error, socket as Socket); });
  server.on('connect', (_message, socket) => { answerBytes(socket as Socket, 405); });
  const closeSessions = alsoBy2(server, (stream, headers, raw) => { handle(arrivedAs2(stream, headers, raw), outBy2(stream)); });
  const address = await listen(server, options.host, options.port);
  return {
    url: `${tls ? 'https' : 'http'}://${options.host}:${address.port}`,
    address,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => { resolve(); });
        server.closeAllConnections();
        closeSessions();
      });
      inForce.close();
      gateway.upstreams.close();
      lua.close();
    },
  };
};
