import type { Blueprint } from '../blueprint/types.ts';
import { createEngine } from '../core/engine.ts';
import type { Engine } from '../core/engine.ts';
import { expand } from '../patterns/index.ts';
import { opaMissing } from '../providers/opa/build.ts';
import { hasModules } from '../providers/opa/bundle.ts';
import { connectProviders } from '../providers/index.ts';
import type { Context } from './context.ts';
import { NOT_JUDGED, judgePolicy } from './judge-policy.ts';
import { sayUntried } from './untried.ts';

/** From a path to an engine in hand: everything that can be wrong with the blueprint has been said before anything is contacted. */
export const openEngine = async (context: Context, path: string): Promise<{ blueprint: Blueprint; engine: Engine }> => {
  const blueprint = await context.load(path);
  sayUntried(context, blueprint);
  const expansion = expand(blueprint);
  if (!(await judgePolicy(context, blueprint))) {
    // Services decide by a module that only opa makes.
    if (hasModules(blueprint)) throw opaMissing();
    context.terminal.say(context.terminal.err.faint(NOT_JUDGED));
  }
  return { blueprint, engine: createEngine(await connectProviders(blueprint), expansion) };
};
