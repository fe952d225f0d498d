import { createServer, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createGuard, fromNode, grantedOf, guardExpress, guardFastify, guardHono, guardNode } from '../../../src/service/index.ts';
import type { Guard } from '../../../src/service/index.ts';
import { aVerifier, mint } from './support/tokens.ts';

const guard = createGuard({
  verifier: aVerifier(),
  service: 'orders',
  routes: [{ id: 'read', method: 'GET', path: '/orders/{id}', scopes: ['orders:read'] }],
});
const broken: Guard = { check: () => Promise.reject(new Error('a bug')) };
const token = mint();
const raw = (url: string, ...rawHeaders: string[]) => ({ method: 'GET', url, rawHeaders, socket: {} });
const noToken = { 'cache-control': 'no-store', 'content-type': 'application/json; charset=utf-8', 'www-authenticate': 'Bearer' };

describe('a client of bound tokens whose nonce is about to end', () => {
  const about: Guard = { check: () => Promise.resolve({ ok: true, route: 'read', params: {}, decisionId: '1', identity: { nonce: 'the-next' } as never }) };
  let told: Readonly<Record<string, string>> = {};
  const keep = (headers: Readonly<Record<string, string>>): void => { told = { ...told, ...headers }; };
  it.each<[string, () => unknown]>([
    ['Node', () => guardNode(about, () => undefined)(raw('/'), { setHeader: (name, value) => { keep({ [name]: value }); }, writeHead: () => undefined, end: () => undefined })],
    ['Express', () => guardExpress(about)({ ...raw('/'), originalUrl: '/' }, { locals: {}, status: () => undefined, set: keep, send: () => undefined }, () => undefined)],
    ['Fastify', () => guardFastify(about).hook({ raw: raw('/') }, { code: () => undefined, headers: keep, send: () => undefined })],
    ['Hono', () => guardHono(about)({ req: { raw: new Request('http://api.example/') }, set: () => undefined, header: (name, value) => { keep({ [name]: value }); } }, () => Promise.resolve())],
  ])('is told the next by %s', async (_, answer) => {
    told = {};
    await answer();
    expect(told).toEqual({ 'dpop-nonce': 'the-next' });
  });
});

describe('guardNode', () => {
  const answers = async (
    headers: Readonly<Record<string, string | string[]>> | string[],
  ): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }> => {
    const listener = guardNode<Record<string, unknown>, IncomingMessage, ServerResponse>(guard as never, (_request, response, granted) => {
      response.end(`${granted.identity?.payload.includes('"alice"') === true ? 'alice' : 'nobody'} ${granted.params['id'] ?? ''}`);
    });
    const server = createServer((request, response) => void listener(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      return await new Promise((resolve, reject) => {
        httpRequest(
          { port: (server.address() as AddressInfo).port, host: '127.0.0.1', path: '/orders/7', headers, agent: false },
          (response) => {
            response.setEncoding('utf8');
            let body = '';
            response.on('data', (chunk: string) => (body += chunk));
            response.on('end', () => {
              resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
            });
          },
        )
          .on('error', reject)
          .end();
      });
    } finally {
      server.close();
    }
  };
  it('hands a good request on', async () => {
    expect(await answers({ authorization: `Bearer ${token}` })).toMatchObject({ status: 200, body: 'alice 7' });
  });
  it('answers any other by itself', async () => {
    expect(await answers({})).toMatchObject({ status: 401, headers: noToken, body: '{"message":"Unauthorized"}' });
  });
  it('PRE-04 sees a second Authorization line, which Node drops', async () => {
    expect(await answers({ authorization: [`Bearer ${token}`, 'Bearer other'] as never })).toMatchObject({ status: 400 });
  });
  it('sees a second Host, which Node drops, and a Host beside another authority of HTTP/2', async () => {
    const authorization = `Bearer ${token}`;
    const status = async (...rawHeaders: string[]) => {
      const answer = await guard.check(fromNode(raw('/orders/7', 'authorization', authorization, ...rawHeaders)));
      return answer.ok ? 200 : answer.status;
    };
    expect(await answers(['authorization', authorization, 'host', 'api.example', 'host', 'admin.example'])).toMatchObject({ status: 400, body: '{"message":"Bad request"}' });
    expect(await status('Host', 'api.example', 'host', 'api.example')).toBe(400);
    expect(await status(':authority', 'api.example', 'host', 'admin.example')).toBe(400);
    expect(await status(':authority', 'api.example', 'host', 'API.example')).toBe(200);
    expect(await status(':authority', 'api.example')).toBe(200);
  });
});

