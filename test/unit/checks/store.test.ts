import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { dump, openStore, withStore } from '../../../src/checks/kit/store.ts';
import { problemsOf } from '../../../src/core/problem.ts';

const text = (value: string): string => `$${Buffer.byteLength(value, 'latin1')}\r\n${value}\r\n`;
const list = (...items: readonly string[]): string => `*${items.length}\r\n${items.join('')}`;

/** A store that answers each command by its first words, and writes down what was asked. */
const startStore = async (answers: Readonly<Record<string, string>>): Promise<{ readonly address: string; readonly asked: readonly string[] }> => {
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    let buffer = '';
    socket.setEncoding('latin1').on('data', (piece: string) => {
      buffer += piece;
      for (let whole = /^\*(\d+)\r\n/.exec(buffer); whole; whole = /^\*(\d+)\r\n/.exec(buffer)) {
        const words: string[] = [];
        let at = whole[0].length;
        for (let left = Number(whole[1]); left > 0; left -= 1) {
          const [head = '', size = '0'] = /^\$(\d+)\r\n/.exec(buffer.slice(at)) ?? [];
          words.push(buffer.slice(at + head.length, at + head.length + Number(size)));
          at += head.length + Number(size) + 2;
        }
        buffer = buffer.slice(at);
        const command = words.join(' ');
        asked.push(command);
        const found = Object.keys(answers).find((start) => command.startsWith(start));
        socket.write(found === undefined ? '+OK\r\n' : answers[found]!, 'latin1');
      }
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(() => void server.close());
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
};

it('logs in, chooses the database, and says nothing else of its own accord', async () => {
  const { address, asked } = await startStore({ PING: '+PONG\r\n' });
  const answer = await withStore(openStore, `redis://us%65r:p%40ss@${address}/3`, ({ ask }) => ask('PING'));
  expect([answer, [...asked].toSorted()]).toEqual(['PONG', ['AUTH user p@ss', 'PING', 'SELECT 3']]);
});

it('reads every text of a store as its bytes, and how long each has left', async () => {
  const { address } = await startStore({
    'SCAN 0': list(text('7'), list(text('a'), text('list'))),
    'SCAN 7': list(text('0'), list(text('b'))),
    'TYPE list': '+list\r\n', 'TYPE': '+string\r\n',
    'GET a': text('\xff\x00eyJ'), 'GET b': '$-1\r\n', 'TTL a': ':12\r\n', 'TTL b': ':-2\r\n',
  });
  expect(await withStore(openStore, `redis://${address}`, dump)).toEqual([{ key: 'a', value: '\xff\x00eyJ', seconds: 12 }]);
});

it('names the command that failed and none of its arguments', async () => {
  const { address } = await startStore({ CONFIG: '-NOPERM no\r\n' });
  const failures = async (url: string): Promise<unknown> =>
    withStore(openStore, url, ({ ask }) => ask('CONFIG', 'SET', 'requirepass', 'hidden')).catch((thrown: unknown) => problemsOf(thrown)?.map(({ code, message }) => `${code} ${message}`));
  expect(await failures(`redis://${address}`)).toEqual(['VERIFY_STORE the session store did not answer CONFIG: NOPERM no']);
  expect(await failures('redis://127.0.0.1:1')).toEqual(['VERIFY_STORE the session store did not answer a connection: ECONNREFUSED']);
});
