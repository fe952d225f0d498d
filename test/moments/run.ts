import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const hook = new URL('hook.js', import.meta.url).href;

export interface Moments {
  /** The numbers of the moments at which the process sends itself the signal; none of them: how many there are is counted. */
  readonly at?: readonly number[];
  readonly signal?: NodeJS.Signals;
  /** Files that are only read are moments, too. */
  readonly reads?: boolean;
  /** So many milliseconds later it sends it once more. */
  readonly again?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface EndedAt {
  readonly exitCode: number | null;
  /** What ended it, where it did not end by itself. */
  readonly endedBy: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** So many moments it had, where it ended by itself. */
  readonly moments: number;
}

/** Runs the built command line, and tells how it ended at a moment. */
export const authctlAt = (args: readonly string[], { at = [], signal = 'SIGKILL', reads = false, again, env = {}, cwd = root }: Moments = {}): Promise<EndedAt> =>
  new Promise((settle) => {
    const directory = mkdtempSync(join(tmpdir(), 'authctl-moment-'));
    const count = join(directory, 'count');
    const child = spawn(process.execPath, ['--import', hook, join(root, 'bin/authctl.js'), ...args], {
      cwd,
      env: { ...process.env, ...env, NO_COLOR: '1', AUTHCTL_MOMENT: JSON.stringify({ at, signal, count, reads, again }) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()));
    child.on('close', (exitCode, endedBy) => {
      let moments = 0;
      try {
        moments = Number(readFileSync(count, 'utf8'));
      } catch {
        // It was killed.
      }
      rmSync(directory, { recursive: true, force: true });
      settle({ exitCode, endedBy, stdout, stderr, moments });
    });
  });

/** Numbers from 0 to 1 that a seed gives again (mulberry32). */
export const numbersFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};
