import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { markOf, processorSeconds } from '../../../src/stack/identity.ts';
import { patience, progressOf } from '../../../src/stack/patience.ts';
import { temporaryDir } from './temporary.ts';

const MINUTE = 60_000;

describe('what starts is waited for', () => {
  it('for its time, when nothing is seen of it', () => {
    const wait = patience(180, 0);
    expect([wait(0, { said: 0, worked: 0 }), wait(3 * MINUTE, { said: 0, worked: 0 }), wait(3 * MINUTE + 1, { said: 0, worked: 0 })]).toEqual([true, true, false]);
  });

  it('longer, while its log grows', () => {
    const wait = patience(180, 0);
    expect([1, 2, 3, 4, 5, 6].map((minutes) => wait(minutes * 2 * MINUTE, { said: minutes * 100, worked: 0 }))).toEqual([true, true, true, true, true, true]);
    expect(wait(16 * MINUTE, { said: 600, worked: 0 })).toBe(false);
  });

  it('longer, while it works without a word, and not because it only waits', () => {
    const [works, waits] = [patience(180, 0), patience(180, 0)];
    const seen = (wait: ReturnType<typeof patience>, eachMinute: number): readonly boolean[] =>
      [1, 2, 3, 4, 5, 6].map((minutes) => wait(minutes * MINUTE, { said: 0, worked: minutes * eachMinute }));
    expect(seen(works, 4)).toEqual([true, true, true, true, true, true]);
    expect(seen(waits, 0.3)).toEqual([true, true, true, false, false, false]);
  });

  it('not for ever, when it goes round in circles', () => {
    const wait = patience(180, 0);
    const answers = Array.from({ length: 33 }, (_, minute) => wait(minute * MINUTE, { said: minute, worked: minute * 60 }));
    expect(answers.indexOf(false)).toBe(31);
  });
});

describe('the progress of a process', () => {
  it('is what it has said, and what it has had of the processor', () => {
    const log = join(temporaryDir(), 'log');
    const mark = markOf(process.pid) ?? { pid: 0, born: '' };
    expect(progressOf({ log, mark }).said).toBe(0);
    appendFileSync(log, 'three');
    const { said, worked } = progressOf({ log, mark });
    expect(said).toBe(5);
    const { user, system } = process.cpuUsage();
    if (process.platform === 'linux') expect(Math.abs(worked - (user + system) / 1e6)).toBeLessThan(1);
    expect(processorSeconds(2 ** 30)).toBe(0);
  });
});
