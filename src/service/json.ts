export type JsonObject = Readonly<Record<string, unknown>>;

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\]]/g;
const ESCAPED_SURROGATE = /\\u[dD][89a-fA-F]/;
const LONE_SURROGATE = /\p{Surrogate}/u;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The object that JSON text (RFC 8259, UTF-8 bytes) holds, with the text; or the reason why it is not one. Stricter than `JSON.parse`, because
 * what a token says must mean the same to every reader behind the gateway: duplicate members (RFC 7519 section 4), invalid UTF-8, lone
 * surrogates, numbers beyond a double, a byte order mark and more than `depth` levels are refused.
 */
export const readObject = (bytes: Uint8Array, depth: number): { readonly object: JsonObject; readonly text: string } | string => {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(bytes);
  } catch {
    return 'invalid UTF-8';
  }
  try {
    value = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  if (!isObject(value)) return 'not an object';
  const fault = faultOf(text, depth);
  if (fault !== undefined) return fault;
  if (!isSound(value, ESCAPED_SURROGATE.test(text))) return 'a value that readers take differently';
  return { object: value, text };
};

/** Looks for nesting and duplicates in text that is known to be JSON. */
const faultOf = (text: string, depth: number): string | undefined => {
  const open: (Set<string> | undefined)[] = [];
  for (const [token, colon] of text.matchAll(TOKENS)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (colon !== undefined) {
      const quoted = token.slice(0, token.length - colon.length);
      const name = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
      const names = open.at(-1);
      if (names?.has(name) === true) return 'a duplicate member';
      names?.add(name);
    }
    if (open.length > depth) return 'too deep';
  }
  return undefined;
};

const isSound = (value: unknown, surrogates: boolean): boolean => {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string') return !surrogates || !LONE_SURROGATE.test(value);
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every((item) => isSound(item, surrogates));
  return Object.entries(value).every(([name, item]) => isSound(name, surrogates) && isSound(item, surrogates));
};
