import { isUtf8 } from 'node:buffer';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Escapes that may leave half a character, and numbers that may be out of range: only then the values are looked at one by one. */
const SUSPICIOUS = /\\u[dD][89a-fA-F]|\d[eE]|\d{300}/;
const LONE_SURROGATE = /\p{Surrogate}/u;

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The object that JSON text (RFC 8259, UTF-8 bytes) holds, with the text; or the reason why it is not one. Stricter than `JSON.parse`,
 * because what a token says must mean the same to every reader behind the gateway: duplicate members (RFC 7519 section 4), invalid
 * UTF-8, lone surrogates, numbers beyond a double, a byte order mark and more than `depth` levels are refused.
 */
export const readObject = (bytes: Buffer, depth: number): { readonly object: JsonObject; readonly text: string } | string => {
  if (!isUtf8(bytes)) return 'invalid UTF-8';
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  if (!isObject(value)) return 'not an object';
  const fault = faultOf(text, depth);
  if (fault !== undefined) return fault;
  if (SUSPICIOUS.test(text) && !isSound(value)) return 'a value that readers take differently';
  return { object: value, text };
};

/**
 * Looks for nesting and duplicates in text that is known to be JSON. By character codes, because it runs for every request: a pattern
 * over the same text takes four times as long.
 */
const faultOf = (text: string, depth: number): string | undefined => {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (open.length === depth) return 'too deep';
      open.push(code === OPEN_BRACE ? new Set() : undefined);
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) open.pop();
    else if (code === QUOTE) {
      const end = endOfString(text, at);
      if (isName(text, end)) {
        const plain = text.slice(at + 1, end);
        const name = plain.includes('\\') ? (JSON.parse(text.slice(at, end + 1)) as string) : plain;
        const names = open.at(-1);
        if (names?.has(name) === true) return 'a duplicate member';
        names?.add(name);
      }
      at = end;
    }
  }
  return undefined;
};

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const QUOTE = 0x22;

/** The place of the closing quote: the first one with an even number of backslashes before it. */
const endOfString = (text: string, start: number): number => {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
};

/** True when a colon follows the string, after blanks. */
const isName = (text: string, end: number): boolean => {
  let at = end + 1;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return text[at] === ':';
};

const isSound = (value: unknown): boolean => {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string') return !LONE_SURROGATE.test(value);
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every((item) => isSound(item));
  return Object.entries(value).every(([name, item]) => isSound(name) && isSound(item));
};
