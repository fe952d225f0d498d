const RESERVED = new Set("!*'();:@&=+$,/?%#[]");

/** Decodes what RFC 3986 does not reserve, byte by byte, so that UTF-8 survives; the rest keeps its triplet in upper case. */
const decodeUnreserved = (path: string): string => {
  const bytes: number[] = [];
  for (let i = 0; i < path.length; i += 1) {
    const hex = /^%([0-9a-f]{2})/i.exec(path.slice(i, i + 3))?.[1];
    const code = hex === undefined ? -1 : parseInt(hex, 16);
    if (hex !== undefined && !RESERVED.has(String.fromCharCode(code))) {
      bytes.push(code);
      i += 2;
    } else if (hex !== undefined) {
      bytes.push(...Buffer.from(`%${hex.toUpperCase()}`));
      i += 2;
    } else {
      const char = String.fromCodePoint(path.codePointAt(i) ?? 0);
      bytes.push(...Buffer.from(char));
      i += char.length - 1;
    }
  }
  return Buffer.from(bytes).toString('utf8');
};

/** A path in normal form: unreserved characters decoded, `.` and `..` resolved, slashes merged (RFC 3986 6.2.2, `kong/tools/uri.lua`). */
export const normalizePath = (path: string): string => {
  const decoded = path.includes('%') ? decodeUnreserved(path) : path;
  const merged = decoded.replace(/\/{2,}/g, '/');
  const output: string[] = [];
  const segments = merged.split('/').slice(1);
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    if (segment === '..') output.pop();
    if (segment !== '.' && segment !== '..') output.push(segment);
    else if (last) output.push('');
  });
  return `/${output.join('/')}`;
};
