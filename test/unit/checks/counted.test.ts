import { expect, it } from 'vitest';
import { keyWays } from '../../../src/checks/groups/key-flood.ts';
import { limits } from '../../../src/checks/groups/pos-limits.ts';
import { answerOf } from './worlds/incoming.ts';
import { loadExample } from './worlds/examples.ts';
import { createWorld } from './worlds/world.ts';
import type { Sin } from './worlds/world.ts';

/** A gateway that has counted enough, the first times that anybody asks. */
const full = (times: number, after: string): Sin => {
  let asked = 0;
  return {
    answer: (place, request, right) => {
      if (place !== 'kong' || !request.path.startsWith('/v1/')) return right();
      asked += 1;
      return asked <= times ? answerOf(429, { message: 'API rate limit exceeded' }, { 'retry-after': after }) : right();
    },
  };
};
const verdicts = async (sin: Sin) => (await createWorld(await loadExample('routes'), sin).verify(limits.filter(({ id }) => id === 'POS-12'))).map(({ status }) => status);

it.each([
  ['is waited for, for as long as it says', 2, '1', ['passed', 'passed']],
  ['is not waited for all day', 1, '3600', ['inconclusive', 'passed']],
  ['is not asked for ever', 50, '1', ['inconclusive', 'inconclusive']],
])('a gateway whose bound is used up %s', async (_what, times, after, expected) => {
  expect((await verdicts(full(times, after))).toSorted()).toEqual(expected.toSorted());
});

/** A stage of API Gateway whose bucket is empty, the first times; it says so and names no time. */
const empty = (times: number): Sin => {
  let asked = 0;
  return {
    answer: (place, _request, right) => {
      if (place !== 'aws') return right();
      asked += 1;
      return asked <= times ? answerOf(429, { message: 'Too Many Requests' }) : right();
    },
  };
};

it.each([
  ['is waited for', 2, 'passed'],
  ['is not asked for ever', 100_000, 'inconclusive'],
])('a stage of API Gateway that takes no more requests for the moment %s', async (_what, times, expected) => {
  const verdicts = await createWorld(await loadExample('aws'), empty(times)).verify(keyWays.filter(({ id }) => id === 'KEY-13'));
  expect([...new Set(verdicts.map(({ status }) => status))]).toEqual([expected]);
});
