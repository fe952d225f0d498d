import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Node as YamlNode, Pair, YAMLMap } from 'yaml';
import type { Position } from '../core/problem.ts';
import type { ProblemCode } from '../problems/index.ts';
import { Problem } from '../core/problem.ts';
import type { Entry, MapNode, Node } from './tree.ts';
import { FORBIDDEN_KEYS, MAX_DEPTH } from './yaml-bounds.ts';

/** A bound for files that try to be large: nodes that aliases may add. */
const MAX_ALIASED_NODES = 100_000;

interface Parsed {
  /** What could be read, even when something could not. */
  readonly root: MapNode;
  readonly problems: readonly Problem[];
  /** From this line on the text is not YAML, so that what was read there means nothing. */
  readonly brokenFrom: number | undefined;
}

/** What mends a line that is not YAML, by the parser's word for what is wrong with it. */
const MENDED: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces: YAML takes no tabs there',
  BAD_INDENT: 'what belongs together is indented by as many spaces',
  MISSING_CHAR: 'close the quote or the bracket that is open before it, or write a space after ":"',
  MULTIPLE_DOCS: 'a blueprint is one document: take the "---" away, or include the other file',
  TAG_RESOLVE_FAILED: 'take the tag away: a value is text, a number, true or false',
};
/** What is wrong in our words, where the parser speaks to whoever calls it. */
const SAID: Readonly<Record<string, string>> = { MULTIPLE_DOCS: 'the file holds more than one YAML document' };
const MENDS = 'a value with "{", ": " or " #" in it wants quotes';

/** Reads YAML 1.2 with anchors and merge keys into a positioned tree; every problem is collected, none is thrown. */
export const parse = (file: string, text: string): Parsed => {
  const lines = new LineCounter();
  // The parser compares every key of a mapping with every other: twice the users, four times the time. The converter below finds a second one by a set.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, version: '1.2' });
  const problems: Problem[] = [];
  const position = positionIn(file, text, lines);

  let brokenFrom: number | undefined;
  for (const error of [...document.errors, ...document.warnings].toSorted((a, b) => a.pos[0] - b.pos[0])) {
    const at = position(error.pos);
    // Where a text has stopped being YAML, what follows is an echo of that.
    if (brokenFrom !== undefined) break;
    const message = SAID[error.code] ?? `this is not YAML: ${error.message.split('\n')[0] ?? error.code}`;
    problems.push(new Problem('BLUEPRINT_SYNTAX', message, { at, hint: quotedInstead(text, error.pos[0]) ?? MENDED[error.code] ?? MENDS }));
    if (error.code !== 'TAG_RESOLVE_FAILED') brokenFrom = at.line;
  }

  const start: Position = { file, line: 1, column: 1 };
  const empty: MapNode = { kind: 'map', entries: new Map(), at: start };
  const root = document.contents ? converter(text, position, problems)(document.contents) : undefined;
  if (root?.kind === 'map') return { root: { ...root, at: start }, problems, brokenFrom };
  if (problems.length === 0)
    problems.push(
      root
        ? new Problem('BLUEPRINT_SYNTAX', 'a blueprint is a mapping of keys to values', { at: root.at, expected: 'apiVersion: authctl/v1', hint: '"authctl init" writes one to start from' })
        : new Problem('BLUEPRINT_EMPTY', 'the file is empty', { at: start, hint: '"authctl init" writes one to start from' }),
    );
  // Nothing of it was read: that something is missing would be an echo.
  return { root: empty, problems, brokenFrom: brokenFrom ?? root?.at.line };
};

/** A path with a variable that stands in braces without quotes, the mistake that is made most: how it is written. */
const quotedInstead = (text: string, at: number): string | undefined => {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  const [, key, before] = /([\w-]+):[ \t]+([^\s"'{}[\],][^"'{}[\],]*)$/.exec(line) ?? [];
  const [rest] = /^\{[^{}\s]*\}(?:[^\s,{}]|\{[^{}\s]*\})*/.exec(text.slice(at, at + 500)) ?? [];
  return key === undefined || before === undefined || rest === undefined ? undefined : `put the value in quotes: ${key}: "${before}${rest}"`;
};

type Range = readonly [number, number, ...number[]];

/** A marker never runs past its line: a nested mapping is marked by its first line. */
const positionIn =
  (file: string, text: string, lines: LineCounter) =>
  ([start, end]: Range): Position => {
    const { line, col } = lines.linePos(start);
    const newline = text.indexOf('\n', start);
    const length = Math.min(end, newline < 0 ? text.length : newline) - start;
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), ...(length > 0 && { length }) };
  };

