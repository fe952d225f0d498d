/**
 * JSON text as OPA hashes it: members sorted by name, no blanks, numbers as they were written, strings escaped the way Go's encoder
 * does without HTML escaping. The text must be JSON already. Source: the signing part of https://github.com/open-policy-agent/opa
 * (bundle/hash.go).
 */
export const canonicalJson = (text: string): string => {
  const tokens = text.match(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let at = 0;
  const value = (): string => {
    const token = tokens[at++] ?? '';
    if (token === '{') return object();
    if (token === '[') return array();
    return token.startsWith('"') ? goString(JSON.parse(token) as string) : token;
  };
  const object = (): string => {
    const members: (readonly [name: string, text: string])[] = [];
    while (tokens[at] !== '}') {
      const name = JSON.parse(tokens[at++] ?? '') as string;
      at += 1; // the colon
      members.push([name, `${goString(name)}:${value()}`]);
      if (tokens[at] === ',') at += 1;
    }
    at += 1;
    return `{${members
      .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map(([, member]) => member)
      .join(',')}}`;
  };
  const array = (): string => {
    const items: string[] = [];
    while (tokens[at] !== ']') {
      items.push(value());
      if (tokens[at] === ',') at += 1;
    }
    at += 1;
    return `[${items.join(',')}]`;
  };
  return value();
};

/** Go's encoder and `JSON.stringify` differ in the two line separators only: both have `\b` and `\f` since Go 1.22. */
const goString = (text: string): string => JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
