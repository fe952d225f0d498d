import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthctl } from 'authctl';
import { expect, it, onTestFinished } from 'vitest';
import { thisProcess } from '../../../src/core/this-process.ts';
import { startUndoProxy } from '../../stack/undo-proxy.ts';
import { blueprint, startTargets } from './targets.ts';

const open = async (change: Readonly<Record<string, string>> = {}) => {
  const env: Readonly<Record<string, string>> = { ...(await startTargets()), ...change };
  const directory = join(env['AUTHCTL_STATE_DIR'] ?? '', 'runs');
  return { env, directory, authctl: createAuthctl({ env, localStack: false }), files: () => readdirSync(directory).filter((name) => name.endsWith('.jsonl')).map((name) => join(directory, name)) };
};

it('notes what a run did, for its owner alone and without secrets, and nothing of a run that writes nothing', async () => {
  const { authctl, directory, env, files } = await open();
  expect(await authctl.history()).toMatchObject({ problems: [], text: expect.stringContaining('no run is noted') as string });
  await authctl.apply(blueprint, { approve: true });
  await authctl.apply(blueprint, { approve: true });
  const [file = '', ...more] = files();
  expect([more, statSync(file).mode & 0o777]).toEqual([[], 0o600]);
  // What a rollback goes by is beside it.
  const all = readdirSync(directory).map((name) => join(directory, name));
  expect(all.map((path) => [path.replace(/^.*\./, ''), statSync(path).mode & 0o777])).toEqual([['jsonl', 0o600], ['state', 0o600]]);
  const text = all.map((path) => readFileSync(path, 'utf8')).join('\n');
  expect(Object.entries(env).filter(([name, value]) => /SECRET|PASSWORD/.test(name) && text.includes(value))).toEqual([]);
  await authctl.destroy(blueprint, { approve: true });
  await authctl.apply(blueprint, { approve: true });
  await authctl.release(blueprint, { approve: true, only: ['kong.route/*'] });
  const { data } = await authctl.history();
  expect(data?.runs.map(({ command, state, left, exitCode }) => [command, state, left, exitCode])).toEqual(['release', 'apply', 'destroy', 'apply'].map((command) => [command, 'done', [], 0]));
  const last = data?.runs[2];
  expect(await authctl.history({ run: last?.run ?? '' })).toMatchObject({ data: { runs: [last] }, text: expect.stringContaining('done    delete   kong.service/tickets.') as string });
  expect((await authctl.history({ run: 'never' })).problems).toMatchObject([{ code: 'HISTORY_UNKNOWN' }]);
});

