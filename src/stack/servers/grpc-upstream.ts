import { createServer } from 'node:http2';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { listenLocally } from './listen.ts';
import type { LocalServer } from './listen.ts';

/** A message of no bytes, which every message type of protobuf can be read from: not compressed, of length 0. (PROTOCOL-HTTP2.md of gRPC, Length-Prefixed-Message) */
const EMPTY = Buffer.alloc(5);

/**
 * A service that answers every method of gRPC with one empty message, status 0 and, as metadata, the names of the headers that it saw; what arrived it tells
 * by HTTP on a port of its own (`GET /__authctl/calls`).
 */
export const startGrpcUpstream = async ({ service, port }: { readonly service: string; readonly port: number }): Promise<LocalServer> => {
  const { createRecorder, sessionsOf } = await import('authctl-stand-ins');
  const recorder = createRecorder({ service });
  const server = createServer();
  const endSessions = sessionsOf(server);
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: readonly string[]) => {
    stream.on('error', () => undefined);
    stream.resume();
    const { [':method']: method, [':path']: url } = headers;
    const fields = raw.flatMap((name, at) => (at % 2 === 0 && !name.startsWith(':') ? [name, raw[at + 1] ?? ''] : []));
    const call = recorder.record({ method, url, rawHeaders: fields });
    stream.on('wantTrailers', () => { stream.sendTrailers({ 'grpc-status': '0', 'x-seen': Object.keys(call.headers).toSorted().join(',') }); });
    stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
    stream.end(EMPTY);
  });
  await new Promise<void>((started, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', failed);
      started();
    });
  });
  const told = await listenLocally(0, (request, response) => {
    const calls = recorder.answer(request);
    response.writeHead(calls ? 200 : 404, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(calls ?? { message: 'Not found' }));
  });
  return {
    url: `grpc://127.0.0.1:${(server.address() as AddressInfo).port}`,
    recorder: told.url,
    close: async () => {
      await told.close();
      await new Promise<void>((done) => {
        server.close(() => { done(); });
        endSessions();
      });
    },
  };
};
