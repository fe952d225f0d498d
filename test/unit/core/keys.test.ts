import { describe, expect, it } from 'vitest';
import { applyPlan } from '../../../src/core/apply.ts';
import { createEngine } from '../../../src/core/engine.ts';
import { addressOfChange, changesOf, makePlan } from '../../../src/core/plan.ts';
import { Problem } from '../../../src/core/problem.ts';
import type { Provider } from '../../../src/core/provider.ts';
import type { Deferred, Desired, Live } from '../../../src/core/resource.ts';
import { fakeProvider, held, wanted } from './build.ts';

const keysAfter = (...after: string[]): Deferred => ({
  kind: 'kong.key',
  id: '<keys>',
  after,
  origin: wanted('x', 'y').origin,
  needs: { provider: 'keycloak', output: 'keys' },
  hint: 'switch a key on',
  expand: (keys) => (keys as string[]).map((key) => wanted('kong.key', key)),
});
const realm = wanted('keycloak.realm', 'shop', { algorithm: 'RS512' });

/** A realm whose keys are `keys`; when it is announced that it changes its algorithm, the next key is published. */
const world = (published: string[], live: readonly Live[], breaks?: (address: string) => Error | undefined, drain?: number) => {
  const keycloak = fakeProvider('keycloak', [{ name: 'keycloak.realm' }], live.filter(({ kind }) => kind === 'keycloak.realm'), { output: () => Promise.resolve([...published]) });
  const kong = fakeProvider('kong', [{ name: 'kong.key', derived: true }, { name: 'kong.guard' }], live.filter(({ kind }) => kind !== 'keycloak.realm'), breaks ? { breaks } : {});
  const log: string[] = [];
  const told = (fake: typeof keycloak, when: 'later' | 'last', announced: () => void): Provider => ({
    ...fake.provider,
    kinds: fake.provider.kinds.map((kind) => ({
      ...kind,
      put: async (desired: Desired, before: Live | undefined) => {
        log.push(`put ${kind.name}/${desired.id}`);
        await kind.put(desired, before);
      },
      remove: async (object: Live) => {
        log.push(`remove ${kind.name}/${object.id}`);
        await kind.remove(object);
      },
      ...(kind.name !== 'kong.key' && {
        announce: () => {
          log.push(`announce ${kind.name}`);
          announced();
          return Promise.resolve(when);
        },
      }),
    })),
    ...(fake.provider.name === 'kong' && { settle: () => Promise.resolve(void log.push('settle')), ...(drain !== undefined && { drain }) }),
  });
  const providers = [told(keycloak, 'later', () => void published.splice(0, published.length, 'new')), told(kong, 'last', () => undefined)];
  return { providers, log };
};
const before = [held('keycloak.realm', 'shop', { algorithm: 'ES256' }), held('kong.key', 'old'), held('kong.guard', 'g', { takes: 'ES256' })];
const guard = wanted('kong.guard', 'g', { takes: 'RS512' });

describe('a value that is there and of no use', () => {
  it('is a problem of the plan with the next step, and nothing that stands on the one before goes', async () => {
    const { providers, log } = world([], before);
    const expansion = { name: 'shop', desired: [wanted('keycloak.realm', 'shop', { algorithm: 'ES256' }), wanted('kong.guard', 'g', { takes: 'ES256' })], deferred: [keysAfter('keycloak.realm/shop')] };
    const made = await makePlan(providers, expansion);
    expect(changesOf(made).filter(({ action }) => action !== 'keep').map((change) => `${change.action} ${addressOfChange(change)}`)).toEqual(['blocked kong.key/<keys>', 'orphan kong.key/old']);
    const engine = createEngine(providers, expansion);
    for (const report of [await engine.plan({}), await engine.apply({ approve: () => Promise.resolve(true) }), await engine.apply({ prune: true, approve: () => Promise.resolve(true) })])
      expect(report.problems).toMatchObject([{ code: 'PLAN_NO_VALUE', hint: 'switch a key on' }]);
    expect((await engine.drift({})).negative).toBe(true);
    expect(log).toEqual([]);
  });

  it('is a failure when it stays so though what it waits for was written', async () => {
    const { providers, log } = world([], [held('kong.key', 'old')]);
    const made = await makePlan(providers, { name: 'shop', desired: [realm], deferred: [keysAfter('keycloak.realm/shop')] });
    const results = await applyPlan({ providers, plan: made });
    expect(results.filter(({ outcome }) => outcome !== 'done')).toMatchObject([{ address: 'kong.key/<keys>', outcome: 'failed', problem: { code: 'APPLY_NO_VALUE' } }]);
    expect(log).toEqual(['put keycloak.realm/shop', 'settle']);
  });
});

