import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { serve } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createGuard, grantedOf, guardExpress, guardFastify, guardHono, guardNode } from '../../../src/service/index.ts';
import type { Granted } from '../../../src/service/index.ts';
import { aVerifier, mint } from './support/tokens.ts';

const guard = createGuard({
  verifier: aVerifier({ cookie: '__Host-shop', allowedOrigins: ['https://shop.example'] }),
  service: 'orders',
  routes: [
    { id: 'read', method: 'GET', path: '/orders/{id}', scopes: ['orders:read'] },
    { id: 'place', method: 'POST', path: '/orders', scopes: ['orders:read'] },
    { id: 'health', method: 'GET', path: '/orders/health', public: true },
  ],
});
/** What every handler answers: who was let in, where to, with which parameters. */
const told = ({ route, params, identity }: Granted) => ({ who: identity?.claims.sub ?? null, route, params });

/** Each framework as a user mounts it: the guard first, then handlers that are wider than the guard's routes. */
const frameworks = {
  node: async (): Promise<number> => {
    const listener = guardNode(guard, (_request, response: ServerResponse, granted) => response.end(JSON.stringify(told(granted))));
    const server = createServer((request, response) => void listener(request, response as never));
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    onTestFinished(() => { server.close(); });
    return (server.address() as AddressInfo).port;
  },
  express: async (): Promise<number> => {
    const app = express();
    app.use(guardExpress(guard));
    app.use(express.json());
    app.all('/{*rest}', (_request, response) => { response.json(told(grantedOf(response.locals))); });
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => { server.close(); });
    return (server.address() as AddressInfo).port;
  },
  'an express router below a path': async (): Promise<number> => {
    const app = express();
    const router = express.Router();
    router.use(guardExpress(guard));
    router.all('/{*rest}', (_request, response) => { response.json(told(grantedOf(response.locals))); });
    app.use('/orders', router);
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => { server.close(); });
    return (server.address() as AddressInfo).port;
  },
  fastify: async (): Promise<number> => {
    const app = fastify();
    const { hook, granted } = guardFastify(guard);
    app.addHook('onRequest', hook);
    app.all('/*', (request, reply) => reply.send(told(granted(request))));
    await app.listen({ port: 0, host: '127.0.0.1' });
    onTestFinished(() => app.close());
    return (app.server.address() as AddressInfo).port;
  },
  hono: async (): Promise<number> => {
    const app = new Hono<{ Variables: { granted: Granted } }>();
    app.use(guardHono(guard));
    app.all('*', (context) => context.json(told(context.get('granted'))));
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
    await once(server, 'listening');
    onTestFinished(() => { server.close(); });
    return (server.address() as AddressInfo).port;
  },
};

const good = mint();
/** Written by hand: a client would tidy up what some of these say. */
const ask = async (port: number, start: string, ...lines: readonly string[]): Promise<{ readonly status: number; readonly head: string; readonly body: string }> => {
  const socket = connect(port, '127.0.0.1');
  socket.end([`${start} HTTP/1.1`, 'Host: orders.example', 'Connection: close', ...lines, '', ''].join('\r\n'));
  const answer = await text(socket);
  const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
  return { status: Number(head.split(' ')[1]), head: head.toLowerCase(), body };
};
const bearer = `Authorization: Bearer ${good}`;

describe.each(Object.entries(frameworks))('the guard in %s', (_name, start) => {
  it('lets a good request through to the handler, with what was granted', async () => {
    const answer = await ask(await start(), 'GET /orders/7?full=1', bearer);
    expect([answer.status, /\{.*\}/s.exec(answer.body)?.[0]]).toEqual([200, JSON.stringify({ who: 'alice', route: 'read', params: { id: '7' } })]);
  });

  it('takes HEAD for the GET that it goes with', async () => {
    const port = await start();
    expect([(await ask(port, 'HEAD /orders/7', bearer)).status, (await ask(port, 'HEAD /orders/health')).status]).toEqual([200, 200]);
  });

  it('opens a public route to everybody, and no other', async () => {
    const port = await start();
    expect((await ask(port, 'GET /orders/health')).status).toBe(200);
    const closed = await ask(port, 'GET /orders/7');
    expect([closed.status, closed.head.includes('www-authenticate: bearer\r\n'), closed.head.includes('cache-control: no-store')]).toEqual([401, true, true]);
  });

  it.each([
    ['a forged token', 'GET /orders/7', [`Authorization: Bearer ${good.slice(0, -4)}AAAA`], 401],
    ['two Authorization lines', 'GET /orders/7', [bearer, 'Authorization: Bearer other'], [400, 401]],
    ['a header and a cookie', 'GET /orders/7', [bearer, `Cookie: __Host-shop=${good}`], 400],
    ['a write by cookie from another site', 'POST /orders', [`Cookie: __Host-shop=${good}`, 'Origin: https://evil.example', 'Content-Length: 0'], 403],
    ['a route that the handler has and the guard does not', 'GET /orders', [bearer], 403],
    ['another case', 'GET /Orders/7', [bearer], [403, 404]],
    ['a doubled slash', 'GET //orders/7', [bearer], [400, 403, 404]],
    ['an encoded slash', 'GET /orders/health%2f..%2f7', [], 400],
    ['a dot segment', 'GET /orders/health/../7', [], [400, 401, 404]],
    ['HEAD without a token', 'HEAD /orders/7', [], 401],
    ['OPTIONS', 'OPTIONS /orders/7', [bearer], 403],
  ])('refuses %s', async (_what, line, headers, status) => {
    const answer = await ask(await start(), line, ...headers);
    expect([status].flat()).toContain(answer.status);
    expect(answer.body).not.toContain('"route"');
  });

  it('takes a write by cookie from the declared origin', async () => {
    const answer = await ask(
      await start(), 'POST /orders', `Cookie: __Host-shop=${good}`, 'Origin: https://shop.example', 'Content-Type: application/json', 'Content-Length: 2', '', '{}',
    );
    expect(answer.status).toBe(200);
  });
});
