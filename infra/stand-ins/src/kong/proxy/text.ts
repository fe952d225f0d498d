/** A JavaScript string as a byte string: its UTF-8 bytes, one character each. */
export const bytes = (text: string): string => {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x7f) return Buffer.from(text, 'utf8').toString('latin1');
  return text;
};

/** A byte string as the text its bytes spell in UTF-8. */
export const textOf = (byteString: string): string => {
  for (let at = 0; at < byteString.length; at += 1) {
    if (byteString.charCodeAt(at) > 0x7f) return Buffer.from(byteString, 'latin1').toString('utf8');
  }
  return byteString;
};

/** A query argument: its value, `true` when it has no "=", or all values when it was given more than once. */
export type QueryValue = string | true | readonly (string | true)[];

const unescape = (text: string): string =>
  text.replaceAll('+', ' ').replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Splits a query or form body as nginx's `ngx.decode_args` does: at most 100 arguments, in order, an empty name dropped. */
export const decodeArgs = (query: string, most = 100): Map<string, QueryValue> => {
  const args = new Map<string, QueryValue>();
  let count = 0;
  for (const part of query.split('&')) {
    if (part === '') continue;
    if (count >= most) break;
    count += 1;
    const equals = part.indexOf('=');
    const name = unescape(equals === -1 ? part : part.slice(0, equals));
    if (name === '') continue;
    const value = equals === -1 ? true : unescape(part.slice(equals + 1));
    const before = args.get(name);
    if (before === undefined) args.set(name, value);
    else args.set(name, typeof before === 'string' || before === true ? [before, value] : [...before, value]);
  }
  return args;
};

/** A query without the arguments of one name; the rest stays as it was written. Undefined when nothing is left. */
export const withoutArg = (query: string, name: string): string | undefined => {
  const left = query.split('&').filter((part) => !decodeArgs(part).has(name)).join('&');
  return left === '' ? undefined : left;
};

/** Percent-encodes everything but RFC 3986's unreserved characters, as `ngx.escape_uri` does. */
export const escapeUri = (text: string): string =>
  text.replace(/[^A-Za-z0-9\-._~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);

/** The reverse of `decodeArgs`. Kong's own order is that of a Lua table; here arguments keep the order they came in. */
export const encodeArgs = (args: ReadonlyMap<string, QueryValue>): string => {
  const one = (name: string, value: string | true): string => (value === true ? escapeUri(name) : `${escapeUri(name)}=${escapeUri(value)}`);
  return [...args].flatMap(([name, value]) =>
    (typeof value === 'string' || value === true ? [one(name, value)] : value.map((each) => one(name, each)))).join('&');
};
