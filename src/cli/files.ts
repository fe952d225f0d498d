import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileWords } from '../core/file-words.ts';
import { Problem } from '../core/problem.ts';

/** Why a file cannot be written, as far as that can be told without writing. */
export const unwritable = async (file: string): Promise<unknown> => {
  const { access, constants, stat } = await import('node:fs/promises');
  try {
    const there = await stat(file).catch(() => undefined);
    if (there?.isDirectory()) return Object.assign(new Error(file), { code: 'EISDIR' });
    await access(there ? file : dirname(file), constants.W_OK);
    return undefined;
  } catch (thrown) {
    return thrown;
  }
};

export const written = (file: string, text: string): unknown => {
  try {
    // In one go: no signal comes in between.
    writeFileSync(file, text, { mode: 0o600 });
    return undefined;
  } catch (thrown) {
    return thrown;
  }
};

export const cannotWrite = (file: string, why: unknown): Problem =>
  new Problem('CLI_OUTPUT', `the result cannot be written to "${file}": it ${fileWords(why, 'written')}`, { hint: 'name a file in a directory that is there and that you may write to', cause: why });
