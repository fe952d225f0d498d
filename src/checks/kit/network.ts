import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { createSender } from './http.ts';
import type { HttpAnswer, Send, ShownTls } from './http.ts';
import { sendBytes } from './bytes.ts';
import { openStore } from './store.ts';
import type { OpenStore } from './store.ts';

export interface Clock {
  /** Milliseconds since 1970, which only grow. */
  readonly now: () => number;
  /** Ends early when `signal` says so. */
  readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/**
 * Everything by which a run reaches the world. Checks and the rest of the kit know no other way, so a test can hand them a world of its own,
 * and what holds for one request (no redirect is followed, a credential goes nowhere else) holds for all.
 */
export interface Network {
  readonly send: Send;
  /** Writes bytes as they are to the server of a URL. */
  readonly sendBytes: (address: string, bytes: string, tls?: ShownTls) => Promise<HttpAnswer>;
  readonly openStore: OpenStore;
  readonly clock: Clock;
}

const unlessAborted = (signal: AbortSignal | undefined) => (thrown: unknown): void => {
  if (signal?.aborted !== true) throw thrown;
};

export const realClock: Clock = { now: () => performance.timeOrigin + performance.now(), wait: (milliseconds, signal) => pause(milliseconds, undefined, signal && { signal }).catch(unlessAborted(signal)) };

export const realNetwork = (): Network & { readonly close: () => void } => {
  const { send, close } = createSender();
  return { send, sendBytes, openStore, clock: realClock, close };
};

/** The run was told to stop: what was under way is not judged. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** As many requests were sent as may be: this one was not. */
export class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent';
}

/** The same network for so many requests, and no more. `refused` counts those that were not sent any more. */
export const within = (network: Network, budget: number): Network & { readonly refused: () => number } => {
  let left = budget;
  let refused = 0;
  const spend = async <T>(work: () => Promise<T>): Promise<T> => {
    if (left <= 0) {
      refused += 1;
      throw new BudgetSpent(`the budget of ${budget} requests is spent`);
    }
    left -= 1;
    return work();
  };
  return {
    ...network,
    send: (request) => spend(() => network.send(request)),
    sendBytes: (address, bytes, tls) => spend(() => network.sendBytes(address, bytes, tls)),
    refused: () => refused,
  };
};

/**
 * The same network until `signal` says stop: then nothing more is sent, and nobody waits. What had been sent by then may still be done by the
 * server: `settled` waits until nothing is on its way, so that what is taken away afterwards stays away.
 */
export const interruptible = (network: Network, signal: AbortSignal | undefined): Network & { readonly settled: () => Promise<void> } => {
  if (!signal) return { ...network, settled: () => Promise.resolve() };
  // Each wait listens to it for as long as it takes: many at once are no leak.
  setMaxListeners(0, signal);
  // Not a race with one promise for the whole run: that would keep something of every request until its end.
  const waiting = new Set<(stopped: Interrupted) => void>();
  signal.addEventListener('abort', () => { for (const stop of waiting) stop(new Interrupted()); }, { once: true });
  const until = <T>(work: () => Promise<T>): Promise<T> =>
    new Promise((settle, fail) => {
      if (signal.aborted) return fail(new Interrupted());
      waiting.add(fail);
      void work().then(settle, fail).finally(() => waiting.delete(fail));
    });
  const onTheirWay = new Set<Promise<HttpAnswer>>();
  const followed = async (sent: Promise<HttpAnswer>): Promise<HttpAnswer> => {
    onTheirWay.add(sent);
    try {
      return await sent;
    } finally {
      onTheirWay.delete(sent);
    }
  };
  return {
    send: (request) => until(() => followed(network.send(request))),
    sendBytes: (address, bytes, tls) => until(() => network.sendBytes(address, bytes, tls)),
    openStore: network.openStore,
    clock: { now: network.clock.now, wait: (milliseconds) => until(() => network.clock.wait(milliseconds, signal)) },
    settled: async () => {
      await Promise.allSettled(onTheirWay);
    },
  };
};
