import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { blueprint, startTargets } from '../unit/app/targets.ts';
import { cli } from './run.ts';

describe('apply and destroy', () => {
  it('show on stderr what they would do, and do nothing where nobody can be asked', async () => {
    const env = await startTargets();
    const { exitCode, stdout, stderr } = await cli(['apply', blueprint, '--no-stack'], env);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^\+ create keycloak\.realm\/tickets {2}blueprints\/opaque\.yaml:\d+:\d+\n[^]*access: \d+ cells open, for the first time/);
    expect(stdout).toContain('nothing was changed: not approved');
    expect(stderr).toContain('with --yes nobody is asked');
    expect((await cli(['drift', blueprint, '--no-stack'], env)).exitCode).toBe(2);
  });

  it('say a line for each write, and the sum of them as the result', async () => {
    const env = await startTargets();
    const applied = await cli(['apply', blueprint, '--no-stack', '--yes'], env);
    expect(applied).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^access: 16 cells open, for the first time.*\n\n\d+ done, 0 failed, 0 skipped in [\d.]+ s\n\nnext: authctl verify blueprints\/opaque.yaml proves it\n$/) as string });
    const lines = applied.stderr.trim().split('\n');
    expect(lines.filter((line) => !/^done {4}(create|settle|deferred) +\S.* \d+ ms$/.test(line))).toEqual([]);
    expect(applied.stdout).toMatch(new RegExp(`^${lines.length} done`, 'm'));
    expect(await cli(['drift', blueprint, '--no-stack'], env)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('no changes') as string });

    const asked = await cli(['destroy', blueprint, '--no-stack'], env);
    expect([asked.exitCode, asked.stderr]).toEqual([2, expect.stringContaining('- delete kong.route/tickets.')]);
    expect(await cli(['destroy', blueprint, '--no-stack', '-y', '--json'], env)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"command": "destroy"') as string });
  });

  it('take a plan that was saved, and name what has moved when it is not the same any more', async () => {
    const env = await startTargets();
    const directory = await mkdtemp(join(tmpdir(), 'authctl-plan-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, 'saved.plan');
    const planned = await cli(['plan', blueprint, '--no-stack', '--out', file], env);
    expect([planned.exitCode, planned.stdout]).toEqual([0, expect.stringContaining(`saved to ${file}; to do exactly this: authctl apply ${file}`)]);
    expect((await cli(['apply', file, '--no-stack'], env)).exitCode).toBe(2);
    expect((await cli(['apply', file, '--no-stack', '--yes'], env)).exitCode).toBe(0);
    const again = await cli(['apply', file, '--no-stack', '--yes', '--json'], env);
    expect([again.exitCode, again.stdout]).toEqual([1, expect.stringContaining('SAVED_PLAN_MOVED')]);
  });

  it('go on from a run that was broken off, and back to one that was not', async () => {
    const env = await startTargets();
    const directory = await mkdtemp(join(tmpdir(), 'authctl-back-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, 'tickets.yaml');
    await cp(blueprint, file);
    expect(await cli(['apply', file, '--no-stack', '--resume', '-y'], env)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('RESUME_NOTHING') as string });
    expect(await cli(['rollback', file, '--no-stack', '-y'], env)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('ROLLBACK_NOWHERE') as string });
    expect((await cli(['apply', file, '--no-stack', '-y'], env)).exitCode).toBe(0);
    await writeFile(file, (await readFile(file, 'utf8')).replace('Buys tickets', 'Buys many tickets'));
    expect((await cli(['apply', file, '--no-stack', '-y'], env)).exitCode).toBe(0);
    const asked = await cli(['rollback', file, '--no-stack'], env);
    expect([asked.exitCode, asked.stderr]).toEqual([2, expect.stringMatching(/^~ update keycloak\.role\/tickets\/visitor/)]);
    const back = await cli(['rollback', file, '--no-stack', '-y', '--json'], env);
    expect(back).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"command": "rollback"') as string });
    expect((await cli(['history', '--no-stack'], env)).stdout).toMatch(/^\S+ {2}done {7}rollback {2}tickets/);
  });
});
