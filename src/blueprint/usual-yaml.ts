import type { Position } from '../core/problem.ts';
import type { Entry, MapNode, Node } from './tree.ts';
import { FORBIDDEN_KEYS, MAX_DEPTH } from './yaml-bounds.ts';

/**
 * The part of YAML that nearly every blueprint is written in, read in one go: block mappings and lists, flow ones, and scalars of one line, plain or quoted.
 * The parser of all of YAML keeps every token, comment and space of a file for whoever writes it back; that takes eight times as long, a third of what it
 * cost to validate a blueprint of thousands of objects.
 *
 * `undefined`: something is there that is not of that part, or is wrong. What it is, and whether it is a problem, the parser of all of YAML says
 * (`parse.ts`): nothing is told here, and nothing guessed. Whatever is read is, to the column, what that one reads; a test compares them.
 */
export const parseUsual = (file: string, text: string): MapNode | undefined => {
  try {
    return BEYOND.test(text) ? undefined : reader(file, text)();
  } catch (thrown) {
    if (thrown === UNUSUAL) return undefined;
    throw thrown;
  }
};

/** Control characters, tabs and carriage returns among them, other ends of lines, a byte order mark, and where documents begin and end. */
const BEYOND = /[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]|^(?:---|\.\.\.)/m;
/** Thrown at whatever is not of this part of YAML. No error: nobody sees it. */
const UNUSUAL = Symbol('unusual');
const unusual = (): never => {
  throw UNUSUAL;
};

