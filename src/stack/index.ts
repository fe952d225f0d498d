import type { StackUpOptions } from './up.ts';
import type { StackInfo } from './types.ts';

export { stackDown } from './down.ts';
export { loadStackEnv, stackStatus } from './status.ts';
export type { StackInfo, StackPart, StackPorts, StackServer, StackStatus } from './types.ts';

/** See `up`: loaded when it is used, because every command asks this room for a running stack's addresses and few start one. */
export const stackUp = async (options: StackUpOptions): Promise<StackInfo> => (await import('./up.ts')).up(options);
