import type { Blueprint } from '../blueprint/types.ts';
import { createEngine } from '../core/engine.ts';
import type { Engine } from '../core/engine.ts';
import type { Expansion } from '../core/plan.ts';
import type { Provider } from '../core/provider.ts';
import { opaMissing } from '../providers/opa/build.ts';
import { servicesDecide } from '../access/index.ts';
import { connectProviders } from '../providers/index.ts';
import { examine } from './examine.ts';
import { mayWriteSomewhere } from './looking.ts';
import { takeLeftoversAway } from './leftovers.ts';
import type { BlueprintSource, Run } from './run.ts';

interface Opened {
  readonly blueprint: Blueprint;
  readonly engine: Engine;
  readonly providers: readonly Provider[];
  /** What the blueprint asks for. */
  readonly expansion: Expansion;
  /** What was found of a run of verify that was killed. */
  readonly notes: readonly string[];
}

/**
 * From a path to an engine in hand: everything that can be wrong with the blueprint has been said before anything is contacted. `forWriting` says what
 * cannot be done where there is no target to write to.
 */
export const openEngine = async (run: Run, source: BlueprintSource, forWriting?: string, load?: (source: BlueprintSource) => Promise<Blueprint>): Promise<Opened> => {
  const { blueprint, expansion, policyJudged } = await examine(run, source, load);
  if (forWriting !== undefined) {
    mayWriteSomewhere(blueprint, forWriting);
    if (blueprint.authorization.bundle) (await import('../providers/opa/existing.ts')).refuseMoved(blueprint);
  }
  if (!policyJudged) {
    // Services decide by a module that only opa makes.
    if (servicesDecide(blueprint) && !blueprint.authorization.bundle) throw opaMissing();
    run.emit({ type: 'policy.unjudged', blueprint: blueprint.name });
  }
  const notes = await takeLeftoversAway(run, blueprint);
  const providers = await connectProviders(blueprint, run.env);
  return { blueprint, expansion, notes, providers, engine: createEngine(providers, expansion, run.emit) };
};
