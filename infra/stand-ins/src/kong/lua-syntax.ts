import { LuaFactory } from 'wasmoon';
import type { LuaSyntax } from './schema/functions.ts';

/** A compiler for Lua source and the way to be rid of it. */
interface LuaCompiler {
  readonly check: LuaSyntax;
  readonly close: () => void;
}

/** What is used of wasmoon's binding of the C API. */
interface LuaApi {
  readonly luaL_loadstring: (state: number, source: string) => number;
  readonly lua_tolstring: (state: number, index: number, length: null) => string;
  readonly lua_settop: (state: number, index: number) => void;
}

/** Compiles Lua source without running it, in a machine of its own; the words of a fault are brought to LuaJIT's. */
export const startLuaCompiler = async (): Promise<LuaCompiler> => {
  const engine = await new LuaFactory().createEngine();
  const { lua, address } = engine.global as unknown as { readonly lua: LuaApi; readonly address: number };
  return {
    check: (source) => {
      const status = lua.luaL_loadstring(address, source);
      const fault = status === 0 ? undefined : lua.lua_tolstring(address, -1, null);
      lua.lua_settop(address, -2);
      return fault?.replace(/near <(\w+)>$/, "near '<$1>'");
    },
    close: () => {
      engine.global.close();
    },
  };
};
