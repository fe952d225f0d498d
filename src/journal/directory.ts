import { appendFile, mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileWords } from '../core/file-words.ts';
import { Problem, reason } from '../core/problem.ts';
import { replaceFile } from '../core/temporary.ts';
import { othersMayWrite } from '../core/this-process.ts';
import { tooOld } from './place.ts';
import type { JournalPlace } from './place.ts';

const ABSENT = new Set(['ENOENT', 'ENOTDIR']);

/** A directory for its owner alone. One that cannot be written to is no reason not to apply. */
export const directoryPlace = (directory: string): JournalPlace => {
  const pathOf = (name: string): string => join(directory, name);
  return {
    where: directory,
    pathOf,
    prepare: async ({ keep, most }) => {
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await Promise.all(tooOld(await readdir(directory), most).map((name) => rm(pathOf(name), { force: true })));
        for (const [name, text] of keep) replaceFile(pathOf(name), text, 0o600);
      } catch (thrown) {
        if (!isOfTheSystem(thrown)) throw thrown;
      }
      return [];
    },
    begin: (name) => {
      const lines = appended(pathOf(name));
      return {
        add: lines.add,
        settled: async () => (await lines.failure()) !== undefined,
        end: async () => {
          const failure = await lines.failure();
          return failure && { words: `"${pathOf(name)}" ${fileWords(failure.cause, 'written')}`, lost: true };
        },
      };
    },
    names: () =>
      readdir(directory).catch((cause: unknown) => {
        if (ABSENT.has(reason(cause))) return [];
        throw unreadable(directory, cause);
      }),
    read: (name) =>
      readFile(pathOf(name), 'utf8').catch((cause: unknown) => {
        if (ABSENT.has(reason(cause))) return undefined;
        throw unreadable(pathOf(name), cause);
      }),
    write: (name, text) => {
      try {
        replaceFile(pathOf(name), text, 0o600);
        return Promise.resolve(undefined);
      } catch (cause) {
        return Promise.resolve({ words: `"${pathOf(name)}" ${fileWords(cause, 'written')}`, lost: true });
      }
    },
    remove: (name) => rm(pathOf(name), { force: true }).catch(() => undefined),
    inOtherHands: async (name) => {
      for (const place of [directory, pathOf(name)]) if (await othersMayWrite(place)) return place;
      return undefined;
    },
    close: () => undefined,
  };
};

/** Lines one after the other at the end of a file. What came after one that could not be written is not written either. */
export const appended = (path: string) => {
  let writing: Promise<void> = Promise.resolve();
  let failure: { readonly cause: unknown } | undefined;
  return {
    add: (line: string): void => {
      writing = writing
        .then(() => (failure === undefined ? appendFile(path, line, { mode: 0o600 }) : undefined))
        .catch((cause: unknown) => { failure = { cause }; });
    },
    failure: async (): Promise<typeof failure> => {
      await writing;
      return failure;
    },
  };
};

const isOfTheSystem = (thrown: unknown): boolean => thrown instanceof Error && typeof (thrown as NodeJS.ErrnoException).code === 'string' && 'syscall' in thrown;

const unreadable = (path: string, cause: unknown): Problem =>
  new Problem('JOURNAL_UNREADABLE', `what runs did is not known: "${path}" ${fileWords(cause, 'read')}`, { cause, hint: 'give this account the right to read it, or name another directory by AUTHCTL_STATE_DIR' });
