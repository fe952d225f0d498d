import { expect, it } from 'vitest';
import { startPool } from '../unit/app/pool.ts';
import { cli } from './run.ts';

it('an issuer that is not ours: what was looked at is said, what only it could show is skipped by name, and nothing is shown that was given', async () => {
  const { file, env, issuer } = await startPool();
  const run = async (...argv: string[]) => {
    const ended = await cli([...argv.slice(0, 1), file, ...argv.slice(1), '--no-stack'], { ...env, AUTHCTL_STATE_DIR: `${file}.state` });
    for (const name of ['DORA_TOKEN', 'DORA_ID_TOKEN', 'TRACKER_SECRET']) expect(`${ended.stdout}${ended.stderr}`).not.toContain(env[name]?.slice(-20));
    return ended;
  };
  expect((await run('validate')).exitCode).toBe(0);
  expect((await run('apply', '--yes')).exitCode).toBe(0);
  const drift = await run('drift');
  expect([drift.exitCode, drift.stdout]).toEqual([0, `no changes\nnot looked at: issuer ${issuer.url}, but for its discovery document and its keys (it is not ours: who gets which token is for whose it is)\n`]);
  const verified = await run('verify', '--only', 'SIG,CLM,IDP', '--json');
  expect(verified.exitCode).toBe(0);
  expect(verified.stdout).toMatch(/realm: the issuer is not ours/);
  issuer.says({ issuer: 'https://somebody.example' });
  const plan = await run('plan');
  expect([plan.exitCode, `${plan.stdout}${plan.stderr}`]).toEqual([1, expect.stringContaining('error ISSUER_OTHER')]);
  await issuer.close();
  const away = await run('plan');
  expect([away.exitCode, `${away.stdout}${away.stderr}`]).toEqual([3, expect.stringMatching(/issuer did not answer at [^]*is issuer\.url right/)]);
});
