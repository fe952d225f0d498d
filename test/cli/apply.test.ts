import { describe, expect, it } from 'vitest';
import { blueprint, startTargets } from '../unit/app/targets.ts';
import { cli } from './run.ts';

describe('apply and destroy', () => {
  it('show on stderr what they would do, and do nothing where nobody can be asked', async () => {
    const env = await startTargets();
    const { exitCode, stdout, stderr } = await cli(['apply', blueprint, '--no-stack'], env);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^\+ create keycloak\.realm\/tickets {2}blueprints\/opaque\.yaml:\d+:\d+\n[^]*access: \d+ cells open, for the first time/);
    expect(stdout).toContain('nothing was changed: not approved');
    expect((await cli(['drift', blueprint, '--no-stack'], env)).exitCode).toBe(2);
  });

  it('say a line for each write, and the sum of them as the result', async () => {
    const env = await startTargets();
    const applied = await cli(['apply', blueprint, '--no-stack', '--yes'], env);
    expect(applied).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^access: 16 cells open, for the first time.*\n\n\d+ done, 0 failed, 0 skipped in [\d.]+ s\n$/) as string });
    const lines = applied.stderr.trim().split('\n');
    expect(lines.filter((line) => !/^done {4}(create|settle|deferred) +\S.* \d+ ms$/.test(line))).toEqual([]);
    expect(applied.stdout).toMatch(new RegExp(`^${lines.length} done`, 'm'));
    expect(await cli(['drift', blueprint, '--no-stack'], env)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('no changes') as string });

    const asked = await cli(['destroy', blueprint, '--no-stack'], env);
    expect([asked.exitCode, asked.stderr]).toEqual([2, expect.stringContaining('- delete kong.route/tickets.')]);
    expect(await cli(['destroy', blueprint, '--no-stack', '-y', '--json'], env)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"command": "destroy"') as string });
  });
});
