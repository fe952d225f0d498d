import { bytes, textOf } from '../proxy/text.ts';
import type { LuaValue } from './machine.ts';

/**
 * A value from the store as Lua sees it: text as bytes, and null as nil, which is how Kong gives entities and configurations to plugins.
 */
export const toLua = (value: unknown): LuaValue => {
  if (typeof value === 'string') return bytes(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(toLua);
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [typeof key === 'string' ? bytes(key) : (key as number), toLua(item)]));
  }
  if (typeof value === 'object' && value !== null) {
    const there = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
    return new Map(there.map(([key, item]) => [bytes(key), toLua(item)]));
  }
  return undefined;
};

/** A Lua value as plain data: byte strings read as UTF-8, tables as arrays or objects, an empty table as an empty object. */
export const fromLua = (value: LuaValue): unknown => {
  if (typeof value === 'string') return textOf(value);
  if (Array.isArray(value)) return value.map((item) => fromLua(item as LuaValue));
  if (value instanceof Map) {
    const name = (key: unknown): string => (typeof key === 'string' ? textOf(key) : String(key));
    return Object.fromEntries([...value].map(([key, item]) => [name(key), fromLua(item as LuaValue)]));
  }
  return value;
};

/** The strings in an argument that Lua gave as one value or as a list. */
export const stringsOf = (value: LuaValue): string[] =>
  (typeof value === 'string' ? [value] : Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []);

export const textArg = (value: LuaValue): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');
export const numberArg = (value: LuaValue, otherwise = 0): number => (typeof value === 'number' ? value : otherwise);
