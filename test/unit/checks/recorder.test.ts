import { describe, expect, it } from 'vitest';
import type { Service } from '../../../src/blueprint/types.ts';
import { createRecorders } from '../../../src/checks/kit/recorder.ts';
import { problemsOf } from '../../../src/core/problem.ts';

const at = { file: 'shop.yaml', line: 4, column: 1 };
const service = { id: 'orders', recorder: 'http://recorder', at } as unknown as Service;
const call = { method: 'GET', path: '/orders', headers: {} };
interface Tally {
  readonly calls: readonly object[];
  readonly unattributed: number;
  readonly dropped: number;
}
const quiet: Tally = { calls: [], unattributed: 0, dropped: 0 };

/** What comes of watching a request when the recorder tells these things one after the other. */
const outcome = async (...told: readonly (Partial<Tally> | string)[]): Promise<unknown> => {
  const left = [...told];
  const { watch } = createRecorders(() => {
    const next = left.length > 1 ? left.shift() : left[0];
    const body = typeof next === 'string' ? next : JSON.stringify({ ...quiet, ...next });
    return Promise.resolve({ status: body === '' ? 503 : 200, headers: {}, setCookies: [], body, milliseconds: 1 });
  });
  try {
    const calls = await (await watch(service))('c1');
    return calls;
  } catch (thrown) {
    return problemsOf(thrown)?.map(({ code, message }) => `${code}: ${message}`);
  }
};
const blind = (why: string): readonly string[] => [`VERIFY_RECORDER_BLIND: whether orders was called is not known: ${why}`];

describe('a recorder of calls', () => {
  it('tells the calls of a request, and that there were none', async () => {
    expect(await outcome({}, { calls: [call] })).toEqual([call]);
    expect(await outcome({ unattributed: 3, dropped: 7 }, { unattributed: 3, dropped: 7 })).toEqual([]);
  });

  it('does not prove that nothing came while calls without an id came, or calls were forgotten', async () => {
    expect(await outcome({ unattributed: 3 }, { unattributed: 5 })).toEqual(blind('2 calls without a check id came meanwhile'));
    expect(await outcome({ dropped: 0 }, { dropped: 1 })).toEqual(blind('its recorder forgot 1 calls meanwhile'));
  });

  it('proves what it has seen, whatever else came', async () => {
    expect(await outcome({}, { calls: [call], unattributed: 1, dropped: 1 })).toEqual([call]);
  });

  it('proves nothing by an answer that is none', async () => {
    expect(await outcome({}, '')).toEqual(blind('its recorder answered 503'));
    for (const body of ['<html>', '[]', '{}', '{"calls":[]}', '{"calls":[],"unattributed":"0","dropped":0}', '{"calls":[],"unattributed":-1,"dropped":0}', '{"calls":[],"unattributed":0,"dropped":0.5}', '{"calls":{},"unattributed":0,"dropped":0}'])
      expect(await outcome({}, body)).toEqual(blind('its recorder tells something else'));
  });

  it('is asked nothing about a service without one', async () => {
    const { watch } = createRecorders(() => Promise.reject(new Error('asked')));
    expect(await (await watch({ id: 'orders', at } as unknown as Service))('c1')).toBeUndefined();
  });

  it('is asked once about several requests, and one that knows a single id alone is asked about each', async () => {
    const of = (check: string): object => ({ ...call, check });
    const told = async (answer: (ids: readonly string[]) => object): Promise<readonly unknown[]> => {
      let asked = 0;
      const { watchAll } = createRecorders(({ url }) => {
        asked += 1;
        const ids = new URL(url).searchParams.getAll('check');
        return Promise.resolve({ status: 200, headers: {}, setCookies: [], body: JSON.stringify({ ...quiet, ...answer(ids) }), milliseconds: 1 });
      });
      const seen = await (await watchAll(service))(['one', 'two', 'three']);
      return [...seen.map((calls) => (Array.isArray(calls) ? calls.length : calls)), asked];
    };
    const calls = [of('one'), of('three'), of('one, three')];
    expect(await told((ids) => ({ checks: ids, calls }))).toEqual([2, 0, 2, 2]);
    expect(await told(([id = '']) => ({ calls: calls.filter(({ check }: { check?: string }) => check?.includes(id)) }))).toEqual([2, 0, 2, 5]);
  });

  it('is asked one thing at a time: what is asked meanwhile goes with the next question, up to a hundred ids', async () => {
    const questions: (readonly string[])[] = [];
    let underWay = 0;
    const { watchAll } = createRecorders(async ({ url }) => {
      expect((underWay += 1)).toBe(1);
      const checks = new URL(url).searchParams.getAll('check');
      questions.push(checks);
      await new Promise(setImmediate);
      underWay -= 1;
      return { status: 200, headers: {}, setCookies: [], body: JSON.stringify({ ...quiet, checks, calls: checks.filter((id) => id !== 'b').map((check) => ({ ...call, check })) }), milliseconds: 1 };
    });
    const count = async (ids: readonly string[]) => (await (await watchAll(service))(ids)).map((calls) => (Array.isArray(calls) ? calls.length : calls));
    expect(await Promise.all([count(['a']), count(['b', 'c'])])).toEqual([[1], [0, 1]]);
    expect(questions).toEqual([['none'], ['a', 'b', 'c']]);
    const many = Array.from({ length: 60 }, (_, at) => `m${at}`);
    expect((await Promise.all([count(many), count(many)])).flat()).toEqual([...many, ...many].map(() => 1));
    expect(questions.slice(2).map(({ length }) => length)).toEqual([60, 60]);
  });

  it('leaves everybody in the dark who asked with the question that was not answered, and nobody who asks later', async () => {
    let asked = 0;
    const { watch } = createRecorders(({ url }) => {
      asked += 1;
      const checks = new URL(url).searchParams.getAll('check');
      return Promise.resolve({ status: asked === 2 ? 503 : 200, headers: {}, setCookies: [], body: JSON.stringify({ ...quiet, checks }), milliseconds: 1 });
    });
    const two = await Promise.all([watch(service), watch(service)]);
    const lost = await Promise.allSettled(two.map((seen) => seen('one')));
    expect(lost.map((one) => one.status === 'rejected' && problemsOf(one.reason)?.map(({ code }) => code))).toEqual([['VERIFY_RECORDER_BLIND'], ['VERIFY_RECORDER_BLIND']]);
    expect(await (await watch(service))('three')).toEqual([]);
  });

  it('says of each of several requests whether it is known', async () => {
    let unattributed = 0;
    const { watchAll } = createRecorders(({ url }) => {
      const checks = new URL(url).searchParams.getAll('check');
      return Promise.resolve({ status: 200, headers: {}, setCookies: [], body: JSON.stringify({ calls: checks.includes('one') ? [{ ...call, check: 'one' }] : [], checks, unattributed: unattributed++, dropped: 0 }), milliseconds: 1 });
    });
    const [one, two] = await (await watchAll(service))(['one', 'two']);
    expect([one, problemsOf(two)?.map(({ code }) => code)]).toEqual([[{ ...call, check: 'one' }], ['VERIFY_RECORDER_BLIND']]);
  });
});
