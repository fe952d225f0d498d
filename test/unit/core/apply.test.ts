import { describe, expect, it } from 'vitest';
import { applyPlan } from '../../../src/core/apply.ts';
import type { WriteEvent } from '../../../src/core/events.ts';
import { addressOfChange, makePlan } from '../../../src/core/plan.ts';
import { Problem } from '../../../src/core/problem.ts';
import type { Provider } from '../../../src/core/provider.ts';
import type { Change, Desired, Live } from '../../../src/core/resource.ts';
import { fakeProvider, held, wanted } from './build.ts';

const kinds = [{ name: 'kong.service' }, { name: 'kong.route', after: ['kong.service'] }];
const desired = [wanted('kong.route', 'r', {}, ['kong.service/s']), wanted('kong.service', 's'), wanted('kong.service', 't')];

const run = async (fake: ReturnType<typeof fakeProvider>, options = {}, signal?: AbortSignal) => {
  const plan = await makePlan([fake.provider], { name: 'shop', desired, deferred: [] }, options);
  return applyPlan({ providers: [fake.provider], plan, options, ...(signal && { signal }) });
};
const outcomes = (results: Awaited<ReturnType<typeof run>>) => Object.fromEntries(results.map(({ address, outcome }) => [address, outcome]));

describe('applyPlan', () => {
  it('writes in order and settles at the end', async () => {
    const fake = fakeProvider('kong', kinds);
    await run(fake);
    expect(fake.log).toEqual(['put kong.service/s', 'put kong.service/t', 'put kong.route/r', 'settle kong']);
  });

  it('writes nothing the second time', async () => {
    const fake = fakeProvider('kong', kinds);
    await run(fake);
    fake.log.length = 0;
    expect(await run(fake)).toEqual([]);
    expect(fake.log).toEqual([]);
  });

  it('skips what depends on a failure, and nothing else', async () => {
    const fake = fakeProvider('kong', kinds, [], { breaks: (address) => (address === 'kong.service/s' ? new Problem('KONG_REFUSED', 'no') : undefined) });
    expect(outcomes(await run(fake))).toEqual({
      'kong.service/s': 'failed',
      'kong.service/t': 'done',
      'kong.route/r': 'skipped',
      'kong.settle/shop': 'done',
    });
  });

  it('deletes nothing when a write failed', async () => {
    const fake = fakeProvider('kong', kinds, [held('kong.service', 'gone')], { breaks: (address) => (address === 'kong.service/s' ? new Problem('KONG_REFUSED', 'no') : undefined) });
    await run(fake, { prune: true });
    expect(fake.log.filter((line) => line.startsWith('remove'))).toEqual([]);
  });

  it('lets a bug through with its stack', async () => {
    const fake = fakeProvider('kong', kinds, [], { breaks: () => new TypeError('a bug') });
    await expect(run(fake)).rejects.toThrow(TypeError);
  });

  it('begins nothing after an interruption and says so', async () => {
    const fake = fakeProvider('kong', kinds);
    expect(new Set((await run(fake, {}, AbortSignal.abort())).map(({ outcome }) => outcome))).toEqual(new Set(['skipped']));
    expect(fake.log).toEqual([]);
  });

  it('reports what an atomic provider holds back as done only when it has settled', async () => {
    const fake = fakeProvider('kong', kinds);
    const seen: string[] = [];
    const provider = {
      ...fake.provider,
      atomic: true,
      settle: () => {
        seen.push('settling');
        return Promise.resolve();
      },
    };
    const plan = await makePlan([provider], { name: 'shop', desired, deferred: [] });
    const events = (event: WriteEvent) => event.type === 'write.finished' && seen.push(`${event.outcome} ${event.address}`);
    await applyPlan({ providers: [provider], plan, events });
    expect(seen).toEqual(['settling', 'done kong.service/s', 'done kong.service/t', 'done kong.route/r', 'done kong.settle/shop']);
  });

  it('reports nothing as done of an atomic provider that does not settle, or that is interrupted before', async () => {
    const fake = fakeProvider('kong', kinds);
    const settle = () => Promise.reject(new Problem('KONG_REFUSED', 'no'));
    const provider = { ...fake.provider, atomic: true, settle };
    const plan = await makePlan([provider], { name: 'shop', desired, deferred: [] });
    const skipped = { 'kong.service/s': 'skipped', 'kong.service/t': 'skipped', 'kong.route/r': 'skipped' };
    expect(outcomes(await applyPlan({ providers: [provider], plan }))).toEqual({ ...skipped, 'kong.settle/shop': 'failed' });
    const interrupt = new AbortController();
    const events = ({ type, address }: WriteEvent) => type === 'write.started' && address === 'kong.route/r' && interrupt.abort();
    expect(outcomes(await applyPlan({ providers: [provider], plan, events, signal: interrupt.signal }))).toEqual(skipped);
  });

  it('makes deferred objects once their value exists', async () => {
    let keys: readonly string[] | undefined;
    const keycloak = fakeProvider('keycloak', [{ name: 'keycloak.realm' }], [], { output: () => Promise.resolve(keys) });
    const put = keycloak.provider.kinds[0]?.put.bind(undefined);
    Object.assign(keycloak.provider.kinds[0] ?? {}, {
      put: async (...args: Parameters<NonNullable<typeof put>>) => {
        await put?.(...args);
        keys = ['k1', 'k2'];
      },
    });
    const kong = fakeProvider('kong', [{ name: 'kong.jwt_secret', derived: true }]);
    const providers = [keycloak.provider, kong.provider];
    const expansion = {
      name: 'shop',
      desired: [wanted('keycloak.realm', 'shop')],
      deferred: [{ kind: 'kong.jwt_secret', id: '<keys>', after: ['keycloak.realm/shop'], origin: wanted('x', 'y').origin, needs: { provider: 'keycloak', output: 'keys' }, expand: (value: unknown) => (value as string[]).map((key) => wanted('kong.jwt_secret', key)) }],
    };
    const results = await applyPlan({ providers, plan: await makePlan(providers, expansion) });
    expect(kong.log).toEqual(['put kong.jwt_secret/k1', 'put kong.jwt_secret/k2', 'settle kong']);
    expect(results.every(({ outcome }) => outcome === 'done')).toBe(true);
    expect((await makePlan(providers, expansion)).waves.flat().map(({ action }) => action)).toEqual(['keep', 'keep', 'keep']);
  });

  it('says why something was skipped', async () => {
    const fake = fakeProvider('kong', kinds, [], { breaks: (address) => (address === 'kong.service/s' ? new Problem('KONG_REFUSED', 'no') : undefined) });
    const whys = (results: Awaited<ReturnType<typeof run>>) => results.flatMap(({ outcome, problem }) => (outcome === 'skipped' ? [`${String(problem?.code)} ${String(problem?.message)}`] : []));
    expect(whys(await run(fake))).toEqual(['APPLY_SKIPPED kong.route/r: kong.service/s was not written']);
    expect(whys(await run(fakeProvider('kong', kinds), {}, AbortSignal.abort()))).toContain('APPLY_SKIPPED kong.service/s: interrupted before it was begun');
  });

  it('tells each write when it begins and when it has ended, and how long it took', async () => {
    const fake = fakeProvider('kong', kinds);
    const events: WriteEvent[] = [];
    const plan = await makePlan([fake.provider], { name: 'shop', desired: [wanted('kong.service', 's')], deferred: [] });
    const results = await applyPlan({ providers: [fake.provider], plan, events: (event) => events.push(event) });
    expect(events.map(({ type, address, action }) => `${type} ${action} ${address}`)).toEqual([
      'write.started create kong.service/s', 'write.finished create kong.service/s', 'write.started settle kong.settle/shop', 'write.finished settle kong.settle/shop',
    ]);
    expect(results.every(({ milliseconds }) => milliseconds >= 0 && milliseconds < 60_000)).toBe(true);
    const failing = fakeProvider('kong', kinds, [], { breaks: () => new Problem('KONG_REFUSED', 'no') });
    expect((await run(failing)).every(({ milliseconds }) => milliseconds >= 0 && milliseconds < 60_000)).toBe(true);
  });

  it('replaces by taking the old one away first, and writes the new one as if there had been none', async () => {
    const fake = fakeProvider('kong', [{ name: 'kong.service', immutable: ['protocol'] }], [held('kong.service', 's', { protocol: 'http', host: 'x' }), held('kong.service', 't', { host: 'x' })]);
    const seen: string[] = [];
    const [kind] = fake.provider.kinds;
    if (!kind) throw new Error('no kind');
    const watched = { ...kind, put: (object: Parameters<typeof kind.put>[0], live: Parameters<typeof kind.put>[1]) => (seen.push(`${object.id} over ${live === undefined ? 'nothing' : 'the live one'}`), kind.put(object, live)) };
    const provider = { ...fake.provider, kinds: [watched] };
    const plan = await makePlan([provider], { name: 'shop', desired: [wanted('kong.service', 's', { protocol: 'https' }), wanted('kong.service', 't', { host: 'y' })], deferred: [] });
    await applyPlan({ providers: [provider], plan });
    expect(fake.log.filter((line) => line.endsWith('/s'))).toEqual(['remove kong.service/s', 'put kong.service/s']);
    expect(fake.log).not.toContain('remove kong.service/t');
    expect(seen.toSorted()).toEqual(['s over nothing', 't over the live one']);
  });

  it('deletes what the plan says goes, after everything was written', async () => {
    const fake = fakeProvider('kong', kinds, [held('kong.service', 'gone')]);
    const results = await run(fake, { prune: true });
    expect(fake.log.at(-2)).toBe('remove kong.service/gone');
    expect(outcomes(results)).toMatchObject({ 'kong.service/gone': 'done' });
    expect(results.find(({ address }) => address === 'kong.service/gone')?.action).toBe('delete');
  });

  it('fails what is blocked, with its problem, and writes nothing over it', async () => {
    const fake = fakeProvider('kong', kinds, [{ ...held('kong.service', 's'), owner: undefined }]);
    const results = await run(fake);
    expect(results.find(({ address }) => address === 'kong.service/s')).toMatchObject({ action: 'blocked', outcome: 'failed', problem: { code: 'PLAN_BLOCKED' }, milliseconds: 0 });
    expect(outcomes(results)).toMatchObject({ 'kong.route/r': 'skipped', 'kong.service/t': 'done' });
  });

  it('tells each provider beforehand what is about to be done with its own objects', async () => {
    const told: Record<string, string[]> = {};
    const preparing = (name: string) => {
      const { provider } = fakeProvider(name, [{ name: `${name}.thing` }], [held(`${name}.thing`, 'there')]);
      return { ...provider, prepare: (changes: readonly Change[]) => { told[name] = changes.map((change) => `${change.action} ${addressOfChange(change)}`); } };
    };
    const providers = [preparing('kong'), preparing('kongress')];
    const plan = await makePlan(providers, { name: 'shop', desired: ['kong', 'kongress'].flatMap((name) => [wanted(`${name}.thing`, 'there'), wanted(`${name}.thing`, 'new')]), deferred: [] });
    await applyPlan({ providers, plan });
    expect(told).toEqual({ kong: ['keep kong.thing/there', 'create kong.thing/new'], kongress: ['keep kongress.thing/there', 'create kongress.thing/new'] });
  });

  it('settles with everything that is wanted now, deferred objects too, and only where something was written', async () => {
    const settled: Record<string, readonly string[]> = {};
    const settling = (name: string, live: readonly Live[] = [], output?: Provider['output']) => ({
      ...fakeProvider(name, [{ name: `${name}.thing` }], live, output && { output }).provider,
      settle: (objects: readonly Desired[]) => { settled[name] = objects.map(({ id }) => id); return Promise.resolve(); },
    });
    const bare = fakeProvider('opa', [{ name: 'opa.thing' }]).provider;
    const { settle: _settle, ...unsettled } = bare;
    const providers = [settling('kong'), settling('aws', [held('aws.thing', 'kept')]), settling('keycloak', [], (what) => Promise.resolve(what === 'keys' ? 'k1' : undefined)), unsettled];
    const deferred = (output: string, id: string) => ({ kind: 'kong.thing', id, after: [], origin: wanted('x', 'y').origin, needs: { provider: 'keycloak', output }, expand: (value: unknown) => [wanted('kong.thing', String(value))] });
    const plan = await makePlan(providers, { name: 'shop', desired: [wanted('kong.thing', 'new'), wanted('aws.thing', 'kept'), wanted('opa.thing', 'new')], deferred: [deferred('keys', '<keys>')] });
    await applyPlan({ providers, plan });
    expect(settled).toEqual({ kong: ['new', 'kept', 'new', 'k1'] });
  });

  it('fails an object whose value nobody gives, at its line, and settles without it', async () => {
    const fake = fakeProvider('kong', [{ name: 'kong.thing' }]);
    const deferred = { kind: 'kong.thing', id: '<keys>', after: [], origin: wanted('x', 'y').origin, needs: { provider: 'keycloak', output: 'keys' }, expand: () => [wanted('kong.thing', 'never')] };
    const plan = await makePlan([fake.provider], { name: 'shop', desired: [], deferred: [deferred] });
    const results = await applyPlan({ providers: [fake.provider], plan });
    expect(results[0]).toMatchObject({ address: 'kong.thing/<keys>', action: 'deferred', outcome: 'failed', problem: { code: 'APPLY_NO_VALUE', at: deferred.origin } });
    expect(fake.log).toEqual(['settle kong']);
  });

  it('judges deferred objects by what is live when their value comes', async () => {
    const keys: string[] = [];
    const fake = fakeProvider('kong', [{ name: 'kong.thing' }], [held('kong.thing', 'k1'), held('kong.thing', 'k2', { host: 'old' })]);
    const keycloak = { ...fakeProvider('keycloak', []).provider, output: () => Promise.resolve(keys.length > 0 ? keys : undefined) };
    const deferred = { kind: 'kong.thing', id: '<keys>', after: [], origin: wanted('x', 'y').origin, needs: { provider: 'keycloak', output: 'keys' }, expand: (value: unknown) => (value as string[]).map((key) => wanted('kong.thing', key, { ...(key === 'k2' && { host: 'new' }) })) };
    const providers = [keycloak, fake.provider];
    const plan = await makePlan(providers, { name: 'shop', desired: [], deferred: [deferred] });
    keys.push('k1', 'k2', 'k3');
    const results = await applyPlan({ providers, plan });
    expect(results.map(({ action, address }) => `${action} ${address}`)).toEqual(['deferred kong.thing/<keys>', 'update kong.thing/k2', 'create kong.thing/k3', 'settle kong.settle/shop']);
  });

  it('takes away what a value that came late no longer makes, where it is derived, ours and of no other', async () => {
    const keys: string[] = [];
    const live = [held('kong.thing', 'k1'), held('kong.thing', 'old'), held('kong.thing', 'theirs', {}, 'other')];
    const left = async (derived: boolean, value: readonly string[]) => {
      keys.length = 0;
      const fake = fakeProvider('kong', [{ name: 'kong.thing', derived }], live);
      const keycloak = { ...fakeProvider('keycloak', []).provider, output: () => Promise.resolve(keys.length > 0 ? keys : undefined) };
      const deferred = { kind: 'kong.thing', id: '<keys>', after: [], origin: wanted('x', 'y').origin, needs: { provider: 'keycloak', output: 'keys' }, expand: (found: unknown) => (found as string[]).map((key) => wanted('kong.thing', key)) };
      const providers = [keycloak, fake.provider];
      const plan = await makePlan(providers, { name: 'shop', desired: [], deferred: [deferred] });
      keys.push(...value);
      const results = await applyPlan({ providers, plan });
      expect(results.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
      return [...fake.store.keys()].toSorted();
    };
    expect(await left(true, ['k1', 'k2'])).toEqual(['kong.thing/k1', 'kong.thing/k2', 'kong.thing/theirs']);
    expect(await left(false, ['k1', 'k2'])).toEqual(['kong.thing/k1', 'kong.thing/k2', 'kong.thing/old', 'kong.thing/theirs']);
  });

  it('has a problem with a kind that no target is given for', async () => {
    const plan = await makePlan([], { name: 'shop', desired: [wanted('aws.api', 'a')], deferred: [] });
    await expect(applyPlan({ providers: [], plan })).rejects.toMatchObject({ code: 'TARGET_MISSING', hint: expect.any(String) as string });
  });

  it('writes side by side up to what the target takes, four where nothing is said', async () => {
    const most = async (concurrency: number | undefined) => {
      let [now, peak] = [0, 0];
      const fake = fakeProvider('kong', [{ name: 'kong.thing' }]);
      const [kind] = fake.provider.kinds;
      if (!kind) throw new Error('no kind');
      const slow = { ...kind, put: async () => { now += 1; peak = Math.max(peak, now); await new Promise((resolve) => setImmediate(resolve)); now -= 1; } };
      const provider = { ...fake.provider, kinds: [slow], ...(concurrency !== undefined && { concurrency }) };
      const plan = await makePlan([fakeProvider('kongress', [], [], { concurrency: 7 }).provider, provider], { name: 'shop', desired: Array.from({ length: 12 }, (_, at) => wanted('kong.thing', `t${at}`)), deferred: [] });
      await applyPlan({ providers: [fakeProvider('kongress', [], [], { concurrency: 7 }).provider, provider], plan });
      return peak;
    };
    expect([await most(1), await most(3), await most(undefined), await most(100)]).toEqual([1, 3, 4, 12]);
  });

  it('holds back nothing of a provider that is not atomic', async () => {
    const fake = fakeProvider('kong', kinds);
    const seen: string[] = [];
    const provider = { ...fake.provider, settle: () => (seen.push('settling'), Promise.resolve()) };
    const plan = await makePlan([provider], { name: 'shop', desired: [wanted('kong.service', 's')], deferred: [] });
    await applyPlan({ providers: [provider], plan, events: (event) => event.type === 'write.finished' && seen.push(event.address) });
    expect(seen).toEqual(['kong.service/s', 'settling', 'kong.settle/shop']);
  });

  it('says of what an atomic provider held back why it is not known to be written', async () => {
    const why = async (settle: () => Promise<void>, signal?: AbortSignal, events?: (event: WriteEvent) => void) => {
      const provider = { ...fakeProvider('kong', kinds).provider, atomic: true, settle };
      const plan = await makePlan([provider], { name: 'shop', desired: [wanted('kong.service', 's')], deferred: [] });
      const [first] = await applyPlan({ providers: [provider], plan, ...(signal && { signal }), ...(events && { events }) }).then((results) => results.filter(({ address }) => address === 'kong.service/s'));
      return [first?.outcome, first?.problem?.code, first?.problem?.message];
    };
    expect(await why(() => Promise.reject(new Problem('KONG_REFUSED', 'no')))).toEqual(['skipped', 'APPLY_SKIPPED', 'kong.service/s: not known to be written, because kong.settle/shop failed']);
    const interrupt = new AbortController();
    expect(await why(() => Promise.resolve(), interrupt.signal, ({ type }) => { if (type === 'write.started') interrupt.abort(); })).toEqual(['skipped', 'APPLY_SKIPPED', 'kong.service/s: interrupted before it was written']);
  });

  it('brings into force what was made of a value whose target has gone since, and tells what was done', async () => {
    const keycloak = fakeProvider('keycloak', [{ name: 'keycloak.realm' }]);
    let asked = 0;
    // Asked by the plan, and by the one object that is made of it; then it is away.
    const output = (): Promise<unknown> => ((asked += 1) < 3 ? Promise.resolve(asked === 1 ? undefined : ['k']) : Promise.reject(new Problem('TARGET_UNREACHABLE', 'away', { nature: 'unreachable' })));
    const kong = fakeProvider('kong', kinds);
    const settled: string[][] = [];
    const providers: Provider[] = [{ ...keycloak.provider, output }, { ...kong.provider, settle: (given) => Promise.resolve(void settled.push(given.map(({ id }) => id))) }];
    const deferred = { kind: 'kong.service', id: '<keys>', after: [], origin: wanted('x', 'y').origin, needs: { provider: 'keycloak', output: 'keys' }, expand: () => [wanted('kong.service', 'k')] };
    const plan = await makePlan(providers, { name: 'shop', desired: [wanted('keycloak.realm', 'shop'), wanted('kong.route', 'r')], deferred: [deferred] });
    const results = await applyPlan({ providers, plan });
    expect(results.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    expect(settled).toEqual([expect.arrayContaining(['k', 'r'])]);
  });

  it('takes nothing away when it cannot be seen what stands on it, and tells what was done before', async () => {
    const fake = fakeProvider('kong', kinds, [held('kong.service', 'gone')]);
    let readings = 0;
    const away = new Problem('TARGET_UNREACHABLE', 'away', { nature: 'unreachable' });
    const [services, ...others] = fake.provider.kinds;
    const list = () => ((readings += 1) < 2 ? (services?.list() ?? Promise.resolve([])) : Promise.reject(away));
    const provider: Provider = { ...fake.provider, kinds: [...(services ? [{ ...services, list }] : []), ...others], dependents: () => Promise.resolve([]) };
    const plan = await makePlan([provider], { name: 'shop', desired: [wanted('kong.route', 'r')], deferred: [] }, { prune: true });
    const results = await applyPlan({ providers: [provider], plan, options: { prune: true } });
    expect(outcomes(results)).toEqual({ 'kong.route/r': 'done', 'kong.settle/shop': 'done', 'kong.service/gone': 'failed' });
    expect(fake.log).not.toContain('remove kong.service/gone');
  });
});
