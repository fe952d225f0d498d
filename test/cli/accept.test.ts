import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { blueprint, startTargets } from '../unit/app/targets.ts';
import { cli } from './run.ts';

const copyOfBlueprint = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'authctl-accept-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const folder of ['blueprints', 'policies']) cpSync(folder, join(directory, folder), { recursive: true });
  return join(directory, blueprint);
};

it('accept writes down what drift tells of, with a reason, and drift is quiet until something new comes', async () => {
  const env = await startTargets();
  const file = copyOfBlueprint();
  const before = readFileSync(file, 'utf8');
  // More than a usual umask lets a file be made with.
  chmodSync(file, 0o664);
  const globalPlugin = (name: string, config: object): Promise<Response> =>
    fetch(`${env['KONG_ADMIN_URL'] ?? ''}/plugins`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name, instance_name: `their-${name}`, config }) });
  const run = (...argv: string[]) => cli([...argv.slice(0, 1), file, ...argv.slice(1), '--no-stack'], env);

  expect((await run('apply', '--yes')).exitCode).toBe(0);
  expect(await run('accept', '--reason', 'none')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('nothing to accept') as string });
  expect(readFileSync(file, 'utf8')).toBe(before);

  expect((await globalPlugin('request-termination', { status_code: 503 })).status).toBe(201);
  const drift = await run('drift');
  expect(drift.exitCode).toBe(2);
  expect(drift.stdout).toContain('kong.plugin/their-request-termination');
  expect(await run('accept', '--reason', 'x', '--only', 'kong.route/*')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('ACCEPT_UNMATCHED') as string });
  expect(await run('accept', '--reason', ' ')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('ACCEPT_NO_REASON') as string });
  expect(await run('accept', '--reason', 'x', '--until', '2027-02-30')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('ACCEPT_BAD_DATE') as string });
  expect(readFileSync(file, 'utf8')).toBe(before);

  const accepted = await run('accept', '--reason', 'maintenance page of the platform team', '--until', '2999-12-31');
  expect(accepted).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^accepted kong\.plugin\/their-request-termination: /) as string });
  expect(readFileSync(file, 'utf8').startsWith(before)).toBe(true);
  expect(readFileSync(file, 'utf8')).toContain('reason: maintenance page of the platform team');
  expect(statSync(file).mode & 0o777).toBe(0o664);
  expect(await run('drift')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^no changes\n1 accepted/) as string });

  expect((await globalPlugin('pre-function', { access: ['return'] })).status).toBe(201);
  const again = await run('drift');
  expect(again.exitCode).toBe(2);
  expect(again.stdout).toContain('kong.plugin/their-pre-function');
  expect(again.stdout).not.toContain('their-request-termination');
});
