import { Agent, createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { urlToHttpOptions } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { exchange, Timeout } from '../../../src/providers/exchange.ts';
import type { Exchange } from '../../../src/providers/exchange.ts';

const agent = new Agent({ keepAlive: false });
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});
const ask = async (answer: (request: IncomingMessage, response: ServerResponse) => void, how: Partial<Exchange> = {}) => {
  server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((settle) => server?.once('listening', settle));
  const { protocol, hostname, port } = urlToHttpOptions(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  return exchange({ method: 'GET', to: { protocol, hostname, port }, path: '/', headers: {}, body: undefined, agent, timeoutMs: 10_000, ...how });
};
const MEBIBYTE = Buffer.alloc(1024 * 1024);
const streamed = (response: ServerResponse, mebibytes: number, more = ''): void => {
  let left = mebibytes;
  const next = (): void => {
    if (left-- > 0) response.write(MEBIBYTE, next);
    else response.end(more);
  };
  next();
};

describe('an exchange', () => {
  it('says how long its body is, in bytes, and nothing of one that it has not', async () => {
    const lengths: unknown[] = [];
    const answer = (request: IncomingMessage, response: ServerResponse): void => void response.end(String(lengths.push(request.headers['content-length'])));
    await ask(answer, { method: 'PUT', body: 'é', headers: { 'content-length': '7' } });
    server?.close();
    await ask(answer);
    server?.close();
    await ask(answer, { method: 'PUT', body: Buffer.alloc(0) });
    expect(lengths).toEqual(['2', undefined, '0']);
  });

  it('gives the status, the headers and all bytes of an answer that comes in parts', async () => {
    const { status, headers, bytes } = await ask((_request, response) => {
      response.writeHead(418, { 'x-own': 'a' }).write('one ');
      setImmediate(() => response.end('two'));
    });
    expect([status, headers['x-own'], bytes.toString()]).toEqual([418, 'a', 'one two']);
  });

  it('gives no bytes for an answer without a body', async () => {
    expect(await ask((_request, response) => void response.writeHead(204).end())).toMatchObject({ status: 204, bytes: Buffer.alloc(0) });
  });

  it('ends with its time, also in the middle of an answer', async () => {
    await expect(ask(() => undefined, { timeoutMs: 30 })).rejects.toThrow(new Timeout('timeout of 30ms exceeded'));
    server?.closeAllConnections();
    server?.close();
    const torn = ask((_request, response) => void response.writeHead(200, { 'content-length': '10' }).write('half'), { timeoutMs: 300 });
    await expect(torn).rejects.toBeInstanceOf(Error);
  });

  it('takes an answer of 64 MiB, and not a byte more', async () => {
    const { bytes } = await ask((_request, response) => streamed(response, 64));
    expect(bytes).toHaveLength(64 * 1024 * 1024);
    server?.close();
    await expect(ask((_request, response) => streamed(response, 64, '.'))).rejects.toThrow('the answer has more than 67108864 bytes');
  });

  it('that nobody answers fails as Node says', async () => {
    await expect(exchange({ method: 'GET', to: { protocol: 'http:', hostname: '127.0.0.1', port: 9 }, path: '/', headers: {}, body: undefined, agent, timeoutMs: 10_000 })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
