import { expect, it } from 'vitest';
import type { Verdict } from '../../src/core/report.ts';
import { saboteur } from '../../scripts/sabotage.js';
import type { ownStack } from './own.ts';

/** What every stack must bear, whatever it runs on: processes of this machine, containers, Docker Compose. */
interface Subject {
  readonly blueprint: string;
  readonly stack: Pick<ReturnType<typeof ownStack>, 'succeed' | 'authctl' | 'verify' | 'env'>;
}

/** Whose checks were seen to pass, by their ids. */
export const passedIn = (verdicts: readonly Verdict[]): ReadonlySet<string> => new Set(verdicts.filter(({ status }) => status === 'passed').map(({ id }) => id));

/** None but passed and skipped, and what it is about has been looked at: more than so many checks passed. */
export const standEveryAttack = (verdicts: readonly Verdict[], least: number): void => {
  const bad = verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped');
  expect(bad.map(({ id, subject, status, why }) => [id, subject, status, why])).toEqual([]);
  expect(passedIn(verdicts).size).toBeGreaterThan(least);
};

export const hasNothingToDo = async ({ blueprint, stack }: Subject): Promise<void> => {
  expect(await stack.succeed('plan', blueprint, '--exit-code')).toContain('no changes');
};

const isMade = async (subject: Subject): Promise<void> => {
  await subject.stack.succeed('apply', subject.blueprint, '--yes');
  await hasNothingToDo(subject);
};

export const standsEveryAttack = async ({ stack }: Subject, least: number): Promise<readonly Verdict[]> => {
  const { exitCode, verdicts } = await stack.verify();
  standEveryAttack(verdicts, least);
  expect(exitCode).toBe(0);
  return verdicts;
};

/** `name`: of the blueprint, and of the realm. */
export const isPutRight = async ({ blueprint, stack }: Subject, name: string): Promise<void> => {
  await saboteur(stack.env(), name).openRedirect('storefront');
  const drift = await stack.authctl('drift', blueprint);
  expect([drift.exitCode, drift.stdout]).toEqual([2, expect.stringContaining(`keycloak.client/${name}/storefront`)]);
  await stack.succeed('apply', blueprint, '--yes');
  expect(await stack.succeed('drift', blueprint)).toContain('no changes');
};

/** The main job on the example of the README, a test for each part of it. */
export const keepsTheContract = (subject: Subject): void => {
  it('is made to match the blueprint, and has nothing to do the second time', () => isMade(subject));
  it('stands every attack', async () => { await standsEveryAttack(subject, 100); });
  it('shows what is broken by hand, and is put right', () => isPutRight(subject, 'shop'));
};
