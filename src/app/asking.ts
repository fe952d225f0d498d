const ASKING: ReadonlySet<string> = new Set(['plan', 'drift', 'apply', 'rollback', 'destroy', 'release', 'verify']);

/** True of a use case that asks servers: what it found depends on when, by whom and where it was asked. */
export const asksServers = (command: string): boolean => ASKING.has(command);
