import { describe, expect, it } from 'vitest';
import { createKit } from '../../../src/checks/kit/index.ts';
import type { Fixtures } from '../../../src/checks/kit/fixtures/index.ts';
import type { Store } from '../../../src/checks/kit/store.ts';
import { withStore } from '../../../src/checks/kit/store.ts';
import { protectedReads } from '../../../src/checks/refuses.ts';
import { loadExample } from './worlds/examples.ts';
import { answerOf } from './worlds/incoming.ts';

/** How long each of several requests waits, when these milliseconds go by before it. */
const waits = async (rate: number, pauses: readonly number[]): Promise<readonly number[]> => {
  const blueprint = await loadExample('sso');
  const [subject] = protectedReads(blueprint);
  if (subject === undefined) throw new Error('sso has no read');
  let time = 1_000_000;
  let waited = 0;
  const wait = (milliseconds: number): Promise<void> => {
    time += milliseconds;
    waited += milliseconds;
    return Promise.resolve();
  };
  const network = { send: () => Promise.resolve(answerOf(401)), sendBytes: () => Promise.resolve(answerOf(400)), openStore: () => Promise.reject(new Error('there is no store')), clock: { now: () => time, wait } };
  const kit = createKit({ blueprint, network, providers: [], disruptive: false, local: false, harness: undefined, fixtures: {} as Fixtures, rate });
  const each: number[] = [];
  for (const pause of pauses) {
    time += pause;
    waited = 0;
    await kit.call(subject, { label: 'no token', unwatched: true });
    each.push(waited);
  }
  return each;
};

describe('the requests of a run', () => {
  it.each<readonly [string, number, readonly number[], readonly number[]]>([
    ['come evenly, however fast they are asked for', 4, [0, 0, 0, 0], [0, 250, 250, 250]],
    ['wait for what is left of their turn', 4, [0, 100, 50], [0, 150, 200]],
    ['do not wait when their turn is over, and have nothing saved up then', 4, [0, 1000, 0, 0], [0, 0, 250, 250]],
    ['are early by less than a tenth of a second, and wait for all of that', 20, [0, 0, 0, 0, 0], [0, 0, 100, 0, 100]],
    ['do not wait for less', 11, [0, 0], [0, 0]],
    ['wait for that much', 10, [0, 0], [0, 100]],
    ['never wait where nothing bounds them', Infinity, [0, 0, 0], [0, 0, 0]],
  ])('%s', async (_how, rate, pauses, expected) => expect(await waits(rate, pauses)).toEqual(expected));
});

describe('a connection to a store', () => {
  const closedAfter = async (work: (store: Store) => Promise<string>): Promise<readonly unknown[]> => {
    const done: string[] = [];
    const open = (url: string) => Promise.resolve({ ask: () => Promise.resolve(`asked ${url}`), close: () => void done.push('closed') });
    const result = await withStore(open, 'redis://store', async (store) => work(store).finally(() => done.push('worked'))).catch((thrown: unknown) => String(thrown));
    return [result, done];
  };

  it('ends when its work is done, and when that fails', async () => {
    expect(await closedAfter(async ({ ask }) => String(await ask('PING')))).toEqual(['asked redis://store', ['worked', 'closed']]);
    expect(await closedAfter(() => Promise.reject(new Error('no')))).toEqual(['Error: no', ['worked', 'closed']]);
  });
});
