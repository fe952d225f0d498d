import { describe, expect, it } from 'vitest';
import { applyPlan } from '../../../src/core/apply.ts';
import { createEngine } from '../../../src/core/engine.ts';
import { addressOfChange, changesOf, hasWrites, makePlan } from '../../../src/core/plan.ts';
import type { PlanOptions } from '../../../src/core/plan.ts';
import { Problem } from '../../../src/core/problem.ts';
import type { Provider } from '../../../src/core/provider.ts';
import type { Desired, Live } from '../../../src/core/resource.ts';
import { addressOf } from '../../../src/core/resource.ts';
import { renderJson } from '../../../src/report/json.ts';
import { makeStyle } from '../../../src/report/style.ts';
import { renderText } from '../../../src/report/text.ts';
import { fakeProvider, held, wanted } from './build.ts';

const kinds = [
  { name: 'kong.service', removeAfter: ['kong.route'] },
  { name: 'kong.route', after: ['kong.service'] },
  { name: 'kong.plugin', removeAfter: ['kong.service'] },
];
const theirs: Live = { ...held('kong.route', 'theirs', { service: 's' }), owner: undefined };
const ours = [held('kong.service', 's'), held('kong.route', 'r'), held('kong.plugin', 'p')];

/** A route that is not ours stands on every service. */
const dependents: Provider['dependents'] = (deleted, staying) =>
  Promise.resolve(
    deleted
      .filter(({ kind }) => kind === 'kong.service')
      .flatMap((of) => staying.filter(({ kind, owner }) => kind === 'kong.route' && owner !== 'shop').map((one) => ({ of: addressOf(of), dependent: addressOf(one), harm: 'would be open' }))),
  );
const fake = (live: readonly Live[]) => {
  const made = fakeProvider('kong', kinds, live);
  return { ...made, provider: { ...made.provider, dependents } satisfies Provider };
};
const plan = (provider: Provider, options: PlanOptions = { prune: true }, desired: readonly Desired[] = []) => makePlan([provider], { name: 'shop', desired, deferred: [] }, options);
const told = (made: Awaited<ReturnType<typeof plan>>) => changesOf(made).map((change) => `${change.action} ${addressOfChange(change)}`);

describe('what something foreign stands on', () => {
  it('is not deleted, and the plan names what stands on it and the next step', async () => {
    const made = await plan(fake([...ours, theirs]).provider);
    expect(told(made)).toEqual(['delete kong.route/r', 'blocked kong.service/s', 'delete kong.plugin/p']);
    const [blocked] = made.removals.filter(({ action }) => action === 'blocked');
    expect(blocked).toMatchObject({ effect: 'differs', problem: { code: 'PLAN_DEPENDENTS', message: 'kong.service/s is not deleted: kong.route/theirs would be open' } });
    expect(blocked?.action === 'blocked' && blocked.problem.hint).toContain('authctl release --only kong.service/s');
  });

  it('is released by an argument that a shell takes as it stands', async () => {
    for (const [id, argument] of [['shop.orders', 'kong.service/shop.orders'], ['shop/GET /orders', "'kong.service/shop/GET /orders'"], ["a,b'c", "'kong.service/a*b*c'"]] as const) {
      const made = await plan(fake([held('kong.service', id), theirs]).provider);
      const [blocked] = made.removals;
      expect(blocked?.action === 'blocked' && blocked.problem.hint).toMatch(new RegExp(`authctl release --only ${argument.replace(/[.*]/g, '\\$&')}$`));
    }
  });

  it('keeps everything else of ours that would go, too: nothing is written', async () => {
    const { provider, log } = fake([...ours, theirs]);
    const report = await createEngine([provider], { name: 'shop', desired: [], deferred: [] }).apply({ prune: true, approve: () => Promise.resolve(true) });
    expect(report.problems).toMatchObject([{ code: 'PLAN_DEPENDENTS' }]);
    expect(log).toEqual([]);
  });

  it('is seen though it came after the plan', async () => {
    const { provider, log, store } = fake(ours);
    const made = await plan(provider);
    store.set(addressOf(theirs), theirs);
    const results = await applyPlan({ providers: [provider], plan: made });
    expect(results).toMatchObject([{ address: 'kong.service/s', outcome: 'failed', problem: { code: 'PLAN_DEPENDENTS' } }]);
    expect(log).toEqual([]);
  });

  it('names five, and counts the others', async () => {
    const many = Array.from({ length: 7 }, (_, at) => ({ ...theirs, id: `theirs-${at}` }));
    const [blocked] = (await plan(fake([...ours, ...many]).provider)).removals.filter(({ action }) => action === 'blocked');
    expect(blocked?.action === 'blocked' && blocked.problem.message).toMatch(/theirs-0 .*theirs-4 would be open, and 2 more like these$/);
  });
});

