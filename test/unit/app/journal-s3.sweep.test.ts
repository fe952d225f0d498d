import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthctl, exitCodeOf } from 'authctl';
import type { AuthctlOptions } from 'authctl';
import { expect, it, onTestFinished } from 'vitest';
import { wordsOf } from '../../../src/core/lock.ts';
import { startS3 } from '../s3-stand-in.ts';
import type { Fate } from '../s3-stand-in.ts';
import { secrets } from './targets.ts';
import { CLOSED, codes, done, noRoutes, startVersions } from './versions.ts';
import { startAws } from './worlds.ts';

const KEYS = { id: 'AKIDEXAMPLE', secret: 'secret-of-the-bucket' };

/** Two machines that share targets and a bucket, each with a state directory of its own. */
const start = async () => {
  const versions = await startVersions();
  const s3 = await startS3(KEYS);
  const elsewhere = mkdtempSync(join(tmpdir(), 'authctl-elsewhere-'));
  onTestFinished(async () => {
    await s3.close();
    rmSync(elsewhere, { recursive: true, force: true });
  });
  const env: Readonly<Record<string, string>> = { ...versions.env, AUTHCTL_JOURNAL: 's3://policies/shop', AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL_S3: s3.url, AWS_ACCESS_KEY_ID: KEYS.id, AWS_SECRET_ACCESS_KEY: KEYS.secret };
  const open = (more: Partial<AuthctlOptions> = {}) => createAuthctl({ env, localStack: false, ...more });
  return {
    ...versions,
    env,
    s3,
    open,
    /** On the other machine. */
    there: (more: Readonly<Record<string, string>> = {}) => open({ env: { ...env, AUTHCTL_STATE_DIR: elsewhere, ...more } }),
    state: env['AUTHCTL_STATE_DIR'] ?? '',
    kept: (ending: string): readonly string[] => [...s3.objects.keys()].filter((key) => key.endsWith(ending)),
    unsent: (): readonly string[] => {
      const directory = join(env['AUTHCTL_STATE_DIR'] ?? '', 'unsent', 'policies%2Fshop');
      return existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [];
    },
  };
};
/** Everything that Kong has, by which it is seen that nothing was written. */
const held = async ({ kong }: Awaited<ReturnType<typeof start>>): Promise<string> => JSON.stringify(await Promise.all(['/services', '/routes', '/plugins', '/consumers'].map((path) => kong('GET', path))));

it('is one history for all machines: what one did another lists, puts back, and goes back from, and no secret is in it', async () => {
  const world = await start();
  const { open, there, file, kept, rewrite, kong, s3, state, unsent } = world;
  expect((await open().apply(file, { approve: true })).problems).toEqual([]);
  // Neither does a run that has nothing to do leave anything.
  await open().apply(file, { approve: true });
  expect([kept('.jsonl').length, kept('.state').length, kept('.plan').length, unsent(), existsSync(join(state, 'runs'))]).toEqual([1, 1, 0, [], false]);
  const all = [...s3.objects.values()].map(String).join('\n');
  expect(Object.values({ ...secrets, bucket: KEYS.secret }).filter((secret) => all.includes(secret))).toEqual([]);

  const { data, text } = await there().history();
  const [first] = data?.runs ?? [];
  expect([data?.runs.length, first?.state, first?.left]).toEqual([1, 'done', []]);
  expect(text).toContain(first?.run);

  await kong('PATCH', '/services/tickets.events', { port: 1234 });
  expect((await there().drift(file)).notes).toEqual(expect.arrayContaining([expect.stringContaining(`authctl history ${first?.run ?? ''}`)]));
  const fixed = await there().fix(file, { approve: true });
  expect([fixed.problems, done(fixed)]).toEqual([[], ['update kong.service/tickets.events']]);

  rewrite(['Buys tickets', 'Buys many tickets']);
  expect((await open().apply(file, { approve: true })).problems).toEqual([]);
  const back = await there().rollback(file, { approve: true });
  expect([back.problems, exitCodeOf(back)]).toEqual([[], 0]);
  expect((await open().history()).data?.runs.map(({ command, state: ended }) => [command, ended])).toEqual(['rollback', 'apply', 'drift --fix', 'apply'].map((command) => [command, 'done']));
});

it('is gone on with on another machine', async () => {
  const { open, there, file, spoil, heal, kept } = await start();
  spoil(noRoutes);
  const broken = await open().apply(file, { approve: true });
  expect([codes(broken), kept('.plan').length]).toEqual([['KONG_REFUSED'], 1]);
  heal();
  const [record] = (await there().history()).data?.runs ?? [];
  const report = await there().apply(file, { resume: true, approve: true });
  expect([report.problems, done(report).toSorted(), (await there().drift(file)).negative]).toEqual([[], [...(record?.left ?? []), ...CLOSED].toSorted(), false]);
});

