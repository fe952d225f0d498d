const KEYWORDS = new Set(
  ('and break do else elseif end false for function goto if in local nil not or repeat return then true until while').split(' '),
);

/** The shortest level of long brackets that the text does not contain, or 0 when it contains none. */
const bracketLevel = (text: string): number => {
  let level = 0;
  for (const [, equals = ''] of text.matchAll(/[[\]](=*)[[\]]/g)) level = Math.max(level, equals.length + 1);
  return level;
};

const quote = (text: string): string => {
  const level = bracketLevel(text);
  if ((text.includes('\n') || level > 0) && !text.includes('\r')) {
    const equals = '='.repeat(level);
    return `[${equals}[${text.startsWith('\n') ? '\n' : ''}${text}]${equals}]`;
  }
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\\n');
  return `"${escaped.replaceAll('\r', '\\r').replaceAll('\0', '\\000')}"`;
};

const scalar = (value: unknown): string =>
  value === null ? '"userdata: NULL"' : typeof value === 'string' ? quote(value) : String(value);

const keyOf = (key: string): string => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(key) && !KEYWORDS.has(key) ? key : `[${quote(key)}]`);

interface Item {
  readonly key: string | undefined;
  readonly value: unknown;
}

/** A Lua table's list part first, then what comes after a hole by number, then names in order. */
const itemsOf = (value: object): Item[] => {
  if (!Array.isArray(value)) {
    return Object.keys(value).sort().map((key) => ({ key: keyOf(key), value: (value as Record<string, unknown>)[key] }));
  }
  const hole = value.findIndex((_, index) => !(index in value));
  return Object.keys(value).map((index) => ({
    key: hole >= 0 && Number(index) > hole ? `[${Number(index) + 1}]` : undefined,
    value: (value as unknown[])[Number(index)],
  }));
};

const write = (value: unknown, indent: string | undefined): string => {
  if (typeof value !== 'object' || value === null) return scalar(value);
  const inner = indent === undefined ? undefined : `${indent}  `;
  const items = itemsOf(value).map(({ key, value: item }) => {
    const text = write(item, inner);
    return key === undefined ? text : inner === undefined ? `${key}=${text}` : `${key} = ${text}`;
  });
  if (inner === undefined) return `{${items.join(',')}}`;
  return items.length === 0 ? '{\n' + `${indent}}` : `{\n${items.map((item) => inner + item).join(',\n')}\n${indent}}`;
};

/** A value as Penlight's `pretty.write(value, "")` writes it, on one line; Kong puts it into messages. */
export const prettyLine = (value: unknown): string => write(value, undefined);

/** The same over several lines, as `pretty.write(value)` does. */
export const prettyBlock = (value: unknown): string => write(value, '');