describe('a change that is announced', () => {
  const expansion = { name: 'shop', desired: [realm, guard], deferred: [keysAfter('keycloak.realm/shop')] };

  it('is carried out when everything that others make of it is in force, and what only the old way needed goes last', async () => {
    const { providers, log } = world([], before);
    const results = await applyPlan({ providers, plan: await makePlan(providers, expansion) });
    expect(results.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    expect(results.map(({ address }) => address).filter((address) => address === 'keycloak.realm/shop')).toHaveLength(1);
    expect(log.slice(0, 2).toSorted()).toEqual(['announce keycloak.realm', 'announce kong.guard']);
    expect(log.slice(2)).toEqual(['put kong.key/new', 'settle', 'put keycloak.realm/shop', 'put kong.guard/g', 'settle', 'remove kong.key/old', 'settle']);
    expect(changesOf(await makePlan(providers, expansion)).map(({ action }) => action)).toEqual(['keep', 'keep', 'keep']);
  });

  it('takes the old key away in the end, also when the plan knew that it goes', async () => {
    const { providers, log } = world(['new'], before);
    await applyPlan({ providers, plan: await makePlan(providers, expansion) });
    expect(log.slice(-5)).toEqual(['put keycloak.realm/shop', 'put kong.guard/g', 'settle', 'remove kong.key/old', 'settle']);
  });

  it('takes nothing away before what was issued the old way has ended', async () => {
    const { providers, log } = world([], before, undefined, 360_000);
    const sleep = (milliseconds: number) => Promise.resolve(void log.push(`sleep ${milliseconds}`));
    const told: (string | undefined)[] = [];
    const results = await applyPlan({ providers, plan: await makePlan(providers, expansion), sleep, events: (event) => void (event.type === 'write.started' && told.push(event.detail)) });
    expect(results.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    expect(log.slice(2)).toEqual(['put kong.key/new', 'settle', 'put keycloak.realm/shop', 'sleep 360000', 'put kong.guard/g', 'settle', 'remove kong.key/old', 'settle']);
    expect(told.filter((detail) => detail !== undefined)).toEqual(['what was issued before is taken until it has ended, in 360 s']);
  });

  it('takes nothing away when the wait is interrupted, and waits again in the next run', async () => {
    const { providers, log } = world([], before, undefined, 360_000);
    const stop = new AbortController();
    const results = await applyPlan({ providers, plan: await makePlan(providers, expansion), signal: stop.signal, sleep: () => Promise.resolve(stop.abort()) });
    expect(results.filter(({ outcome }) => outcome !== 'done').map(({ address }) => address)).toEqual(['kong.drain/shop', 'kong.guard/g']);
    expect(log.slice(2)).toEqual(['put kong.key/new', 'settle', 'put keycloak.realm/shop']);
    log.length = 0;
    await applyPlan({ providers, plan: await makePlan(providers, expansion), sleep: () => Promise.resolve(void log.push('sleep')) });
    expect(log.slice(-5)).toEqual(['sleep', 'put kong.guard/g', 'settle', 'remove kong.key/old', 'settle']);
  });

  it('ends a wait that is interrupted at once', async () => {
    const { providers } = world([], before, undefined, 360_000);
    const stop = new AbortController();
    const results = await applyPlan({
      providers, plan: await makePlan(providers, expansion), signal: stop.signal,
      events: (event) => event.type === 'write.started' && event.action === 'drain' && stop.abort(),
    });
    expect(results.filter(({ address }) => address === 'kong.drain/shop')).toMatchObject([{ outcome: 'failed', problem: { code: 'APPLY_SKIPPED' } }]);
  });

  it('is not carried out when the others do not have it', async () => {
    const { providers, log } = world([], before, (address) => (address === 'kong.key/new' ? new Problem('KONG_REFUSED', 'no') : undefined));
    const results = await applyPlan({ providers, plan: await makePlan(providers, expansion) });
    expect(results.filter(({ action }) => action !== 'settle').map(({ outcome, address }) => `${outcome} ${address}`).toSorted()).toEqual(['done kong.key/<keys>', 'failed kong.key/new', 'skipped keycloak.realm/shop', 'skipped kong.guard/g']);
    expect(log.filter((line) => line.startsWith('put'))).toEqual(['put kong.key/new']);
  });
});

describe('a change that others stand on until they are gone', () => {
  const guarded = (prune: boolean, breaks?: (address: string) => Error | undefined) => {
    const log: string[] = [];
    const opa = fakeProvider('opa', [{ name: 'opa.bundle' }], [held('opa.bundle', 'shop', { knows: 'old' })]);
    const kong = fakeProvider('kong', [{ name: 'kong.guard' }], [held('kong.guard', 'old', { asks: 'old' })], breaks ? { breaks } : {});
    const noting = ({ provider }: typeof opa, announced: boolean): Provider => ({
      ...provider,
      kinds: provider.kinds.map((kind) => ({
        ...kind,
        put: async (desired: Desired, live: Live | undefined) => { log.push(`put ${desired.kind}/${desired.id}`); await kind.put(desired, live); },
        remove: async (live: Live) => { log.push(`remove ${live.kind}/${live.id}`); await kind.remove(live); },
        ...(announced && { announce: () => { log.push('announce'); return Promise.resolve('gone' as const); } }),
      })),
      ...(!announced && { settle: () => Promise.resolve(void log.push('settle')) }),
    });
    const expansion = { name: 'shop', desired: [wanted('opa.bundle', 'shop', { knows: 'new' }), { ...wanted('kong.guard', 'new', { asks: 'new' }), after: ['opa.bundle/shop'] }], deferred: [] };
    const providers = [noting(opa, true), noting(kong, false)];
    const apply = async (signal?: AbortSignal) => applyPlan({ providers, plan: await makePlan(providers, expansion, { prune }), ...(signal && { signal }) });
    return { log, apply };
  };

  it('is announced before what comes in their place, and carried out when they are seen gone', async () => {
    const { log, apply } = guarded(true);
    const results = await apply();
    expect(results.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    expect(log).toEqual(['announce', 'put kong.guard/new', 'settle', 'remove kong.guard/old', 'settle', 'put opa.bundle/shop']);
    expect(results.filter(({ address }) => address === 'opa.bundle/shop')).toHaveLength(1);
    log.length = 0;
    expect(await apply()).toEqual([]);
  });

  it('is carried out where they stay, too, when what comes is in force', async () => {
    const { log, apply } = guarded(false);
    await apply();
    expect(log).toEqual(['announce', 'put kong.guard/new', 'settle', 'put opa.bundle/shop']);
  });

  it('is left as announced while what comes in their place is not there', async () => {
    const { log, apply } = guarded(true, (address) => (address === 'kong.guard/new' ? new Problem('KONG_REFUSED', 'no') : undefined));
    const results = await apply();
    expect(log).toEqual(['announce', 'put kong.guard/new', 'settle']);
    expect(results.filter(({ action }) => action !== 'settle').map(({ outcome, address }) => `${outcome} ${address}`)).toEqual(['failed kong.guard/new', 'skipped opa.bundle/shop']);
  });
});

describe('plan', () => {
  it('says what the live servers would refuse, before anybody applies', async () => {
    const { provider } = fakeProvider('kong', [{ name: 'kong.guard' }]);
    const check: Provider['check'] = (desired) => Promise.resolve(desired.map(({ id }) => new Problem('KONG_PLUGIN_MISSING', id)));
    const report = await createEngine([{ ...provider, check }], { name: 'shop', desired: [guard], deferred: [] }).plan({});
    expect(report).toMatchObject({ problems: [{ code: 'KONG_PLUGIN_MISSING', message: 'g' }], plan: { name: 'shop' } });
  });
});
