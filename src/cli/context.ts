import { dirname, resolve } from 'node:path';
import type { Authctl, FormatName } from '../app/index.ts';
import { fileWords } from '../core/file-words.ts';
import { Problem, problemsOf } from '../core/problem.ts';
import { exitCodeOf } from '../core/report.ts';
import type { Report } from '../core/report.ts';
import { drawEvents } from './draw-events.ts';
import { interruptible } from './signals.ts';
import type { ProcessLike, Terminal } from './terminal.ts';
import { openTerminal } from './terminal.ts';

/** Options every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly format?: string;
  readonly color?: boolean;
  readonly output?: string;
  /** `--no-stack`: do not look for a local stack. */
  readonly stack?: boolean;
  readonly env?: string;
}

/** What a command works with: the use cases, the terminal, and how to end. */
export interface Context {
  readonly authctl: Authctl;
  readonly terminal: Terminal;
  readonly cwd: string;
  /** The one that is asked for. */
  readonly format: FormatName;
  /** Before anything is done: throws `CLI_OUTPUT` where the file of `--output` could not be written. */
  readonly ready: () => Promise<void>;
  /** Renders the report in the format that is asked for, or in another, and gives the exit code. */
  readonly finish: (report: Report, as?: FormatName) => Promise<number>;
  /** Runs a use case that Ctrl-C ends in order. */
  readonly interruptible: <T>(work: () => Promise<T>, told?: () => void) => Promise<T>;
}

export const openContext = async (process: ProcessLike, options: GlobalOptions): Promise<Context> => {
  const { createAuthctl } = await import('../app/index.ts');
  const terminal = openTerminal(process, options.color !== false);
  const cwd = process.cwd();
  // The command line's parser has refused what is none.
  const format = (options.json ? 'json' : (options.format ?? 'text')) as FormatName;
  const interruption = new AbortController();
  const authctl = createAuthctl({
    env: process.env,
    cwd,
    localStack: options.stack !== false,
    ...(options.env !== undefined && { overlay: options.env }),
    events: drawEvents(terminal, process.stdout.isTTY === true),
    signal: interruption.signal,
  });
  let { output } = options;
  return {
    authctl,
    terminal,
    cwd,
    format,
    ready: async () => {
      if (output === undefined) return;
      const why = await unwritable(resolve(cwd, output));
      if (why === undefined) return;
      const file = output;
      // The problem itself is told where it can be.
      output = undefined;
      throw cannotWrite(file, why);
    },
    finish: async (report, as = format) => {
      const text = await authctl.format(report, as, terminal.out);
      if (output === undefined) {
        if (as === 'text' && report.problems.length > 0 && exitCodeOf(report) !== 0 && isOnlyProblems(report)) terminal.say(text);
        else if (text !== '') terminal.result(text);
        return exitCodeOf(report);
      }
      const why = await written(resolve(cwd, output), text);
      if (why !== undefined) {
        // What was done is known here alone.
        terminal.result(text);
        terminal.say(await authctl.format({ command: report.command, problems: [cannotWrite(output, why)] }, 'text', terminal.err));
        return Math.max(1, exitCodeOf(report));
      }
      terminal.say(`${as} report written to ${output}`);
      return exitCodeOf(report);
    },
    interruptible: (work, told) =>
      interruptible(
        process,
        {
          interrupt: () => {
            told?.();
            interruption.abort();
          },
          giveUp: () => { terminal.say('interrupted again: what is under way is not finished'); },
        },
        work,
      ),
  };
};

/** Why a file cannot be written, as far as that can be told without writing. */
const unwritable = async (file: string): Promise<unknown> => {
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

const written = async (file: string, text: string): Promise<unknown> => {
  const { writeFile } = await import('node:fs/promises');
  try {
    await writeFile(file, text, { mode: 0o600 });
    return undefined;
  } catch (thrown) {
    return thrown;
  }
};

const cannotWrite = (file: string, why: unknown): Problem =>
  new Problem('CLI_OUTPUT', `the result cannot be written to "${file}": it ${fileWords(why, 'written')}`, { hint: 'name a file in a directory that is there and that you may write to', cause: why });

const isOnlyProblems = (report: Report): boolean => !report.plan && !report.verdicts && !report.text && !report.applied;

/** A report for a command that could not even begin. */
export const failure = (command: string, thrown: unknown): Report => {
  const problems = problemsOf(thrown);
  if (problems === undefined) throw thrown;
  return { command, problems };
};
