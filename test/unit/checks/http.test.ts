import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createSender } from '../../../src/checks/kit/http.ts';

/** A server that answers the first `answered` requests of each connection, and closes it on the next one without a word. */
const startForgetful = async (answered: number): Promise<{ readonly url: string; readonly connections: () => number }> => {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    let left = answered;
    socket.on('error', () => undefined);
    socket.on('data', () => {
      if (left === 0) socket.resetAndDestroy();
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      left -= 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, connections: () => connections };
};

const statuses = async (url: string, count: number): Promise<readonly number[]> => {
  const { send, close } = createSender();
  const found: number[] = [];
  for (let sent = 0; sent < count; sent += 1) found.push((await send({ url, method: 'GET', headers: [] })).status);
  close();
  return found;
};

it('sends a request again, once, when a kept connection was closed under it', async () => {
  const { url, connections } = await startForgetful(1);
  expect([await statuses(url, 3), connections()]).toEqual([[200, 200, 200], 3]);
});

it('calls it no answer when a new connection is closed', async () => {
  const { url, connections } = await startForgetful(0);
  expect([await statuses(url, 2), connections()]).toEqual([[0, 0], 2]);
});

it.each([
  ['agrees to another protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n', 101],
  ['ends within its answer', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', 0],
  ['ends without an answer', '', 0],
])('waits for nothing more from a server that %s', async (_what, answer, status) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { send, close } = createSender();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const headers = [['Connection', 'Upgrade, HTTP2-Settings'], ['Upgrade', 'h2c'], ['HTTP2-Settings', 'AAMAAABk']] as const;
  expect(await send({ url, method: 'GET', headers })).toMatchObject({ status });
  close();
});

it('says who it is, unless a check says otherwise', async () => {
  const seen: unknown[] = [];
  const server = createHttpServer((request, response) => {
    seen.push(request.headers['user-agent']);
    response.end();
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(() => void server.close());
  const { send, close } = createSender();
  onTestFinished(close);
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  await send({ url, method: 'GET', headers: [] });
  await send({ url, method: 'GET', headers: [['user-agent', 'its-owner/1']] });
  expect(seen).toEqual([expect.stringMatching(/^authctl\/\d+\.\d+\.\d+ \(\+verify\)$/), 'its-owner/1']);
});
