import { decodeJson, JsonError, type Json } from '../lua/cjson.ts';

/** Writes JSON as bytes, "/" plain, DEL escaped. */
export const encodeJson = (value: Json): string => {
  if (typeof value === 'string') {
    return `"${value.replace(/["\\\u0000-\u001f\u007f]/g, (char) =>
      (char === '\u007f' ? '\\u007f' : JSON.stringify(char).slice(1, -1)))}"`;
  }
  if (value instanceof Map) {
    const members = [...(value as ReadonlyMap<string, Json>)].map(([key, item]) => `${encodeJson(key)}:${encodeJson(item)}`);
    return `{${members.join(',')}}`;
  }
  if (Array.isArray(value)) return `[${value.map((item) => encodeJson(item as Json)).join(',')}]`;
  return JSON.stringify(value);
};

/** The members of a JSON object, to be changed; undefined when the text is no JSON object. */
export const readMembers = (text: string): Map<string, Json> | undefined => {
  try {
    const value = decodeJson(text);
    return value instanceof Map ? new Map(value as ReadonlyMap<string, Json>) : undefined;
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
};

/** What appending makes of a member: a list of both, or of the new value alone. */
export const appended = (before: Json | undefined, value: Json): Json => {
  if (typeof before === 'string') return [before, value];
  return Array.isArray(before) ? [...(before as readonly Json[]), value] : [value];
};
