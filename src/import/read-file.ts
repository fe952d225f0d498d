import { isMap, isScalar, LineCounter, Pair, parseDocument, Scalar, YAMLMap } from 'yaml';
import type { Document, Tags } from 'yaml';
import { readFileUpTo } from '../blueprint/read-file.ts';
import { isObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import { Problem, Problems } from '../core/problem.ts';
import type { Position } from '../core/problem.ts';
import { longForm, SHORT_FORMS } from './aws/intrinsics.ts';

const MAX_BYTES = 64 * 1024 * 1024;
/** Nodes that aliases may add: a file is a realm's, not a puzzle. */
const MAX_ALIASES = 10_000;
const MAX_DEPTH = 100;

/** A file of another tool: what it says, and where it says it. */
export interface Foreign {
  readonly file: string;
  readonly content: JsonObject;
  /** Where a value stands; the beginning of the nearest that is there. */
  readonly at: (...path: readonly (string | number)[]) => Position;
}

/** Reads JSON, or YAML of either version; everything wrong with its text is told with its line. */
export const readForeign = async (path: string): Promise<Foreign> => {
  const bytes = await readFileUpTo(path, MAX_BYTES);
  if (!Buffer.isBuffer(bytes)) {
    const hint = bytes.tooLarge ? 'export it without users' : 'name a file that another tool wrote: a realm export, a file of keycloak-config-cli or of decK';
    throw new Problem('IMPORT_UNREADABLE', `"${path}" ${bytes.why}`, { hint });
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    if (isUtf16(bytes)) throw inUtf16(path, cause);
    throw new Problem('IMPORT_UNREADABLE', `"${path}" is not UTF-8 text`, { cause, hint: 'export it again as JSON or YAML' });
  }
  // Without its mark it is good UTF-8, with a null character at every other place.
  if (isUtf16(bytes)) throw inUtf16(path);
  return parseForeign(path, text);
};

const isUtf16 = (bytes: Buffer): boolean => {
  const [first, second] = bytes;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || (bytes.length > 1 && (first === 0) !== (second === 0));
};
const inUtf16 = (path: string, cause?: unknown): Problem =>
  new Problem('IMPORT_UNREADABLE', `"${path}" is UTF-16 text, and UTF-8 is read`, { ...(cause !== undefined && { cause }), hint: 'Windows PowerShell writes UTF-16 by ">": write it by "| Out-File -Encoding utf8", or save it as UTF-8 in an editor' });

/**
 * JSON is read as YAML, of which it is a part; tabs between its values are spaces to both. Tools for Keycloak read YAML 1.1 (`yes` is true, `<<` merges),
 * but nobody means a time of day or a date by what looks like one.
 */
export const parseForeign = (file: string, text: string): Foreign => {
  const lines = new LineCounter();
  const isJson = /^\s*[{[]/.test(text);
  const document = parseDocument(isJson ? text.replaceAll('\t', ' ') : quotable(text), {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    ...(isJson ? { version: '1.2' } : { version: '1.1', merge: true, customTags: TEMPLATE.test(text) ? (tags) => [...withoutTimes(tags), ...SHORT_TAGS] : withoutTimes }),
  });
  const positioned = (range: readonly number[] | null | undefined): Position => {
    const { line, col } = lines.linePos(range?.[0] ?? 0);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problems = [...document.errors, ...document.warnings].map(
    ({ code, message, pos }) =>
      new Problem('IMPORT_SYNTAX', wordsOf(isJson ? 'JSON' : 'YAML', code, message), {
        at: positioned(pos),
        // The line may hold what nobody should see.
        sensitive: true,
        hint: code === 'DUPLICATE_KEY' ? 'keep one of the two' : code === 'MULTIPLE_DOCS' ? 'give each document as a file of its own' : 'mend it, or export it again',
      }),
  );
  // A parser that has run out of room says so of each level that it is in.
  const bottomless = problems.find(({ message }) => message === TOO_DEEP);
  if (bottomless) throw bottomless;
  if (problems.length > 0) throw new Problems(problems);
  const content = plainOf(document, file);
  if (Array.isArray(content) && content.some((one) => isObject(one) && 'realm' in one))
    throw new Problem('IMPORT_SYNTAX', `"${file}" is a list of ${content.length === 1 ? 'one realm' : `${content.length} realms`}, and a blueprint has one`, { at: { file, line: 1, column: 1 }, sensitive: true, hint: 'give the realm alone, as kc.sh export --realm NAME writes it' });
  if (!isObject(content))
    throw new Problem('IMPORT_SYNTAX', `"${file}" holds no mapping`, { at: { file, line: 1, column: 1 }, sensitive: true, expected: 'one realm, or one file of decK: { "realm": … }, _format_version: …' });
  return { file, content, at: (...path) => positioned(rangeAt(document, path)) };
};

/** decK puts its variables in before it reads YAML, so that their quotes may stand in other quotes: those that Go has for it beside stand in any, and are as long. */
const quotable = (text: string): string => (text.includes('_format_version') ? text.replaceAll(/\$\{\{[^}\\\n]*\}\}/g, (one) => one.replaceAll('"', '`')) : text);

const TOO_DEEP = `nested deeper than ${MAX_DEPTH} levels`;

/** The parser's words, but for those that only a programmer could follow. */
const wordsOf = (kind: string, code: string, message: string): string => {
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here, and a file is one realm or one gateway';
  if (/call stack/i.test(message)) return TOO_DEEP;
  return `this is not ${kind}: ${message.split('\n')[0] ?? code}`;
};

const plainOf = (document: Document, file: string): unknown => {
  try {
    const content: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    endsSomewhere(content, 0);
    return content;
  } catch (cause) {
    throw new Problem('IMPORT_SYNTAX', `"${file}" repeats itself by aliases more than ${MAX_ALIASES} times, or is nested deeper than ${MAX_DEPTH} levels`, { cause, at: { file, line: 1, column: 1 }, sensitive: true, hint: 'write the repeated parts out' });
  }
};

/** What stands in itself has no bottom. */
const endsSomewhere = (value: unknown, depth: number): void => {
  if (depth > MAX_DEPTH) throw new RangeError('too deep');
  if (typeof value === 'object' && value !== null) for (const inside of Object.values(value)) endsSomewhere(inside, depth + 1);
};

/** Only in templates of CloudFormation do `!Ref` and its like mean something. */
const TEMPLATE = /^(AWSTemplateFormatVersion|Transform|Resources)\s*:/m;
const long = (name: string, argument: unknown): YAMLMap => {
  const map = new YAMLMap();
  map.items.push(new Pair(new Scalar(longForm(name)), argument));
  return map;
};
const SHORT_TAGS: Tags = SHORT_FORMS.flatMap((name): Tags => [
  // What is short for an attribute has a dot in it.
  { tag: `!${name}`, resolve: (text: string) => (name === 'GetAtt' && text.includes('.') ? { 'Fn::GetAtt': [text.slice(0, text.indexOf('.')), text.slice(text.indexOf('.') + 1)] } : { [longForm(name)]: text }) },
  { tag: `!${name}`, collection: 'seq', resolve: (list) => long(name, list) },
  { tag: `!${name}`, collection: 'map', resolve: (map) => long(name, map) },
]);

const TIMES: readonly unknown[] = ['tag:yaml.org,2002:timestamp', 'tag:yaml.org,2002:binary'];
const withoutTimes = (tags: Tags): Tags => tags.filter((tag) => typeof tag === 'string' || !(TIMES.includes(tag.tag) || ('format' in tag && tag.format === 'TIME')));

/** Of the key, where what is asked for stands in a mapping. */
const rangeAt = (document: Document, path: readonly (string | number)[]): readonly number[] | null | undefined => {
  for (let length = path.length; length > 0; length -= 1) {
    const above = document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    const pair = isMap(above) ? above.items.find(({ key }) => isScalar(key) && String(key.value) === String(last)) : undefined;
    if (pair && isScalar(pair.key)) return pair.key.range;
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node) return node.range as readonly number[];
  }
  return undefined;
};
