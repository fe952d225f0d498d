/**
 * Header fields in order, as sent: names keep their case, values are byte strings (one character per byte). Looked up without
 * regard to case.
 */
export interface HeaderList {
  readonly get: (name: string) => string | undefined;
  readonly all: (name: string) => readonly string[];
  readonly has: (name: string) => boolean;
  /** Puts one value (or several) where the first field of that name stands, which keeps its spelling, as in nginx; or at the end. */
  readonly set: (name: string, value: string | readonly string[]) => void;
  readonly add: (name: string, value: string) => void;
  readonly remove: (name: string) => void;
  readonly entries: () => readonly (readonly [name: string, value: string])[];
}

export type Field = readonly [name: string, value: string];

export const headerList = (initial: readonly Field[] = []): HeaderList => {
  let fields: Field[] = [...initial];
  const is = (wanted: string) => {
    const lower = wanted.toLowerCase();
    return ([name]: Field): boolean => name.length === lower.length && name.toLowerCase() === lower;
  };
  return {
    get: (name) => fields.find(is(name))?.[1],
    all: (name) => fields.filter(is(name)).map(([, value]) => value),
    has: (name) => fields.some(is(name)),
    set: (name, value) => {
      const wanted = is(name);
      const at = fields.findIndex(wanted);
      const spelling = fields[at]?.[0] ?? name;
      const fresh = (typeof value === 'string' ? [value] : value).map((one): Field => [spelling, one]);
      if (at === -1) fields.push(...fresh);
      else fields = [...fields.slice(0, at), ...fresh, ...fields.slice(at).filter((field) => !wanted(field))];
    },
    add: (name, value) => { fields.push([name, value]); },
    remove: (name) => {
      const wanted = is(name);
      fields = fields.filter((field) => !wanted(field));
    },
    entries: () => fields,
  };
};

/** Node's flat list (name, value, name, value) as pairs. */
export const pairsOf = (raw: readonly string[]): Field[] => {
  const pairs: Field[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) pairs.push([raw[at] ?? '', raw[at + 1] ?? '']);
  return pairs;
};

/** The elements of a comma-separated field, trimmed and in lower case. */
export const listOf = (value: string | undefined): string[] =>
  (value ?? '').split(',').map((part) => part.trim().toLowerCase()).filter((part) => part !== '');
