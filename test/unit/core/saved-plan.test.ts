import { describe, expect, it } from 'vitest';
import { makePlan } from '../../../src/core/plan.ts';
import type { Expansion } from '../../../src/core/plan.ts';
import type { Desired, Live } from '../../../src/core/resource.ts';
import { beyondRest, movedSince, signatureOf } from '../../../src/core/saved-plan.ts';
import { Secret } from '../../../src/core/secret.ts';
import { fakeProvider, held, wanted } from './build.ts';

const kinds = [{ name: 'kong.service' }, { name: 'kong.route', after: ['kong.service'] }];
const service = wanted('kong.service', 's', { host: 'x', retry: { count: 3, codes: [502] } });
const asked = [service, wanted('kong.route', 'r', { key: new Secret('a-secret-of-kong') })];

const signed = async (desired: readonly Desired[], live: readonly Live[]) => {
  const expansion: Expansion = { name: 'shop', desired, deferred: [] };
  return signatureOf(expansion, await makePlan([fakeProvider('kong', kinds, live).provider], expansion));
};
const told = async (before: Parameters<typeof signed>, after: Parameters<typeof signed>): Promise<readonly string[]> =>
  movedSince(await signed(...before), await signed(...after)).map(({ code, message }) => `${code} ${message}`);

const there = held('kong.service', 's', { host: 'y', retry: { count: 3, codes: [502] }, own: 'before' });

describe('the rest of a plan', () => {
  it.each([
    ['what was kept back so that nothing was open', { host: 'closed', retry: { count: 3, codes: [502] } }, ['host'], []],
    ['more than was kept back', { host: 'closed', retry: { count: 4, codes: [502] } }, ['host'], ['kong.service/s would be updated (retry.count), and it was done']],
    ['what nobody has kept back', { host: 'elsewhere', retry: { count: 3, codes: [502] } }, undefined, ['kong.service/s would be updated (host), and it was done']],
  ])('has of an object that is done %s', async (_, spec, kept, beyond) => {
    const before = await signed(asked, []);
    const now = await signed(asked, [{ ...held('kong.service', 's', spec), ...(kept && { kept }) }]);
    expect(beyondRest(before, now, new Set(['kong.service/s']))).toEqual(beyond);
  });
});

describe('a saved plan', () => {
  it('is the same of the same blueprint and the same live stack, whatever the order of keys', async () => {
    const other = wanted('kong.service', 's', { retry: { codes: [502], count: 3 }, host: 'x' });
    expect(await told([asked, [there]], [[other, asked[1] as Desired], [there]])).toEqual([]);
  });

  it('is another when the blueprint asks for something else, and says where', async () => {
    const more = wanted('kong.service', 's', { host: 'x', retry: { count: 4, codes: [502] } });
    expect(await told([asked, []], [[more], []])).toEqual([
      expect.stringMatching(/^SAVED_PLAN_CHANGED .*kong\.route\/r is not there any more$/),
      expect.stringMatching(/^SAVED_PLAN_CHANGED .*kong\.service\/s differs in retry\.count$/),
    ]);
  });

  it.each([
    ['a field that the blueprint states', [{ ...there, spec: { ...there.spec, host: 'z' } }], 'kong.service/s differs in host'],
    ['a field that it does not state', [{ ...there, spec: { ...there.spec, own: 'after' } }], 'kong.service/s differs in own'],
    ['a mark', [{ ...there, owner: 'other' }], 'kong.service/s differs in mark.owner'],
    ['an object that went', [], 'kong.service/s is not there any more'],
    ['an object that came', [there, held('kong.route', 'r', { key: 'a-secret-of-kong' })], 'kong.route/r is there now'],
    ['an orphan', [there, held('kong.route', 'gone')], 'kong.route/gone is there now'],
  ])('is another when %s moved', async (_, live, what) => {
    expect(await told([asked, [there]], [asked, live])).toEqual([`SAVED_PLAN_MOVED the live stack is not what it was: ${what}`]);
  });

  it('holds nothing of a secret, and sees that one is no longer what is stated', async () => {
    const [same, other] = ['a-secret-of-kong', 'another-secret'].map((key) => [there, held('kong.route', 'r', { key })]);
    expect(await signed(asked, same ?? [])).toHaveProperty(['held', 'kong.route/r'], expect.not.objectContaining({ key: expect.anything() as unknown }));
    expect(await told([asked, same ?? []], [asked, other ?? []])).toEqual(['SAVED_PLAN_MOVED the live stack is not what it was: kong.route/r would be update (key), and the plan says keep']);
    const { asked: prints } = await signed(asked, []);
    const { asked: others } = await signed([service, wanted('kong.route', 'r', { key: new Secret('something-else') })], []);
    expect(prints).toEqual(others);
  });

  it('names some of many, and says how many more there are', async () => {
    const many = Array.from({ length: 25 }, (_, at) => held('kong.route', `r${at}`));
    const problems = await told([asked, [there]], [asked, [there, ...many]]);
    expect([problems.length, problems.at(-1)]).toEqual([11, 'SAVED_PLAN_MOVED and 15 more of the same']);
  });
});
