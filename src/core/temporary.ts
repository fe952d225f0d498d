import { randomUUID } from 'node:crypto';
import { chmodSync, lstatSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDead, thisProcess } from './this-process.ts';

/** What goes with the process, whatever ends it. */
const held = new Set<string>();

/** Where what processes that are no more have left was taken away already. */
const swept = new Set<string>();

/**
 * A directory for its owner alone, for the time of `work`. Its name says whose it is (`authctl-opa-<machine>-<process>-…`): what kill -9 has left goes with
 * the first one of a later process.
 */
export const inTemporaryDirectory = async <T>(prefix: `authctl-${string}-`, work: (directory: string) => Promise<T>): Promise<T> => {
  const { place, pid } = thisProcess();
  const among = tmpdir();
  if (!swept.has(among)) {
    swept.add(among);
    takeLeftAway(among);
  }
  const directory = join(among, `${prefix}${place}-${pid}-${randomUUID()}`);
  held.add(directory);
  try {
    await mkdir(directory, { mode: 0o700 });
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
    held.delete(directory);
  }
};

const NAMED = /^authctl-[a-z]+-(?<place>[\da-f]{16})-(?<pid>\d{1,10})-[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * Takes away what was made by processes of this machine that are no more: directories by that name, of this very account, in which nobody else may look.
 * Of another machine nobody here can say that its process has ended, and a number that another process has by now keeps the directory. What cannot be
 * taken away is no reason to stop.
 */
const takeLeftAway = (among: string): void => {
  const me = process.getuid?.();
  for (const name of tried(() => readdirSync(among)) ?? []) {
    const { place, pid } = NAMED.exec(name)?.groups ?? {};
    if (place === undefined || !isDead({ place, pid: Number(pid) })) continue;
    const path = join(among, name);
    const found = tried(() => lstatSync(path));
    // Windows knows no owner by a number and no such mode; the directory for temporary files is one of each account there.
    const ours = me === undefined || (found?.uid === me && (found.mode & 0o077) === 0);
    if (found?.isDirectory() === true && ours) tried(() => { rmSync(path, { recursive: true, force: true }); });
  }
};

const tried = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch {
    return undefined;
  }
};

/** For whoever ends the process before its work has ended. */
export const removeTemporaries = (): void => {
  for (const path of held) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
};

/**
 * Puts a text in the place of a file, whole or not at all. Throws what the system says. In one go: no signal that somebody listens to comes in between,
 * so that nothing half written is left by one.
 */
export const replaceFile = (file: string, text: string, mode: number): void => {
  const next = `${file}.${randomUUID()}.tmp`;
  try {
    writeFileSync(next, text, { flag: 'wx', mode });
    // What it is made with is less what the process' umask takes away.
    chmodSync(next, mode);
    renameSync(next, file);
  } catch (cause) {
    rmSync(next, { force: true });
    throw cause;
  }
};
