import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { sendBytes } from '../../../src/checks/kit/bytes.ts';

/** A server that says one thing to whatever comes, and hangs up. */
const startSpeaker = async (says: string): Promise<string> => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(says));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
};

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n';
const REFUSED = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n';

it.each([
  ['the answer', 403, REFUSED],
  ['the answer after one that asks for the body', 403, `${CONTINUE}${REFUSED}`],
  ['the answer after several interim ones', 403, `${HINTS}${CONTINUE}${REFUSED}`],
  ['the interim one where no other came', 100, CONTINUE],
  ['101, which is an answer', 101, 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'],
  ['the first of two', 200, `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n${REFUSED}`],
  ['nothing that is no HTTP', 0, 'SSH-2.0\r\n'],
])('the status is that of %s', async (...[, status, says]) => expect((await sendBytes(await startSpeaker(says), 'GET / HTTP/1.1\r\n\r\n')).status).toBe(status));