describe('deleting', () => {
  it('begins when what was written is in force, and settles again', async () => {
    const { provider, log } = fake(ours);
    await applyPlan({ providers: [provider], plan: await plan(provider, { prune: true }, [wanted('kong.service', 'new')]) });
    expect(log).toEqual(['put kong.service/new', 'settle kong', 'remove kong.route/r', 'remove kong.service/s', 'remove kong.plugin/p', 'settle kong']);
  });

  it('leaves the rest of a target alone once one could not go: it may be what guards it', async () => {
    const broken = fakeProvider('kong', kinds, ours, { breaks: (address) => (address === 'kong.service/s' ? new Problem('KONG_REFUSED', 'a route stands on it') : undefined) });
    const results = await applyPlan({ providers: [broken.provider], plan: await plan(broken.provider) });
    expect(results.map(({ address, outcome }) => `${outcome} ${address}`)).toEqual(['done kong.route/r', 'failed kong.service/s', 'skipped kong.plugin/p', 'done kong.settle/shop']);
    expect(broken.log).not.toContain('remove kong.plugin/p');
  });

  it('does not begin when something was not written', async () => {
    const broken = fakeProvider('kong', kinds, ours, { breaks: (address) => (address === 'kong.service/new' ? new Problem('KONG_REFUSED', 'no') : undefined) });
    await applyPlan({ providers: [broken.provider], plan: await plan(broken.provider, { prune: true }, [wanted('kong.service', 'new')]) });
    expect(broken.log.filter((line) => line.startsWith('remove'))).toEqual([]);
  });
});

const releasing = (live: readonly Live[]) => {
  const made = fakeProvider('kong', kinds, live);
  const provider: Provider = {
    ...made.provider,
    kinds: made.provider.kinds.map((kind) => ({
      ...kind,
      release: (object: Live) => {
        made.log.push(`release ${addressOf(object)}`);
        made.store.set(addressOf(object), { ...object, owner: undefined });
        return Promise.resolve();
      },
    })),
  };
  return { ...made, provider };
};
const adopted = (object: Live): Live => ({ ...object, adopted: true });

describe('what was there before it was taken over', () => {
  it('is let go by prune, never deleted', async () => {
    const { provider, log } = releasing([adopted(held('kong.service', 's')), held('kong.plugin', 'p')]);
    const made = await plan(provider);
    expect(told(made)).toEqual(['release kong.service/s', 'delete kong.plugin/p']);
    expect(hasWrites(made)).toBe(true);
    await applyPlan({ providers: [provider], plan: made });
    expect(log).toEqual(['release kong.service/s', 'remove kong.plugin/p', 'settle kong']);
    expect(told(await plan(provider))).toEqual([]);
  });

  it('stays where its kind cannot be let go, and is never made anew', async () => {
    const service = adopted(held('kong.service', 's', { protocol: 'http' }));
    const { provider } = fakeProvider('kong', [{ name: 'kong.service', immutable: ['protocol'] }], [service]);
    expect(told(await plan(provider))).toEqual(['orphan kong.service/s']);
    const [anew] = changesOf(await plan(provider, {}, [wanted('kong.service', 's', { protocol: 'https' })]));
    expect(anew).toMatchObject({ action: 'blocked', problem: { code: 'PLAN_BLOCKED' } });
  });

  it('keeps what the blueprint states only for new objects', async () => {
    const desired = { ...wanted('kong.service', 's', { host: 'x', owner: 'us' }), initial: ['owner'] };
    const before = held('kong.service', 's', { host: 'y', owner: 'alice' });
    const step = async (live: readonly Live[], options: PlanOptions = {}) => changesOf(await plan(releasing(live).provider, options, [desired]))[0];
    expect(await step([])).toMatchObject({ action: 'create', desired: { spec: { host: 'x', owner: 'us' } } });
    expect(await step([{ ...before, owner: undefined }], { adopt: true })).toMatchObject({ action: 'adopt', desired: { spec: { host: 'x' } }, because: [{ path: 'host', before: 'y', after: 'x' }] });
    expect(await step([adopted(before)])).toMatchObject({ action: 'update', because: [{ path: 'host' }] });
    expect(await step([before])).toMatchObject({ action: 'update', because: [{ path: 'host' }, { path: 'owner' }] });
  });
});

