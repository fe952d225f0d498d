import { COLLECTION_STYLE, EVENT_ID, SCALAR_STYLE, YAMLException, boolCoreTag, floatCoreTag, getScalarValue, intCoreTag, NOT_RESOLVED, nullCoreTag, parseEvents } from 'js-yaml';
import type { Event, MappingEvent, ScalarEvent, SequenceEvent } from 'js-yaml';
import type { Position } from '../core/problem.ts';
import type { Entry, MapNode, Node } from './tree.ts';
import { FORBIDDEN_KEYS, MAX_DEPTH } from './yaml-bounds.ts';

/**
 * The part of YAML that nearly every blueprint is written in, from the events of a parser that keeps nothing but where things stand. The other one
 * (`parse.ts`) keeps every token, comment and space of a file for whoever writes it back; that takes eight times as long, a third of what it cost to
 * validate a blueprint of thousands of objects.
 *
 * `undefined`: something is there that is not of that part (anchors, tags, merge keys, several lines of plain text), or is wrong. What it is, and whether it
 * is a problem, the parser that keeps all says: nothing is told here, and nothing guessed. Whatever is read is, to the column, what that one reads; a test
 * compares them.
 */
export const parseUsual = (file: string, text: string): MapNode | undefined => {
  if (BEYOND.test(text)) return undefined;
  try {
    return treeOf(file, text, parseEvents(text, { maxDepth: MAX_DEPTH }));
  } catch (thrown) {
    if (thrown === UNUSUAL || thrown instanceof YAMLException) return undefined;
    throw thrown;
  }
};

/**
 * Control characters, tabs and carriage returns among them, other ends of lines, a byte order mark, and where documents begin and end. A beginning that
 * stands in is none (YAML 1.2.2, 9.1.2), and this parser takes the first for one.
 */
const BEYOND = /[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]|^(?:---|\.\.\.)|^ +---(?: |$)/m;
/** Thrown at whatever is not of this part of YAML. No error: nobody sees it. */
const UNUSUAL = Symbol('unusual');
const unusual = (): never => {
  throw UNUSUAL;
};

