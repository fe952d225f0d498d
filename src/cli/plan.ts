import { openEngine } from './engine.ts';
import type { Action } from './index.ts';

export const planCommand: Action<{ exitCode?: boolean; prune?: boolean; adopt?: boolean }> = async (context, path, options) => {
  const { engine } = await openEngine(context, path);
  return context.finish(await engine.plan(options));
};
