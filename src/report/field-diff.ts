import type { FieldDiff } from '../core/resource.ts';
import { lineDiff } from './lines.ts';
import type { DiffLine } from './lines.ts';

/** How a field differs, line by line: a text by its lines, a list by its elements, anything else by both values. */
export const fieldDiff = ({ before, after }: FieldDiff, live = false): readonly DiffLine[] => {
  const lines = lineDiff(before, after);
  if (lines !== undefined) return lines;
  if (isList(before) && isList(after)) return listDiff(before, after);
  const gone = before === null || before === undefined;
  const none = after === null || after === undefined;
  // What is not there on one side is said by the other alone, where nobody has to guess which side that is.
  return [...(gone && !live ? [] : [{ sign: '-', text: valueText(before) } as const]), ...(none && !live ? [] : [{ sign: '+', text: valueText(after) } as const])];
};

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

const listDiff = (before: readonly unknown[], after: readonly unknown[]): readonly DiffLine[] => {
  const [old, next] = [before.map(valueText), after.map(valueText)];
  const lost = without(old, next);
  const gained = without(next, old);
  // The same elements in another order.
  if (lost.length + gained.length === 0) return [{ sign: '-', text: old.join(', ') }, { sign: '+', text: next.join(', ') }];
  const kept = old.length - lost.length;
  return [
    ...lost.map((text) => ({ sign: '-', text }) as const),
    ...gained.map((text) => ({ sign: '+', text }) as const),
    ...(kept > 0 ? [{ sign: '', text: `${kept} more ${kept === 1 ? 'element stays' : 'elements stay'}` } as const] : []),
  ];
};

/** Elements that the other list has not, as often as it has not. */
const without = (texts: readonly string[], others: readonly string[]): readonly string[] => {
  const left = [...others];
  return texts.filter((text) => {
    const at = left.indexOf(text);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
};

/** Characters of one value that are shown. */
const LONG = 120;

/** A value in a line; a long one by how it begins and how long it is. */
export const valueText = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'null';
  return text.length > LONG ? `${text.slice(0, 80)}… (${text.length} characters)` : text;
};
