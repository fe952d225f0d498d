/**
 * JSON as lua-cjson reads it. Strings are byte strings; objects are Maps, the last of duplicate members winning; `null` is `cjson.null`.
 */
export type Json = null | boolean | number | string | readonly Json[] | ReadonlyMap<string, Json>;

/** Carries cjson's message, such as `Expected value but found T_END at character 1`. */
export class JsonError extends Error {}

const deepest = 1000;
const space = new Set([' ', '\t', '\n', '\r']);
const escapes: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
/** What C's `strtod` takes: decimal, hexadecimal with a fraction and exponent, inf and nan. */
const number = /[+-]?(?:0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?|(inf(?:inity)?)|(nan(?:\([a-z0-9_]*\))?)|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/iy;

const utf8 = (codePoint: number): string => Buffer.from(String.fromCodePoint(codePoint), 'utf8').toString('latin1');

const numberOf = (found: RegExpExecArray): number => {
  const text = found[0];
  const sign = text.startsWith('-') ? -1 : 1;
  const [, whole, fraction = '', exponent, infinite, nan] = found;
  if (infinite !== undefined) return sign * Number.POSITIVE_INFINITY;
  if (nan !== undefined) return Number.NaN;
  if (whole === undefined) return Number(text);
  // "0x" with no digit after it is the number 0, followed by an x.
  if (whole === '' && fraction === '') return sign * 0;
  let value = 0;
  for (const digit of whole + fraction) value = value * 16 + Number.parseInt(digit, 16);
  return sign * value * 2 ** (Number(exponent ?? 0) - fraction.length * 4);
};

const startsNumber = (text: string, at: number): boolean => {
  const rest = text.slice(at, at + 5).toLowerCase();
  return /^[-+0-9]/.test(rest) || /^(?:inf|nan)/.test(rest);
};

/**
 * Reads a text as Kong's cjson does, with what it lets through: leading zeros, hexadecimal, inf and nan, raw control characters in strings.
 * Throws `JsonError` for the rest.
 */
export const decodeJson = (text: string): Json => {
  let at = 0;
  const fail = (wanted: string, found: string, where = at): never => {
    throw new JsonError(`Expected ${wanted} but found ${found} at character ${where + 1}`);
  };
  const skip = (): void => { while (space.has(text.charAt(at))) at += 1; };
  const tokenName = (): string => {
    const char = text.charAt(at);
    const names: Readonly<Record<string, string>> = {
      '': 'T_END', '{': 'T_OBJ_BEGIN', '}': 'T_OBJ_END', '[': 'T_ARR_BEGIN', ']': 'T_ARR_END', ',': 'T_COMMA', ':': 'T_COLON',
      '"': 'T_STRING',
    };
    const known = names[char];
    if (known !== undefined) return known;
    if (text.startsWith('true', at) || text.startsWith('false', at)) return 'T_BOOLEAN';
    if (text.startsWith('null', at)) return 'T_NULL';
    return startsNumber(text, at) ? 'T_NUMBER' : 'invalid token';
  };
  const codeUnit = (from: number): number => {
    const hex = text.slice(from, from + 4);
    return /^[0-9a-f]{4}$/i.test(hex) ? Number.parseInt(hex, 16) : fail('value', 'invalid unicode escape code', at - 1);
  };
  const readString = (): string => {
    const start = at;
    at += 1;
    let out = '';
    for (;;) {
      const char = text.charAt(at);
      if (char === '' || char === '\0') fail('value', 'unexpected end of string', at);
      at += 1;
      if (char === '"') return out;
      if (char !== '\\') { out += char; continue; }
      const escape = text.charAt(at);
      at += 1;
      if (escape !== 'u') {
        out += escapes[escape] ?? fail('value', 'invalid escape code', at - 2);
        continue;
      }
      let code = codeUnit(at);
      at += 4;
      if ((code & 0xf800) === 0xd800) {
        if ((code & 0x400) !== 0 || text.slice(at, at + 2) !== '\\u') fail('value', 'invalid unicode escape code', start);
        const low = codeUnit(at + 2);
        if ((low & 0xfc00) !== 0xdc00) fail('value', 'invalid unicode escape code', start);
        code = ((code & 0x3ff) << 10) + (low & 0x3ff) + 0x10000;
        at += 6;
      }
      out += utf8(code);
    }
  };
  const readNumber = (): number => {
    number.lastIndex = at;
    const found = number.exec(text);
    if (found === null) return fail('value', 'invalid number');
    const empty = found[1] === '' && (found[2] ?? '') === '';
    at += empty ? found[0].search(/x/i) : found[0].length;
    return numberOf(found);
  };
  const readArray = (depth: number): Json => {
    at += 1;
    const list: Json[] = [];
    skip();
    if (text.charAt(at) === ']') { at += 1; return list; }
    for (;;) {
      list.push(readValue(depth));
      skip();
      const char = text.charAt(at);
      if (char === ',') { at += 1; continue; }
      if (char !== ']') fail('comma or array end', tokenName());
      at += 1;
      return list;
    }
  };
  const readObject = (depth: number): Json => {
    at += 1;
    const members = new Map<string, Json>();
    skip();
    if (text.charAt(at) === '}') { at += 1; return members; }
    for (;;) {
      skip();
      if (text.charAt(at) !== '"') fail('object key string', tokenName());
      const key = readString();
      skip();
      if (text.charAt(at) !== ':') fail('colon', tokenName());
      at += 1;
      members.set(key, readValue(depth));
      skip();
      const char = text.charAt(at);
      if (char === ',') { at += 1; continue; }
      if (char !== '}') fail('comma or object end', tokenName());
      at += 1;
      return members;
    }
  };
  const readValue = (depth: number): Json => {
    skip();
    const char = text.charAt(at);
    if (char === '{' || char === '[') {
      if (depth >= deepest) throw new JsonError(`Found too many nested data structures (${depth + 1}) at character ${at + 1}`);
      return char === '{' ? readObject(depth + 1) : readArray(depth + 1);
    }
    if (char === '"') return readString();
    for (const [word, value] of [['true', true], ['false', false], ['null', null]] as const) {
      if (text.startsWith(word, at)) { at += word.length; return value; }
    }
    if (startsNumber(text, at)) return readNumber();
    return fail('value', tokenName());
  };
  const isWide = text.length >= 2 && (text.startsWith('\0') || text.charAt(1) === '\0');
  if (isWide) throw new JsonError('JSON parser does not support UTF-16 or UTF-32');
  const value = readValue(0);
  skip();
  if (at < text.length) fail('the end', tokenName());
  return value;
};

/**
 * Decodes base64url as nginx does, into a byte string: it stops at the first "=", does not look at unused bits, and refuses other
 * characters and impossible lengths (undefined).
 */
export const decodeBase64Url = (text: string): string | undefined => {
  const end = text.indexOf('=');
  const body = end === -1 ? text : text.slice(0, end);
  if (body.length % 4 === 1 || !/^[A-Za-z0-9\-_]*$/.test(body)) return undefined;
  return Buffer.from(body, 'base64url').toString('latin1');
};