const reader = (file: string, text: string) => {
  const end = text.length;
  /** Where the next character stands, and the line it is on. */
  let at = 0;
  let line = 1;
  let lineStart = 0;

  const isSpaceOrEnd = (offset: number): boolean => {
    const code = text.charCodeAt(offset);
    return code === SPACE || code === NEWLINE || offset >= end;
  };
  const here = (length: number): Position => (length > 0 ? { file, line, column: at - lineStart + 1, length } : { file, line, column: at - lineStart + 1 });
  const skipSpaces = (): void => {
    while (text.charCodeAt(at) === SPACE) at++;
  };
  const endOfLine = (): number => {
    const newline = text.indexOf('\n', at);
    return newline < 0 ? end : newline;
  };
  /** Behind a value: nothing, or a comment, to the end of the line. A comment has a space before it. */
  const finishLine = (): void => {
    skipSpaces();
    if (text.charCodeAt(at) === HASH && (at === lineStart || text.charCodeAt(at - 1) === SPACE)) at = endOfLine();
    if (at < end && text.charCodeAt(at) !== NEWLINE) unusual();
  };
  /** To the first character of the next line that says something; where none does, to the end. */
  const nextLine = (): void => {
    for (;;) {
      finishLine();
      if (at >= end) return;
      at++;
      line++;
      lineStart = at;
      skipSpaces();
      const code = text.charCodeAt(at);
      if (code !== NEWLINE && code !== HASH && at < end) return;
    }
  };

  const scalar = (value: null | boolean | number | string, length: number): Node => {
    const node: Node = { kind: 'scalar', value, at: here(length) };
    at += length;
    return node;
  };

  /** Of a quoted text how long it is, with its quotes; it ends on its line. */
  const quotedLength = (): number => {
    const quote = text.charCodeAt(at);
    for (let to = at + 1; to < end; to++) {
      const code = text.charCodeAt(to);
      if (code === NEWLINE) break;
      if (code === BACKSLASH && quote === DOUBLE) to++;
      else if (code === quote && quote === SINGLE && text.charCodeAt(to + 1) === SINGLE) to++;
      else if (code === quote) return to + 1 - at;
    }
    return unusual();
  };
  const unquoted = (length: number): string => {
    const inside = text.slice(at + 1, at + length - 1);
    if (text.charCodeAt(at) === SINGLE) return inside.includes("''") ? inside.replaceAll("''", "'") : inside;
    if (!inside.includes('\\')) return inside;
    // JSON's short escapes mean the same in YAML.
    return JSON_ESCAPES.test(inside) ? String(JSON.parse(`"${inside}"`)) : unusual();
  };
  const isQuote = (): boolean => text.charCodeAt(at) === DOUBLE || text.charCodeAt(at) === SINGLE;

  /** How long a plain scalar is that begins here, to its last character that is no space; in a flow collection it ends at a bracket or a comma, too. */
  const plainLength = (inFlow: boolean): number => {
    if (!beginsPlain(text.charCodeAt(at)) || (text.charCodeAt(at) === DASH && (isSpaceOrEnd(at + 1) || (inFlow && isFlowSign(text.charCodeAt(at + 1)))))) unusual();
    let last = at;
    for (let to = at; to < end; to++) {
      const code = text.charCodeAt(to);
      if (code === NEWLINE || (inFlow && isFlowSign(code))) break;
      if (code === COLON && (isSpaceOrEnd(to + 1) || (inFlow && isFlowSign(text.charCodeAt(to + 1))))) break;
      if (code === HASH && text.charCodeAt(to - 1) === SPACE) break;
      if (code !== SPACE) last = to;
    }
    return last + 1 - at;
  };

  /** A key and its colon. */
  const key = (inFlow: boolean): { readonly name: string; readonly at: Position } => {
    const quoted = isQuote();
    const length = quoted ? quotedLength() : plainLength(inFlow);
    const name = quoted ? unquoted(length) : String(scalarOf(text.slice(at, at + length)));
    const found = { name, at: here(length) };
    at += length;
    const spaced = isSpaceOrEnd(at + 1) || (inFlow && (quoted || isFlowSign(text.charCodeAt(at + 1))));
    if (text.charCodeAt(at) !== COLON || !spaced || length > LONGEST_KEY || FORBIDDEN_KEYS.includes(name) || name === '<<') unusual();
    at++;
    return found;
  };
  const put = (entries: Map<string, Entry>, name: string, entry: Entry): void => {
    if (entries.has(name)) unusual();
    entries.set(name, entry);
  };

  /** What a line says behind a key or a dash, if it says anything. */
  const inline = (indent: number, depth: number): Node => {
    const code = text.charCodeAt(at);
    if (code === BRACKET || code === BRACE) return flow(indent, depth);
    if (isQuote()) {
      const length = quotedLength();
      return scalar(unquoted(length), length);
    }
    const length = plainLength(false);
    return scalar(scalarOf(text.slice(at, at + length)), length);
  };

  const flow = (indent: number, depth: number): Node => {
    if (depth >= MAX_DEPTH) unusual();
    const isList = text.charCodeAt(at) === BRACKET;
    const [started, startLine, first] = [at, line, endOfLine()];
    const start = here(0);
    const items: Node[] = [];
    const entries = new Map<string, Entry>();
    at++;
    for (;;) {
      inFlow(indent);
      if (text.charCodeAt(at) === (isList ? BRACKET_END : BRACE_END)) break;
      if (isList) items.push(flowValue(indent, depth));
      else {
        const { name, at: keyAt } = key(true);
        inFlow(indent);
        put(entries, name, { key: keyAt, node: flowValue(indent, depth) });
      }
      inFlow(indent);
      if (text.charCodeAt(at) === COMMA) at++;
      else if (text.charCodeAt(at) !== (isList ? BRACKET_END : BRACE_END)) unusual();
    }
    at++;
    // A marker ends with its line.
    const range: Position = { ...start, length: (line === startLine ? at : first) - started };
    return isList ? { kind: 'list', items, at: range } : { kind: 'map', entries, at: range };
  };
  const flowValue = (indent: number, depth: number): Node => {
    const code = text.charCodeAt(at);
    if (code === BRACKET || code === BRACE) return flow(indent, depth + 1);
    if (isQuote()) {
      const length = quotedLength();
      return scalar(unquoted(length), length);
    }
    const length = plainLength(true);
    return scalar(scalarOf(text.slice(at, at + length)), length);
  };
  /** Space inside brackets; what stands on a further line stands further in than what the brackets belong to. */
  const inFlow = (indent: number): void => {
    skipSpaces();
    if (text.charCodeAt(at) !== NEWLINE && text.charCodeAt(at) !== HASH) return;
    nextLine();
    if (at >= end || at - lineStart <= indent) unusual();
  };

  /** Behind a colon or a dash: on the same line, or from the next one that stands further in; nothing at all is `null`. */
  const below = (indent: number, depth: number, listsToo: boolean): Node => {
    skipSpaces();
    if (!isSpaceOrEnd(at) && text.charCodeAt(at) !== HASH) {
      const node = inline(indent, depth);
      nextLine();
      return node;
    }
    const nothing = here(0);
    nextLine();
    const column = at - lineStart;
    if (at < end && (column > indent || (listsToo && column === indent && isDash()))) return block(column, depth);
    return { kind: 'scalar', value: null, at: nothing };
  };
  const isDash = (): boolean => text.charCodeAt(at) === DASH && isSpaceOrEnd(at + 1);
  /** Another line of the same mapping or list; what stands further in belongs to nothing. */
  const goesOn = (indent: number): boolean => {
    if (at >= end) return false;
    if (at - lineStart > indent) unusual();
    return at - lineStart === indent;
  };

  const block = (indent: number, depth: number): Node => {
    if (depth >= MAX_DEPTH) unusual();
    const start = here(endOfLine() - at);
    if (isDash()) {
      const items: Node[] = [];
      do {
        at++;
        const dash = at;
        skipSpaces();
        // A mapping or a list may begin behind a dash.
        items.push(at > dash && !isSpaceOrEnd(at) && (isDash() || beginsMapping()) ? block(at - lineStart, depth + 1) : below(indent, depth + 1, false));
      } while (goesOn(indent) && isDash());
      return { kind: 'list', items, at: start };
    }
    if (!beginsMapping()) {
      // A value on a line of its own.
      const node = inline(indent - 1, depth);
      nextLine();
      return node;
    }
    const entries = new Map<string, Entry>();
    do {
      if (isDash()) break;
      const { name, at: keyAt } = key(false);
      put(entries, name, { key: keyAt, node: below(indent, depth + 1, true) });
    } while (goesOn(indent));
    return { kind: 'map', entries, at: start };
  };
  const beginsMapping = (): boolean => {
    const code = text.charCodeAt(at);
    if (code === BRACKET || code === BRACE) return false;
    return text.charCodeAt(at + (isQuote() ? quotedLength() : plainLength(false))) === COLON;
  };

  return (): MapNode => {
    skipSpaces();
    if (at >= end || text.charCodeAt(at) === NEWLINE || text.charCodeAt(at) === HASH) nextLine();
    const root = at === lineStart && at < end ? block(0, 0) : unusual();
    return root.kind === 'map' && at >= end ? { ...root, at: { file, line: 1, column: 1 } } : unusual();
  };
};

