import { resolve } from 'node:path';
import type { Authctl, FormatName } from '../app/index.ts';
import { problemsOf } from '../core/problem.ts';
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
  return {
    authctl,
    terminal,
    cwd,
    format,
    finish: async (report, as = format) => {
      const text = await authctl.format(report, as, terminal.out);
      if (options.output !== undefined) {
        const { writeFile } = await import('node:fs/promises');
        await writeFile(resolve(cwd, options.output), text, { mode: 0o600 });
        terminal.say(`${as} report written to ${options.output}`);
      } else if (as === 'text' && report.problems.length > 0 && exitCodeOf(report) !== 0 && isOnlyProblems(report)) terminal.say(text);
      else if (text !== '') terminal.result(text);
      return exitCodeOf(report);
    },
    interruptible: (work, told) =>
      interruptible(
        process,
        () => {
          told?.();
          interruption.abort();
        },
        work,
      ),
  };
};

const isOnlyProblems = (report: Report): boolean => !report.plan && !report.verdicts && !report.text && !report.applied;

/** A report for a command that could not even begin. */
export const failure = (command: string, thrown: unknown): Report => {
  const problems = problemsOf(thrown);
  if (problems === undefined) throw thrown;
  return { command, problems };
};
