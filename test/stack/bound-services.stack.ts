import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ownStack } from './own.ts';

/** The example of bound tokens, with services that verify them, and their proofs, for themselves: the gateway passes both on. */
const inServices = (): string => {
  const text = readFileSync('blueprints/bound.yaml', 'utf8');
  const changed = text.replace('pattern: sso', 'pattern: jwt').replace(/^ *proofs: .*\n *relay: .*\n/m, '');
  expect(changed.length).toBeLessThan(text.length - 100);
  return changed;
};

it('services judge the proofs of bound tokens themselves, and who stole one gets nowhere', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'authctl-bound-services-'));
  const blueprint = join(directory, 'blueprint.yaml');
  writeFileSync(blueprint, inServices());
  const stack = ownStack(blueprint);
  try {
    await stack.succeed('stack', 'up', blueprint);
    await stack.succeed('apply', blueprint, '--yes');
    const { exitCode, verdicts } = await stack.verify('--only', 'POS,POP,AZ,ERR');
    expect(verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped').map(({ id, subject, status, why }) => [id, subject, status, why])).toEqual([]);
    expect(exitCode).toBe(0);
    const passed = new Set(verdicts.filter(({ status }) => status === 'passed').map(({ id }) => id));
    expect(['POS-01', 'POP-02', 'POP-03', 'POP-04', 'POP-05', 'POP-06', 'POP-09', 'POP-10', 'POP-11'].filter((id) => !passed.has(id))).toEqual([]);
    expect(await stack.succeed('plan', blueprint, '--exit-code')).toContain('no changes');
  } finally {
    await stack.down();
    rmSync(directory, { recursive: true, force: true });
  }
});
