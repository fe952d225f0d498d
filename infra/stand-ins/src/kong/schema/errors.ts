/** Messages of `kong/db/schema/init.lua`, by the name of the check. */
export const REQUIRED = 'required field missing';
export const UNKNOWN = 'unknown field';
export const MISSING_KEY = 'missing primary key';

export const quotedList = (words: readonly (string | readonly string[])[]): string =>
  words.map((word) => (typeof word === 'string' ? `'${word}'` : `(${quotedList(word)})`)).join(', ');

/** `tostring` of a Lua value in a message. */
export const luaText = (value: unknown): string => (value === null ? 'null' : String(value));

export const isTable = (value: unknown): value is Record<string, unknown> | unknown[] => typeof value === 'object' && value !== null;

export const isObject = (value: unknown): value is Record<string, unknown> => isTable(value) && !Array.isArray(value);

/** JSON's `{}` and `[]` are one empty table to Kong, so an empty object passes as a list. */
export const isSequence = (value: unknown): boolean => Array.isArray(value) || (isObject(value) && Object.keys(value).length === 0);

export const isNonEmpty = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && !(isTable(value) && Object.keys(value).length === 0);

/** A field of a nested table by a path such as `config.redis.host`. */
export const getPath = (table: unknown, path: string): unknown => {
  let current: unknown = table;
  for (const part of path.split('.')) {
    if (!isTable(current)) return undefined;
    current = (current as Record<string, unknown>)[part];
  }
  return current;
};

/** Sets a field of a nested table; what stands in the way and is not a table is replaced. */
export const setPath = (table: Record<string, unknown>, path: string, value: unknown): void => {
  const parts = path.split('.');
  const last = parts.pop() ?? '';
  let current = table;
  for (const part of parts) {
    if (!isObject(current[part])) current[part] = {};
    current = current[part] as Record<string, unknown>;
  }
  current[last] = value;
};
