import { reason } from './problem.ts';

/** Why a file is of no use, by the code of the system call. */
const WORDS: Readonly<Record<string, string>> = {
  EISDIR: 'is a directory',
  ENOTDIR: 'is not there: a part of its path is a file',
  ELOOP: 'is a symbolic link to itself',
  ENOSPC: 'does not fit: the disk is full',
  EROFS: 'is where nobody may write',
};

/** What is said after a file's name that cannot be read, or written: `is not there`, `may not be written by this user`. */
export const fileWords = (cause: unknown, done: 'read' | 'written'): string => {
  const code = reason(cause);
  if (code === 'ENOENT') return done === 'read' ? 'is not there' : 'is in a directory that is not there';
  if (code === 'EACCES' || code === 'EPERM') return `may not be ${done} by this user`;
  return (Object.hasOwn(WORDS, code) ? WORDS[code] : undefined) ?? `cannot be ${done}: ${code}`;
};
