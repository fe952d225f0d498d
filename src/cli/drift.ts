import { openEngine } from './engine.ts';
import type { Action } from './index.ts';

export const driftCommand: Action<object> = async (context, path) => {
  const { engine } = await openEngine(context, path);
  return context.finish(await engine.drift({}));
};
