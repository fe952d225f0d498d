import { isMap, isScalar, isSeq, parseDocument, stringify } from 'yaml';
import type { YAMLMap, YAMLSeq } from 'yaml';
import { oneLine } from '../core/one-line.ts';
import { Problem } from '../core/problem.ts';

/** One entry of `accept:` as it is written into a file. */
export interface AcceptEntry {
  readonly what: string;
  readonly field?: string;
  readonly reason: string;
  readonly until?: string;
  readonly seen?: string;
  /** Stands above the entry as a comment: what was told. */
  readonly told: string;
}

/**
 * The text of a blueprint file with entries added to its `accept:`; everything else stays as it is written, comments included. An entry about
 * the same thing gives way when its day is over, and when what it saw is not among `seenNow`, all that is there now. An environment that has such a list of its own hides the
 * blueprint's, so it is that one.
 */
export const withAccepted = (text: string, entries: readonly AcceptEntry[], { file, overlay, seenNow }: { readonly file: string; readonly overlay: string | undefined; readonly seenNow: ReadonlySet<string> }): string => {
  const document = parseDocument(text);
  const own = ['environments', overlay ?? '', 'accept'];
  const path = document.hasIn(own) ? own : ['accept'];
  const held: unknown = document.getIn(path, true);
  if (isSeq(held) && !held.flow && held.items.length > 0) return extended(text, held, entries, seenNow);
  const empty = held === undefined || held === null || (isScalar(held) && held.value === null) || (isSeq(held) && held.items.length === 0);
  if (!empty)
    throw new Problem('ACCEPT_PLACE', `"${path.join('.')}" of ${file} is no list that entries can be put behind`, {
      at: { file, line: text.slice(0, rangeOf(held)[0]).split('\n').length, column: 1 },
      expected: 'a list, one entry below the other, each with a hyphen',
    });
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (path.length > 1 || !isMap(parent) || parent.flow || document.hasIn(path)) {
    // Rare: an empty list, or one in an environment. The whole file is written by the library, which keeps comments and may move spaces.
    document.setIn(path, document.createNode(entries.map(({ told: _told, ...entry }) => entry)));
    return document.toString({ lineWidth: 0 });
  }
  const end = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return `${end}\n${path.join('.')}:\n${entries.map((entry) => lines(entry, '  ')).join('')}`;
};

const rangeOf = (node: unknown): readonly [start: number, end: number] => {
  const range = typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range) ? (node.range as readonly number[]) : [];
  return [range[0] ?? 0, range[1] ?? 0];
};

const extended = (text: string, list: YAMLSeq, entries: readonly AcceptEntry[], seenNow: ReadonlySet<string>): string => {
  const starts = list.items.map((item) => text.lastIndexOf('-', rangeOf(item)[0]));
  const first = starts[0] ?? 0;
  const indent = text.slice(text.lastIndexOf('\n', first) + 1, first);
  const end = text.indexOf('\n', Math.max(0, rangeOf(list.items.at(-1))[1] - 1));
  const after = end === -1 ? text.length : end + 1;
  /** Speaks of the same thing, in the same state (its day is over) or in one that it no longer has. */
  const givesWay = (item: YAMLMap): boolean =>
    entries.some(({ what, field, seen }) => what === item.get('what') && field === item.get('field') && (seen === item.get('seen') || !seenNow.has(String(item.get('seen')))));
  const kept = list.items.flatMap((item, at) => {
    const from = text.lastIndexOf('\n', starts[at] ?? 0) + 1;
    const next = starts[at + 1];
    const to = next === undefined ? after : text.lastIndexOf('\n', next) + 1;
    return isMap(item) && givesWay(item) ? [] : [text.slice(from, to)];
  });
  const body = kept.join('');
  const broken = body !== '' && !body.endsWith('\n') ? '\n' : '';
  return text.slice(0, text.lastIndexOf('\n', first) + 1) + body + broken + entries.map((entry) => lines(entry, indent)).join('') + text.slice(after);
};

const lines = ({ told, ...entry }: AcceptEntry, indent: string): string => {
  const [first = '', ...rest] = stringify(entry, { lineWidth: 0 }).trimEnd().split('\n');
  return [`${indent}# ${oneLine(told)}`, `${indent}- ${first}`, ...rest.map((line) => `${indent}  ${line}`), ''].join('\n');
};
