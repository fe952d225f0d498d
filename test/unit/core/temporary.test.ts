import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
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

/** A place for temporary files that nobody else knows. */
const ownPlace = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'authctl-test-'));
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = directory;
  onTestFinished(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(directory, { recursive: true });
  });
  return directory;
};

it('takes away what a process has left that is no more, and nothing of anybody else', async () => {
  const place = ownPlace();
  const own = await inTemporaryDirectory('authctl-test-', () => Promise.resolve(readdirSync(place)[0] ?? ''));
  // No part of the id may be read as the number of a process.
  const [made, id] = [own.slice(-36), '4ae953cd-9aa3-4b91-af92-a28e44b7bdf0'];
  const dead = String(spawnSync(process.execPath, ['--version']).pid);
  const leave = (name: string): string => {
    mkdirSync(join(place, name), { mode: 0o700 });
    writeFileSync(join(place, name, 'policy.rego'), 'package shop');
    return name;
  };
  const of = (pid: string, rest = id): string => own.replace(new RegExp(`-${process.pid}-${made}$`), `-${pid}-${rest}`);
  const another = (digit: string): string => id.replace(/.$/, digit);
  leave(of(dead));
  const staying = [
    leave(of(String(process.ppid))),
    leave(of(dead, 'not-ours')),
    leave(of(dead).replace(/[\da-f]{16}/, 'f'.repeat(16))),
    leave(`authctl-${id}`),
    leave(`authctl-test-${dead}-${id}`),
  ];
  // Into this one others may look: it was made by somebody else.
  mkdirSync(join(place, of(dead, another('1'))), { mode: 0o755 });
  writeFileSync(join(place, of(dead, another('2'))), '');
  symlinkSync(join(place, staying[0] ?? ''), join(place, of(dead, another('3'))));
  staying.push(...['1', '2', '3'].map((digit) => of(dead, another(digit))));
  if (process.getuid?.() === 0) {
    const theirs = leave(of(dead, another('4')));
    chownSync(join(place, theirs), 65_534, 65_534);
    staying.push(theirs);
  }
  // Once for each place: another one stands for the next process.
  const there = join(place, 'again');
  symlinkSync(place, there);
  process.env['TMPDIR'] = there;
  const during = await inTemporaryDirectory('authctl-test-', () => Promise.resolve(readdirSync(place)));
  expect(during.filter((name) => name !== 'again' && !name.includes(`-${process.pid}-`)).toSorted()).toEqual(staying.toSorted());
  expect(readdirSync(join(place, staying[0] ?? ''))).toEqual(['policy.rego']);
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
