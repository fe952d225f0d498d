import { createServer } from 'node:http';
import { createServer as createCallServer } from 'node:http2';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMPTY_MESSAGE, readGrpc } from '../../../src/checks/kit/grpc.ts';
import { createSender } from '../../../src/checks/kit/http.ts';
import type { HttpRequest } from '../../../src/checks/kit/http.ts';
import { gotThrough, wantsOtherProtocol } from '../../../src/checks/kit/through.ts';

describe('what a client of gRPC makes of an answer', () => {
  it.each([
    [200, '0', 200], [200, '16', 401], [200, '7', 403], [200, '5', 404], [200, '12', 404], [200, '3', 400], [200, '8', 429], [200, '14', 503], [200, '99', 500], [200, 'no', 500],
    // Kong says both.
    [401, '16', 401], [403, '7', 403], [429, '8', 429], [413, '3', 413], [404, '5', 404], [502, '13', 502],
    // A client goes by grpc-status, whatever HTTP says.
    [401, '0', 200], [403, '16', 401],
    // What is no answer of gRPC.
    [401, undefined, 401], [415, undefined, 415], [503, undefined, 503],
  ])('HTTP %s with grpc-status %s is %s', (status, told, read) => {
    expect(readGrpc(status, told).status).toBe(read);
  });
  it('a 200 without a status is no success', () => {
    expect(readGrpc(200, undefined)).toEqual({ status: 500, failure: 'the answer has no grpc-status' });
  });
  it('only status 0 is ever a success', () => {
    fc.assert(fc.property(fc.integer({ min: 200, max: 599 }), fc.option(fc.string(), { nil: undefined }), (status, told) => {
      const read = readGrpc(status, told).status;
      if (read >= 200 && read <= 299) expect(Number(told)).toBe(0);
    }));
  });
});

describe('a call', () => {
  const sender = createSender();
  const calls: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  const server = createCallServer();
  let old: Server;
  let url = '';
  let byOne = '';
  beforeAll(async () => {
    server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      stream.on('error', () => undefined);
      let body = '';
      stream.on('data', (chunk: Buffer) => { body += chunk.toString('hex'); });
      stream.on('end', () => {
        calls.push({ headers, body });
        const path = headers[':path'] ?? '';
        if (path === '/a.B/Away') stream.close(2);
        else if (path === '/a.B/Calm') stream.session?.goaway(11);
        else if (path === '/a.B/Refused') {
          stream.respond({ ':status': 401, 'grpc-status': '16', 'grpc-message': 'Unauthorized' });
          stream.end();
        } else {
          if (path !== '/a.B/Untold') stream.on('wantTrailers', () => { stream.sendTrailers({ 'grpc-status': path === '/a.B/Hidden' ? '16' : '0' }); });
          stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: path !== '/a.B/Untold' });
          stream.end(EMPTY_MESSAGE);
        }
      });
    });
    await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done); });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    old = createServer((_request, response) => { response.end('no'); });
    await new Promise<void>((done) => { old.listen(0, '127.0.0.1', done); });
    byOne = `http://127.0.0.1:${(old.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    sender.close();
    await Promise.all([server, old].map((one) => new Promise((done) => { one.close(done); })));
  });
  const send = (path: string, headers: HttpRequest['headers'] = [], base = url) =>
    sender.send({ url: `${base}${path}`, method: 'POST', headers: [['content-type', 'application/grpc'], ['te', 'trailers'], ...headers], body: EMPTY_MESSAGE, grpc: true });

  it('is a POST by HTTP/2 with an empty message, and what stands behind the body counts', async () => {
    const answer = await send('/a.B/Get', [['Host', 'stock.example'], ['X-Trace', 'a'], ['X-Trace', 'b']]);
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/grpc', 'grpc-status': '0' }, told: 'grpc-status 0, HTTP 200' });
    expect(calls.at(-1)).toMatchObject({ body: '0000000000', headers: { ':method': 'POST', ':path': '/a.B/Get', ':authority': 'stock.example', 'content-type': 'application/grpc', te: 'trailers', 'x-trace': 'a, b', 'user-agent': expect.stringMatching(/^authctl\//) as string } });
    expect(calls.at(-1)?.headers).not.toHaveProperty('accept');
  });
  it.each([
    ['/a.B/Refused', 401, 'grpc-status 16 (Unauthorized), HTTP 401'], ['/a.B/Hidden', 401, 'grpc-status 16, HTTP 200'], ['/a.B/Untold', 500, undefined],
  ])('%s is read as %s', async (path, status, told) => {
    const answer = await send(path);
    expect([answer.status, answer.told]).toEqual([status, told]);
    expect(gotThrough({ ...answer, upstream: undefined })).toBe(false);
  });
  it('without an answer has the status 0, as where nobody speaks HTTP/2', async () => {
    expect(await send('/a.B/Away')).toMatchObject({ status: 0, failure: expect.stringMatching(/^by HTTP\/2: /) as string });
    expect(await send('/a.B/Get', [], byOne)).toMatchObject({ status: 0, failure: expect.stringMatching(/^by HTTP\/2: /) as string });
    expect(await send('/a.B/Get', [], 'http://127.0.0.1:9')).toMatchObject({ status: 0 });
  });
  it('that makes the other end the connection for what it holds is refused', async () => {
    expect(await send('/a.B/Calm', [['Authorization', `Bearer ${'a'.repeat(50_000)}`]])).toMatchObject({ status: 431, told: 'HTTP/2 GOAWAY 11' });
    expect(await send('/a.B/Get')).toMatchObject({ status: 200 });
  });
  it('goes to the address of an upstream as to that of a gateway', async () => {
    expect(await send('/a.B/Get', [], url.replace('http:', 'grpc:'))).toMatchObject({ status: 200 });
  });
  it.each([
    ['two of a field that is there once', [['Authorization', 'Bearer a'], ['authorization', 'Bearer b']]],
    ['a field of the connection', [['Connection', 'X-Foo']]],
    ['a name that is none', [['a b', '1']]],
  ] as const)('is not sent with %s, and says why', async (_what, headers) => {
    const before = calls.length;
    expect((await send('/a.B/Get', headers)).unsent).toMatch(/^not tried: /);
    expect(calls.length).toBe(before);
  });
  it('that came without TLS to a route of grpcs alone has shown nothing', () => {
    expect(wantsOtherProtocol({ status: 499, headers: { 'grpc-message': 'gRPC request matched gRPCs route' }, body: '' })).toMatch(/gRPC over TLS/);
  });
});
