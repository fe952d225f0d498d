import { describe, expect, it } from 'vitest';
import { checks } from '../../../src/checks/catalogue.ts';
import { CHECK_HEADER } from '../../../src/checks/kit/http.ts';
import { loadExample } from './worlds/examples.ts';
import { answerOf } from './worlds/incoming.ts';
import { createWorld } from './worlds/world.ts';

/** OPQ-13 before a gateway that answers the first requests of a herd, as many as are said, with a status of its own. */
const herd = async (status: number, times: number): Promise<readonly string[]> => {
  let left = times;
  const world = createWorld(await loadExample('opaque'), {
    answer: (place, request, right) => {
      if (place !== 'kong' || request.header(CHECK_HEADER.toLowerCase()) !== 'herd' || left === 0) return right();
      left -= 1;
      return answerOf(status, {});
    },
  });
  const verdicts = await world.verify(checks.filter(({ id }) => id === 'OPQ-13'));
  return [...new Set(verdicts.map((verdict) => `${verdict.status} ${verdict.why ?? ''}`.trim()))];
};

describe('a herd of requests with a fresh token', () => {
  it.each([
    ['passes where all of them do', 503, 0, ['passed']],
    ['comes again where the issuer did not answer in time', 503, 3, ['passed']],
    ['says nothing of a gateway whose issuer never does', 503, Infinity, ['inconclusive the gateway answered 503 three times: the issuer did not answer it in time']],
    ['is refused', 401, Infinity, ['failed got 401']],
    ['brings a gateway down', 500, Infinity, ['crashed got 500']],
    ['gets no answer', 0, Infinity, ['crashed got 0']],
  ] as const)('%s', async (_what, status, times, told) => {
    expect(await herd(status, times)).toEqual(told);
  });
});
