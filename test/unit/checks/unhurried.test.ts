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

/** A check of sessions on a machine that, so many times, needs longer for a first request after a pause than a session may go unused; or at a service that renews none. */
const judgedSession = async (id: string, pauses: number, renews = true): Promise<readonly string[]> => {
  let [left, last] = [pauses, Infinity];
  const world = createWorld(await loadExample('session'), {
    answer: (place, request, right, { now, advance }) => {
      const paused = place === 'kong' && request.header('cookie') !== undefined && now() - last >= 500;
      if (paused && left > 0) {
        left -= 1;
        advance(13_000);
      }
      const answer = paused && !renews ? answerOf(401, {}) : right();
      last = now();
      return answer;
    },
  });
  const verdicts = await world.verify(checks.filter((check) => check.id === id));
  return [...new Set(verdicts.map(({ status: is, why }) => (why === undefined ? is : `${is}: ${why}`)))];
};

describe('a session that is used in time', () => {
  const late = 'inconclusive: the answers took as long as a session may go unused, so that it may have ended for that';

  it.each(['SES-26', 'SES-05'])('may have ended where the machine was too busy to use it in time, and another one is used by %s', async (id) => {
    expect(await judgedSession(id, 2)).toEqual(['passed']);
  });

  it.each(['SES-26', 'SES-05'])('is not judged by %s where it never comes to be used in time', async (id) => {
    expect(await judgedSession(id, Infinity)).toEqual([late]);
  });

  it.each(['SES-26', 'SES-05'])('and has ended all the same fails %s', async (id) => {
    expect(await judgedSession(id, 0, false)).toEqual([expect.stringMatching(id === 'SES-26' ? /^failed: 1 of 20 were refused at the first renewal/ : /^failed: a session in use ended after/)]);
  });
});
