import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A directory for one test, removed after it. */
export const temporaryDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'authctl-test-'));
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
};

/** An executable in `dir`; the script is sh unless it starts with another `#!`. */
export const script = (dir: string, name: string, text: string): string => {
  const path = join(dir, name);
  writeFileSync(path, text.startsWith('#!') ? text : `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
};
