import type { Blueprint } from '../blueprint/types.ts';
import { createEngine } from '../core/engine.ts';
import type { Engine } from '../core/engine.ts';
import { expand } from '../patterns/index.ts';
import { connectProviders } from '../wire.ts';
import type { Context } from './context.ts';

/** From a path to an engine in hand: everything that can be wrong with the blueprint has been said before anything is contacted. */
export const openEngine = async (context: Context, path: string): Promise<{ blueprint: Blueprint; engine: Engine }> => {
  const blueprint = await context.load(path);
  const expansion = expand(blueprint);
  return { blueprint, engine: createEngine(await connectProviders(blueprint), expansion) };
};
