import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthctl } from 'authctl';
import type { Authctl, DryRun, Report } from 'authctl';
import { expect, it, onTestFinished } from 'vitest';
import { startTargets } from './targets.ts';

const text = readFileSync('blueprints/opaque.yaml', 'utf8');
/** Kong waits for one service otherwise. */
const slower = (seconds: number): string => text.replace('  events:\n', `  events:\n    timeouts: { read: ${seconds}s }\n`);

const open = async () => {
  const env = await startTargets();
  const directory = mkdtempSync(join(tmpdir(), 'authctl-changed-'));
  onTestFinished(() => { rmSync(directory, { recursive: true, force: true }); });
  const file = join(directory, 'tickets.yaml');
  const state = env['AUTHCTL_STATE_DIR'] ?? '';
  return { env, file, write: (blueprint: string) => { writeFileSync(file, blueprint); }, runs: join(state, 'runs'), authctl: createAuthctl({ env, localStack: false }) };
};

/** The reason why everything is checked, and what is not. */
const asked = async (authctl: Authctl, file: string) => {
  const { notes = [], part, verdicts = [] } = await authctl.verify(file, { changed: true, only: ['STR-01', 'IDP-02'] });
  return { whole: notes.find((note) => note.startsWith('everything is checked: ')), part, left: verdicts.filter(({ why = '' }) => why.startsWith('left out: ')).map(({ id, subject, status }) => `${id} ${subject} ${status}`), tried: verdicts.length };
};

