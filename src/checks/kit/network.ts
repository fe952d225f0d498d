import { setTimeout as pause } from 'node:timers/promises';
import { createSender } from './http.ts';
import type { HttpAnswer, Send } from './http.ts';
import { sendBytes } from './bytes.ts';
import { openStore } from './store.ts';
import type { OpenStore } from './store.ts';

export interface Clock {
  /** Milliseconds since 1970, which only grow. */
  readonly now: () => number;
  readonly wait: (milliseconds: number) => Promise<void>;
}

/**
 * Everything by which a run reaches the world. Checks and the rest of the kit know no other way, so a test can hand them a world of its own,
 * and what holds for one request (no redirect is followed, a credential goes nowhere else) holds for all.
 */
export interface Network {
  readonly send: Send;
  /** Writes bytes as they are to the server of a URL. */
  readonly sendBytes: (address: string, bytes: string) => Promise<HttpAnswer>;
  readonly openStore: OpenStore;
  readonly clock: Clock;
}

export const realClock: Clock = { now: () => performance.timeOrigin + performance.now(), wait: (milliseconds) => pause(milliseconds) };

export const realNetwork = (): Network & { readonly close: () => void } => {
  const { send, close } = createSender();
  return { send, sendBytes, openStore, clock: realClock, close };
};
