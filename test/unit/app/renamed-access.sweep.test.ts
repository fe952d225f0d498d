import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthctl } from 'authctl';
import { expect, it, onTestFinished } from 'vitest';
import { blueprint, startTargets } from './targets.ts';

const text = readFileSync(blueprint, 'utf8');
/** The same under other names: each edit must find its text. */
const edited = (...edits: readonly (readonly [RegExp, string])[]): string =>
  edits.reduce((now, [from, to]) => {
    expect(now).toMatch(from);
    return now.replace(from, to);
  }, text);

/** The blueprint in a directory of its own, and servers that have nothing of it yet. */
const begun = async () => {
  const env = await startTargets();
  const directory = mkdtempSync(join(tmpdir(), 'authctl-renamed-'));
  onTestFinished(() => { rmSync(directory, { recursive: true, force: true }); });
  const authctl = createAuthctl({ env, localStack: false, cwd: directory });
  const file = join(directory, 'tickets.yaml');
  writeFileSync(file, text);
  return { authctl, file };
};

it.each([
  ['a client', edited([/^ {4}box-office:$/gm, '    counter:\n      renamedFrom: box-office'], [/client: box-office/g, 'client: counter'])],
  ['a service and one of its routes', edited([/^ {2}tickets:$/gm, '  passes:\n    renamedFrom: tickets'], [/tickets: \[list/g, 'passes: [index'], [/^ {6}list: \{ match: GET \/tickets,/gm, '      index: { renamedFrom: list, match: GET /tickets,'])],
])('that %s is called otherwise lets nobody in and locks nobody out: before, while it is planned, and after', async (_what, renamed) => {
  const { authctl, file } = await begun();
  expect((await authctl.apply(file, { approve: true })).problems).toEqual([]);
  writeFileSync(file, renamed);
  for (const asked of [await authctl.plan(file), await authctl.drift(file)]) {
    expect(asked.problems).toEqual([]);
    expect(asked.plan?.removals.length).toBeGreaterThan(0);
    expect(asked.access?.changes).toEqual([]);
    expect(JSON.stringify(asked.plan)).not.toMatch(/now (lets in|refuses)/);
  }
  expect((await authctl.apply(file, { approve: true })).problems).toEqual([]);
  expect((await authctl.drift(file)).plan?.waves.flat().filter(({ action }) => action !== 'keep')).toEqual([]);
});

it('a client that is new in the place of one that goes, and is not the same, still says who gets in by it', async () => {
  const { authctl, file } = await begun();
  await authctl.apply(file, { approve: true });
  writeFileSync(file, edited([/^ {4}box-office:$/gm, '    counter:'], [/client: box-office/g, 'client: counter']));
  expect((await authctl.plan(file)).access?.changes.length).toBeGreaterThan(0);
});
