import type { Action } from './index.ts';

export const inventoryCommand: Action<object> = async ({ authctl, finish }, path) => finish(await authctl.inventory(path));
