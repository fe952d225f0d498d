import { EventEmitter } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { endingAtOnce, interruptible } from '../../../src/cli/signals.ts';
import type { ProcessLike } from '../../../src/cli/terminal.ts';

const fake = () => {
  const signals = new EventEmitter();
  const killed: unknown[] = [];
  const process = Object.assign(signals, { pid: 7, kill: (...how: unknown[]) => killed.push(how) }) as unknown as ProcessLike;
  const listeners = (): readonly number[] => (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => signals.listenerCount(signal));
  return { signals, process, killed, listeners };
};
const send = (signals: EventEmitter, signal: string): boolean => signals.emit(signal, signal);

describe('Ctrl-C, where nothing is written to a server,', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('tidies up and ends the process by the very signal (%s)', (signal) => {
    const { signals, process, killed, listeners } = fake();
    const told: string[] = [];
    endingAtOnce(process, () => void told.push(`tidied up, with ${String(listeners())} listening`));
    send(signals, signal);
    expect([told, killed]).toEqual([['tidied up, with 0,0,0 listening'], [[7, signal]]]);
  });

  it('is nobody’s business any more when the command has ended', () => {
    const { process, listeners } = fake();
    endingAtOnce(process, () => { throw new Error('nobody asked'); }).stop();
    expect(listeners()).toEqual([0, 0, 0]);
  });
});

describe('Ctrl-C', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('ends the work in order, and once more takes nothing from an answer that is being written (%s)', async (signal) => {
    const { signals, process, killed, listeners } = fake();
    const told: string[] = [];
    const answer = await interruptible(process, { interrupt: () => void told.push('interrupted') }, () => {
      send(signals, signal);
      return Promise.resolve('done');
    });
    send(signals, 'SIGTERM');
    expect([answer, told, killed]).toEqual(['done', ['interrupted'], []]);
    // Nobody listens any more: the next one ends the process.
    expect(listeners()).toEqual([0, 0, 0]);
  });

  it('for the second time ends the process at once; what comes in the same moment is the same one, handed on', async () => {
    const { signals, process, killed, listeners } = fake();
    const told: string[] = [];
    let clock = 1000;
    await interruptible(process, { interrupt: () => void told.push('interrupted'), giveUp: () => void told.push('again'), now: () => clock }, () => {
      send(signals, 'SIGINT');
      clock += 299;
      send(signals, 'SIGINT');
      expect([told, killed]).toEqual([['interrupted'], []]);
      clock += 1;
      send(signals, 'SIGTERM');
      // With nobody listening the signal does what it does.
      expect([told, killed, listeners()]).toEqual([['interrupted', 'again'], [[7, 'SIGTERM']], [0, 0, 0]]);
      return Promise.resolve();
    });
  });

  it('is not lost where it is on its way when the work begins', async () => {
    const killed: unknown[] = [];
    const listening: [NodeJS.Signals, NodeJS.SignalsListener][] = [];
    const real = {
      pid: process.pid,
      on: (...one: [NodeJS.Signals, NodeJS.SignalsListener]) => { listening.push(one); process.on(...one); },
      off: (...one: [NodeJS.Signals, NodeJS.SignalsListener]) => process.off(...one),
      kill: (...how: unknown[]) => killed.push(how),
    } as unknown as ProcessLike;
    const before = endingAtOnce(real, () => { throw new Error('the work has begun'); });
    // Node hears of it in the next turn of its loop.
    process.kill(process.pid, 'SIGHUP');
    let heard = 'lost';
    const over = new AbortController();
    const work = (): Promise<void> => wait(2000, undefined, { signal: over.signal }).catch(() => undefined);
    await interruptible(real, { insteadOf: before, interrupt: () => { heard = 'interrupted'; over.abort(); } }, work);
    for (const one of listening) process.off(...one);
    expect([heard, killed]).toEqual(['interrupted', []]);
  });

  it('ends the process again after a failure, too', async () => {
    const { signals, process } = fake();
    await expect(interruptible(process, { interrupt: () => undefined }, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(signals.listenerCount('SIGINT')).toBe(1);
    signals.emit('SIGINT');
    expect(signals.listenerCount('SIGINT')).toBe(0);
  });
});
