import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, constants, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** A directory that only its owner can enter, even when it was there before. */
export const privateDir = (path: string): string => {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
  return path;
};

/** Written whole or not at all, readable by the owner alone from its first byte. */
export const writePrivate = (path: string, text: string | Uint8Array): void => {
  const next = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(next, text, { mode: 0o600, flag: 'wx' });
  renameSync(next, path);
};

/** A log for a child to write to, 0600. A symbolic link in its place is refused. */
export const openLog = (path: string): number =>
  openSync(path, constants.O_CREAT | constants.O_APPEND | constants.O_WRONLY | constants.O_NOFOLLOW, 0o600);

/** A log for this process to write to, a line with its time per call. */
export const openLines = (path: string): { readonly write: (line: string) => void; readonly close: () => void } => {
  const file = openLog(path);
  let open = true;
  return {
    write: (line) => {
      // What a server has to say after it was closed goes nowhere: its file number may be another file's by then.
      if (open) writeSync(file, `${new Date().toISOString()} ${line}\n`);
    },
    close: () => {
      if (!open) return;
      open = false;
      closeSync(file);
    },
  };
};

/** Fills a folder under a name of its own and gives it its real name only when it is complete. */
export const wholeOrNothing = async (target: string, fill: (folder: string) => Promise<void>): Promise<void> => {
  const draft = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`);
  await mkdir(draft, { recursive: true, mode: 0o700 });
  try {
    await fill(draft);
    await rename(draft, target);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
};

/** `$XDG_CACHE_HOME/authctl`, or `~/.cache/authctl`: distributions and what was prepared from them. */
export const cacheDir = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), 'authctl');
