import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { inTemporaryDirectory, removeTemporaries, replaceFile } from '../../../src/core/temporary.ts';

it('is there for its owner alone, for the time of the work, whatever becomes of that', async () => {
  let seen = '';
  expect(await inTemporaryDirectory('authctl-test-', (directory) => {
    seen = directory;
    writeFileSync(join(directory, 'a'), 'b');
    return Promise.resolve(statSync(directory).mode & 0o777);
  })).toBe(0o700);
  expect(existsSync(seen)).toBe(false);
  await expect(inTemporaryDirectory('authctl-test-', (directory) => {
    seen = directory;
    return Promise.reject(new Error('no'));
  })).rejects.toThrow('no');
  expect(existsSync(seen)).toBe(false);
});

it('goes with a process that is ended in the middle of the work', async () => {
  await inTemporaryDirectory('authctl-test-', (directory) => {
    writeFileSync(join(directory, 'a'), 'b');
    removeTemporaries();
    expect(existsSync(directory)).toBe(false);
    return Promise.resolve();
  });
});

it('puts a text in the place of a file, whole or not at all', () => {
  const directory = mkdtempSync(join(tmpdir(), 'authctl-test-'));
  onTestFinished(() => { rmSync(directory, { recursive: true }); });
  const file = join(directory, 'a');
  writeFileSync(file, 'before', { mode: 0o644 });
  replaceFile(file, 'after', 0o600);
  expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777, readdirSync(directory)]).toEqual(['after', 0o600, ['a']]);
  expect(() => { replaceFile(directory, 'x', 0o600); }).toThrow(expect.objectContaining({ code: expect.stringMatching(/EISDIR|ENOTEMPTY|EEXIST/) as string }) as Error);
  expect(readdirSync(directory)).toEqual(['a']);
});
