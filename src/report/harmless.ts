import { oneLine } from '../core/one-line.ts';
import { Problem } from '../core/problem.ts';
import type { Report } from '../core/report.ts';
import { Secret } from '../core/secret.ts';

/**
 * A report in which no text does anything where it is shown: names and messages come from servers and from whoever writes to them. `text` and
 * notes are written here, line by line, and keep their lines, as do the two sides of a field: whoever shows those quotes them.
 */
export const harmless = ({ text, notes, ...report }: Report): Report => ({
  ...cleaned(report),
  ...(text !== undefined && { text: lineByLine(text) }),
  ...(notes && { notes: notes.map(lineByLine) }),
});

const lineByLine = (text: string): string => text.split('\n').map(oneLine).join('\n');

const cleaned = <Value>(value: Value, clean: (text: string) => string = oneLine): Value => {
  // Every case gives back what it was given, with other characters in its texts: the type stays.
  if (typeof value === 'string') return clean(value) as Value;
  if (Array.isArray(value)) return value.map((item: unknown) => cleaned(item, clean)) as Value;
  if (value instanceof Problem) {
    const { code, message, at, hint, expected, nature, sensitive } = value;
    return new Problem(code, oneLine(message), { at, hint: cleaned(hint), expected: cleaned(expected), nature, sensitive }) as Value;
  }
  if (typeof value !== 'object' || value === null || value instanceof Secret) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]: readonly [string, unknown]) => [key, cleaned(item, key === 'before' || key === 'after' ? lineByLine : clean)])) as Value;
};

/** A line of a log that GitHub does not take for a command: not one that begins with `::`, and none with `##[`. */
export const noCommand = (text: string): string => text.replace(/^(\s*)::/gm, '$1\\::').replaceAll('##[', '#\\#[');
