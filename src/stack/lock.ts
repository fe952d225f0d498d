import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Problem } from '../core/problem.ts';
import { isAlive, markOf } from './identity.ts';
import type { ProcessMark } from './types.ts';

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

const holderOf = (text: string): ProcessMark | undefined => {
  try {
    const { pid, born } = JSON.parse(text) as Partial<ProcessMark>;
    return typeof pid === 'number' && typeof born === 'string' ? { pid, born } : undefined;
  } catch {
    return undefined;
  }
};

/** The holder's process is written whole before the name appears (a hard link), so nobody reads half a lock. */
const tryTake = (path: string): boolean => {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, JSON.stringify({ ...markOf(process.pid), token: draft }), { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
};

/** Moves a dead holder's lock aside. When another process was faster and the lock is already a new one, that one is put back. */
const breakStale = (path: string, stale: string): void => {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(path, aside);
    if (read(aside) !== stale) linkSync(aside, path);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
};

/**
 * Runs `work` while no other process holds `path`. A lock whose holder has died is taken over. After `waitSeconds` of
 * somebody else's lock it throws `STACK_BUSY`.
 */
export const withLock = async <T>(
  path: string,
  { waitSeconds, signal }: { readonly waitSeconds: number; readonly signal?: AbortSignal | undefined },
  work: () => Promise<T>,
): Promise<T> => {
  const end = Date.now() + waitSeconds * 1000;
  while (!tryTake(path)) {
    signal?.throwIfAborted();
    const text = read(path);
    if (text === undefined) continue;
    const holder = holderOf(text);
    if (!holder || !isAlive(holder)) {
      breakStale(path, text);
    } else if (Date.now() >= end) {
      throw new Problem('STACK_BUSY', `process ${String(holder.pid)} is already at work on ${path.replace(/\/[^/]*$/, '')}`, {
        hint: 'wait until it ends, or stop it with Ctrl-C where it runs',
      });
    } else {
      await pause(100, undefined, signal && { signal });
    }
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
};
