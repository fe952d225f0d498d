import { createInterface } from 'node:readline/promises';
import type { Style } from '../report/style.ts';
import { makeStyle } from '../report/style.ts';

/** Ctrl-C; the end that an init system or CI asks for; the terminal that went away. */
export type Interruption = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** The parts of `process` that a command uses: tests hand a fake. */
export interface ProcessLike {
  readonly stdout: { write: (text: string) => unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: { write: (text: string) => unknown; readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: () => string;
  readonly on: (event: Interruption, listener: (signal: Interruption) => void) => unknown;
  readonly off: (event: Interruption, listener: (signal: Interruption) => void) => unknown;
  readonly pid: number;
  readonly kill: (pid: number, signal: Interruption) => unknown;
}

/** Results go to stdout, everything else to stderr. The only file that prints. */
export interface Terminal {
  readonly result: (text: string) => void;
  readonly say: (text: string) => void;
  /** How far something is, on lines of stderr below all others that the next ones take the place of; nothing where nobody looks on. */
  readonly passing: (lines: readonly string[]) => void;
  /** `answer` is the word that alone means yes; without it `y` does, too. Always no where nobody can be asked. */
  readonly confirm: (question: string, answer?: 'yes') => Promise<boolean>;
  /** For stdout and for stderr: colour only on a terminal, never with NO_COLOR or --no-color. */
  readonly out: Style;
  readonly err: Style;
}

export const openTerminal = (process: ProcessLike, colour: boolean): Terminal => {
  const coloured = (stream: { readonly isTTY?: boolean }): boolean => colour && !process.env.NO_COLOR && stream.isTTY === true;
  let shown: readonly string[] = [];
  /** Begin of the line, and all of it away; a line up. (ECMA-48, EL and CUU) */
  const clear = (): void => {
    if (shown.length > 0) process.stderr.write(`\r\u001b[K${'\u001b[1A\u001b[K'.repeat(shown.length - 1)}`);
    shown = [];
  };
  const draw = (lines: readonly string[]): void => {
    if (lines.length > 0) process.stderr.write(lines.join('\n'));
    shown = lines;
  };
  /** A line that stays, above those that pass. */
  const above = (write: () => void): void => {
    const below = shown;
    clear();
    write();
    draw(below);
  };
  const line = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);
  return {
    result: (text) => {
      clear();
      process.stdout.write(line(text));
    },
    say: (text) => { above(() => { process.stderr.write(line(text)); }); },
    passing: (lines) => {
      if (process.stderr.isTTY !== true) return;
      clear();
      // A line that wraps, or one above the window, could not be taken back. A terminal that does not know its size says 0.
      const { columns, rows } = process.stderr;
      draw(lines.slice(0, Math.max(1, (rows || 24) - 2)).map((text) => within(text, (columns || 80) - 1)));
    },
    confirm: async (question, answer) => {
      clear();
      if (process.stdin.isTTY !== true) {
        process.stderr.write('there is no terminal to ask at; with --yes nobody is asked\n');
        return false;
      }
      const readline = createInterface({ input: process.stdin, output: process.stderr as NodeJS.WritableStream });
      // Ctrl-D: nothing more will be said, and the question would wait for ever.
      const closed = new Promise<string>((resolve) => { readline.once('close', () => { resolve(''); }); });
      try {
        const said = (await Promise.race([readline.question(`${question} [${answer ? `type "${answer}"` : 'y/N'}] `), closed])).trim();
        return answer ? said === answer : /^y(es)?$/i.test(said);
      } catch (thrown) {
        // Ctrl-C.
        if (thrown instanceof Error && thrown.name === 'AbortError') return false;
        throw thrown;
      } finally {
        readline.close();
      }
    },
    out: makeStyle(coloured(process.stdout)),
    err: makeStyle(coloured(process.stderr)),
  };
};

/** What takes two places: wide and full-width characters, and pictures. (Unicode Standard Annex 11) */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** The beginning of a text that has room in so many places. */
const within = (text: string, places: number): string => {
  let left = places;
  return [...text].slice(0, Math.max(0, places)).filter((one) => (left -= WIDE.test(one) ? 2 : 1) >= 0).join('');
};
