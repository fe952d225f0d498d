/**
 * A page of docs as a session at a shell: the commands of its `console` blocks, each with what it prints. A command begins with `$ `, and goes on in
 * lines that begin with `> `; all other lines are output.
 */
export interface Step {
  /** Of the page, from 1: where the command stands. */
  readonly line: number;
  readonly command: string;
  readonly output: readonly string[];
}

const FENCE = /^```/;

/** The steps of a page, and the page written anew with other outputs, in the same order. */
export const readPage = (text: string): { readonly steps: readonly Step[]; readonly rewrite: (outputs: readonly (readonly string[])[]) => string } => {
  const steps: { line: number; command: string; output: string[] }[] = [];
  /** Lines outside of outputs; a number stands for the output of that step. */
  const frame: (string | number)[] = [];
  let inside = false;
  for (const [at, line] of text.split('\n').entries()) {
    const current = steps.at(-1);
    if (FENCE.test(line)) inside = !inside && line === '```console';
    else if (inside && line.startsWith('$ ')) {
      frame.push(line, steps.length);
      steps.push({ line: at + 1, command: line.slice(2), output: [] });
      continue;
    } else if (inside && current !== undefined) {
      if (line.startsWith('> ') && current.output.length === 0) {
        current.command += `\n${line.slice(2)}`;
        frame.splice(-1, 0, line);
      } else current.output.push(line);
      continue;
    }
    frame.push(line);
  }
  const rewrite = (outputs: readonly (readonly string[])[]): string => frame.flatMap((part) => (typeof part === 'string' ? [part] : (outputs[part] ?? []))).join('\n');
  return { steps, rewrite };
};

/** Without the lines that say that something goes on: a busy machine has more of them. */
export const withoutStill = (lines: readonly string[]): readonly string[] => lines.filter((line) => !/^… .*: \d+ s$/.test(line));

/** What differs from run to run and says nothing: times, free ports, key ids, who and when. */
const VARIES: readonly (readonly [RegExp, string])[] = [
  [/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT'],
  [/(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g, 'KEY'],
  [/"[0-9a-f]{16}"/g, 'REVISION'],
  [/\(\d+ characters\)/g, '(N characters)'],
  [/\b\d{8}T\d{6}\.\d{3}Z-\w{4}\b/g, 'RUN'],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?Z?/g, 'TIME'],
  [/(find (Keycloak|OPA) [\d.]+).*/g, '$1'],
  [/\bby \S+ on \S+/g, 'by SOMEBODY'],
  // The last, and a word of its own: in the name of a key or a run, `3s` is no time.
  [/(?<![A-Za-z0-9_.-])\d+(\.\d+)? ?(ms|s)\b(?!-)/g, 'N $2'],
];

/** What `verify` counts grows with the catalogue of checks: that nothing failed is what a page says. */
const CATALOGUE: readonly (readonly [RegExp, string])[] = [
  [/^[A-Z]+: \d+ checks on \d+ subjects.*/, 'GROUP'],
  [/^([✓-]) [A-Z]+ +\d+ checks, .*/, '$1 GROUP'],
  [/^ {2}[a-z][^:]*: ([A-Z]{2,4}-\d+ ?)+$/, '  CHECKS'],
  [/^checks: \d+ passed, (.*), \d+ skipped/, 'checks: PASSED, $1'],
];

/** Lines to compare: what runs side by side is told in the order in which it ends, so their order is no part of it, and what is told twice is told. */
export const comparable = (lines: readonly string[]): readonly string[] =>
  [...new Set(lines.map((line) => CATALOGUE.reduce(replaced, VARIES.reduce(replaced, line)).trimEnd()))].filter((line) => line !== '').toSorted();

const replaced = (text: string, [pattern, by]: readonly [RegExp, string]): string => text.replace(pattern, by);
