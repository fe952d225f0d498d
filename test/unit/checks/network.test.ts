import { expect, it } from 'vitest';
import type { HttpAnswer } from '../../../src/checks/kit/http.ts';
import { BudgetSpent, Interrupted, interruptible, realClock, within } from '../../../src/checks/kit/network.ts';
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

it('a network with a budget sends so many requests, as bytes too, and counts those that it does not send', async () => {
  let sent = 0;
  const count = (): Promise<HttpAnswer> => {
    sent += 1;
    return Promise.resolve(answer);
  };
  const bounded = within({ send: count, sendBytes: count, openStore: () => Promise.reject(new Error('no store')), clock: realClock }, 2);
  expect(await bounded.send(request)).toBe(answer);
  expect(await bounded.sendBytes(request.url, '')).toBe(answer);
  expect(bounded.refused()).toBe(0);
  await expect(bounded.send(request)).rejects.toBeInstanceOf(BudgetSpent);
  await expect(bounded.sendBytes(request.url, '')).rejects.toBeInstanceOf(BudgetSpent);
  expect([sent, bounded.refused()]).toEqual([2, 2]);
});
