import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { noRoutes, startVersions } from '../unit/app/versions.ts';
import { cli } from './run.ts';

const PAGE = readFileSync('docs/failures.md', 'utf8');
const COMMANDS = [...PAGE.matchAll(/^ {4}authctl (.*)$/gm)].map(([, line = '']) => line);

it('docs/failures.md: its commands in its order, from an apply that broke off to the state before', async () => {
  const { env, file, kong, rewrite, spoil, heal } = await startVersions();
  const run = async (line: string, ...more: readonly string[]): Promise<readonly [line: string, exitCode: number, said: string]> => {
    // What asks is answered yes.
    const words = (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => (word === 'blueprint.yaml' ? file : word.replaceAll('"', '')));
    const { exitCode, stdout, stderr } = await cli([...words, '--no-stack', ...more], env);
    return [line, exitCode, stdout + stderr];
  };
  const left = [...COMMANDS];
  /** The next command of the page. */
  const next = async (line: string, exitCode: number, said: string | RegExp, ...more: readonly string[]): Promise<void> => {
    expect(left.shift()).toBe(line);
    expect(await run(line, ...more)).toEqual([line, exitCode, expect.stringMatching(said) as string]);
  };
  expect((await run('apply blueprint.yaml', '-y'))[1]).toBe(0);
  rewrite(
    ['read: { match: "GET /events/{id}", scopes: [events:read] }', 'read: { match: "GET /events/{id}", scopes: [events:read] }\n      drop: { match: "DELETE /events/{id}", scopes: [events:write], roles: [organiser] }'],
    ['otto: { events: [list, read, plan]', 'otto: { events: [list, read, plan, drop]'],
  );

  spoil(noRoutes);
  const [, broken] = await run('apply blueprint.yaml', '-y');
  expect(broken).toBe(1);
  spoil(() => 500);
  await next('doctor blueprint.yaml', 2, /kong/);
  heal();
  await next('history', 0, /failed +apply/);
  await next('apply blueprint.yaml --resume', 0, /done, 0 failed/, '-y');
  await next('unlock blueprint.yaml', 0, /lock/, '-y');
  await next('verify blueprint.yaml --clean', 0, /nothing/);

  await kong('PATCH', '/services/tickets.events', { port: 1 });
  await next('drift blueprint.yaml', 2, /kong\.service\/tickets\.events/);
  await next('drift blueprint.yaml --fix', 0, /update +kong\.service\/tickets\.events/, '-y');
  const { data } = (await kong('GET', '/routes')) as { data: { id: string; name: string }[] };
  await kong('DELETE', `/routes/${data.find(({ name }) => name === 'tickets.events.list')?.id ?? ''}`);
  expect(await run('drift blueprint.yaml --fix', '-y')).toEqual([expect.anything(), 1, expect.stringContaining('FIX_OPENS') as string]);
  await next('plan blueprint.yaml', 0, /kong\.route\/tickets\.events\.list/);
  await next('apply blueprint.yaml', 0, /done, 0 failed/, '-y');

  await kong('POST', '/plugins', { name: 'pre-function', instance_name: 'theirs', config: { access: ['return'] } });
  await next('accept blueprint.yaml --reason "the partner\'s health check"', 0, /theirs/);
  expect((await run('drift blueprint.yaml'))[1]).toBe(0);
  await next('inventory blueprint.yaml', 0, /kong/);
  await next('rollback blueprint.yaml', 0, /back to the end of the apply/, '-y', '--allow-opening');
  expect(left).toEqual([]);
});
