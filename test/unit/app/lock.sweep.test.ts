import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createAuthctl } from '../../../src/app/index.ts';
import type { Report } from '../../../src/app/index.ts';
import { lockNameOf, wordsOf } from '../../../src/core/lock.ts';
import { thisProcess } from '../../../src/core/this-process.ts';
import { blueprint, startTargets } from './targets.ts';

const LOCK = lockNameOf('tickets');

const open = async () => {
  const env = await startTargets();
  const admin = env['KONG_ADMIN_URL'] ?? '';
  const consumers = async (): Promise<readonly string[]> => {
    const { data } = (await (await fetch(`${admin}/consumers?size=1000`)).json()) as { readonly data: readonly { readonly username: string }[] };
    return data.map(({ username }) => username);
  };
  /** Somebody else's, until it is said otherwise. */
  const hold = async (over: object = {}): Promise<void> => {
    const since = Date.now();
    const holder = { run: crypto.randomUUID(), command: 'apply', ...thisProcess(), host: 'ci-7', place: 'another machine', since, until: since + 60_000, ...over };
    const body = JSON.stringify({ id: holder.run, username: LOCK, tags: [LOCK, ...wordsOf(holder)] });
    expect((await fetch(`${admin}/consumers`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).status).toBe(201);
  };
  return { env, consumers, hold, authctl: createAuthctl({ env, localStack: false }) };
};
const codes = ({ problems }: Report): readonly string[] => problems.map(({ code }) => code);

describe('the lock of a blueprint', () => {
  it('keeps a second run from writing, and nobody from looking: plan, drift and an apply that has nothing to do', async () => {
    const { authctl, hold, consumers } = await open();
    await hold();
    expect(await authctl.apply(blueprint, { approve: true })).toMatchObject({ problems: [{ code: 'LOCK_HELD', message: expect.stringContaining('on ci-7') as string }] });
    expect(codes(await authctl.plan(blueprint))).toEqual([]);
    expect(await authctl.unlock(blueprint, { approve: () => false })).toMatchObject({ negative: true });
    expect(await authctl.unlock(blueprint, { approve: true })).toMatchObject({ problems: [], data: { held: [{ holder: { host: 'ci-7' } }] } });
    expect(await authctl.unlock(blueprint, { approve: true })).toMatchObject({ text: 'nobody holds the lock' });
    expect(codes(await authctl.apply(blueprint, { approve: true }))).toEqual([]);
    expect(await consumers()).not.toContain(LOCK);
    await hold();
    expect(await authctl.drift(blueprint)).toMatchObject({ negative: false });
    expect(await authctl.apply(blueprint, { approve: true })).toMatchObject({ problems: [], applied: [] });
    expect((await authctl.inventory(blueprint)).data?.objects.filter(({ address }) => address.includes('lock'))).toEqual([]);
    for (const report of [await authctl.destroy(blueprint, { approve: true }), await authctl.release(blueprint, { approve: true })]) expect(codes(report)).toEqual(['LOCK_HELD']);
    await authctl.unlock(blueprint, { approve: true });
    expect(codes(await authctl.destroy(blueprint, { approve: true }))).toEqual([]);
    expect(await consumers()).toEqual([]);
  });

  it('of a process of this machine that is dead is broken, and so is one that has ended; a duration that is none is told', async () => {
    const { authctl, hold } = await open();
    await hold({ ...thisProcess(), pid: spawnSync(process.execPath, ['-e', '']).pid });
    expect(codes(await authctl.apply(blueprint, { approve: true }))).toEqual([]);
    await hold({ until: Date.now() - 1 });
    expect(codes(await authctl.destroy(blueprint, { approve: true }))).toEqual([]);
    // Another process may have been given the number of a dead one.
    await hold({ ...thisProcess(), born: 'at another time' });
    expect(codes(await authctl.apply(blueprint, { approve: true }))).toEqual([]);
    await hold(thisProcess());
    expect(codes(await authctl.destroy(blueprint, { approve: true }))).toEqual(['LOCK_HELD']);
    await authctl.unlock(blueprint, { approve: true });
    for (const lockTimeout of ['soon', '90', '1.5m', -1, Number.NaN]) expect(codes(await authctl.apply(blueprint, { approve: true, lockTimeout }))).toEqual(['LOCK_DURATION']);
  });

  it('that a run left behind goes with verify --clean, which says whose it was; one that may be under way stays', async () => {
    const { authctl, hold, consumers } = await open();
    await hold({ command: 'verify', ...thisProcess(), pid: spawnSync(process.execPath, ['-e', '']).pid });
    expect((await authctl.verify(blueprint, { clean: true })).text).toMatch(/^unlocked: the consumer authctl-lock.tickets of Kong, held by authctl verify of .*, who is no more$/);
    expect(await consumers()).not.toContain(LOCK);
    await hold({ by: 'x\ntaken away: everything\u001b[2J', until: 1 });
    const { text = '' } = await authctl.unlock(blueprint, { approve: true });
    expect([text.split('\n'), text.includes('\u001b')]).toEqual([[expect.stringMatching(/^taken away: the consumer/) as string], false]);
    await hold();
    expect((await authctl.verify(blueprint, { clean: true })).text).toMatch(/^of a run that may be under way, and kept: the consumer authctl-lock.tickets of Kong, held by authctl apply of .* on ci-7/);
    expect(await consumers()).toContain(LOCK);
    await authctl.unlock(blueprint, { approve: true });
    expect((await authctl.verify(blueprint, { clean: true })).text).toBe('nothing of verify was found on the targets');
  });

  it('of an apply that is no more, and had done all but to let go of it, goes with the next one, which has nothing to do', async () => {
    const { authctl, hold, consumers } = await open();
    await authctl.apply(blueprint, { approve: true });
    await hold({ ...thisProcess(), pid: spawnSync(process.execPath, ['-e', '']).pid });
    expect((await authctl.apply(blueprint, { approve: true })).notes).toEqual([expect.stringMatching(/^unlocked: the consumer authctl-lock\.tickets of Kong, held by authctl apply of .*, who is no more$/)]);
    expect(await consumers()).not.toContain(LOCK);
    // One that may be under way stays, and is nothing to whoever has nothing to do.
    await hold();
    expect((await authctl.apply(blueprint, { approve: true })).notes ?? []).toEqual([]);
    expect(await consumers()).toContain(LOCK);
  });

  it('makes one after the other of two that begin together: the second finds nothing left to do', async () => {
    const { env, authctl, consumers } = await open();
    for (let round = 0; round < 3; round += 1) {
      const both = [0, 1].map(() => createAuthctl({ env, localStack: false }).apply(blueprint, { approve: true, lockTimeout: '60s' }));
      const reports = await Promise.all(both);
      expect(reports.flatMap(codes)).toEqual([]);
      expect(reports.map(({ applied = [] }) => applied.length).toSorted((a, b) => a - b)).toEqual([0, expect.any(Number)]);
      expect(await authctl.drift(blueprint)).toMatchObject({ negative: false });
      expect(await consumers()).not.toContain(LOCK);
      expect(codes(await authctl.destroy(blueprint, { approve: true }))).toEqual([]);
    }
  });

  it('is kept by Keycloak where nothing is written to Kong, and two that begin together do not both write', async () => {
    const { env, authctl } = await open();
    expect(codes(await authctl.apply(blueprint, { approve: true }))).toEqual([]);
    expect(codes(await authctl.destroy(blueprint, { approve: true }))).toEqual([]);
    const alone = createAuthctl({ env, localStack: false });
    const loaded = await alone.load(blueprint);
    const { kong } = loaded.targets;
    const looking = { ...loaded, targets: { ...loaded.targets, ...(kong && { kong: { ...kong, manage: 'none' as const } }) } };
    const [first, second] = await Promise.all([0, 1].map(() => alone.apply(looking, { approve: true })));
    const reports = [first, second].flatMap((report) => report ?? []);
    expect(reports.flatMap(codes)).toEqual(['LOCK_HELD']);
    expect(reports.flatMap(({ problems }) => problems)[0]?.message).toContain(`the client ${LOCK} in realm "master" of Keycloak`);
    expect(await alone.unlock(looking, { approve: true })).toMatchObject({ text: 'nobody holds the lock' });
  });
});