describe('guardExpress', () => {
  const run = async (target: string, rawHeaders: string[], used: Guard = guard) => {
    const sent: unknown[] = [];
    const locals: Record<string, unknown> = {};
    const response = {
      locals,
      status: (code: number) => sent.push(code),
      set: (headers: object) => sent.push(headers),
      send: (body: string) => sent.push(body),
    };
    await guardExpress(used)({ ...raw('/7', ...rawHeaders), originalUrl: target }, response, (error) => sent.push(error ?? 'next'));
    return { sent, locals };
  };
  it('goes on with what was granted', async () => {
    const { sent, locals } = await run('/orders/7', ['authorization', `Bearer ${token}`]);
    expect(sent).toEqual(['next']);
    expect(grantedOf(locals)).toMatchObject({ route: 'read', params: { id: '7' } });
  });
  it('answers by itself, and leaves nothing to a handler', async () => {
    const { sent, locals } = await run('/orders/7', []);
    expect(sent).toEqual([401, noToken, '{"message":"Unauthorized"}']);
    expect(() => grantedOf(locals)).toThrow('no guard ran');
  });
  it('hands a bug to the error handler and never goes on', async () => {
    expect((await run('/orders/7', [], broken)).sent).toEqual([new Error('a bug')]);
  });
});

describe('guardFastify', () => {
  const aReply = () => {
    const sent: unknown[] = [];
    return {
      sent,
      code: (code: number) => sent.push(code),
      headers: (headers: object) => sent.push(headers),
      send: (body: string) => sent.push(body),
    };
  };
  it('goes on with what was granted', async () => {
    const { hook, granted } = guardFastify(guard);
    const request = { raw: raw('/orders/7', 'authorization', `Bearer ${token}`) };
    const reply = aReply();
    expect(await hook(request, reply)).toBeUndefined();
    expect(reply.sent).toEqual([]);
    expect(granted(request)).toMatchObject({ route: 'read' });
  });
  it('answers by itself and says so by returning the reply', async () => {
    const { hook, granted } = guardFastify(guard);
    const request = { raw: raw('/orders/7') };
    const reply = aReply();
    expect(await hook(request, reply)).toBe(reply);
    expect(reply.sent).toEqual([401, noToken, '{"message":"Unauthorized"}']);
    expect(() => granted(request)).toThrow('no guard ran');
  });
});

describe('guardHono', () => {
  const run = async (headers: Readonly<Record<string, string>>) => {
    const seen: unknown[] = [];
    const context = {
      req: { raw: new Request('http://api.example/orders/7', { headers }) },
      header: () => undefined, set: (_name: 'granted', value: unknown) => seen.push(value),
    };
    const answer = await guardHono(guard)(context, () => {
      seen.push('next');
      return Promise.resolve();
    });
    return { seen, answer };
  };
  it('goes on with what was granted', async () => {
    const { seen, answer } = await run({ authorization: `Bearer ${token}` });
    expect(seen).toEqual([expect.objectContaining({ route: 'read' }), 'next']);
    expect(answer).toBeUndefined();
  });
  it('answers by itself', async () => {
    const { seen, answer } = await run({});
    expect(seen).toEqual([]);
    expect([answer?.status, await answer?.text(), Object.fromEntries(answer?.headers ?? [])]).toEqual([
      401,
      '{"message":"Unauthorized"}',
      noToken,
    ]);
  });
});
