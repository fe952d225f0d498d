import { isUtf8 } from 'node:buffer';

export type JsonObject = Readonly<Record<string, unknown>>;

/** An escape that may leave half a character: only then texts are looked at one by one. */
const HALF = /\\u[dD][89a-fA-F]/;
const AMBIGUOUS = 'a value that readers take differently';
const LONE_SURROGATE = /\p{Surrogate}/u;

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The object that JSON text (RFC 8259, UTF-8 bytes) holds, with the text; or the reason why it is not one. Stricter than `JSON.parse`,
 * because what a token says must mean the same to every reader behind the gateway: duplicate members (RFC 7519 section 4), invalid
 * UTF-8, lone surrogates, numbers beyond a double, a byte order mark and more than `depth` levels are refused.
 */
export const readObject = (bytes: Buffer, depth: number): { readonly object: JsonObject; readonly text: string } | string => {
  if (!isUtf8(bytes)) return 'invalid UTF-8';
  const text = bytes.toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  if (!isObject(value)) return 'not an object';
  const escaped = text.indexOf('\\') >= 0;
  const kept = membersOf(value, depth);
  if (typeof kept === 'string') return kept;
  // A duplicate is lost when it is parsed, so the text then has more members than the value: members are counted in both, because names that are kept and
  // compared take three times as long, and this runs for every request.
  if (kept !== ((escaped ? undefined : plainNamesIn(text)) ?? namesIn(text))) return 'a duplicate member';
  if (escaped && HALF.test(text) && !isWhole(value)) return AMBIGUOUS;
  return { object: value, text };
};

/** Members of objects and of all in them; why not, where there are more levels or a number is beyond a double. */
const membersOf = (value: object, levels: number): number | string => {
  if (levels === 0) return 'too deep';
  const items: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  let members = Array.isArray(value) ? 0 : items.length;
  for (const item of items) {
    if (typeof item === 'number' && !Number.isFinite(item)) return AMBIGUOUS;
    if (typeof item !== 'object' || item === null) continue;
    const inner = membersOf(item, levels - 1);
    if (typeof inner === 'string') return inner;
    members += inner;
  }
  return members;
};

/**
 * The same of text without a backslash, by its colons: one right after a quote that follows a letter or a digit ends a name, for no string begins there; one after
 * anything else stands in a string. `undefined` where that does not tell, as after blanks.
 */
const plainNamesIn = (text: string): number | undefined => {
  let names = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) {
    const before = text.charCodeAt(at - 1);
    if (before <= 0x20) return undefined;
    if (before !== QUOTE) continue;
    if (!isWordy(text.charCodeAt(at - 2))) return undefined;
    names += 1;
  }
  return names;
};

const QUOTE = 0x22;
const isWordy = (code: number): boolean => (code >= 0x61 && code <= 0x7a) || code === 0x5f || (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a);

/** Strings that a colon follows: what stands between two strings holds no quote. */
const namesIn = (text: string): number => {
  let names = 0;
  for (let start = text.indexOf('"'); start >= 0; ) {
    const end = endOfString(text, start);
    if (isName(text, end)) names += 1;
    start = text.indexOf('"', end + 1);
  }
  return names;
};

const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** The place of the closing quote: the first one with an even number of backslashes before it. */
const endOfString = (text: string, start: number): number => {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
};

/** True when a colon follows the string, after blanks. */
const isName = (text: string, end: number): boolean => {
  let at = end + 1;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return text.charCodeAt(at) === COLON;
};

const isWhole = (value: unknown): boolean => {
  if (typeof value === 'string') return !LONE_SURROGATE.test(value);
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every((item) => isWhole(item));
  return Object.entries(value).every(([name, item]) => isWhole(name) && isWhole(item));
};
