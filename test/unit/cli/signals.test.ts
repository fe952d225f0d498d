import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { interruptible } from '../../../src/cli/signals.ts';
import type { ProcessLike } from '../../../src/cli/terminal.ts';

const fake = () => {
  const signals = new EventEmitter();
  return { signals, process: signals as unknown as ProcessLike };
};

describe('Ctrl-C', () => {
  it('is told each time while the work runs, and once more takes nothing from an answer that is being written', async () => {
    const { signals, process } = fake();
    const told: string[] = [];
    const answer = await interruptible(process, () => void told.push('interrupted'), () => {
      signals.emit('SIGINT');
      signals.emit('SIGINT');
      return Promise.resolve('done');
    });
    signals.emit('SIGTERM');
    expect([answer, told]).toEqual(['done', ['interrupted', 'interrupted']]);
    // Nobody listens any more: the next one ends the process.
    expect([signals.listenerCount('SIGINT'), signals.listenerCount('SIGTERM')]).toEqual([0, 0]);
  });

  it('ends the process again after a failure, too', async () => {
    const { signals, process } = fake();
    await expect(interruptible(process, () => undefined, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(signals.listenerCount('SIGINT')).toBe(1);
    signals.emit('SIGINT');
    expect(signals.listenerCount('SIGINT')).toBe(0);
  });
});
