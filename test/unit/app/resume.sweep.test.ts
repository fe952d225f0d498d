import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLOSED, codes, done, noRoutes, startVersions } from './versions.ts';

/** An apply that made everything but routes, and what stands on them. */
const interrupted = async () => {
  const versions = await startVersions();
  versions.spoil(noRoutes);
  const broken = await versions.open().apply(versions.file, { approve: true });
  expect(codes(broken)).toEqual(['KONG_REFUSED']);
  versions.heal();
  const [record] = (await versions.open().history()).data?.runs ?? [];
  return { ...versions, broken, left: record?.left ?? [] };
};

describe('apply --resume', () => {
  it('does exactly what was not done, and there is nothing to go on with then', async () => {
    const { open, file, env, left, kept, runs } = await interrupted();
    const [plan = ''] = kept('.plan');
    expect(statSync(join(runs, plan)).mode & 0o777).toBe(0o600);
    const text = readFileSync(join(runs, plan), 'utf8');
    expect(Object.entries(env).filter(([name, value]) => /SECRET|PASSWORD/.test(name) && text.includes(value))).toEqual([]);
    const asked: string[] = [];
    const report = await open().apply(file, { resume: true, approve: ({ plan: shown }) => { asked.push(shown.name); return true; } });
    expect([report.problems, asked, done(report).toSorted()]).toEqual([[], ['tickets'], [...left, ...CLOSED].toSorted()]);
    expect(left.length).toBeGreaterThan(5);
    expect((await open().drift(file)).negative).toBe(false);
    // That of the run that went on is gone; the one of the first is no use to anybody.
    expect(kept('.plan')).toEqual([plan]);
    expect(codes(await open().apply(file, { resume: true, approve: true }))).toEqual(['RESUME_NOTHING']);
  });

  it('knows a blueprint by its whole path and by that from here', async () => {
    const { open, file, spoil, heal } = await startVersions();
    spoil(noRoutes);
    expect(codes(await open().apply(relative(process.cwd(), file), { approve: true }))).toEqual(['KONG_REFUSED']);
    heal();
    expect(codes(await open().apply(file, { resume: true, approve: true }))).toEqual([]);
    expect(codes(await open().rollback(relative(process.cwd(), file), { approve: true }))).toEqual(codes(await open().rollback(file, { approve: true })));
  });

  it('goes on from a run that was interrupted by a signal in the middle, and from one that went on and was interrupted again', async () => {
    const { open, file, kong } = await startVersions();
    const interruption = (after: number): ReturnType<typeof open> => {
      const stop = new AbortController();
      let left = after;
      return open({ signal: stop.signal, events: ({ type }) => { if (type === 'write.finished' && --left === 0) stop.abort(); } });
    };
    for (const after of [3, 4]) expect(codes(await interruption(after).apply(file, { resume: after === 4, approve: true }))).toEqual([]);
    const { data } = (await kong('GET', '/routes')) as { data: unknown[] };
    expect(data).toEqual([]);
    const rest = await open().apply(file, { resume: true, approve: true });
    expect([rest.problems, (await open().drift(file)).negative]).toEqual([[], false]);
  });

  it.each([
    ['the blueprint', 'RESUME_CHANGED', /tickets\.yaml/, ({ rewrite }) => { rewrite(['Buys tickets', 'Buys many tickets']); return {}; }],
    ['a target', 'RESUME_CHANGED', /targets\.kong\.proxy\.url/, () => ({ KONG_PROXY_URL: 'http://127.0.0.1:9' })],
    ['the environment', 'RESUME_CHANGED', /kong\.service\/tickets\.events differs in/, () => ({ EVENTS_URL: 'http://elsewhere:1' })],
    ['what was done', 'RESUME_MOVED', /kong\.service\/tickets\.events would be updated \(port\), and it was done/, async ({ kong }) => { await kong('PATCH', '/services/tickets.events', { port: 1234 }); return {}; }],
  ] satisfies readonly [string, string, RegExp, (versions: Awaited<ReturnType<typeof interrupted>>) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>][])(
    'is refused by name when %s moved, and writes nothing',
    async (_what, code, message, move) => {
      const versions = await interrupted();
      const { open, file, env } = versions;
      const more = await move(versions);
      const report = await open({ env: { ...env, ...more } }).apply(file, { resume: true, approve: true });
      expect([codes(report), report.applied]).toEqual([[code], undefined]);
      expect(report.problems.map((problem) => problem.message).join('\n')).toMatch(message);
    },
  );

  it('needs a run that is noted, that was an apply, and whose plan is kept whole', async () => {
    const { open, file, kept, runs } = await interrupted();
    const [plan = ''] = kept('.plan');
    const text = readFileSync(join(runs, plan), 'utf8');
    writeFileSync(join(runs, plan), text.replace('"prune"', '"adopt"').slice(0, -20));
    expect(codes(await open().apply(file, { resume: true, approve: true }))).toEqual(['SAVED_PLAN_UNREADABLE']);
    rmSync(join(runs, plan));
    const missing = await open().apply(file, { resume: true, approve: true });
    expect(missing.problems).toMatchObject([{ code: 'RESUME_NOTHING', message: expect.stringContaining('no plan is kept') as string }]);
    const other = await open({ overlay: 'staging' }).apply(file, { resume: true, approve: true });
    expect(other.problems).toMatchObject([{ code: 'RESUME_NOTHING', message: expect.stringContaining('with --env staging is noted') as string }]);
    await open().destroy(file, { approve: true });
    expect(codes(await open().apply(file, { resume: true, approve: true }))).toEqual(['RESUME_NOTHING']);
  });

  it.runIf(process.getuid)('goes by no plan that others may have written: it could say anything, with a fingerprint that fits', async () => {
    const { open, file, kept, runs } = await interrupted();
    const plan = join(runs, kept('.plan')[0] ?? '');
    for (const [place, loose, shut] of [[plan, 0o622, 0o600], [runs, 0o777, 0o700]] as const) {
      chmodSync(place, loose);
      expect((await open().apply(file, { resume: true, approve: true })).problems).toMatchObject([{ code: 'RESUME_NOTHING', message: expect.stringContaining('others may write to it') as string }]);
      chmodSync(place, shut);
    }
    expect((await open().apply(file, { resume: true, approve: true })).problems).toEqual([]);
  });

  it('has no option that the run did not have', async () => {
    const { open, file } = await interrupted();
    expect(codes(await open().apply(file, { resume: true, approve: true, prune: true }))).toEqual(['SAVED_PLAN_OPTIONS']);
  });
});
