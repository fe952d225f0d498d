import type { Action } from './index.ts';

export const driftCommand: Action<object> = async ({ authctl, finish }, path) => finish(await authctl.drift(path));
