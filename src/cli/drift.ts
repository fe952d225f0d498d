import { withAccess } from './access.ts';
import { openEngine } from './engine.ts';
import type { Action } from './index.ts';

export const driftCommand: Action<object> = async (context, path) => {
  const { blueprint, engine } = await openEngine(context, path);
  return context.finish(await withAccess(blueprint, await engine.drift({}), context.env));
};