const [NEWLINE, SPACE, HASH, DASH, COLON, COMMA, DOUBLE, SINGLE, BACKSLASH] = [10, 32, 35, 45, 58, 44, 34, 39, 92];
const [BRACKET, BRACKET_END, BRACE, BRACE_END] = [91, 93, 123, 125];
const isFlowSign = (code: number): boolean => code === COMMA || code === BRACKET || code === BRACKET_END || code === BRACE || code === BRACE_END;
/** Signs that begin something else (YAML 1.2.2, 5.3), but for the dash, which may begin a number or a word. */
const INDICATORS: ReadonlySet<number> = new Set([...'?:,[]{}#&*!|>\'"%@`\n '].map((sign) => sign.charCodeAt(0)));
const beginsPlain = (code: number): boolean => !INDICATORS.has(code) && !Number.isNaN(code);
/** Escapes that JSON has, too, but for characters by their number. */
const JSON_ESCAPES = /^(?:[^\\]|\\["\\/bfnrt])*$/;

/** A key that is longer than 1024 characters is none (YAML 1.2.2, 7.4). */
const LONGEST_KEY = 1000;

const WORDS: ReadonlyMap<string, null | boolean> = new Map<string, null | boolean>([
  ...['~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);
/** Numbers that are written otherwise: 0x1f, 0o17, 1e3, .inf. */
const ODD_NUMBER = /^(?:0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)[eE][-+]?[0-9]+|[-+]?\.(?:inf|Inf|INF)|\.nan|\.NaN|\.NAN)$/;
const WHOLE = /^[-+]?[0-9]+$/;
const FRACTION = /^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)$/;

/** What a plain scalar stands for by the core schema (YAML 1.2.2, 10.3.2). */
const scalarOf = (source: string): null | boolean | number | string => {
  const code = source.charCodeAt(0);
  // A digit, a sign, a dot.
  if (code <= NINE && code >= PLUS) {
    if (WHOLE.test(source)) return parseInt(source, 10);
    if (FRACTION.test(source)) return parseFloat(source);
    return ODD_NUMBER.test(source) ? unusual() : source;
  }
  const word = source.length < 6 ? WORDS.get(source) : undefined;
  return word === undefined ? source : word;
};
const [PLUS, NINE] = [43, 57];
