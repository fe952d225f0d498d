import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/core/engine.ts';
import type { AuthctlEvent } from '../../../src/core/events.ts';
import type { Lock } from '../../../src/core/lock.ts';
import type { Expansion } from '../../../src/core/plan.ts';
import { Problem } from '../../../src/core/problem.ts';
import type { Provider } from '../../../src/core/provider.ts';
import type { Desired, Live } from '../../../src/core/resource.ts';
import { fakeProvider, held, wanted } from './build.ts';

const kinds = [{ name: 'kong.service' }, { name: 'kong.route', after: ['kong.service'] }];
const expansion: Expansion = { name: 'shop', desired: [wanted('kong.service', 's', { host: 'x' }), wanted('kong.route', 'r')], deferred: [] };

const open = (live: readonly Live[] = [], extra: Partial<Provider> = {}, over: Partial<Expansion> = {}) => {
  const fake = fakeProvider('kong', kinds, live);
  const closed: string[] = [];
  const events: AuthctlEvent[] = [];
  const provider: Provider = { ...fake.provider, close: () => Promise.resolve(void closed.push('kong')), ...extra };
  return { ...fake, closed, events, engine: createEngine([provider], { ...expansion, ...over }, (event) => events.push(event)) };
};
const inPlace = [held('kong.service', 's', { host: 'x' }), held('kong.route', 'r')];
const moved = [held('kong.service', 's', { host: 'y' }), held('kong.route', 'r')];
const yes = () => Promise.resolve(true);

describe('plan', () => {
  it('has a problem with a value that is of no use, and none with what is merely in the way', async () => {
    const inTheWay = { ...held('kong.service', 's'), owner: undefined };
    expect((await open([inTheWay]).engine.plan({})).problems).toEqual([]);
    const deferred = { kind: 'kong.route', id: '<keys>', after: [], origin: wanted('x', 'y').origin, needs: { provider: 'kong', output: 'keys' }, expand: () => [] };
    expect((await open([inTheWay], { output: () => Promise.resolve([]) }, { deferred: [deferred] }).engine.plan({})).problems).toMatchObject([{ code: 'PLAN_NO_VALUE' }]);
  });

  it('reports what it found, what it asked, for how long, and closes', async () => {
    const limit = { what: 'w', hint: 'h', origin: wanted('x', 'y').origin };
    const { engine, closed } = open(moved, {}, { limits: [limit] });
    const report = await engine.plan({});
    expect(report).toMatchObject({ command: 'plan', blueprint: 'shop', problems: [], requests: { kong: { reads: 0, writes: 0 } }, limits: [limit], negative: false });
    expect(report.plan?.waves.flat().map(({ action }) => action)).toEqual(['update', 'keep']);
    expect(report.seconds).toBeLessThan(60);
    expect(closed).toEqual(['kong']);
  });

  it('has no limits when the expansion has none', async () => {
    expect(await open().engine.plan({})).not.toHaveProperty('limits');
    expect(await open([], {}, { limits: [] }).engine.plan({})).not.toHaveProperty('limits');
  });

  it.each([
    [moved, true, true],
    [moved, false, false],
    [inPlace, true, false],
  ])('says no only when asked to, and when something would change (%#)', async (live, exitCode, negative) => {
    expect((await open(live).engine.plan({ exitCode })).negative).toBe(negative);
  });

  it('reports what a person can fix, throws a bug, and closes either way', async () => {
    const broken = open([], { reach: () => Promise.reject(new Problem('KONG_STORE', 'wrong')) });
    expect(await broken.engine.plan({})).toMatchObject({ command: 'plan', problems: [{ code: 'KONG_STORE' }] });
    const bug = open([], { reach: () => Promise.reject(new TypeError('bug')) });
    await expect(bug.engine.plan({})).rejects.toThrow(TypeError);
    expect([broken.closed, bug.closed]).toEqual([['kong'], ['kong']]);
  });

  it('tells what is wrong with a server itself beside the plan, and apply does not begin', async () => {
    const wrong = { confirm: () => Promise.resolve([new Problem('KONG_STORE', 'another server')]) };
    for (const report of [await open(moved, wrong).engine.plan({}), await open(moved, wrong).engine.drift({})])
      expect(report).toMatchObject({ plan: { name: 'shop' }, problems: [{ code: 'KONG_STORE' }], unfounded: [{ code: 'KONG_STORE' }] });
    const { engine, log } = open(moved, wrong);
    expect(await engine.apply({ approve: yes })).toMatchObject({ problems: [{ code: 'KONG_STORE' }] });
    expect(log).toEqual([]);
    // Who takes everything away asks for nothing that a server could be wrong for.
    expect(await open(moved, wrong, { desired: [] }).engine.apply({ approve: yes, prune: true })).toMatchObject({ problems: [] });
  });

  it('tells that a target was read, and that it could not be', async () => {
    const { provider } = fakeProvider('kong', kinds);
    const unreadable = { ...provider, kinds: provider.kinds.map((kind) => ({ ...kind, list: () => Promise.reject(new Problem('KONG_STORE', 'wrong')) })) };
    const events: AuthctlEvent[] = [];
    await createEngine([unreadable], expansion, (event) => events.push(event)).plan({});
    expect(events).toMatchObject([
      { type: 'read.started', target: 'kong' },
      { type: 'read.finished', target: 'kong', outcome: 'failed', objects: 0 },
    ]);
  });

  it('needs no provider that can be closed', async () => {
    const { provider } = fakeProvider('kong', kinds);
    expect((await createEngine([provider], expansion).plan({})).problems).toEqual([]);
  });
});