it.each<readonly [what: string, more: Readonly<Record<string, string>>, fate: Fate, code: string, exitCode: number]>([
  ['the login may not', {}, [403, 'AccessDenied'], 'JOURNAL_FORBIDDEN', 1],
  ['the bucket is not there', { AUTHCTL_JOURNAL: 's3://elsewhere/shop' }, 'pass', 'JOURNAL_NO_BUCKET', 1],
  ['S3 does not answer', { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' }, 'pass', 'JOURNAL_UNREACHABLE', 3],
  ['something else answers', {}, { status: 200, body: '<html>Sign in</html>' }, 'JOURNAL_ANSWER', 1],
])('begins nothing where %s, and says so wherever a history is asked for', async (_what, more, fate, code, exitCode) => {
  const world = await start();
  const { open, file, env, s3 } = world;
  await open().apply(file, { approve: true });
  await world.kong('PATCH', '/services/tickets.events', { port: 1234 });
  s3.decide(() => fate);
  const before = await held(world);
  const authctl = open({ env: { ...env, ...more } });
  const requests = [authctl.history(), authctl.apply(file, { approve: true }), authctl.apply(file, { approve: true, resume: true }), authctl.rollback(file, { approve: true }), authctl.fix(file, { approve: true }), authctl.destroy(file, { approve: true })];
  for (const report of await Promise.all(requests)) expect([codes(report), exitCodeOf(report), report.applied, report.problems[0]?.hint]).toEqual([[code], exitCode, undefined, expect.any(String)]);
  expect(await held(world)).toBe(before);
  // Who only looks finds what there is to find.
  const drift = await authctl.drift(file);
  expect([drift.problems, drift.negative, drift.notes?.some((note) => note.startsWith('since which run is not known: '))]).toEqual([[], true, true]);
  const verify = await authctl.verify(file, { changed: true, dryRun: true, only: ['SIG-01'] });
  expect([verify.problems, verify.notes?.some((note) => note.includes('what the last run was is not known: '))]).toEqual([[], true]);
});

it('loses nothing that was done when S3 goes away in the middle: it says so, and where it is, and the next run sends it', async () => {
  const { open, there, file, s3, kept, unsent, rewrite } = await start();
  // Once something was written, until the end.
  const report = await open({ events: ({ type }) => { if (type === 'write.finished') s3.decide(() => 'reset'); } }).apply(file, { approve: true });
  expect([report.problems, exitCodeOf(report), report.applied?.every(({ outcome }) => outcome === 'done')]).toEqual([[], 0, true]);
  const [lines = '', state = ''] = unsent().toSorted();
  expect(report.notes).toEqual(expect.arrayContaining([
    expect.stringContaining(`what was done is noted: it is on this machine alone, in "${lines}", and not in s3://policies/shop: JOURNAL_UNREACHABLE`),
    expect.stringContaining(`what a rollback to this run goes by: it is on this machine alone, in "${state}"`),
  ]));
  expect([lines, state].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
  expect(readFileSync(lines, 'utf8').trim().split('\n').length).toBe((report.applied?.length ?? 0) + 2);
  expect(codes(await open().history())).toEqual(['JOURNAL_UNREACHABLE']);

  s3.decide(() => 'pass');
  expect((await open().history()).data?.runs.map(({ state: ended }) => ended)).toEqual(['done']);
  expect((await there().history()).data?.runs.map(({ state: ended }) => ended)).not.toEqual(['done']);
  rewrite(['Buys tickets', 'Buys many tickets']);
  const next = await open().apply(file, { approve: true });
  expect([next.problems, next.notes?.filter((note) => note.startsWith('what this machine had kept of ')).length, unsent()]).toEqual([[], 2, []]);
  expect((await there().history()).data?.runs.map(({ state: ended }) => ended)).toEqual(['done', 'done']);
  expect([kept('.state').length, (await there().rollback(file, { approve: true })).problems]).toEqual([2, []]);
});

it('is looked at by doctor, and its least rights are told where it is named', async () => {
  const { open, env, file, s3 } = await start();
  const least = async (login: 'plan' | 'drift' | 'apply', more: Readonly<Record<string, string>> = {}) => (await open({ env: { ...env, ...more } }).permissions(file, { login })).data?.targets['journal'];
  expect([await least('plan'), await least('apply', { AUTHCTL_JOURNAL: '' })]).toEqual([undefined, undefined]);
  expect([(await least('drift'))?.rights, (await least('apply'))?.rights]).toEqual([['s3:ListBucket', 's3:GetObject'], ['s3:ListBucket', 's3:GetObject', 's3:PutObject', 's3:DeleteObject']]);
  expect(JSON.parse((await least('apply'))?.grants[0]?.text ?? '')).toEqual({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: ['arn:aws:s3:::policies'], Condition: { StringEquals: { 's3:prefix': 'shop/' } } },
      { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], Resource: ['arn:aws:s3:::policies/shop/*'] },
    ],
  });
  const found = async () => (await open().doctor(file)).data?.findings.filter(({ target }) => target === 'journal');
  expect(await found()).toEqual([{ target: 'journal', what: 'read', state: 'good', found: '0 runs in s3://policies/shop' }]);
  s3.decide(() => [403, 'AccessDenied']);
  expect(await found()).toMatchObject([{ state: 'bad', found: expect.stringContaining('JOURNAL_FORBIDDEN') as string, next: expect.any(String) as string }]);
  for (const wrong of [{ AUTHCTL_STATE_DIR: 's3://policies/shop' }, { AUTHCTL_JOURNAL: 'shop' }]) {
    const authctl = open({ env: { ...env, ...wrong } });
    expect((await Promise.all([authctl.history(), authctl.drift(file), authctl.apply(file, { approve: true })])).map(codes)).toEqual(Array(3).fill(['JOURNAL_PLACE']));
  }
});

