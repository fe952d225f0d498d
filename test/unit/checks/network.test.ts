import { expect, it } from 'vitest';
import type { HttpAnswer } from '../../../src/checks/kit/http.ts';
import { Interrupted, interruptible, realClock } from '../../../src/checks/kit/network.ts';
import type { Network } from '../../../src/checks/kit/network.ts';

const answer: HttpAnswer = { status: 201, headers: {}, setCookies: [], body: '', milliseconds: 1 };
const request = { url: 'http://127.0.0.1:1/', method: 'POST', headers: [] } as const;

it('an interrupted network sends nothing more, and settles when the server has answered what was on its way', async () => {
  const sent: string[] = [];
  let answered = (_: HttpAnswer): void => undefined;
  const network: Network = {
    send: ({ url }) => new Promise((resolve) => {
      sent.push(url);
      answered = resolve;
    }),
    sendBytes: () => Promise.resolve(answer),
    openStore: () => Promise.reject(new Error('no store')),
    clock: realClock,
  };
  const stop = new AbortController();
  const stoppable = interruptible(network, stop.signal);
  const asked = stoppable.send(request);
  stop.abort();
  await expect(asked).rejects.toBeInstanceOf(Interrupted);
  await expect(stoppable.send(request)).rejects.toBeInstanceOf(Interrupted);
  expect(sent).toHaveLength(1);

  let settled = false;
  const waiting = stoppable.settled().then(() => { settled = true; });
  await Promise.resolve();
  expect(settled).toBe(false);
  answered(answer);
  await waiting;
  expect(settled).toBe(true);
});