it('verify --changed tries what the last apply touched, and names what it leaves out; where that cannot be told it tries everything and says why', async () => {
  const { authctl, file, write, runs } = await open();
  const apply = async (): Promise<Report> => authctl.apply(file, { approve: true });
  const everything = (why: RegExp) => ({ whole: expect.stringMatching(why) as string, part: undefined, left: [], tried: 6 });
  write(text);
  expect(await asked(authctl, file)).toEqual(everything(/no run is noted in .* that wrote for this blueprint$/));
  expect((await apply()).problems).toEqual([]);
  // It has made all there is.
  expect(await asked(authctl, file)).toEqual({ ...everything(/./), whole: undefined });

  write(slower(5));
  expect(await asked(authctl, file)).toEqual(everything(/tickets\.yaml" is not what the last run brought into force$/));
  expect((await apply()).applied?.map(({ address }) => address)).toEqual(['kong.service/tickets.events', 'kong.service/tickets.events.public', 'kong.settle/tickets']);
  const last = (await authctl.history()).data?.runs[0];
  const report = await asked(authctl, file);
  expect(report).toEqual({
    whole: undefined, tried: 6,
    left: ['STR-01 kong tickets.list skipped', 'STR-01 kong tickets.read skipped', 'IDP-02 keycloak tickets skipped'],
    part: { since: expect.stringMatching(/^the apply of \S+ \S+Z \(authctl history \S+\)$/) as string, verdicts: { left: 3, of: 6 }, checks: { left: ['IDP-02'], of: 2 }, subjects: { left: ['kong tickets.list', 'kong tickets.read', 'keycloak tickets'], of: 6 } },
  });
  expect(report.part?.since).toContain(last?.run ?? 'a run');
  const { data, notes } = await authctl.verify(file, { changed: true, dryRun: true, only: ['STR-01', 'IDP-02'] });
  expect([notes, (data as DryRun).checks.map(({ check, skipped, requests }) => [check, skipped, [...new Set(requests.map(({ subject }) => subject))]])]).toEqual([
    undefined, [['STR-01', undefined, ['kong events.list', 'kong events.read', 'kong events.plan']], ['IDP-02', expect.stringMatching(/^left out: the apply of /), []]],
  ]);

  // What a run that was broken off has touched counts until one has ended well, and then for that one.
  const [newest = ''] = readdirSync(runs).filter((name) => name.endsWith('.jsonl')).toSorted().toReversed();
  const lines = readFileSync(join(runs, newest), 'utf8').trim().split('\n');
  const broken = JSON.parse(lines[0] ?? '') as { planned: unknown };
  const name = newest.replace('.jsonl', '');
  const [before, after] = [`${name.slice(0, -4)}0000`, `${name.slice(0, -4)}zzzz`];
  writeFileSync(join(runs, `${before}.jsonl`), `${JSON.stringify({ ...broken, run: before, planned: [{ action: 'update', address: 'kong.service/tickets.tickets' }], pid: 2 ** 30 })}\n`);
  expect((await asked(authctl, file)).left).toEqual(['IDP-02 keycloak tickets skipped']);
  writeFileSync(join(runs, `${after}.jsonl`), `${JSON.stringify({ ...broken, run: after, pid: 2 ** 30 })}\n`);
  expect(await asked(authctl, file)).toEqual(everything(new RegExp(`the last run of this blueprint \\(apply, ${after}\\) did not end well$`)));
  rmSync(join(runs, `${after}.jsonl`));

  appendFileSync(join(runs, `${name}.state`), ' {}');
  expect(await asked(authctl, file)).toEqual(everything(/is not whole$/));
  await authctl.release(file, { approve: true });
  expect(await asked(authctl, file)).toEqual(everything(/\(release, \S+\) left nothing that says what is in force$/));
});

it('verify --changed goes by nothing that stands elsewhere, or that another environment asks for', async () => {
  const env = await startTargets();
  const directory = mkdtempSync(join(tmpdir(), 'authctl-changed-'));
  onTestFinished(() => { rmSync(directory, { recursive: true, force: true }); });
  const file = join(directory, 'tickets.yaml');
  writeFileSync(file, text.replace('  events:\n', '  events:\n    timeouts: { read: "${READ:-5s}" }\n'));
  const as = (over: object): Authctl => createAuthctl({ env: { ...env, ...over }, localStack: false });
  await as({}).apply(file, { approve: true });
  await as({ READ: '6s' }).apply(file, { approve: true });
  expect((await asked(as({ READ: '6s' }), file)).left).toHaveLength(3);
  expect((await asked(as({}), file)).whole).toMatch(/what the blueprint asks for is not what the last run brought into force: kong\.service\/tickets\.events differs in read_timeout$/);
  const { KONG_ADMIN_URL = '' } = env;
  expect((await asked(as({ READ: '6s', KONG_ADMIN_URL: KONG_ADMIN_URL.replace('127.0.0.1', 'localhost') }), file)).whole).toMatch(/the targets are other ones: targets\.kong\.admin\.url is not what it was$/);
});

it('verify --changed goes by no run after which the same blueprint was applied from elsewhere', async () => {
  const { authctl, file, write, runs } = await open();
  write(text);
  await authctl.apply(file, { approve: true });
  write(slower(5));
  await authctl.apply(file, { approve: true });
  expect((await asked(authctl, file)).left).toHaveLength(3);
  const copy = `${file}.copy.yaml`;
  writeFileSync(copy, slower(6));
  await authctl.apply(copy, { approve: true });
  expect(await asked(authctl, file)).toMatchObject({ whole: expect.stringMatching(/the apply \S+ of ".*tickets\.yaml\.copy\.yaml" has written for a blueprint of this name since$/) as string, part: undefined, left: [] });
  // Of another name it is another one.
  const [newest = ''] = readdirSync(runs).filter((name) => name.endsWith('.jsonl')).toSorted().toReversed();
  const noted = readFileSync(join(runs, newest), 'utf8');
  writeFileSync(join(runs, newest), noted.replaceAll('"blueprint":"tickets"', '"blueprint":"another"'));
  expect((await asked(authctl, file)).left).toHaveLength(3);
});

it('verify --changed minds no run of the same blueprint on other servers', async () => {
  const { authctl, env, file, write } = await open();
  write(text);
  await authctl.apply(file, { approve: true });
  write(slower(5));
  await authctl.apply(file, { approve: true });
  const copy = `${file}.copy.yaml`;
  writeFileSync(copy, slower(5));
  const elsewhere = createAuthctl({ env: { ...(await startTargets()), AUTHCTL_STATE_DIR: env['AUTHCTL_STATE_DIR'] }, localStack: false });
  expect((await elsewhere.apply(copy, { approve: true })).problems).toEqual([]);
  expect((await asked(authctl, file)).left).toHaveLength(3);
});