it('names the run that ended badly, what it did not do and why, and how to go on', async () => {
  const { env, authctl } = await open();
  const proxy = await startUndoProxy(env['KONG_ADMIN_URL'] ?? '');
  onTestFinished(() => proxy.close());
  proxy.decide((method, path) => (method === 'POST' && path.includes('/routes') && !path.startsWith('/schemas') ? 500 : 'pass'));
  const failing = createAuthctl({ env: { ...env, KONG_ADMIN_URL: proxy.url }, localStack: false });
  const report = await failing.apply(blueprint, { approve: true });
  const { data } = await authctl.history();
  const [run] = data?.runs ?? [];
  expect(report.notes?.at(-1)).toBe(`what was done, and what was not: authctl history ${run?.run}; "authctl apply ${blueprint}" goes on from there`);
  expect(run).toMatchObject({ state: 'failed', exitCode: 1, left: expect.arrayContaining([expect.stringMatching(/^create kong\.route\//)]) as string[] });
  const { text } = await authctl.history({ run: run?.run ?? '' });
  expect(text).toMatch(/failed {2}create {3}kong\.route\/[^]*skipped [^]*not done:[^]*to go on: authctl plan/);
  expect((await authctl.apply(blueprint, { approve: true })).problems).toEqual([]);
});

it('tells a run that was killed from one that is under way and one of another machine, and minds no line that was cut off', async () => {
  const { authctl, directory } = await open();
  mkdirSync(directory, { recursive: true });
  const begun = { journal: 1, command: 'apply', blueprint: 'tickets', file: 'tickets.yaml', begun: '2026-11-29T02:00:00.000Z', planned: [{ action: 'create', address: 'kong.service/a' }, { action: 'create', address: 'kong.route/b' }] };
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  const result = { at: '2026-11-29T02:00:01.000Z', address: 'kong.service/a', action: 'create', outcome: 'done' };
  for (const [run, over] of Object.entries({ a: { pid }, b: {}, c: { place: 'elsewhere' }, d: { born: 'at another time' } })) {
    writeFileSync(join(directory, `20261129T020000.000Z-aaa${run}.jsonl`), `${[{ ...begun, run, ...thisProcess(), ...over }, result].map((line) => JSON.stringify(line)).join('\n')}\n`);
    appendFileSync(join(directory, `20261129T020000.000Z-aaa${run}.jsonl`), '{"at":"2026');
  }
  writeFileSync(join(directory, '20261129T020000.000Z-aaae.jsonl'), 'something else\n');
  const { data, text } = await authctl.history();
  expect(data?.runs.map(({ run, state, left }) => [run, state, left])).toEqual([['d', 'killed', ['create kong.route/b']], ['c', 'unknown', ['create kong.route/b']], ['b', 'under way', ['create kong.route/b']], ['a', 'killed', ['create kong.route/b']]]);
  expect(text?.split('\n')).toHaveLength(4);
  expect((await authctl.history({ run: 'a' })).text).toContain('its process is no more');
});

it('keeps the newest, and does not keep anybody from applying where it cannot be written', async () => {
  const { authctl, directory, files, env } = await open();
  mkdirSync(directory, { recursive: true });
  for (let at = 0; at < 230; at += 1) writeFileSync(join(directory, `20200101T000000Z-${String(at).padStart(4, '0')}.jsonl`), '');
  for (let at = 0; at < 60; at += 1) writeFileSync(join(directory, `20200101T000000Z-${String(at).padStart(4, '0')}.state`), '');
  await authctl.apply(blueprint, { approve: true });
  expect(files()).toHaveLength(201);
  expect(readdirSync(directory).filter((name) => name.endsWith('.state'))).toHaveLength(51);
  const file = join(env['AUTHCTL_STATE_DIR'] ?? '', 'file');
  writeFileSync(file, '');
  chmodSync(file, 0o400);
  const report = await createAuthctl({ env: { ...env, AUTHCTL_STATE_DIR: file }, localStack: false }).destroy(blueprint, { approve: true });
  expect(report).toMatchObject({ problems: [], notes: [expect.stringContaining('what was done is noted nowhere')] });
});

it('is not stopped by a file that somebody else wrote, or that was cut off', async () => {
  const { authctl, directory, files } = await open();
  await authctl.apply(blueprint, { approve: true });
  const [own = ''] = files();
  const [first = '', ...rest] = readFileSync(own, 'utf8').split('\n');
  const begun = JSON.parse(first) as Record<string, unknown>;
  const hostile: readonly unknown[] = [
    { ...begun, planned: [null] }, { ...begun, planned: [{ action: 1 }] }, { ...begun, run: 7 }, { ...begun, by: null }, { ...begun, file: {} }, { ...begun, planned: 'x' }, [], null, 1,
  ];
  hostile.forEach((line, at) => { writeFileSync(join(directory, `199901${String(at + 10)}T000000.000Z-aaaa.jsonl`), `${JSON.stringify(line)}\n`); });
  const broken = ['{"outcome":{}}', '{"outcome":"done"}', '{"outcome":"failed","action":"create","address":"a","problem":5}', '{"ended":5}', '{"ended":"x","exitCode":1,"problems":[null]}', '{"ended":"x","problems":"y"}', '{"ended":"yesterday","exitCode":"boom","problems":[]}', 'null', '{'];
  writeFileSync(join(directory, '20000101T000000.000Z-aaaa.jsonl'), [JSON.stringify({ ...begun, run: 'broken', begun: 'yesterday', by: '\u001b[2J\nroot' }), ...broken].join('\n'));
  writeFileSync(join(directory, '20000102T000000.000Z-aaaa.jsonl'), [JSON.stringify({ ...begun, run: 'cut' }), ...rest].join('\n').slice(0, -40));
  const { data, text = '', problems } = await authctl.history();
  expect([problems, data?.runs.map(({ run }) => run)]).toEqual([[], [begun['run'], 'cut', 'broken']]);
  expect(text).not.toContain('\u001b');
  expect((await authctl.history({ run: 'broken' })).text).toContain('not done:');
  expect((await authctl.history({ run: 'cut' })).text).toContain('it is at it');
});
