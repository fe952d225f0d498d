import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noteAsFound } from './as-found.ts';
import { authctl } from './authctl.ts';

/** One local stack for the whole project, in a directory of its own; stopped by the pids it started. */
export default async (): Promise<() => Promise<void>> => {
  const dir = mkdtempSync(join(tmpdir(), 'authctl-stack-'));
  process.env.AUTHCTL_STACK_DIR = join(dir, 'stack');
  process.env.AUTHCTL_STATE_DIR = join(dir, 'state');
  const up = await authctl('stack', 'up', 'blueprints/sso.yaml');
  if (up.exitCode !== 0) throw new Error(`the local stack did not start:\n${up.stderr}${up.stdout}`);
  await noteAsFound();
  return async () => {
    const down = await authctl('stack', 'down');
    rmSync(dir, { recursive: true, force: true });
    if (down.exitCode !== 0) throw new Error(`the local stack did not stop:\n${down.stderr}`);
  };
};