describe('release', () => {
  const live = [held('kong.service', 's'), { ...held('kong.route', 'r'), protected: true }, held('kong.plugin', 'of-others', {}, 'other')];

  it('lets go of everything of ours, protected or not, and of nothing else', async () => {
    const { provider, log } = releasing(live);
    await applyPlan({ providers: [provider], plan: await plan(provider, { release: ['*'] }) });
    expect(log).toEqual(['release kong.route/r', 'release kong.service/s', 'settle kong']);
  });

  it('lets go of what is named, and leaves the rest as it is', async () => {
    expect(told(await plan(releasing(live).provider, { release: ['kong.route/*'] }))).toEqual(['release kong.route/r']);
    expect(told(await plan(releasing(live).provider, { release: ['kong.plugin/of-others'] }))).toEqual([]);
  });
});

describe('what stays says why', () => {
  const orphans = async (live: readonly Live[], kindsOf: Parameters<typeof fakeProvider>[1], options: PlanOptions = { prune: true }) =>
    (await plan(fakeProvider('kong', kindsOf, live).provider, options)).orphans.map((change) => (change.action === 'orphan' ? [addressOf(change.live), change.why] : []));
  const service = held('kong.service', 's');

  it.each([
    ['it was there before, and prune would let it go', [adopted(service)], [{ name: 'kong.service' }], {}, /--prune lets it go/],
    ['it was there before, and cannot be let go', [adopted(service)], [{ name: 'kong.service' }], { prune: true }, /was there before .* never deleted/],
    ['it is protected', [{ ...service, protected: true }], [{ name: 'kong.service' }], { prune: true }, /protected/],
    ['its kind is never deleted', [service], [{ name: 'kong.service', undeletable: true }], { prune: true }, /authctl release/],
  ] as const)('%s', async (_, live, kindsOf, options, why) => expect(await orphans(live, kindsOf, options)).toEqual([['kong.service/s', expect.stringMatching(why)]]));

  it('never that the blueprint names it no more, where everything is asked to go', async () => {
    for (const [live, kind] of [[service, { undeletable: true }], [{ ...service, protected: true as const }, {}], [adopted(service), {}]] as const) {
      const [[address, why] = []] = await orphans([live], [{ name: 'kong.service', ...kind }], { prune: true, everything: true });
      expect([address, why]).toEqual(['kong.service/s', expect.stringMatching(/^carries our mark; .*never deleted/)]);
      expect((await orphans([live], [{ name: 'kong.service', ...kind }]))[0]?.[1]).toContain('no longer in the blueprint');
    }
  });

  it('nothing where nobody asked for it to go', async () => {
    const made = await plan(fakeProvider('kong', [{ name: 'kong.service' }], [service]).provider, {});
    expect(made.orphans).toEqual([{ action: 'orphan', live: service, effect: 'differs' }]);
  });

  it('that it is not known yet what comes in its place', async () => {
    const { provider } = fakeProvider('kong', [{ name: 'kong.key', derived: true }], [held('kong.key', 'old')]);
    const deferred = { kind: 'kong.key', id: '<keys>', after: [], origin: wanted('x', 'y').origin, needs: { provider: 'keycloak', output: 'keys' }, expand: () => [] };
    const [orphan] = (await makePlan([provider], { name: 'shop', desired: [], deferred: [deferred] })).orphans;
    expect(orphan).toMatchObject({ action: 'orphan', why: expect.stringContaining('until it is known') as string });
  });
});

