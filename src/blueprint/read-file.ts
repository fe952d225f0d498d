import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { fileWords } from '../core/file-words.ts';

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
    return { why: fileWords(cause, 'read') };
  }
};
