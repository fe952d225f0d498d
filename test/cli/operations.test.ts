import { cpSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startS3 } from '../unit/s3-stand-in.ts';
import { noRoutes, startVersions } from '../unit/app/versions.ts';
import { cli } from './run.ts';

const commandsOf = (page: string): readonly string[] => [...readFileSync(page, 'utf8').matchAll(/^ {4}(?:\$ )?authctl (.*)$/gm)].map(([, line = '']) => line);

it('docs/operations.md: its commands in its order, from a saved plan to a watch', async () => {
  const { env, file, kong, rewrite, spoil, heal } = await startVersions();
  const directory = dirname(file);
  const there = (name: string): boolean => existsSync(join(directory, name));
  // What names no file is about blueprint.yaml.
  const version = (...edits: readonly (readonly [from: string, to: string])[]): void => {
    rewrite(...edits);
    cpSync(file, join(directory, 'blueprint.yaml'));
  };
  const run = (line: string, more: readonly string[] = [], until?: (said: string) => boolean) =>
    cli([...line.replaceAll('shop.yaml', 'blueprint.yaml').split(' '), '--no-stack', ...more], env, { cwd: directory, ...(until && { until }) });
  const left = [...commandsOf('docs/operations.md')];
  /** The next command of the page; `as` is what stands there for something that is different each time. */
  const next = async (line: string, exitCode: number, said: RegExp, { more = [], as = line, until }: { readonly more?: readonly string[]; readonly as?: string; readonly until?: (said: string) => boolean } = {}): Promise<string> => {
    expect(left.shift()).toBe(as);
    const ended = await run(line, more, until);
    expect([line, ended.exitCode, ended.stdout + ended.stderr]).toEqual([line, exitCode, expect.stringMatching(said) as string]);
    return ended.stdout;
  };

  version();
  expect((await run('apply', ['-y'])).exitCode).toBe(0);
  version(['Buys tickets', 'Buys many tickets']);
  await next('plan shop.yaml --out shop.plan', 0, /keycloak\.role\/tickets\/visitor/);
  await next('apply shop.plan', 0, /1 done, 0 failed/, { more: ['-y'] });
  await next('apply --yes --lock-timeout 10m', 0, /no changes/);
  const runs = await next('history', 0, /done +apply/);
  const [name = ''] = /\d{8}T\d{6}\.\d{3}Z-\w+/.exec(runs) ?? [];
  await next(`history ${name.slice(0, 15)}`, 0, new RegExp(name), { as: 'history 20261129T020011Z' });

  version(['plan: { match', 'draft: { match'], ['[list, read, plan]', '[list, read, draft]']);
  spoil(noRoutes);
  expect((await run('apply', ['-y'])).exitCode).toBe(1);
  heal();
  await next('apply --resume', 0, /done, 0 failed/, { more: ['-y'] });
  await next('rollback shop.yaml', 0, /back to the end of the apply/, { more: ['-y', '--allow-opening'] });
  await kong('PATCH', '/services/tickets.events', { port: 1 });
  await next('drift --fix', 0, /update +kong\.service\/tickets\.events/, { more: ['-y'] });

  // The file asks for what was rolled back.
  await next('drift --report junit=drift.xml --report sarif=drift.sarif --report markdown=drift.md', 2, /kong\.route\/tickets\.events\.draft/);
  await next('verify --report html=verify.html --report json=verify.json', 2, /STR/, { more: ['--only', 'STR'] });
  expect(['drift.xml', 'drift.sarif', 'drift.md', 'verify.html', 'verify.json'].filter((report) => !there(report))).toEqual([]);
  await next('verify --changed', 2, /everything is checked: /, { more: ['--only', 'STR'] });
  await next('drift --watch --interval 5m --listen 127.0.0.1:9464', 0, /looked 1 times: [1-9]/, { more: ['--listen', '127.0.0.1:0'], until: (said) => said.includes('\n+ ') });
  expect(left).toEqual([]);
});

it('docs/journal.md: its commands, with the bucket that it names, on a machine that has noted nothing', async () => {
  const { env, file } = await startVersions();
  const directory = dirname(file);
  cpSync(file, join(directory, 'blueprint.yaml'));
  const keys = { id: 'AKIDEXAMPLE', secret: 'secret-of-the-bucket' };
  const s3 = await startS3(keys, { bucket: 'acme-operations' });
  onTestFinished(s3.close);
  const [, journal = '', region = ''] = /^export AUTHCTL_JOURNAL=(\S+) AWS_REGION=(\S+)$/m.exec(readFileSync('docs/journal.md', 'utf8')) ?? [];
  const all = { ...env, AUTHCTL_JOURNAL: journal, AWS_REGION: region, AWS_ENDPOINT_URL_S3: s3.url, AWS_ACCESS_KEY_ID: keys.id, AWS_SECRET_ACCESS_KEY: keys.secret };
  const run = (line: string, more: Readonly<Record<string, string>> = {}) => cli([...line.split(' '), ...(line === 'history' ? [] : ['--no-stack'])], { ...all, ...more }, { cwd: directory });
  expect((await run('apply -y')).exitCode).toBe(0);
  const said: Readonly<Record<string, RegExp>> = {
    'permissions --for apply': /S3: the bucket in which runs are noted[^]*"arn:aws:s3:::acme-operations\/authctl\/\*"/,
    doctor: /✓ journal +read: 1 runs in s3:\/\/acme-operations\/authctl\n/,
    history: /^\S+ {2}done {7}apply /,
  };
  const lines = commandsOf('docs/journal.md');
  expect(lines).toEqual(Object.keys(said));
  for (const line of lines) expect((await run(line, { AUTHCTL_STATE_DIR: join(directory, 'another') })).stdout).toMatch(said[line] ?? /never/);
});

it('docs/permissions.md: its command, for each login that it names', async () => {
  const [line = '', ...others] = commandsOf('docs/permissions.md');
  const [, logins = ''] = /^permissions \[blueprint\] \[--for (.*)\]$/.exec(line) ?? [];
  expect([others, logins.split('|').length]).toEqual([[], 6]);
  for (const login of logins.split('|').map((one) => one.replaceAll('"', ''))) {
    const { exitCode, stdout } = await cli(['permissions', 'blueprints/sso.yaml', '--for', login, '--no-stack']);
    expect([login, exitCode, stdout]).toEqual([login, 0, expect.stringContaining(`The least that the login of authctl ${login} needs for "shop"`) as string]);
  }
});