describe('whoever knows what stands on what', () => {
  /** Writes down what it was asked: what goes, and what stays with whose mark. */
  const asked = (live: readonly Live[], kindsOf: Parameters<typeof fakeProvider>[1] = kinds) => {
    const made = releasing(live);
    const questions: string[][] = [];
    const bound = fakeProvider('kong', kindsOf).provider.kinds;
    const provider: Provider = {
      ...made.provider,
      kinds: made.provider.kinds.map((kind) => ({ ...kind, derived: bound.find(({ name }) => name === kind.name)?.derived ?? false })),
      dependents: (deleted, staying) => {
        questions.push([...deleted.map((one) => `goes ${addressOf(one)}`), ...staying.map((one) => `stays ${addressOf(one)} of ${one.owner ?? 'nobody'}`)]);
        return Promise.resolve([]);
      },
    };
    return { ...made, provider, questions };
  };

  it('is asked with what goes and with what stays, which is nobody\'s once it is let go', async () => {
    const { provider, questions } = asked([held('kong.service', 's'), adopted(held('kong.route', 'r')), held('kong.plugin', 'p'), theirs]);
    const made = await plan(provider, { prune: true }, [wanted('kong.plugin', 'p')]);
    const question = ['goes kong.service/s', 'stays kong.route/r of nobody', 'stays kong.plugin/p of shop', 'stays kong.route/theirs of nobody'];
    expect(questions.map((one) => one.toSorted())).toEqual([question.toSorted()]);
    await applyPlan({ providers: [provider], plan: made });
    expect(questions.map((one) => one.toSorted())).toEqual([question.toSorted(), question.toSorted()]);
  });

  it('is not asked when nothing is deleted', async () => {
    const { provider, questions } = asked([held('kong.service', 's'), adopted(held('kong.route', 'r'))]);
    await applyPlan({ providers: [provider], plan: await plan(provider, { release: ['*'] }) });
    await applyPlan({ providers: [provider], plan: await plan(provider, {}) });
    expect(questions).toEqual([]);
  });

  it('is asked once more before a deletion, but not for what comes and goes with a value of another target', async () => {
    const { provider, questions } = asked([held('kong.plugin', 'p')], kinds.map((kind) => ({ ...kind, derived: true })));
    await applyPlan({ providers: [provider], plan: await plan(provider) });
    expect(questions).toEqual([['goes kong.plugin/p']]);
  });

  it('lets exactly five be named without a count', async () => {
    const five = Array.from({ length: 5 }, (_, at) => ({ ...theirs, id: `theirs-${at}` }));
    const [blocked] = (await plan(fake([...ours, ...five]).provider)).removals.filter(({ action }) => action === 'blocked');
    expect(blocked?.action === 'blocked' && blocked.problem.message).toMatch(/theirs-4 would be open$/);
  });
});

describe('release of several', () => {
  it('lets go of what fits any of the patterns, and of no kind that goes with what it belongs to', async () => {
    const live = [held('kong.service', 's'), held('kong.route', 'r'), held('kong.plugin', 'p')];
    const { provider } = releasing(live);
    expect(told(await plan(provider, { release: ['kong.route/*', 'kong.plugin/p'] }))).toEqual(['release kong.route/r', 'release kong.plugin/p']);
    const bound: Provider = { ...provider, kinds: provider.kinds.map((kind) => (kind.name === 'kong.route' ? { ...kind, release: undefined } : kind)) };
    expect(told(await plan(bound, { release: ['*'] }))).toEqual(['release kong.service/s', 'release kong.plugin/p']);
  });

  it('begins only after a failure of none, and says what was not done', async () => {
    const { provider, log } = releasing([adopted(held('kong.route', 'r')), held('kong.service', 's')]);
    const failing: Provider = { ...provider, kinds: provider.kinds.map((kind) => (kind.name === 'kong.route' ? { ...kind, release: () => Promise.reject(new Problem('KONG_REFUSED', 'no')) } : kind)) };
    const results = await applyPlan({ providers: [failing], plan: await plan(failing) });
    expect(results.map(({ address, outcome, problem }) => [address, outcome, problem?.message])).toEqual([
      ['kong.route/r', 'failed', 'no'],
      ['kong.service/s', 'skipped', 'kong.service/s: kong.route/r was not done'],
      ['kong.settle/shop', 'done', undefined],
    ]);
    expect(log).toEqual(['settle kong']);
  });

  it('goes on in one target though another failed', async () => {
    const kong = fakeProvider('kong', kinds, [held('kong.plugin', 'p')], { breaks: () => new Problem('KONG_REFUSED', 'no') });
    const opa = fakeProvider('opa', [{ name: 'opa.policy' }], [held('opa.policy', 'o')]);
    const providers = [kong.provider, opa.provider];
    const results = await applyPlan({ providers, plan: await makePlan(providers, { name: 'shop', desired: [], deferred: [] }, { prune: true }) });
    expect(results.map(({ address, outcome }) => `${outcome} ${address}`)).toEqual(['failed kong.plugin/p', 'done opa.policy/o', 'done kong.settle/shop', 'done opa.settle/shop']);
  });

  it('blocks nothing half: one that cannot go keeps all', async () => {
    const { provider, log } = fake([...ours, theirs]);
    const made = await plan(provider);
    const results = await applyPlan({ providers: [provider], plan: made });
    expect(results).toMatchObject([{ address: 'kong.service/s', action: 'blocked', outcome: 'failed', problem: { code: 'PLAN_DEPENDENTS' } }]);
    expect(log).toEqual([]);
  });

  it('stops at an interruption', async () => {
    const { provider, log } = fake(ours);
    const interrupt = new AbortController();
    await applyPlan({ providers: [provider], plan: await plan(provider), signal: interrupt.signal, events: ({ type, address }) => { if (type === 'write.finished' && address === 'kong.route/r') interrupt.abort(); } });
    expect(log).toEqual(['remove kong.route/r']);
    const begun = fake(ours);
    await applyPlan({ providers: [begun.provider], plan: await plan(begun.provider), signal: AbortSignal.abort() });
    expect(begun.log).toEqual([]);
  });
});

