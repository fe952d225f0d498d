import { oneLine } from '../core/one-line.ts';
import { Problem } from '../core/problem.ts';
import type { Report } from '../core/report.ts';
import { Secret } from '../core/secret.ts';

/**
 * A report in which no text does anything where it is shown: names and messages come from servers and from whoever writes to them. `text` and
 * notes are written here, line by line, and keep their lines, as do the two sides of a field: whoever shows those quotes them.
 */
export const harmless = ({ text, notes, ...report }: Report): Report => ({
  ...changed(report, { plain: once(oneLine), sides: lineByLine }),
  ...(text !== undefined && { text: lineByLine(text) }),
  ...(notes && { notes: notes.map(lineByLine) }),
});

const lineByLine = (text: string): string => (text.includes('\n') ? text.split('\n').map(oneLine).join('\n') : oneLine(text));

/** A report whose texts are masked, before a format writes some of their characters in another way: nobody would find a secret there any more. */
export const masked = (report: Report, mask: (text: string) => string): Report => changed(report, { plain: once(mask), sides: mask });

/** Each text is looked at once: thousands of objects come after the same hundred others. */
const once = (change: (text: string) => string): ((text: string) => string) => {
  const known = new Map<string, string>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const after = change(text);
    known.set(text, after);
    return after;
  };
};

interface Change {
  readonly plain: (text: string) => string;
  /** For the two sides of a field. */
  readonly sides: (text: string) => string;
}

const changed = <Value>(value: Value, change: Change, known = new Map<object, unknown>()): Value => {
  // Every case gives back what it was given, with other characters in its texts: the type stays.
  if (typeof value === 'string') return change.plain(value) as Value;
  if (typeof value !== 'object' || value === null || value instanceof Secret) return value;
  // What stands in two places is one thing afterwards, too.
  if (!known.has(value)) known.set(value, inside(value, change, known));
  return known.get(value) as Value;
};

/**
 * What an object is made of is in no format: a change says what differs. It is most of a report, and holds the secrets; a format that began to write it would
 * find nothing there.
 */
const WITHOUT: Readonly<Record<string, unknown>> = { spec: {}, ref: undefined };

const inside = (value: object, change: Change, known: Map<object, unknown>): unknown => {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => changed(item, change, known));
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  if (value instanceof Problem) {
    const { code, message, at, hint, expected, nature, sensitive } = value;
    return new Problem(code, change.plain(message), { at, hint: changed(hint, change), expected: changed(expected, change), nature, sensitive });
  }
  const inSides = (key: string): Change => (key === 'before' || key === 'after' ? { ...change, plain: change.sides } : change);
  // Nearly everything is harmless, and stays the same value.
  const others = Object.entries(value).flatMap(([key, item]: readonly [string, unknown]) => {
    if (key in WITHOUT && 'kind' in value && 'id' in value) return [[key, WITHOUT[key]] as const];
    const other = changed(item, inSides(key), known);
    return other === item ? [] : [[key, other] as const];
  });
  return others.length === 0 ? value : { ...value, ...Object.fromEntries(others) };
};

/** A line of a log that GitHub does not take for a command: not one that begins with `::`, and none with `##[`. */
export const noCommand = (text: string): string => text.replace(/^(\s*)::/gm, '$1\\::').replaceAll('##[', '#\\#[');
