import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { headerOf, received, startGateway, stopAll } from './replay-gateway.ts';
import { parseResponse, sendRaw } from './replay-wire.ts';

const extra: (() => Promise<void>)[] = [];
afterEach(async () => {
  await stopAll();
  for (const stop of extra.splice(0)) await stop();
});

const listen = async (listener: RequestListener): Promise<number> => {
  const server = createServer(listener);
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  extra.push(() => new Promise((resolve) => { server.close(() => { resolve(); }); server.closeAllConnections(); }));
  return (server.address() as AddressInfo).port;
};

/** Nobody listens here: one that a server of a test had may be given to the next one. */
const CLOSED = 9;

describe('the data plane', () => {
  it('names itself on everything it answers', async () => {
    const { call } = await startGateway({ rows: { routes: [{ id: 'r', paths: ['/a'], protocols: ['http'], service: { id: 's' } }] } });
    const answers = [await call('/a'), await call('/none'), await call('/%zz')];
    expect(answers.map((answer) => [answer.status, headerOf(answer, 'x-authctl-stand-in')]))
      .toEqual([[200, 'embedded-kong'], [404, 'embedded-kong'], [400, 'embedded-kong']]);
  });

  it('refuses what a plugin it does not have was configured for, instead of leaving the plugin out', async () => {
    const { call } = await startGateway({ plugins: [['openid-connect', {}]] });
    const answer = await call('/');
    expect([answer.status, answer.body]).toEqual([503,
      JSON.stringify({ message: 'the embedded gateway cannot run the plugin "openid-connect"' })]);
  });

  it('sees a change of the store at the next request', async () => {
    const plugins = [{ id: 'p', name: 'request-termination', enabled: true, config: { status_code: 299, message: 'on' } }];
    const { call, store } = await startGateway({ rows: { plugins } });
    expect((await call('/')).status).toBe(299);
    (store.all('plugins') as unknown[]).pop();
    expect((await call('/')).status).toBe(299);
    store.touch();
    expect((await call('/')).status).toBe(200);
  });

  it('takes the most specific configuration of a plugin: route before service before all', async () => {
    const at = (id: string, message: string, scope: object): { id: string; name: string; enabled: true; config: object } =>
      ({ id, name: 'request-termination', enabled: true, config: { status_code: 200, message }, ...scope });
    const { call } = await startGateway({
      rows: {
        routes: [
          { id: 'a', paths: ['/a'], protocols: ['http'], service: { id: 's' } },
            { id: 'b', paths: ['/b'], protocols: ['http'], service: { id: 's' } },
          { id: 'c', paths: ['/c'], protocols: ['http'], service: null },
        ],
        plugins: [at('1', 'all', {}), at('2', 'service', { service: { id: 's' } }), at('3', 'route', { route: { id: 'a' } })],
      },
    });
    expect([(await call('/a')).body, (await call('/b')).body, (await call('/c')).body])
      .toEqual(['{"message":"route"}', '{"message":"service"}', '{"message":"all"}']);
  });

  it('sends a chunked body on with its length, and an empty query as it came', async () => {
    const { port } = await startGateway({});
    const text = `POST /x? HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n`;
    const got = received(parseResponse(await sendRaw(port, text)));
    expect([got.method, got.url, got.body, got.headers['content-length'], got.headers['transfer-encoding']]).toEqual(['POST', '/x?', 'abc',
      '3', undefined]);
  });

  it('refuses a transfer coding that it does not know by 501, as nginx does, and a length beside chunks by 400', async () => {
    const { port } = await startGateway({});
    const status = async (...lines: readonly string[]) =>
      parseResponse(await sendRaw(port, `POST / HTTP/1.1\r\nHost: a\r\n${lines.join('\r\n')}\r\n\r\n0\r\n\r\n`)).status;
    expect(await status('Content-Length: 5', 'Transfer-Encoding: xchunked')).toBe(501);
    expect(await status('Transfer-Encoding: gzip')).toBe(501);
    expect(await status('Content-Length: 5', 'Transfer-Encoding: chunked')).toBe(400);
    expect(await status('Transfer-Encoding : chunked')).toBe(400);
  });

  it('sends a request without a body on without one, whatever its method, and without the trailers it announced', async () => {
    const { port } = await startGateway({});
    const lines = ['Host: a', 'Trailer: X-User-Id', 'Connection: close'];
    const got = await Promise.all(['POST', 'PUT', 'QUERY', 'GET'].map(async (method) => {
      const { headers, body } = received(parseResponse(await sendRaw(port, `${method} / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)));
      return [headers['transfer-encoding'], headers['content-length'], headers['trailer'], body];
    }));
    expect(got).toEqual(Array(4).fill([undefined, undefined, undefined, '']));
  });

  it('answers in nginx\'s words, and hands on those of the upstream', async () => {
    const upstream = await listen((_, response) => { response.writeHead(299, 'Own Words').end(); });
    const terminate = (id: string, status: number): { id: string; name: string; enabled: true; config: object; route: object } =>
      ({ id, name: 'request-termination', enabled: true, config: { status_code: status, message: 'm' }, route: { id } });
    const { port } = await startGateway({ service: { port: upstream }, rows: {
      routes: ['a', 'b', 'c'].map((id) => ({ id, paths: [`/${id}`], protocols: ['http'], service: { id: 's' } })),
      plugins: [terminate('a', 503), terminate('b', 422)],
    } });
    const statusLine = async (request: string): Promise<string | undefined> =>
      (await sendRaw(port, `${request} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)).split('\r\n')[0];
    expect(await Promise.all(['GET /a', 'GET /b', 'GET /c', 'CONNECT a:1', 'TRACE /c'].map(statusLine))).toEqual([
      'HTTP/1.1 503 Service Temporarily Unavailable', 'HTTP/1.1 422 ', 'HTTP/1.1 299 Own Words', 'HTTP/1.1 405 Not Allowed',
      'HTTP/1.1 405 Not Allowed',
    ]);
  });

  it('names itself to an upstream as the host of a request that has none', async () => {
    const { port } = await startGateway({});
    expect(received(parseResponse(await sendRaw(port, 'GET / HTTP/1.0\r\n\r\n'))).headers['x-forwarded-host']).toBe('kong');
  });

  it('appends to X-Forwarded-For and Via, and removes hop-by-hop fields, also those Connection names', async () => {
    const { port, call } = await startGateway({});
    const answer = await call('/', { headers: { 'X-Forwarded-For': '9.9.9.9', 'X-Forwarded-Host': 'evil', Via: '1.0 a', TE: 'trailers',
      Proxy: 'x', 'Keep-Alive': '1' } });
    const { headers } = received(answer);
    expect([headers['x-forwarded-for'], headers['x-forwarded-host'], headers['via'], headers['te'], headers['proxy'],
      headers['keep-alive']])
      .toEqual(['9.9.9.9, 127.0.0.1', '127.0.0.1', '1.0 a, 1.1 kong/3.9.3', 'trailers', undefined, undefined]);
    const named = `GET / HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nX-Two: 2\r\nConnection: close, x-one\r\n\r\n`;
    const kept = received(parseResponse(await sendRaw(port, named))).headers;
    expect([kept['x-one'], kept['x-two']]).toEqual([undefined, '2']);
  });

  it('passes a response on while it comes in', async () => {
    let finish = (): void => undefined;
    const port = await listen((_, response) => {
      response.write('first');
      finish = () => { response.end('last'); };
    });
    const gateway = await startGateway({ service: { port } });
    const response = await fetch(`http://127.0.0.1:${gateway.port}/`);
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(Buffer.from(first?.value ?? []).toString()).toBe('first');
    finish();
    const last = await reader?.read();
    expect(Buffer.from(last?.value ?? []).toString()).toBe('last');
  });

  it('does not let a response that broke off look whole', async () => {
    const port = await listen((_, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('half', () => { response.destroy(); });
    });
    const gateway = await startGateway({ service: { port } });
    const response = await fetch(`http://127.0.0.1:${gateway.port}/`);
    await expect(response.text()).rejects.toThrow();
  });

  it('answers 502 for a refused or broken connection and 504 for silence', async () => {
    const broken = await listen((request) => { request.socket.destroy(); });
    const silent = await listen(() => undefined);
    const statuses: number[] = [];
    for (const service of [{ port: CLOSED }, { port: broken }, { port: silent, read_timeout: 50 }]) {
      const { call } = await startGateway({ service });
      statuses.push((await call('/')).status);
    }
    expect(statuses).toEqual([502, 502, 504]);
  });

  it('goes on to the next target when one refuses, and says when there is none', async () => {
    const upstreams = [{ id: 'u', name: 'pool' }];
    const weighted = (target: string, weight: number): { id: string; target: string; weight: number; upstream: { id: string } } =>
      ({ id: target, target, weight, upstream: { id: 'u' } });
    const probe = await startGateway({});
    const { call } = await startGateway({
      service: { host: 'pool', retries: 5 },
      rows: { upstreams, targets: [weighted(`127.0.0.1:${CLOSED}`, 50), weighted(`127.0.0.1:${probe.upstreamPort}`, 50)] },
    });
    const answers = [await call('/'), await call('/'), await call('/'), await call('/')];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(received(answers[0]!).headers['host']).toBe(`127.0.0.1:${probe.upstreamPort}`);
    const empty = await startGateway({ service: { host: 'pool' }, rows: { upstreams, targets: [weighted('127.0.0.1:1', 0)] } });
    expect((await empty.call('/')).status).toBe(503);
  });

  it('keeps the caller\'s host where the route says so', async () => {
    const { call, port } = await startGateway({ rows: { routes: [{ id: 'r', paths: ['/'], protocols: ['http'], preserve_host: true,
      service: { id: 's' } }] } });
    expect(received(await call('/')).headers['host']).toBe(`127.0.0.1:${port}`);
  });

  it('answers bytes that are no request as nginx does', async () => {
    const { port } = await startGateway({});
    const answer = parseResponse(await sendRaw(port, 'GET / HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n'));
    expect([answer.status, answer.body.split('\n')[0]]).toEqual([400, 'Bad request']);
  });

  it('redirects to https where the route says so', async () => {
    const routes = [{ id: 'r', paths: ['/'], protocols: ['https'], https_redirect_status_code: 302, service: { id: 's' } }];
    const { call } = await startGateway({ rows: { routes } });
    const answer = await call('/a?b=1');
    expect([answer.status, headerOf(answer, 'location')]).toEqual([302, 'https://127.0.0.1/a?b=1']);
  });
});
