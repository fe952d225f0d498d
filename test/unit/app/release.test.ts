import { describe, expect, it } from 'vitest';
import { createAuthctl } from '../../../src/app/index.ts';
import { blueprint, startTargets } from './targets.ts';

describe('release', () => {
  it('lets go of what is named, asks with its plan, and says when nothing is called so', async () => {
    const env = await startTargets();
    const authctl = createAuthctl({ env, localStack: false });
    expect((await authctl.apply(blueprint, { approve: true })).problems).toEqual([]);
    const asked: number[] = [];
    const approve = ({ plan }: { readonly plan: { readonly removals: readonly unknown[] } }): boolean => {
      asked.push(plan.removals.length);
      return asked.length > 1;
    };
    const only = ['kong.route/*'];
    expect(await authctl.release(blueprint, { approve, only })).toMatchObject({ command: 'release', negative: true, notes: ['nothing was changed: not approved'] });
    const released = await authctl.release(blueprint, { approve, only });
    expect(released).toMatchObject({ problems: [] });
    expect(new Set(released.applied?.filter(({ action }) => action === 'release').map(({ address }) => address.split('/')[0]))).toEqual(new Set(['kong.route']));
    expect((await authctl.plan(blueprint)).plan?.waves.flat().filter(({ action }) => action === 'blocked')).toHaveLength(asked[0] ?? 0);
    expect(await authctl.release(blueprint, { approve: true, only })).toMatchObject({ problems: [{ code: 'RELEASE_UNMATCHED' }] });
  });
});
