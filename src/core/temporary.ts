import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What goes with the process, whatever ends it. */
const held = new Set<string>();

/** A directory for its owner alone, for the time of `work`. */
export const inTemporaryDirectory = async <T>(prefix: string, work: (directory: string) => Promise<T>): Promise<T> => {
  const directory = join(tmpdir(), `${prefix}${randomUUID()}`);
  held.add(directory);
  try {
    await mkdir(directory, { mode: 0o700 });
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
    held.delete(directory);
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
    renameSync(next, file);
  } catch (cause) {
    rmSync(next, { force: true });
    throw cause;
  }
};