const converter = (text: string, position: (range: Range) => Position, problems: Problem[]) => {
  const open = new Set<YamlNode>();
  // Nodes are met in the order of the text, so that an alias finds the last anchor of its name before it (YAML 1.2.2 section 7.1).
  const anchors = new Map<string, YamlNode>();
  let aliased = 0;
  let stopped = false;

  const refuse = (code: ProblemCode, message: string, at: Position, hint: string): Node => {
    if (!stopped) problems.push(new Problem(code, message, { at, hint }));
    return { kind: 'unknown', at };
  };

  const remember = (node: YamlNode, inAlias: boolean): void => {
    if (!inAlias && 'anchor' in node && node.anchor !== undefined) anchors.set(node.anchor, node);
  };

  const convert = (node: YamlNode | null, fallback: Position, depth: number, inAlias: boolean): Node => {
    const at = node?.range ? position(node.range) : fallback;
    if (node === null) return { kind: 'scalar', value: null, at };
    if (inAlias && ++aliased > MAX_ALIASED_NODES) {
      const refused = refuse(
        'BLUEPRINT_ALIASES',
        `aliases expand to more than ${MAX_ALIASED_NODES} values`,
        at,
        'write the repeated parts out',
      );
      stopped = true;
      return refused;
    }
    if (stopped) return { kind: 'unknown', at };
    if (depth > MAX_DEPTH) return refuse('BLUEPRINT_DEPTH', `nested deeper than ${MAX_DEPTH} levels`, at, 'no field of a blueprint is so deep: a bracket or an indentation is one too many');
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (!target) return refuse('BLUEPRINT_SYNTAX', `no anchor "&${node.source}" stands before this alias`, at, 'put the anchor where the value is said for the first time, or write it out here');
      if (open.has(target)) return refuse('BLUEPRINT_ALIASES', `the alias "*${node.source}" stands inside its own anchor`, at, 'write the repeated part out');
      return convert(target, at, depth + 1, true);
    }
    remember(node, inAlias);
    if (isScalar(node)) return { kind: 'scalar', value: scalarValue(node.value), at };
    open.add(node);
    try {
      // What a parser made holds nodes and nothing else; its types speak of documents that programs put together, too. The same below.
      if (isSeq(node))
        return { kind: 'list', items: node.items.map((item) => convert(item as YamlNode | null, at, depth + 1, inAlias)), at };
      if (isMap(node)) return { kind: 'map', entries: entriesOf(node, at, depth, inAlias), at };
    } finally {
      open.delete(node);
    }
    return refuse('BLUEPRINT_SYNTAX', 'this kind of YAML value has no meaning in a blueprint', at, 'a value is text, a number, true or false, a list or a mapping');
  };

  const entriesOf = (map: YAMLMap, at: Position, depth: number, inAlias: boolean): Map<string, Entry> => {
    const entries = new Map<string, Entry>();
    const stated = new Set<string>();
    const inherited: Node[] = [];
    for (const pair of map.items as Pair<YamlNode, YamlNode | null>[]) {
      const key = pair.key;
      const keyAt = key.range ? position(key.range) : at;
      remember(key, inAlias);
      // A mapping that an alias repeats is told of where it stands.
      if (isScalar(key) && stated.size === stated.add(String(key.value)).size && !inAlias)
        refuse('BLUEPRINT_DUPLICATE_KEY', `the key ${text.slice(...(key.range ?? [0, 0]).slice(0, 2))} is stated twice`, keyAt, 'keep one of the two');
      const value = convert(pair.value, keyAt, depth + 1, inAlias);
      if (!isScalar(key)) refuse('BLUEPRINT_SYNTAX', 'a key must be a plain word', keyAt, 'write one word and a colon; a bracket that is open before it is to be closed');
      else if (key.value === '<<' && key.type === 'PLAIN') inherited.push(...(value.kind === 'list' ? value.items : [value]));
      else if (FORBIDDEN_KEYS.includes(String(key.value))) refuse('BLUEPRINT_BAD_NAME', `"${String(key.value)}" cannot be a key`, keyAt, 'give it another name');
      else if (!entries.has(String(key.value))) entries.set(String(key.value), { key: keyAt, node: value });
    }
    for (const parent of inherited) {
      if (parent.kind !== 'map') refuse('BLUEPRINT_SYNTAX', '"<<" merges mappings only', parent.at, 'put an alias of a mapping behind it, or write the keys out');
      else for (const [key, entry] of parent.entries) if (!entries.has(key)) entries.set(key, entry);
    }
    return entries;
  };

  return (node: YamlNode): Node => convert(node, position([0, 0]), 0, false);
};

const scalarValue = (value: unknown): null | boolean | number | string =>
  value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string' ? value : String(value);
