import { spawn } from 'node:child_process';
import { closeSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Problem } from '../core/problem.ts';
import { openLog } from './files.ts';
import { markOf, stopProcess } from './identity.ts';
import { patience, progressOf } from './patience.ts';
import type { ProcessMark } from './types.ts';

/** Another account than ours, by its numbers. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. Secrets go here, never into `args`, which any user can read. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Whose process it is, where that is not us: only root can say another. */
  readonly account?: Account;
}

/** What a server of the stack gets of the caller's environment: no KC_*, JAVA_* or AWS_* of theirs, which would change it or leak into it. */
export const plainEnvironment = (extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => {
  const kept = ['PATH', 'HOME', 'TZ', 'LANG'].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]] as const]));
  return { ...Object.fromEntries(kept), ...extra };
};

export type Ended = { readonly missing: true } | { readonly missing: false; readonly code: number | null; readonly output: string };

/** Runs a command to its end; `output` is the last 64 KiB of what it printed. `missing` when there is no such program. */
export const runToEnd = ({ command, args, env, cwd, account }: Command, signal?: AbortSignal): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd, ...account, stdio: ['ignore', 'pipe', 'pipe'], ...(signal && { signal }) });
    let output = '';
    const keep = (text: string): void => {
      output = (output + text).slice(-65536);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.name === 'AbortError') return;
      if (error.code === 'ENOENT' || error.code === 'EACCES') resolve({ missing: true });
      else reject(error);
    });
    child.once('close', (code) => {
      if (signal?.aborted) reject(signal.reason as Error);
      else resolve({ missing: false, code, output });
    });
  });

export interface Child {
  readonly name: string;
  readonly mark: ProcessMark;
  readonly log: string;
  /** Resolves when it has ended, with a word on how. */
  readonly ended: Promise<string>;
  readonly hasEnded: () => boolean;
  readonly stop: (graceSeconds?: number) => Promise<void>;
}

/** Starts a server that goes on running, its output in `log` (0600). Throws `STACK_START_FAILED` when it cannot be executed. */
export const startChild = async (name: string, { command, args, env, cwd, account }: Command, log: string): Promise<Child> => {
  const out = openLog(log);
  const child = spawn(command, args, { env, cwd, ...account, stdio: ['ignore', out, out] });
  closeSync(out);
  let ended = false;
  const end = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = true;
      resolve(signal ? `it was ended by ${signal}` : `it ended with code ${String(code)}`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      reject(new Problem('STACK_START_FAILED', `${name} could not be started: ${cause.message}`, { cause }));
    });
  });
  const mark = child.pid === undefined ? undefined : markOf(child.pid);
  if (!mark) throw startFailed(name, log, await end);
  return {
    name,
    mark,
    log,
    ended: end,
    hasEnded: () => ended,
    stop: async (graceSeconds = 10) => {
      await stopProcess(mark, graceSeconds);
      await end;
    },
  };
};

/** The last lines of a log: what a person would look at first. */
const tail = (log: string): string => {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  return lines.slice(-5).join('\n').slice(-1500);
};

export const startFailed = (name: string, log: string, why: string): Problem =>
  new Problem('STACK_START_FAILED', `${name} did not start: ${why}\n${tail(log)}`, { hint: `its whole log is ${log}` });

/** Waits until `url` answers 2xx. Throws `STACK_START_FAILED` when the child ends first, or gets on with nothing for `seconds`. */
export const untilAnswers = async (
  child: Child,
  url: string,
  { seconds, signal }: { readonly seconds: number; readonly signal: AbortSignal },
): Promise<void> => {
  const wait = patience(seconds, Date.now());
  for (;;) {
    signal.throwIfAborted();
    if (child.hasEnded()) throw startFailed(child.name, child.log, await child.ended);
    if (!wait(Date.now(), progressOf(child))) throw startFailed(child.name, child.log, `no answer at ${url}, and nothing new for ${String(seconds)} s`);
    const ok = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(2000)]) }).then(
      async (answer) => {
        await answer.arrayBuffer();
        return answer.ok;
      },
      () => false,
    );
    if (ok) return;
    await pause(100);
  }
};