describe('what has another name by now', () => {
  const renames = [{ kinds: new Set(['kong.service', 'kong.route']), from: 'shop.orders', to: 'shop.purchases', parts: '.' }];
  const desired = [wanted('kong.service', 'shop.purchases'), wanted('kong.route', 'shop.purchases.list', {}, ['kong.service/shop.purchases'])];
  const former = [held('kong.service', 'shop.orders'), held('kong.route', 'shop.orders.list'), held('kong.route', 'shop.orders.left-out'), held('kong.route', 'shop.orders-old')];
  const renaming = (provider: Provider, options: PlanOptions = {}) => makePlan([provider], { name: 'shop', desired, deferred: [], renames }, options);

  it('goes without prune, with all that it had, when what comes in its place is in force', async () => {
    const { provider, log } = fake(former);
    const made = await renaming(provider);
    expect(made.removals).toMatchObject([
      { action: 'delete', live: { id: 'shop.orders.list' }, renamed: 'kong.route/shop.purchases.list' },
      { action: 'delete', live: { id: 'shop.orders.left-out' }, renamed: 'gone' },
      { action: 'delete', live: { id: 'shop.orders' }, renamed: 'kong.service/shop.purchases' },
    ]);
    // What is merely not in the blueprint stays as ever.
    expect(made.orphans).toMatchObject([{ action: 'orphan', live: { id: 'shop.orders-old' } }]);
    await applyPlan({ providers: [provider], plan: made });
    const order = ['put kong.service/shop.purchases', 'put kong.route/shop.purchases.list', 'settle kong', 'remove kong.route/shop.orders.list', 'remove kong.route/shop.orders.left-out', 'remove kong.service/shop.orders'];
    expect(log.slice(0, order.length)).toEqual(order);
    const report = { command: 'plan', problems: [], plan: made };
    const text = renderText(report, makeStyle(false), () => undefined);
    expect(text).toContain('- renamed kong.service/shop.orders\n    is called kong.service/shop.purchases now, and goes when that is in force (renamedFrom)');
    expect(text).toContain('- renamed kong.route/shop.orders.left-out\n    what it belonged to has another name now (renamedFrom)');
    expect(JSON.parse(renderJson(report))).toMatchObject({ changes: expect.arrayContaining([expect.objectContaining({ action: 'delete', address: 'kong.service/shop.orders', renamed: 'kong.service/shop.purchases' })]) as unknown[] });
  });

  it('stays where nothing is to be deleted, is let go where it was taken over, and is blocked where something foreign stands on it', async () => {
    expect(told(await renaming(fake(former).provider, { keepRenamed: true })).filter((line) => line.startsWith('delete'))).toEqual([]);
    const [service, ...others] = former;
    const adopted = await renaming(fake([{ ...service!, adopted: true }, ...others]).provider);
    expect(told(adopted).filter((line) => line.endsWith('/shop.orders'))).toEqual(['orphan kong.service/shop.orders']);
    const blocked = await renaming(fake([...former, { ...theirs, spec: { service: 'shop.orders' } }]).provider);
    expect(told(blocked)).toContain('blocked kong.service/shop.orders');
    expect(told(await renaming(fake(former.map((object) => ({ ...object, owner: 'other' }))).provider)).filter((line) => !line.startsWith('create'))).toEqual([]);
  });

  it('goes no second time', async () => {
    expect(told(await renaming(fake(desired.map(({ kind, id }) => held(kind, id))).provider))).toEqual(['keep kong.service/shop.purchases', 'keep kong.route/shop.purchases.list']);
  });
});

describe('what was made twice', () => {
  const twice: Live = { ...held('kong.route', 'r#2'), doubled: true };

  it('goes without --prune, and is left by who deletes nothing, where it was there before, and where it is of others', async () => {
    const among = async (live: Live, options: PlanOptions = {}) => told(await plan(fake([live]).provider, options));
    expect(await among(twice)).toEqual(['delete kong.route/r#2']);
    expect(await among(twice, { keepRenamed: true })).toEqual(['orphan kong.route/r#2']);
    expect(await among({ ...twice, adopted: true })).toEqual(['orphan kong.route/r#2']);
    expect(await among({ ...twice, owner: 'other' })).toEqual([]);
    expect(await among({ ...twice, doubled: false })).toEqual(['orphan kong.route/r#2']);
  });
});
