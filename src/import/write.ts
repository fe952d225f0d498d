import { Document, isMap, isScalar, isSeq, Scalar } from 'yaml';
import type { Pair } from 'yaml';
import { oneLine } from '../core/one-line.ts';
import type { Draft, Path } from './draft.ts';

/** The blueprint as a file: what a person should know stands above the line that it is about. */
export const blueprintText = (draft: Draft, head: readonly string[]): string => {
  const document = new Document(draft.tree, { version: '1.2', aliasDuplicateObjects: false });
  document.commentBefore = head.map(comment).join('\n');
  if (draft.proposed.length > 0) document.comment = draft.proposed.map(comment).join('\n');
  for (const [key, texts] of draft.comments) commentOn(document, JSON.parse(key) as Path, texts);
  plainKeys(document.contents);
  short(document.contents);
  return document.toString({ lineWidth: 0, flowCollectionPadding: true, doubleQuotedAsJSON: true });
};

/** A comment ends with its line, whatever a name of another system holds, and is read in the order in which it stands. */
const comment = (text: string): string => ` ${oneLine(text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' '))}`;

const commentOn = (document: Document, path: Path, texts: readonly string[]): void => {
  const above: unknown = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  if (!isMap(above)) return;
  // Keys are made of a map's: scalars, or texts that are not nodes yet.
  const pair = (above.items as Pair[]).find(({ key }) => (isScalar(key) ? key.value : key) === path.at(-1));
  if (!pair) return;
  const key = isScalar(pair.key) ? pair.key : new Scalar(pair.key);
  pair.key = key;
  key.commentBefore = texts.map(comment).join('\n');
};

/** A key that would merge another mapping, were it not in quotes. */
const plainKeys = (node: unknown): void => {
  if (isSeq(node)) node.items.forEach(plainKeys);
  if (!isMap(node)) return;
  for (const { key, value } of node.items) {
    if (isScalar(key) && key.value === '<<') key.type = Scalar.QUOTE_DOUBLE;
    plainKeys(value);
  }
};

/** Lists of texts, and small mappings of them, stand in one line. */
const short = (node: unknown): void => {
  if (isSeq(node)) {
    node.items.forEach(short);
    if (node.items.length === 0 || (node.items.every(isScalar) && lengthOf(node.items) < 120)) node.flow = true;
  }
  if (!isMap(node)) return;
  for (const { value } of node.items) short(value);
  if (node.items.length === 0) node.flow = true;
};

const lengthOf = (items: readonly Scalar[]): number => items.reduce((sum, { value }) => sum + String(value).length + 2, 0);
