import { LuaFactory } from 'wasmoon';

/**
 * What crosses between Lua and JavaScript. A `string` is a byte string: one character per byte (latin1), whatever the bytes
 * mean. `null` is `ngx.null`, `undefined` is nil. A table comes out as an array when its keys are 1..n, and as a `Map`
 * otherwise; both go in, as do plain objects.
 */
export type LuaValue =
  | undefined | null | boolean | number | string
  | readonly LuaValue[] | ReadonlyMap<LuaKey, LuaValue> | { readonly [key: string]: LuaValue };
export type LuaKey = string | number | boolean;

/**
 * A function that Lua may call: arguments in, results out. It must not throw for what a plugin does wrong; a throw is kept in `takeFault`.
 */
export type HostFunction = (args: readonly LuaValue[]) => readonly LuaValue[];

/**
 * One Lua state. Not safe to share between gateways: an accidental global in a plugin is seen by every request of this state,
 * as in a Kong worker.
 */
export interface LuaMachine {
  /** Runs a chunk; its first result, when it is a function, is kept and may be called by `call(name, ...)`. Throws what Lua raised. */
  readonly run: (name: string, source: string) => void;
  /** Calls a kept function. Throws an `Error` with Lua's message and traceback. */
  readonly call: (name: string, args: readonly LuaValue[]) => LuaValue[];
  /** The error a host function threw since the last call, or undefined. */
  readonly takeFault: () => unknown;
  readonly close: () => void;
}

/** The C interface, by numbers: wasmoon's own wrappers decode strings as UTF-8, which mangles bytes. */
interface Raw {
  readonly HEAPU8: Uint8Array;
  readonly HEAPU32: Uint32Array;
  readonly addFunction: (fn: (state: number) => number, signature: string) => number;
  readonly _malloc: (size: number) => number;
  readonly _free: (pointer: number) => void;
  readonly _lua_gettop: (state: number) => number;
  readonly _lua_settop: (state: number, index: number) => void;
  readonly _lua_type: (state: number, index: number) => number;
  readonly _lua_toboolean: (state: number, index: number) => number;
  readonly _lua_tonumberx: (state: number, index: number, isNumber: number) => number;
  readonly _lua_tolstring: (state: number, index: number, length: number) => number;
  readonly _lua_next: (state: number, index: number) => number;
  readonly _lua_checkstack: (state: number, slots: number) => number;
  readonly _lua_pushnil: (state: number) => void;
  readonly _lua_pushboolean: (state: number, value: number) => void;
  readonly _lua_pushnumber: (state: number, value: number) => void;
  readonly _lua_pushinteger: (state: number, value: bigint) => void;
  readonly _lua_pushlstring: (state: number, pointer: number, length: number) => number;
  readonly _lua_pushlightuserdata: (state: number, pointer: number) => void;
  readonly _lua_pushcclosure: (state: number, fn: number, upvalues: number) => void;
  readonly _lua_createtable: (state: number, list: number, record: number) => void;
  readonly _lua_rawset: (state: number, index: number) => void;
  readonly _lua_rawseti: (state: number, index: number, n: bigint) => void;
  readonly _lua_rawgeti: (state: number, index: number, n: bigint) => number;
  readonly _luaL_ref: (state: number, table: number) => number;
  readonly _luaL_loadbufferx: (state: number, source: number, size: number, name: number, mode: number) => number;
  readonly _lua_pcallk: (state: number, args: number, results: number, handler: number, context: number, next: number) => number;
}

const registry = -1_000_000 - 1000;
const multipleResults = -1;
const types = { nil: 0, boolean: 1, lightUserdata: 2, number: 3, string: 4, table: 5, fn: 6 } as const;
const deepest = 1100;

/**
 * Starts Lua 5.4 with the libraries a Kong worker has. `host` is seen by the chunks as the global `__host(name, ...)`, which the first
 * chunk should take away. Each chunk given to `run` may return one function.
 */
