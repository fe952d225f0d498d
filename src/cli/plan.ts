import type { Action } from './index.ts';

export const planCommand: Action<{ exitCode?: boolean; prune?: boolean; adopt?: boolean; out?: string }> = async ({ authctl, finish }, path, options) =>
  finish(await authctl.plan(path, options));