describe('drift', () => {
  it('says no when something differs, without being asked, and yes when nothing does', async () => {
    expect(await open(moved).engine.drift({})).toMatchObject({ command: 'drift', negative: true });
    expect(await open(inPlace).engine.drift({})).toMatchObject({ command: 'drift', negative: false, plan: { name: 'shop' } });
  });
});

describe('apply', () => {
  it('shows the plan, asks, writes and reports', async () => {
    const planned: string[] = [];
    const { engine, log, events } = open(moved);
    const report = await engine.apply({
      approve: (plan) => Promise.resolve(planned.includes(plan.name)),
      planned: (plan) => planned.push(plan.name),
    });
    expect(report).toMatchObject({ command: 'apply', problems: [], plan: { name: 'shop' } });
    expect(report.applied?.map(({ address, outcome }) => `${outcome} ${address}`)).toEqual(['done kong.service/s', 'done kong.settle/shop']);
    expect(log).toEqual(['put kong.service/s', 'settle kong']);
    expect(events.map(({ type }) => type)).toEqual(['read.started', 'read.finished', 'apply.planned', 'write.started', 'write.finished', 'write.started', 'write.finished']);
    expect(events[1]).toEqual({ type: 'read.finished', target: 'kong', outcome: 'done', objects: 2, milliseconds: expect.any(Number) as number });
  });

  it('asks nobody and writes nothing when there is nothing to write', async () => {
    const { engine, log } = open(inPlace);
    const report = await engine.apply({ approve: () => Promise.reject(new Error('asked')) });
    expect([report.applied, report.negative, report.plan?.name, log]).toEqual([[], undefined, 'shop', []]);
  });

  it('writes nothing when told no, and says so', async () => {
    const { engine, log } = open(moved);
    const report = await engine.apply({ approve: () => Promise.resolve(false) });
    expect(report).toMatchObject({ negative: true, notes: ['nothing was changed: not approved'], plan: { name: 'shop' } });
    expect([log, report.applied]).toEqual([[], undefined]);
  });

  it('writes nothing when something is in the way, and names only that', async () => {
    const { engine, log } = open([{ ...held('kong.service', 's', { host: 'y' }), owner: undefined }]);
    const report = await engine.apply({ approve: yes });
    expect(report.problems.map(({ code, message }) => [code, message])).toEqual([['PLAN_BLOCKED', 'kong.service/s already exists and carries no mark of authctl']]);
    expect([log, report.plan?.name]).toEqual([[], 'shop']);
  });

  it('asks a server about what would be written to it, and nothing else; its no comes before the first write', async () => {
    const asked: string[][] = [];
    const answer = (problems: readonly Problem[]) => ({ check: (desired: readonly Desired[]) => (asked.push(desired.map(({ id }) => id)), Promise.resolve(problems)) });
    const other = fakeProvider('kongress', [{ name: 'kongress.thing' }]);
    const refusing = fakeProvider('kong', kinds, [held('kong.route', 'r')]);
    const engine = createEngine([{ ...refusing.provider, ...answer([new Problem('KONG_SCHEMA', 'no')]) }, { ...other.provider, ...answer([]) }], {
      ...expansion,
      desired: [...expansion.desired, wanted('kongress.thing', 't')],
    });
    const report = await engine.apply({ approve: () => Promise.reject(new Error('asked')) });
    expect(asked).toEqual([['s'], ['t']]);
    expect(report).toMatchObject({ problems: [{ code: 'KONG_SCHEMA' }], plan: { name: 'shop' } });
    expect([...refusing.log, ...other.log]).toEqual([]);
  });

  it('reports a failed write as a problem, what was skipped for it not', async () => {
    const fake = fakeProvider('kong', kinds, [], { breaks: (address) => (address === 'kong.service/s' ? new Problem('KONG_REFUSED', 'no') : undefined) });
    const report = await createEngine([fake.provider], { ...expansion, desired: [wanted('kong.service', 's'), wanted('kong.route', 'r', {}, ['kong.service/s'])] }).apply({ approve: yes });
    expect(report.problems.map(({ code }) => code)).toEqual(['KONG_REFUSED']);
    expect(report.applied?.map(({ outcome }) => outcome)).toEqual(['failed', 'skipped', 'done']);
  });

  it('stops at a signal', async () => {
    const { engine, log } = open(moved);
    const report = await engine.apply({ approve: yes, signal: AbortSignal.abort() });
    expect([log, report.applied?.map(({ outcome }) => outcome)]).toEqual([[], ['skipped']]);
  });
});

