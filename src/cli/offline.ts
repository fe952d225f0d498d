import type { Blueprint } from '../blueprint/types.ts';
import type { Context } from './context.ts';

export const loadOffline = ({ authctl }: Context, path: string): Promise<Blueprint> => authctl.load(path, { offline: true });