/** What each use case asks of S3, of which `permissions` says the rights: everything else is denied. */
it('asks for no more than its least rights', async () => {
  const { open, file, s3 } = await start();
  const used = new Set<string>();
  const allow = (rights: readonly string[]) => s3.decide(({ method, query }) => {
    const right = query.get('list-type') === '2' ? 's3:ListBucket' : ({ GET: 's3:GetObject', PUT: 's3:PutObject', DELETE: 's3:DeleteObject' }[method] ?? method);
    used.add(right);
    return rights.includes(right) ? 'pass' : [403, 'AccessDenied'];
  });
  const rightsOf = async (login: 'drift' | 'apply') => (await open().permissions(file, { login })).data?.targets['journal']?.rights ?? [];
  allow(await rightsOf('apply'));
  expect((await open().apply(file, { approve: true })).problems).toEqual([]);
  expect([...used].toSorted()).toEqual(['s3:DeleteObject', 's3:ListBucket', 's3:PutObject']);
  allow(await rightsOf('drift'));
  expect(codes(await open().history())).toEqual([]);
  expect([...used].toSorted()).toEqual((await rightsOf('apply')).toSorted());
});

it('keeps the lock of a blueprint whose targets keep none', async () => {
  const world = await startAws();
  const s3 = await startS3(KEYS);
  onTestFinished(async () => {
    await world.close();
    await s3.close();
  });
  const env = { ...world.env, AUTHCTL_JOURNAL: 's3://policies/shop', AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL_S3: s3.url };
  const login = { AWS_ACCESS_KEY_ID: KEYS.id, AWS_SECRET_ACCESS_KEY: KEYS.secret };
  const open = (more: Readonly<Record<string, string>>) => createAuthctl({ env: { ...env, ...more }, localStack: false });
  const lock = '/policies/shop/authctl-lock.parcels';
  s3.objects.set(lock, Buffer.from(wordsOf({ run: 'a', command: 'apply', by: 'ci', host: 'runner-7', place: 'elsewhere', pid: 812, since: Date.now(), until: Date.now() + 600_000 }).join('\n')));
  const held = await open(login).apply(world.file, { approve: true });
  expect([codes(held), held.problems[0]?.message, await world.held()]).toEqual([['LOCK_HELD'], expect.stringMatching(/^held by authctl apply of ci on runner-7 .*\(s3:\/\/policies\/shop\/authctl-lock\.parcels\): nothing was written$/), []]);
  expect((await open(login).unlock(world.file, { approve: true })).text).toContain('taken away: s3://policies/shop/authctl-lock.parcels');
  const applied = await open(login).apply(world.file, { approve: true });
  expect([applied.problems, (applied.notes ?? []).filter((note) => note.includes('nothing kept others')), s3.objects.has(lock)]).toEqual([[], [], false]);
  // Without a bucket there is none, as ever.
  const without = await open({ AUTHCTL_JOURNAL: '' }).destroy(world.file, { approve: true });
  expect([without.problems, without.notes]).toEqual([[], expect.arrayContaining([expect.stringContaining('nothing kept others')])]);
});