describe('apply under a lock', () => {
  const lockOf = (over: Partial<Lock> = {}) => {
    const log: string[] = [];
    const lock: Lock = { lost: new AbortController().signal, where: 'here', release: () => Promise.resolve(void log.push('released')), ...over };
    return { lock: () => Promise.resolve(void log.push('taken')).then(() => lock), log };
  };

  it('reads again once it is held, and asks again only when something has moved meanwhile', async () => {
    for (const [meanwhile, asked] of [[undefined, 1], [{ host: 'z' }, 2]] as const) {
      const { engine, store, log } = open(moved);
      const { lock, log: locked } = lockOf();
      let times = 0;
      const approve = (): Promise<boolean> => Promise.resolve(void (times += 1)).then(() => true);
      const between = (): ReturnType<typeof lock> => {
        if (meanwhile) store.set('kong.service/s', held('kong.service', 's', meanwhile));
        return lock();
      };
      expect(await engine.apply({ approve, lock: between })).toMatchObject({ problems: [], applied: [{ address: 'kong.service/s' }, {}] });
      expect([times, log.length, locked]).toEqual([asked, 2, ['taken', 'released']]);
    }
  });

  it('writes nothing when somebody else has done it meanwhile, and when the answer to what has moved is no', async () => {
    const done = open(moved);
    const { lock, log: locked } = lockOf();
    const meanwhile = (live: Live, store: typeof done.store) => () => (store.set('kong.service/s', live), lock());
    expect(await done.engine.apply({ approve: yes, lock: meanwhile(held('kong.service', 's', { host: 'x' }), done.store) })).toMatchObject({ applied: [] });
    const other = open(moved);
    let times = 0;
    const report = await other.engine.apply({ approve: () => Promise.resolve((times += 1) === 1), lock: meanwhile(held('kong.service', 's', { host: 'z' }), other.store) });
    expect([report.negative, other.log, done.log, locked]).toEqual([true, [], [], ['taken', 'released', 'taken', 'released']]);
  });

  it('asks the servers what they would refuse once, and again only of what has moved', async () => {
    let asked = 0;
    const check = () => Promise.resolve(void (asked += 1)).then(() => []);
    const { lock } = lockOf();
    await open(moved, { check }).engine.apply({ approve: yes, lock });
    expect(asked).toBe(1);
    const other = open(moved, { check });
    await other.engine.apply({ approve: yes, lock: () => (other.store.set('kong.service/s', held('kong.service', 's', { host: 'z' })), lock()) });
    expect(asked).toBe(3);
  });

  it('takes none when there is nothing to do, when it is not approved, or when something is in the way', async () => {
    const { lock, log } = lockOf();
    await open(inPlace).engine.apply({ approve: yes, lock });
    await open(moved).engine.apply({ approve: () => Promise.resolve(false), lock });
    await open([{ ...held('kong.service', 's'), owner: undefined }]).engine.apply({ approve: yes, lock });
    expect(log).toEqual([]);
  });

  it('says that nothing kept others away, that the lock could not be taken away, or that it was lost; what was done is told all the same', async () => {
    const unkept = await open(moved).engine.apply({ approve: yes, lock: () => Promise.resolve({ unkept: ['no place'] }) });
    expect(unkept).toMatchObject({ problems: [], applied: [{}, {}], notes: ['nothing kept others from applying at the same time: no place'] });
    const left = lockOf({ release: () => Promise.reject(new Problem('KONG_REFUSED', 'no')) });
    expect(await open(moved).engine.apply({ approve: yes, lock: left.lock })).toMatchObject({ applied: [{}, {}], notes: ['the lock (here) could not be taken away, and ends by itself: no'] });
    const lost = lockOf({ lost: AbortSignal.abort() });
    expect(await open(moved).engine.apply({ approve: yes, lock: lost.lock })).toMatchObject({ applied: [{ outcome: 'skipped' }], problems: [{ code: 'LOCK_LOST' }] });
  });

  it('takes it away when reading again fails', async () => {
    const { engine, log } = open(moved);
    const { lock, log: locked } = lockOf();
    const broken = open(moved, { forget: () => { throw new Problem('TARGET_UNREACHABLE', 'away'); } });
    expect((await broken.engine.apply({ approve: yes, lock })).problems).toMatchObject([{ code: 'TARGET_UNREACHABLE' }]);
    expect([locked, log, engine]).toEqual([['taken', 'released'], [], expect.anything()]);
  });
});
