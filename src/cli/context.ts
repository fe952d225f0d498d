import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Blueprint } from '../blueprint/types.ts';
import { Problem, problemsOf } from '../core/problem.ts';
import { exitCodeOf } from '../core/report.ts';
import type { Report } from '../core/report.ts';
import { createMask } from '../core/mask.ts';
import { formats } from '../report/index.ts';
import type { FormatName } from '../report/index.ts';
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

/** What a command works with: the terminal, the environment with the local stack's addresses, and how to end. */
export interface Context {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stackDir: string;
  readonly process: ProcessLike;
  /** The local stack supplies the addresses: checks that write are safe. */
  readonly local: () => Promise<boolean>;
  readonly load: (path: string) => Promise<Blueprint>;
  /** Renders the report in the asked format and gives the exit code. */
  readonly finish: (report: Report) => Promise<number>;
}

export const openContext = async (process: ProcessLike, options: GlobalOptions): Promise<Context> => {
  const terminal = openTerminal(process, options.color !== false);
  const cwd = process.cwd();
  const stackDir = resolve(cwd, process.env.AUTHCTL_STACK_DIR ?? '.authctl/stack');
  const mask = createMask();
  let stackEnv: Readonly<Record<string, string>> | undefined;
  if (options.stack !== false) {
    const { loadStackEnv } = await import('../stack/index.ts');
    stackEnv = await loadStackEnv(stackDir);
  }
  const used = Object.entries(stackEnv ?? {}).filter(([name]) => process.env[name] === undefined);
  const env = { ...Object.fromEntries(used), ...process.env };
  const local = stackEnv !== undefined && used.some(([name]) => name === 'KEYCLOAK_URL');

  return {
    terminal,
    env,
    cwd,
    stackDir,
    process,
    local: () => Promise.resolve(local),
    load: async (path) => {
      const { loadBlueprint } = await import('../blueprint/index.ts');
      const blueprint = await loadBlueprint(path, { env, ...(options.env !== undefined && { overlay: options.env }) });
      mask.add(blueprint.secrets);
      if (local) terminal.say(terminal.err.faint(`local stack: addresses and credentials not in the environment come from ${stackDir}`));
      return blueprint;
    },
    finish: async (report) => {
      const name = options.json ? 'json' : (options.format ?? 'text');
      const render = formats[name as FormatName];
      if (!render) throw new Problem('CLI_UNKNOWN_FORMAT', `there is no format "${name}"`, { expected: Object.keys(formats).join(', ') });
      const tidy = readLines();
      const text = mask.apply((await render())(report, { style: terminal.out, readLines: tidy }));
      if (options.output !== undefined) {
        const { writeFile } = await import('node:fs/promises');
        await writeFile(resolve(cwd, options.output), text, { mode: 0o600 });
        terminal.say(`${name} report written to ${options.output}`);
      } else if (name === 'text' && report.problems.length > 0 && exitCodeOf(report) !== 0 && isOnlyProblems(report)) terminal.say(text);
      else if (text !== '') terminal.result(text);
      return exitCodeOf(report);
    },
  };
};

const isOnlyProblems = (report: Report): boolean => !report.plan && !report.verdicts && !report.text && !report.applied;

const readLines = () => (file: string): readonly string[] | undefined => {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return undefined;
  }
};

/** A report for a command that could not even begin. */
export const failure = (command: string, thrown: unknown): Report => {
  const problems = problemsOf(thrown);
  if (problems === undefined) throw thrown;
  return { command, problems };
};
