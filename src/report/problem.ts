import type { Position, Problem } from '../core/problem.ts';
import type { Style } from './style.ts';

/**
 * A reader that blanks what must not be quoted: the lines of every sensitive problem and what belongs to the same YAML node below it
 * (a multi-line text is indented deeper).
 */
export const withSecretLinesBlanked = (problems: readonly Problem[], readLines: ReadLines): ReadLines => {
  const places = problems.flatMap(({ sensitive, at }) => (sensitive && at ? [at] : []));
  return (file) => {
    const lines = readLines(file);
    if (lines === undefined) return undefined;
    const blanked = [...lines];
    for (const at of places.filter((place) => place.file === file)) {
      const first = lines[at.line - 1] ?? '';
      for (let index = at.line - 1; index < lines.length && (index === at.line - 1 || isBelow(lines[index] ?? '', first)); index += 1)
        blanked[index] = '(a line that holds a secret)';
    }
    return blanked;
  };
};

const indentOf = (line: string): number => line.length - line.trimStart().length;
const isBelow = (line: string, first: string): boolean => line.trim() === '' || indentOf(line) > indentOf(first);

/** Reads the lines of a file, or `undefined` when it cannot be read: a frame is a comfort, never a reason to fail. */
export type ReadLines = (file: string) => readonly string[] | undefined;

/**
 * A problem for a person: code and place, the lines around it with a marker, what was expected, the next step.
 *
 *     error BLUEPRINT_UNKNOWN_SCOPE  shop.yaml:41:22
 *       the route "list" demands the scope "orders:raed", which the realm does not declare
 */
export const renderProblem = (problem: Problem, style: Style, readLines: ReadLines): string => {
  const place = problem.at ? `  ${style.faint(placeOf(problem.at))}` : '';
  return [
    `${style.bad('error')} ${style.strong(problem.code)}${place}`,
    `  ${problem.message}`,
    ...(problem.at ? frame(problem.at, readLines(problem.at.file), style) : []),
    ...(problem.expected ? [`  expected: ${problem.expected}`] : []),
    ...(problem.hint ? [`  ${style.change('next:')} ${problem.hint}`] : []),
  ].join('\n');
};

export const placeOf = ({ file, line, column }: Position): string => `${file}:${line}:${column}`;

const frame = (at: Position, lines: readonly string[] | undefined, style: Style): readonly string[] => {
  if (lines === undefined) return [];
  const from = Math.max(1, at.line - 1);
  const to = Math.min(lines.length, at.line + 1);
  const width = String(to).length;
  const framed: string[] = [];
  for (let number = from; number <= to; number += 1) {
    const text = lines[number - 1] ?? '';
    const here = number === at.line;
    framed.push(`  ${here ? style.bad('>') : ' '} ${style.faint(String(number).padStart(width))} | ${text}`);
    if (here) framed.push(`    ${' '.repeat(width)} | ${' '.repeat(Math.max(0, at.column - 1))}${style.bad('^'.repeat(Math.max(1, at.length ?? 1)))}`);
  }
  return framed;
};
