import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAuthctl } from '../../../src/app/index.ts';
import type { Report } from '../../../src/app/index.ts';
import { startTargets } from './targets.ts';

const secretNames = /SECRET|PASSWORD/;

const prepare = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'authctl-saved-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await cp('blueprints/opaque.yaml', join(directory, 'opaque.yaml'));
  const env = await startTargets();
  const authctl = createAuthctl({ env, localStack: false, cwd: directory });
  const kong = async (method: string, path: string, body?: object): Promise<void> => {
    const answer = await fetch(`${env['KONG_ADMIN_URL'] ?? ''}${path}`, { method, headers: { 'content-type': 'application/json' }, ...(body && { body: JSON.stringify(body) }) });
    expect(answer.ok).toBe(true);
  };
  return { directory, env, authctl, kong, file: join(directory, 'saved.plan') };
};
const codes = ({ problems }: Report): readonly string[] => problems.map(({ code }) => code);

describe('a plan that was saved', () => {
  it('is readable by its owner alone, holds no secret, and is carried out as it stands; then it is spent', async () => {
    const { authctl, env, file } = await prepare();
    const planned = await authctl.plan('opaque.yaml', { out: 'saved.plan' });
    expect(planned).toMatchObject({ problems: [], notes: ['saved to saved.plan; to do exactly this: authctl apply saved.plan'] });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, 'utf8');
    expect(Object.entries(env).filter(([name, value]) => secretNames.test(name) && text.includes(value))).toEqual([]);
    expect(await authctl.apply('saved.plan', { approve: () => false })).toMatchObject({ negative: true });
    const applied = await authctl.apply('saved.plan', { approve: true });
    expect(applied).toMatchObject({ command: 'apply', blueprint: 'tickets', problems: [] });
    expect((await authctl.drift('opaque.yaml')).negative).toBe(false);
    expect(codes(await authctl.apply('saved.plan', { approve: true }))).toContain('SAVED_PLAN_MOVED');
  });

  it('of a stack that is as it should be does nothing', async () => {
    const { authctl } = await prepare();
    await authctl.apply('opaque.yaml', { approve: true });
    await authctl.plan('opaque.yaml', { out: 'saved.plan' });
    expect(await authctl.apply('saved.plan', { approve: true })).toMatchObject({ problems: [], applied: [] });
  });

  it('is refused before anything is contacted when a file of the blueprint has changed', async () => {
    const { authctl, directory, env } = await prepare();
    await authctl.plan('opaque.yaml', { out: 'saved.plan' });
    const blueprint = join(directory, 'opaque.yaml');
    await writeFile(blueprint, `${await readFile(blueprint, 'utf8')}\n# later\n`);
    const report = await authctl.apply('saved.plan', { approve: true });
    expect([codes(report), report.requests]).toEqual([['SAVED_PLAN_CHANGED'], undefined]);
    expect(report.problems[0]?.message).toContain('opaque.yaml');
    await cp('blueprints/opaque.yaml', blueprint);
    const elsewhere = createAuthctl({ env: { ...env, KONG_ADMIN_URL: 'http://127.0.0.1:9' }, localStack: false, cwd: directory });
    expect((await elsewhere.apply('saved.plan', { approve: true })).problems).toMatchObject([{ code: 'SAVED_PLAN_CHANGED', message: expect.stringContaining('targets.kong.admin.url') as string }]);
  });

  it('is refused when something live has moved, and names it by address and field', async () => {
    const { authctl, kong } = await prepare();
    await authctl.apply('opaque.yaml', { approve: true });
    await authctl.plan('opaque.yaml', { out: 'saved.plan' });
    await kong('PATCH', '/services/tickets.events', { read_timeout: 1234 });
    const report = await authctl.apply('saved.plan', { approve: true });
    expect(report.problems).toMatchObject([{ code: 'SAVED_PLAN_MOVED', message: expect.stringMatching(/kong\.service\/tickets\.events differs in .*[tT]imeout/) as string }]);
    expect(report.applied).toBeUndefined();
  });

  it('is refused with options that it was not made with, when it is of another version, cut off or changed by hand', async () => {
    const { authctl, file } = await prepare();
    await authctl.plan('opaque.yaml', { out: 'saved.plan' });
    expect(codes(await authctl.apply('saved.plan', { approve: true, prune: true }))).toEqual(['SAVED_PLAN_OPTIONS']);
    const text = await readFile(file, 'utf8');
    for (const broken of [text.slice(0, 500), text.replace('"authctlPlan": 1', '"authctlPlan": 2'), text.replace('"options": {}', '"options": {"prune":true}')]) {
      await writeFile(file, broken);
      expect(codes(await authctl.apply('saved.plan', { approve: true }))).toEqual(['SAVED_PLAN_UNREADABLE']);
    }
  });

  it('is not written when apply would not begin, nor where it cannot be', async () => {
    const { authctl, kong, directory } = await prepare();
    expect(codes(await authctl.plan('opaque.yaml', { out: 'no/where.plan' }))).toEqual(['SAVED_PLAN_UNWRITTEN']);
    await kong('POST', '/services', { name: 'tickets.events', host: 'elsewhere' });
    expect(codes(await authctl.plan('opaque.yaml', { out: 'saved.plan' }))).toEqual(['PLAN_BLOCKED']);
    await expect(stat(join(directory, 'saved.plan'))).rejects.toThrow('ENOENT');
  });
});
