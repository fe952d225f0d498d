import type { Blueprint } from '../blueprint/types.ts';
import { createEngine } from '../core/engine.ts';
import type { Engine } from '../core/engine.ts';
import { expand } from '../patterns/index.ts';
import { opaMissing } from '../providers/opa/build.ts';
import { servicesDecide } from '../access/decides.ts';
import { connectProviders } from '../providers/index.ts';
import { judgePolicy } from '../providers/opa/judge.ts';
import type { BlueprintSource, Run } from './run.ts';
import { tellUntried } from './untried.ts';

/** From a path to an engine in hand: everything that can be wrong with the blueprint has been said before anything is contacted. */
export const openEngine = async (run: Run, source: BlueprintSource): Promise<{ readonly blueprint: Blueprint; readonly engine: Engine }> => {
  const blueprint = await run.load(source);
  tellUntried(run, blueprint);
  const expansion = expand(blueprint);
  if (!(await judgePolicy(run.env, blueprint))) {
    // Services decide by a module that only opa makes.
    if (servicesDecide(blueprint)) throw opaMissing();
    run.emit({ type: 'policy.unjudged', blueprint: blueprint.name });
  }
  return { blueprint, engine: createEngine(await connectProviders(blueprint, run.env), expansion, run.emit) };
};