const treeOf = (file: string, text: string, events: readonly Event[]): MapNode => {
  /** The next event, and where what has been read ends. */
  let next = 0;
  let last = 0;
  /** The line that was asked for last: places are asked for in the order of the text. */
  let line = 1;
  let lineStart = 0;

  const endOfLine = (offset: number): number => {
    const newline = text.indexOf('\n', offset);
    return newline < 0 ? text.length : newline;
  };
  const place = (offset: number, length: number): Position => {
    for (let end = endOfLine(lineStart); end < offset; end = endOfLine(lineStart)) {
      line++;
      lineStart = end + 1;
    }
    const column = offset - lineStart + 1;
    return length > 0 ? { file, line, column, length } : { file, line, column };
  };
  const pastSpaces = (offset: number): number => {
    let to = offset;
    while (text.charCodeAt(to) === SPACE) to++;
    return to;
  };
  /** To the next character that says something. */
  const pastComments = (offset: number): number => {
    for (let to = offset; ; to++) {
      to = pastSpaces(to);
      if (text.charCodeAt(to) === HASH) to = endOfLine(to);
      if (text.charCodeAt(to) !== NEWLINE) return to;
    }
  };
  const take = (sign: number, offset: number): void => {
    if (text.charCodeAt(offset) !== sign) unusual();
    last = offset + 1;
  };

  const scalar = (event: ScalarEvent, inFlow: boolean): { readonly value: null | boolean | number | string; readonly at: Position } => {
    const { style, valueStart, valueEnd } = event;
    if (valueStart < 0) return inFlow ? unusual() : { value: null, at: place(pastSpaces(last), 0) };
    if (style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK) {
      const sign = pastComments(last);
      // How far it is indented, in figures: what of lines of nothing but spaces is text then is read in two ways.
      if (/^[>|]-?\+?\d/.test(text.slice(sign, sign + 3))) unusual();
      last = text.charCodeAt(valueEnd - 1) === NEWLINE ? valueEnd - 1 : valueEnd;
      return { value: getScalarValue(text, event), at: place(sign, endOfLine(sign) - sign) };
    }
    const quotes = style === SCALAR_STYLE.PLAIN ? 0 : 1;
    const start = valueStart - quotes;
    last = valueEnd + quotes;
    if (endOfLine(start) < last || (style === SCALAR_STYLE.DOUBLE_QUOTED && BEYOND_UNICODE.test(text.slice(start, last)))) unusual();
    const value = getScalarValue(text, event);
    return { value: quotes === 0 ? plainValue(value) : value, at: place(start, last - start) };
  };

  const node = (depth: number, inFlow: boolean): Node => {
    const event = events[next++];
    if (depth > MAX_DEPTH || event === undefined || event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.ALIAS || event.type === EVENT_ID.POP || event.anchorStart >= 0 || event.tagStart >= 0) return unusual();
    if (event.type === EVENT_ID.SCALAR) return { kind: 'scalar', ...scalar(event, inFlow) };
    const flow = event.style === COLLECTION_STYLE.FLOW;
    const at = place(event.start, endOfLine(event.start) - event.start);
    const inside = event.type === EVENT_ID.SEQUENCE ? ({ kind: 'list', items: items(event, flow, depth) } as const) : ({ kind: 'map', entries: entries(event, flow, depth) } as const);
    next++;
    if (!flow) return { ...inside, at };
    const end = pastComments(last);
    const bracket = text.charCodeAt(end) === COMMA ? pastComments(end + 1) : end;
    take(event.type === EVENT_ID.SEQUENCE ? BRACKET_END : BRACE_END, bracket);
    // A marker ends with its line.
    return { ...inside, at: { ...at, length: Math.min(at.length ?? 0, last - event.start) } };
  };
  const goesOn = (): boolean => events[next]?.type !== EVENT_ID.POP;
  /** Where the next key or dash of a block stands: all but the first on a line of their own. */
  const further = (isFirst: boolean): number => {
    const offset = pastComments(last);
    return isFirst || endOfLine(last) < offset ? offset : unusual();
  };

  const items = ({ start }: SequenceEvent, flow: boolean, depth: number): readonly Node[] => {
    const found: Node[] = [];
    if (flow) take(BRACKET, start);
    else last = start;
    while (goesOn()) {
      if (!flow) take(DASH, further(found.length === 0));
      found.push(node(depth + 1, flow));
    }
    return found;
  };

  const entries = ({ start }: MappingEvent, flow: boolean, depth: number): ReadonlyMap<string, Entry> => {
    const found = new Map<string, Entry>();
    if (flow) take(BRACE, start);
    else last = start;
    while (goesOn()) {
      const event = events[next++];
      if (event?.type !== EVENT_ID.SCALAR || event.valueStart < 0 || event.anchorStart >= 0 || event.tagStart >= 0 || event.valueEnd - event.valueStart > LONGEST_KEY) return unusual();
      if (!flow) further(found.size === 0);
      const key = scalar(event, flow);
      const name = String(key.value);
      if (found.has(name) || FORBIDDEN_KEYS.includes(name) || name === '<<') unusual();
      take(COLON, flow ? pastComments(last) : last);
      // Only behind a quote may a value follow at once (YAML 1.2.2, 7.4.2).
      if (event.style === SCALAR_STYLE.PLAIN && !/[\s,[\]{}]/.test(text.charAt(last))) unusual();
      found.set(name, { key: key.at, node: node(depth + 1, flow) });
    }
    return found;
  };

  if (events[next++]?.type !== EVENT_ID.DOCUMENT) return unusual();
  const root = node(0, false);
  return root.kind === 'map' && next === events.length - 1 ? { ...root, at: { file, line: 1, column: 1 } } : unusual();
};

const [NEWLINE, SPACE, HASH, DASH, COLON, COMMA] = [10, 32, 35, 45, 58, 44];
const [BRACKET, BRACKET_END, BRACE, BRACE_END] = [91, 93, 123, 125];
/** By its number, a character that there is not (beyond U+10FFFF), which is to be told. */
const BEYOND_UNICODE = /\\U(?!00(?:0|10))/;

/** A key that is longer than 1024 characters is none (YAML 1.2.2, 7.4). */
const LONGEST_KEY = 1000;

/** What a plain scalar may stand for that is no text, by the core schema (YAML 1.2.2, 10.3.2). */
const TAGS = [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag];
/** A number with an exponent may be larger than any that there is, and is text to one of the parsers and infinite to the other one. */
const LARGE = /^[-+]?[\d.]+[eE]\+?\d{3}/;
const plainValue = (source: string): null | boolean | number | string => {
  const first = source.charAt(0);
  for (const { implicitFirstChars, resolve, tagName } of TAGS) {
    if (implicitFirstChars !== null && !implicitFirstChars.includes(first)) continue;
    const value: unknown = resolve(source, false, tagName);
    if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
    if (value !== NOT_RESOLVED) unusual();
  }
  return LARGE.test(source) ? unusual() : source;
};
