import { expect, it } from 'vitest';
import type { ownStack } from '../stack/own.ts';
import { saboteur } from '../../scripts/sabotage.js';

/** What every stack must bear, whatever it runs on. */
interface Subject {
  readonly blueprint: string;
  /** Of the realm, too. */
  readonly name: string;
  readonly succeed: ReturnType<typeof ownStack>['succeed'];
  readonly authctl: ReturnType<typeof ownStack>['authctl'];
  readonly verify: ReturnType<typeof ownStack>['verify'];
  readonly env: () => Record<string, string>;
}

/** The main job, as the local stack is held to it: apply, nothing left to do, every claim, what is broken by hand is told and put back. */
export const keepsTheContract = ({ blueprint, name, succeed, authctl, verify, env }: Subject): void => {
  it('is made to match the blueprint, and has nothing to do the second time', async () => {
    await succeed('apply', blueprint, '--yes');
    expect(await succeed('plan', blueprint, '--exit-code')).toContain('no changes');
  });

  it('stands every attack', async () => {
    const { exitCode, verdicts } = await verify();
    const bad = verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped');
    expect(bad.map(({ id, subject, status, why }) => [id, subject, status, why])).toEqual([]);
    expect(exitCode).toBe(0);
    expect(new Set(verdicts.filter(({ status }) => status === 'passed').map(({ id }) => id)).size).toBeGreaterThan(100);
  });

  it('shows what is broken by hand, and is put right', async () => {
    await saboteur(env(), name).openRedirect('storefront');
    const drift = await authctl('drift', blueprint);
    expect([drift.exitCode, drift.stdout]).toEqual([2, expect.stringContaining(`keycloak.client/${name}/storefront`)]);
    await succeed('apply', blueprint, '--yes');
    expect(await succeed('drift', blueprint)).toContain('no changes');
  });
};
