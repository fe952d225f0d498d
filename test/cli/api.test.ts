import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { blueprint, nobody, startTargets } from '../unit/app/targets.ts';

/** The page's program, as somebody would run it who has installed the package: below this directory it finds itself by its name. */
const example = (env: Readonly<Record<string, string>>) => {
  mkdirSync('test-output', { recursive: true });
  const directory = mkdtempSync(resolve('test-output/api-'));
  onTestFinished(() => { rmSync(directory, { recursive: true }); });
  const [, program = ''] = /```js\n([^]*?)```/.exec(readFileSync('docs/api.md', 'utf8')) ?? [];
  writeFileSync(join(directory, 'drift.mjs'), program);
  copyFileSync(blueprint, join(directory, 'blueprint.yaml'));
  return new Promise<{ code: unknown; stdout: string; stderr: string; sarif: () => { version: string } }>((done) => {
    // Nothing but what the blueprint refers to: no HOME, no PATH.
    execFile(process.execPath, ['drift.mjs'], { cwd: directory, env }, (error, stdout, stderr) => {
      const sarif = () => JSON.parse(readFileSync(join(directory, 'drift.sarif'), 'utf8')) as { version: string };
      done({ code: error === null ? 0 : error.code, stdout, stderr, sarif });
    });
  });
};

describe('the program of docs/api.md', () => {
  it('tells that something has moved', async () => {
    const { code, stdout, stderr, sarif } = await example(await startTargets());
    expect([stdout, code]).toEqual(['something has moved\n', 2]);
    expect(stderr).toMatch(/^\d+ objects in 2 targets\n/);
    expect(stderr).toContain('kong: 0 objects, done\n');
    expect(sarif().version).toBe('2.1.0');
  });

  it('tells what is wrong with the blueprint, each with its place', async () => {
    const { OTTO_PASSWORD: _, ...env } = nobody;
    const { code, stdout, stderr } = await example(env);
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toMatch(/^blueprint\.yaml:\d+ BLUEPRINT_VARIABLE_MISSING /m);
  });
});
