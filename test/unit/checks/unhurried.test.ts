import { describe, expect, it } from 'vitest';
import { checks } from '../../../src/checks/catalogue.ts';
import { loadExample } from './worlds/examples.ts';
import { answerOf } from './worlds/incoming.ts';
import { createWorld } from './worlds/world.ts';

/** SIG-15 before a gateway that takes its time for the first such tokens, as many as are said, or answers them in another way. */
const judged = async (slow: number, status = 401): Promise<readonly string[]> => {
  let left = slow;
  const world = createWorld(await loadExample('sso'), {
    answer: (_place, request, right) => {
      const answer = right();
      if (!/^Bearer eyJhbGciOiJQQkVT/.test(request.header('authorization') ?? '') || left === 0) return answer;
      left -= 1;
      return { ...(status === 401 ? answer : answerOf(status, {})), milliseconds: 3000 };
    },
  });
  const verdicts = await world.verify(checks.filter(({ id }) => id === 'SIG-15'));
  return [...new Set(verdicts.map(({ status: is, why }) => (why === undefined ? is : `${is}: ${why}`)))];
};

describe('a refusal that must come soon', () => {
  it('may be late where the machine is busy, and is asked for again', async () => {
    expect(await judged(2)).toEqual(['passed']);
  });

  it('is late where it is so each time', async () => {
    expect(await judged(Infinity)).toEqual(['failed: refused after 3000 ms, more than 1000 ms']);
  });

  it('is none where it was late and something else', async () => {
    expect(await judged(Infinity, 500)).toEqual(['crashed: a 500 is a crash, not a refusal']);
  });
});
