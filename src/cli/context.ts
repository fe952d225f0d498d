import { resolve } from 'node:path';
import type { Authctl, FormatName } from '../app/index.ts';
import { Problems, problemsOf } from '../core/problem.ts';
import type { Problem } from '../core/problem.ts';
import { exitCodeOf } from '../core/report.ts';
import type { Report } from '../core/report.ts';
import { removeTemporaries } from '../core/temporary.ts';
import { drawEvents } from './draw-events.ts';
import { cannotWrite, unwritable, written } from './files.ts';
import { reportsOf } from './reports.ts';
import type { FileReport } from './reports.ts';
import { endingAtOnce, interruptible } from './signals.ts';
import { stillAtIt } from './still.ts';
import type { ProcessLike, Terminal } from './terminal.ts';
import { openTerminal } from './terminal.ts';

/** Options every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly format?: string;
  readonly color?: boolean;
  readonly output?: string;
  /** `--report junit=drift.xml`, as often as one likes: files beside the result. */
  readonly report?: readonly string[];
  /** `--no-stack`: do not look for a local stack. */
  readonly stack?: boolean;
  readonly env?: string;
}

/** What a command works with: the use cases, the terminal, and how to end. */
export interface Context {
  readonly authctl: Authctl;
  readonly terminal: Terminal;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** The one that is asked for. */
  readonly format: FormatName;
  /** Before anything is done: throws `CLI_OUTPUT` where a file of `--output` or `--report` could not be written, `CLI_REPORT` where it is none. */
  readonly ready: () => Promise<void>;
  /** Renders the report in the format that is asked for, or in another, and gives the exit code. */
  readonly finish: (report: Report, as?: FormatName) => Promise<number>;
  /** No signal is listened to any more. */
  readonly close: () => void;
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
  const watched = process.stderr.isTTY === true;
  const authctl = createAuthctl({
    env: process.env,
    cwd,
    localStack: options.stack !== false,
    ...(options.env !== undefined && { overlay: options.env }),
    // At a terminal a tree says what is under way, with its seconds; elsewhere a line does, every ten of them.
    events: watched ? drawEvents(terminal, watched) : stillAtIt(drawEvents(terminal, watched), terminal.say),
    signal: interruption.signal,
  });
  const given = options.report ?? [];
  let { output } = options;
  const reports: FileReport[] = [];
  /** Where the result itself cannot be written it is shown. */
  const show = async (report: Report, as: FormatName): Promise<void> => {
    const text = await authctl.format(report, as, terminal.out);
    if (as === 'text' && report.problems.length > 0 && exitCodeOf(report) !== 0 && isOnlyProblems(report)) terminal.say(text);
    else if (text !== '') terminal.result(text);
  };
  const write = async (report: Report, { format: as, file }: FileReport): Promise<readonly Problem[]> => {
    const why = written(resolve(cwd, file), await authctl.format(report, as));
    if (why !== undefined) return [cannotWrite(file, why)];
    terminal.say(`${as} report written to ${file}`);
    return [];
  };
  // Until a command says that it ends in order.
  const atOnce = endingAtOnce(process, () => {
    removeTemporaries();
    terminal.say('interrupted');
  });
  return {
    authctl,
    terminal,
    cwd,
    env: process.env,
    format,
    ready: async () => {
      const refusedAt = async (file: string): Promise<readonly Problem[]> => {
        const why = await unwritable(resolve(cwd, file));
        return why === undefined ? [] : [cannotWrite(file, why)];
      };
      const asked = reportsOf(given, cwd, output);
      const refused = output === undefined ? [] : [...(await refusedAt(output))];
      // The problem itself is told where it can be.
      if (refused.length > 0) output = undefined;
      for (const one of asked) {
        const why = await refusedAt(one.file);
        if (why.length === 0) reports.push(one);
        refused.push(...why);
      }
      if (refused.length > 0) throw new Problems(refused);
    },
    finish: async (report, as = format) => {
      const problems: Problem[] = [];
      if (output === undefined) await show(report, as);
      else {
        const unwritten = await write(report, { format: as, file: output });
        // What was done is known here alone.
        if (unwritten.length > 0) await show(report, as);
        problems.push(...unwritten);
      }
      for (const one of reports) problems.push(...(await write(report, one)));
      if (problems.length === 0) return exitCodeOf(report);
      terminal.say(await authctl.format({ command: report.command, problems }, 'text', terminal.err));
      return Math.max(1, exitCodeOf(report));
    },
    close: atOnce.stop,
    interruptible: (work, told) =>
      interruptible(
        process,
        {
          insteadOf: atOnce,
          interrupt: () => {
            told?.();
            interruption.abort();
          },
          giveUp: () => {
            removeTemporaries();
            terminal.say('interrupted again: what is under way is not finished');
          },
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
