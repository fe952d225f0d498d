import { expect, it } from 'vitest';
import type { Verdict } from '../../src/core/report.ts';
import type { ownStack } from '../stack/own.ts';
import { saboteur } from '../../scripts/sabotage.js';

/** What every stack must bear, whatever it runs on. */
interface Subject {
  readonly blueprint: string;
  /** Of the realm, too. */
  readonly name: string;
  readonly stack: Pick<ReturnType<typeof ownStack>, 'succeed' | 'authctl' | 'verify'>;
  readonly env: () => Record<string, string>;
}

/** None but passed and skipped, and most of the catalogue was seen to pass. */
export const standEveryAttack = (verdicts: readonly Verdict[]): void => {
  const bad = verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped');
  expect(bad.map(({ id, subject, status, why }) => [id, subject, status, why])).toEqual([]);
  expect(new Set(verdicts.filter(({ status }) => status === 'passed').map(({ id }) => id)).size).toBeGreaterThan(100);
};

/** The main job, as the local stack is held to it: apply, nothing left to do, every claim, what is broken by hand is told and put back. */
export const keepsTheContract = ({ blueprint, name, stack: { succeed, authctl, verify }, env }: Subject): void => {
  it('is made to match the blueprint, and has nothing to do the second time', async () => {
    await succeed('apply', blueprint, '--yes');
    expect(await succeed('plan', blueprint, '--exit-code')).toContain('no changes');
  });

  it('stands every attack', async () => {
    const { exitCode, verdicts } = await verify();
    standEveryAttack(verdicts);
    expect(exitCode).toBe(0);
  });

  it('shows what is broken by hand, and is put right', async () => {
    await saboteur(env(), name).openRedirect('storefront');
    const drift = await authctl('drift', blueprint);
    expect([drift.exitCode, drift.stdout]).toEqual([2, expect.stringContaining(`keycloak.client/${name}/storefront`)]);
    await succeed('apply', blueprint, '--yes');
    expect(await succeed('drift', blueprint)).toContain('no changes');
  });
};
