import type { LuaHost } from '../lua/host.ts';
import type { CommunityPlugin } from '../community/types.ts';
import { acl } from './acl.ts';
import { correlationId } from './correlation-id.ts';
import { cors } from './cors.ts';
import { httpLog } from './http-log.ts';
import { jwt } from './jwt.ts';
import { keyAuth } from './key-auth.ts';
import { opentelemetry, prometheus } from './observing.ts';
import { rateLimiting } from './rate-limiting.ts';
import { requestTermination } from './request-termination.ts';
import { requestTransformer } from './request-transformer.ts';
import { responseTransformer } from './response-transformer.ts';
import { ipRestriction, requestSizeLimiting } from './limits.ts';
import type { PluginHandler } from './types.ts';

/** The plugins that come with Kong, and those of the community that it is started with, by name. What is not here, and not in Lua, refuses every request. */
export const nativePlugins = (lua: LuaHost, community: readonly CommunityPlugin[]): ReadonlyMap<string, PluginHandler> => {
  const handlers: readonly PluginHandler[] = [
    acl(lua), correlationId(), cors, httpLog, ipRestriction, jwt, keyAuth, opentelemetry, prometheus, rateLimiting(), requestSizeLimiting, requestTermination,
    requestTransformer, responseTransformer, lua.serverless('pre-function'), lua.serverless('post-function'),
    ...community.map(({ handler }) => handler),
  ];
  return new Map(handlers.map((handler) => [handler.name, handler]));
};
