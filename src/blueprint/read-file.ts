import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { reason } from '../core/problem.ts';

/** Why a file cannot be read, in words, by the code of the system call. */
const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  EISDIR: 'is a directory',
  EACCES: 'may not be read by this user',
  ENOTDIR: 'is not there: a part of its path is a file',
  ELOOP: 'is a symbolic link to itself',
};

/** A pipe that was handed over (`<(command)`, standard input) has a writer and ends; a named one may never. */
const HANDED_OVER = /^\/(?:dev\/(?:stdin$|fd\/)|proc\/self\/fd\/)/;

export interface UnreadFile {
  /** What is said after the file's name: `is not there`, `is larger than 65536 bytes`. */
  readonly why: string;
  readonly tooLarge?: true;
}

/**
 * A file's bytes, at most `limit` of them. A device, a socket or a named pipe is not read: it may have no end, or nobody who writes to it.
 */
export const readFileUpTo = async (path: string, limit: number): Promise<Buffer | UnreadFile> => {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return { why: 'is a directory' };
    if (!found.isFile() && !HANDED_OVER.test(path)) return { why: 'is not a regular file' };
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of createReadStream(path, { end: limit })) {
      // Without an encoding a stream of a file gives buffers.
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length > limit) return { why: `is larger than ${limit} bytes`, tooLarge: true };
    }
    return Buffer.concat(chunks);
  } catch (cause) {
    return { why: UNREADABLE[reason(cause)] ?? `cannot be read: ${reason(cause)}` };
  }
};
