import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inTemporaryDirectory } from '../../core/temporary.ts';
import type { Files } from './archive.ts';

export interface OpaAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An `opa` on this machine, for what no server does: build, check. */
export interface OpaCommand {
  readonly path: string;
  /** Runs it in a directory that holds `files` and is gone afterwards; `read` gets its path before that. */
  readonly run: <Value = undefined>(
    files: Files,
    args: readonly string[],
    read?: (directory: string) => Promise<Value>,
  ) => Promise<OpaAnswer & { readonly value: Value | undefined }>;
}

/** Nothing of the environment goes to it: `opa.runtime()` would show it to the policy. */
export const opaCommand = (path: string): OpaCommand => ({
  path,
  run: (files, args, read) =>
    inTemporaryDirectory('authctl-opa-', async (directory) => {
      await Promise.all(
        Object.entries(files).map(async ([name, content]) => {
          const file = join(directory, name);
          await mkdir(dirname(file), { recursive: true });
          await writeFile(file, content, { mode: 0o600 });
        }),
      );
      const answer = await execute(path, args, directory);
      return { ...answer, value: answer.code === 0 ? await read?.(directory) : undefined };
    }),
});

const execute = (path: string, args: readonly string[], cwd: string): Promise<OpaAnswer> =>
  new Promise((resolve, reject) => {
    // A run is over before its garbage is worth collecting: a quarter of the processor time.
    const options = { cwd, env: { PATH: process.env['PATH'], HOME: cwd, GOGC: '400' }, maxBuffer: 64 * 1024 * 1024, timeout: 60_000 };
    execFile(path, [...args], options, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