export const startMachine = async (host: Readonly<Record<string, HostFunction>>): Promise<LuaMachine> => {
  const wasm = await new LuaFactory().getLuaModule();
  const raw = wasm.module as unknown as Raw;
  const main = wasm.luaL_newstate();
  wasm.luaL_openlibs(main);
  const kept = new Map<string, number>();
  const lengthSlot = raw._malloc(4);
  let scratch = raw._malloc(4096);
  let scratchSize = 4096;
  let fault: unknown;

  const withBytes = <T>(text: string, use: (pointer: number) => T): T => {
    if (text.length + 1 > scratchSize) {
      raw._free(scratch);
      scratchSize = (text.length + 1) * 2;
      scratch = raw._malloc(scratchSize);
    }
    const heap = raw.HEAPU8;
    for (let i = 0; i < text.length; i += 1) heap[scratch + i] = text.charCodeAt(i);
    heap[scratch + text.length] = 0;
    return use(scratch);
  };
  const pushString = (state: number, text: string): void => {
    withBytes(text, (pointer) => raw._lua_pushlstring(state, pointer, text.length));
  };
  const push = (state: number, value: LuaValue, depth = 0): void => {
    if (value === undefined) { raw._lua_pushnil(state); return; }
    if (value === null) { raw._lua_pushlightuserdata(state, 0); return; }
    if (typeof value === 'string') { pushString(state, value); return; }
    if (typeof value === 'boolean') { raw._lua_pushboolean(state, value ? 1 : 0); return; }
    if (typeof value === 'number') {
      // A whole float prints as "5.0" in Lua 5.4, and as "5" in LuaJIT: whole numbers go in as integers.
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) raw._lua_pushinteger(state, BigInt(value));
      else raw._lua_pushnumber(state, value);
      return;
    }
    if (depth > deepest) throw new Error('a value nests too deeply for Lua');
    raw._lua_checkstack(state, 8);
    if (Array.isArray(value)) {
      const list = value as readonly LuaValue[];
      raw._lua_createtable(state, list.length, 0);
      list.forEach((item, at) => {
        push(state, item, depth + 1);
        raw._lua_rawseti(state, -2, BigInt(at + 1));
      });
      return;
    }
    raw._lua_createtable(state, 0, 0);
    const entries = value instanceof Map ? (value as ReadonlyMap<LuaKey, LuaValue>).entries() : Object.entries(value);
    for (const [key, item] of entries) {
      if (item === undefined) continue;
      push(state, key, depth + 1);
      push(state, item, depth + 1);
      raw._lua_rawset(state, -3);
    }
  };
  const readString = (state: number, index: number): string => {
    const pointer = raw._lua_tolstring(state, index, lengthSlot);
    if (pointer === 0) return '(an error value that is not a string)';
    const length = raw.HEAPU32[lengthSlot >> 2] ?? 0;
    return Buffer.from(raw.HEAPU8.buffer, pointer, length).toString('latin1');
  };
  const pull = (state: number, index: number, depth = 0): LuaValue => {
    switch (raw._lua_type(state, index)) {
      case types.nil: return undefined;
      case types.boolean: return raw._lua_toboolean(state, index) !== 0;
      case types.lightUserdata: return null;
      case types.number: return raw._lua_tonumberx(state, index, 0);
      case types.string: return readString(state, index);
      case types.table: break;
      default: return undefined;
    }
    if (depth > deepest) throw new Error('a Lua table nests too deeply');
    raw._lua_checkstack(state, 8);
    const table = index < 0 ? raw._lua_gettop(state) + index + 1 : index;
    const entries = new Map<LuaKey, LuaValue>();
    raw._lua_pushnil(state);
    while (raw._lua_next(state, table) !== 0) {
      const key = pull(state, -2, depth + 1);
      if (typeof key === 'string' || typeof key === 'number' || typeof key === 'boolean') entries.set(key, pull(state, -1, depth + 1));
      raw._lua_settop(state, -2);
    }
    const list: LuaValue[] = [];
    for (let at = 1; at <= entries.size; at += 1) {
      if (!entries.has(at)) return entries;
      list.push(entries.get(at));
    }
    return entries.size > 0 ? list : entries;
  };

  const dispatch = raw.addFunction((state) => {
    const count = raw._lua_gettop(state);
    const args: LuaValue[] = [];
    try {
      for (let at = 2; at <= count; at += 1) args.push(pull(state, at));
      const name = readString(state, 1);
      const fn = host[name];
      if (fn === undefined) throw new Error(`Lua asked for "${name}", which the host does not have`);
      const results = fn(args);
      raw._lua_checkstack(state, results.length + 8);
      for (const result of results) push(state, result);
      return results.length;
    } catch (error) {
      fault ??= error;
      raw._lua_settop(state, 0);
      return 0;
    }
  }, 'ii');
  raw._lua_pushcclosure(main, dispatch, 0);
  wasm.lua_setglobal(main, '__host');

  const raise = (): never => {
    const message = readString(main, -1);
    raw._lua_settop(main, 0);
    throw new Error(message);
  };
  const keep = (name: string): void => {
    kept.set(name, raw._luaL_ref(main, registry));
  };
  return {
    run: (name, source) => {
      raw._lua_settop(main, 0);
      // Two strings at once, so not through the shared scratch.
      const bytes = Buffer.from(source, 'latin1');
      const body = raw._malloc(bytes.length + 1);
      raw.HEAPU8.set(bytes, body);
      const status = withBytes(`=${name}\0t\0`, (pointer) =>
        raw._luaL_loadbufferx(main, body, bytes.length, pointer, pointer + name.length + 2));
      raw._free(body);
      if (status !== 0) raise();
      if (raw._lua_pcallk(main, 0, 1, 0, 0, 0) !== 0) raise();
      if (raw._lua_type(main, -1) === types.fn) keep(name);
      raw._lua_settop(main, 0);
    },
    call: (name, args) => {
      const ref = kept.get(name);
      if (ref === undefined) throw new Error(`no Lua function is kept under "${name}"`);
      const base = raw._lua_gettop(main);
      raw._lua_checkstack(main, args.length + 8);
      raw._lua_rawgeti(main, registry, BigInt(ref));
      for (const arg of args) push(main, arg);
      if (raw._lua_pcallk(main, args.length, multipleResults, 0, 0, 0) !== 0) {
        const message = readString(main, -1);
        raw._lua_settop(main, base);
        throw new Error(message);
      }
      const results: LuaValue[] = [];
      for (let at = base + 1; at <= raw._lua_gettop(main); at += 1) results.push(pull(main, at));
      raw._lua_settop(main, base);
      return results;
    },
    takeFault: () => {
      const seen = fault;
      fault = undefined;
      return seen;
    },
    close: () => { wasm.lua_close(main); },
  };
};
