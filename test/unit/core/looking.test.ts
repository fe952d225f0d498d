import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/core/engine.ts';
import { addressOfChange, changesOf, hasDrift, hasWrites, makePlan } from '../../../src/core/plan.ts';
import type { PlanOptions } from '../../../src/core/plan.ts';
import type { Provider } from '../../../src/core/provider.ts';
import { effects } from '../../../src/core/resource.ts';
import type { Deferred, Desired, Effect, Live } from '../../../src/core/resource.ts';
import { Secret } from '../../../src/core/secret.ts';
import { flag } from '../../../src/core/spec.ts';
import { fakeProvider, held, wanted } from './build.ts';

const looking = (name: string, live: readonly Live[] = [], demands: (desired: Desired) => boolean = () => true): Provider & { readonly log: readonly string[] } => {
  const { provider, log } = fakeProvider(name, [{ name: `${name}.thing`, derived: true }, { name: `${name}.other` }], live);
  return { ...provider, log, looking: { demands, means: () => false }, fieldsOf: () => ({ open: flag({ access: 'to all' }) }) };
};
const planOf = (provider: Provider, desired: readonly Desired[], options: PlanOptions = {}, deferred: readonly Deferred[] = []) => makePlan([provider], { name: 'shop', desired, deferred }, options);
const toldOf = async (...args: Parameters<typeof planOf>) =>
  (await planOf(...args)).dangers.flatMap((change) => (change.action === 'danger' ? [[addressOfChange(change), change.effect, change.danger.what]] : []));

describe('a target that is only looked at', () => {
  it('keeps what is as stated, whoever made it', async () => {
    const live = [held('kong.thing', 'nobodys', { a: 1 }, undefined), held('kong.thing', 'anothers', { a: 1, b: 2 }, 'other')];
    const made = await planOf(looking('kong', live), [wanted('kong.thing', 'nobodys', { a: 1 }), wanted('kong.thing', 'anothers', { a: 1 })]);
    expect(changesOf(made).map((change) => [change.action, addressOfChange(change)])).toEqual([['keep', 'kong.thing/nobodys'], ['keep', 'kong.thing/anothers']]);
    expect([hasWrites(made), hasDrift(made)]).toEqual([false, false]);
  });

  it('is told of what differs, as bad as it is, and nothing is to be done about it', async () => {
    const provider = looking('kong', [held('kong.thing', 'a', { open: true, name: 'x' }, undefined), held('kong.thing', 'b', { name: 'x' }, undefined)]);
    const desired = [wanted('kong.thing', 'b', { name: 'y' }), wanted('kong.thing', 'a', { open: false, name: 'x' })];
    expect(await toldOf(provider, desired)).toEqual([
      ['kong.thing/a', 'weakens', 'differs: open: true, the blueprint says false, not managed here'],
      ['kong.thing/b', 'differs', 'differs: name: "x", the blueprint says "y", not managed here'],
    ]);
    const made = await planOf(provider, desired);
    expect([hasWrites(made), hasDrift(made), made.waves, made.found?.map(({ id }) => id)]).toEqual([false, true, [], ['b', 'a']]);
  });

  it('is told of what is not there by its name, where that name is asked for', async () => {
    const provider = looking('kong', [], ({ id }) => id === 'by-name');
    expect(await toldOf(provider, [wanted('kong.thing', 'by-name'), wanted('kong.thing', 'by-pattern')])).toEqual([['kong.thing/by-name', 'breaks', 'is not there, not managed here']]);
  });

  it('shows no secret, and its fingerprint holds none', async () => {
    const seen = async (value: string) => {
      const [change] = (await planOf(looking('kong', [held('kong.thing', 'a', { password: new Secret(value) }, undefined)]), [wanted('kong.thing', 'a', { password: new Secret('stated-secret') })])).dangers;
      expect(JSON.stringify(change)).not.toMatch(/stated-secret|one-secret|two-secret/);
      return change?.action === 'danger' ? change.danger.seen : undefined;
    };
    expect(await seen('one-secret')).toBe(await seen('two-secret'));
  });

  it('tells what was accepted again when it is no longer the same', async () => {
    const desired = [wanted('kong.thing', 'a', { name: 'y', size: 1 })];
    const at = (name: string, more = {}) => looking('kong', [held('kong.thing', 'a', { name, size: 1, ...more }, undefined)]);
    const [told] = (await planOf(at('x'), desired)).dangers;
    const seen = told?.action === 'danger' ? (told.danger.seen ?? '') : '';
    const accept = [{ what: 'kong.thing/a', reason: 'known', seen, origin: { file: 'f', line: 1, column: 1 } }];
    const dangers = async (provider: Provider) => (await makePlan([provider], { name: 'shop', desired, deferred: [], accept })).dangers.length;
    expect([await dangers(at('x')), await dangers(at('x', { beside: true })), await dangers(at('z'))]).toEqual([0, 0, 1]);
  });

  it('is told of what does something to somebody, and of nothing that is only not stated', async () => {
    const danger = (effect: Effect) => ({ kind: 'kong.route', id: effect, effect, what: 'is live', hint: 'look', origin: { file: 'f', line: 1, column: 1 } });
    const reach: Provider['reach'] = () => Promise.resolve({ dangers: effects.map(danger), unseen: [] });
    const told = async (provider: Provider) => (await planOf(provider, [])).dangers.map(addressOfChange);
    expect(await told({ ...looking('kong'), reach })).toEqual(['kong.route/opens', 'kong.route/exposes', 'kong.route/weakens', 'kong.route/breaks']);
    expect(await told({ ...fakeProvider('kong', []).provider, reach })).toEqual(effects.map((effect) => `kong.route/${effect}`));
  });

  it('loses nothing, whatever is asked', async () => {
    const live = [held('kong.thing', 'ours', {}), held('kong.other', 'ours', {})];
    for (const options of [{ prune: true }, { release: ['*'] }, { adopt: true }, {}]) expect(changesOf(await planOf(looking('kong', live), [], options))).toEqual([]);
  });

  it('waits for no value that only a write there would need', async () => {
    const deferred: Deferred = { kind: 'kong.thing', id: '<keys>', after: [], origin: { file: 'f', line: 1, column: 1 }, needs: { provider: 'nobody', output: 'keys' }, expand: () => [] };
    expect(changesOf(await planOf(looking('kong'), [], {}, [deferred]))).toEqual([]);
  });

  it('does not keep another target from being written, which is said', async () => {
    const other = fakeProvider('opa', [{ name: 'opa.bundle' }]);
    const kong = looking('kong', [held('kong.thing', 'old')]);
    const engine = createEngine([kong, other.provider], { name: 'shop', desired: [wanted('kong.thing', 'a'), wanted('opa.bundle', 'shop', {}, ['kong.thing/a'])], deferred: [] });
    const report = await engine.apply({ approve: () => Promise.resolve(true), prune: true, adopt: true });
    expect([report.problems, report.notes, report.applied?.map(({ address, outcome }) => [address, outcome])]).toEqual([
      [],
      ['targets.kong is only looked at: nothing is written there'],
      [['opa.bundle/shop', 'done'], ['opa.settle/shop', 'done']],
    ]);
    expect([kong.log, other.log]).toEqual([[], ['put opa.bundle/shop', 'settle opa']]);
  });
});
