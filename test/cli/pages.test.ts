import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { providers } from '../../src/providers/index.ts';
import { comparable, readPage } from '../pages/page.ts';
import { cli } from './run.ts';

/** What of the pages needs no server, so that whoever changes it is told at once: test/stack/pages.stack.ts plays them whole. */
const steps = ['ci', 'production'].flatMap((name) => readPage(readFileSync(`docs/how-to/${name}.md`, 'utf8')).steps.map((step) => ({ ...step, at: `docs/how-to/${name}.md:${step.line}` })));
const withoutStack = (lines: readonly string[]): readonly string[] => lines.filter((line) => !line.startsWith('local stack: '));

it('how many kinds can be read is what the pages say', () => {
  const said = steps.flatMap(({ output }) => output.flatMap((line) => [...line.matchAll(/^✓ (\w+) +login and permissions: every kind can be read \((\d+)\)$/g)].map(([, name, count]) => [name, Number(count)])));
  expect(said.length).toBeGreaterThan(0);
  expect(said).toEqual(providers.flatMap(({ name, specs }) => (said.some(([told]) => told === name) ? [[name, specs.length]] : [])));
});

it('what a login needs is what the pages say', async () => {
  const place = mkdtempSync(join(tmpdir(), 'authctl-pages-'));
  onTestFinished(() => { rmSync(place, { recursive: true }); });
  const blueprint = join(place, 'blueprint.yaml');
  const made = await cli(['init', blueprint, '--name', 'shop', '--json']);
  const { data } = JSON.parse(made.stdout) as { readonly data: { readonly environment: readonly string[] } };
  const env = Object.fromEntries(data.environment.map((name) => [name, `a value for ${name}`]));
  const asked = steps.flatMap(({ at, command, output }) => {
    const [, flags, count] = /^authctl permissions (.*) \| head -n (\d+)$/.exec(command) ?? [];
    return flags === undefined ? [] : [{ at, flags: flags.split(' '), count: Number(count), output }];
  });
  expect(asked).toHaveLength(2);
  for (const { at, flags, count, output } of asked) {
    const { exitCode, stdout, stderr } = await cli(['permissions', blueprint, '--no-stack', ...flags], env);
    expect({ at, exitCode, stderr, lines: comparable(stdout.split('\n').slice(0, count)) }).toEqual({ at, exitCode: 0, stderr: '', lines: comparable(withoutStack(output)) });
  }
});
