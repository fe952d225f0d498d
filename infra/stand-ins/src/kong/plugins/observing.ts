import type { PluginHandler } from './types.ts';

/**
 * Plugins that watch and change nothing of a request or an answer: without them in force nobody at the proxy could tell. What they would count
 * or send is left out. (kong/plugins/{prometheus,opentelemetry}/handler.lua)
 */
export const prometheus: PluginHandler = { name: 'prometheus', priority: 13 };
export const opentelemetry: PluginHandler = { name: 'opentelemetry', priority: 14 };
