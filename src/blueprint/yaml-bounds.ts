/** How deep a blueprint may be nested: a file that goes deeper tries to be large. */
export const MAX_DEPTH = 64;
/** Names that mean something else to JavaScript objects. */
export const FORBIDDEN_KEYS: readonly string[] = ['__proto__', 'constructor', 'prototype'];
