import type { LuaHost } from '../lua/host.ts';
import { jwt } from './jwt.ts';
import { requestTermination } from './request-termination.ts';
import type { PluginHandler } from './types.ts';

/** The plugins that come with Kong and that the embedded gateway runs, by name. What is not here, and not in Lua, refuses every request. */
export const bundledPlugins = (lua: LuaHost): ReadonlyMap<string, PluginHandler> => {
  const handlers = [jwt, requestTermination, lua.serverless('pre-function'), lua.serverless('post-function')];
  return new Map(handlers.map((handler) => [handler.name, handler]));
};
