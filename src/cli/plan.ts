import { withAccess } from './access.ts';
import { openEngine } from './engine.ts';
import type { Action } from './index.ts';

export const planCommand: Action<{ exitCode?: boolean; prune?: boolean; adopt?: boolean }> = async (context, path, options) => {
  const { blueprint, engine } = await openEngine(context, path);
  return context.finish(await withAccess(blueprint, await engine.plan(options), context.env));
};
