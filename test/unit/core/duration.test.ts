import { describe, expect, it } from 'vitest';
import { secondsOf } from '../../../src/core/duration.ts';

describe('a duration', () => {
  it.each([
    ['1s', 1],
    ['90s', 90],
    ['5m', 300],
    ['10h', 36_000],
    ['30d', 2_592_000],
    ['999999999s', 999_999_999],
  ])('%s is %d seconds', (text, seconds) => {
    expect(secondsOf(text)).toBe(seconds);
  });

  it.each(['', 's', '5', '0s', '05m', '-5m', '1.5h', '100ms', '5 m', ' 5m', '5m ', '5m\n', '5M', '5w', '1e3s', '1000000000s'])('%j is none', (text) => {
    expect(secondsOf(text)).toBeUndefined();
  });
});
