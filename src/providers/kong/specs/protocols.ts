const OF_STREAMS: ReadonlySet<string> = new Set(['tcp', 'tls', 'tls_passthrough', 'udp']);

/**
 * Whether a plugin with these protocols runs for requests. Kong looks at nothing but whether one of them is of HTTP, gRPC among it: a plugin for `http` alone runs
 * for calls of gRPC, too. (should_process_plugin, kong/runloop/plugins_iterator.lua; seen on a genuine 3.9.3)
 */
export const runsForHttp = (protocols: readonly string[]): boolean => protocols.length === 0 || protocols.some((one) => !OF_STREAMS.has(one));
