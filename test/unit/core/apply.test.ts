import { describe, expect, it } from 'vitest';
import { applyPlan } from '../../../src/core/apply.ts';
import type { ApplyEvent } from '../../../src/core/apply.ts';
import { makePlan } from '../../../src/core/plan.ts';
import { Problem } from '../../../src/core/problem.ts';
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
    const events = (event: ApplyEvent) => event.type === 'finished' && seen.push(`${event.outcome} ${event.address}`);
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
    const events = ({ type, address }: ApplyEvent) => type === 'started' && address === 'kong.route/r' && interrupt.abort();
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
});
