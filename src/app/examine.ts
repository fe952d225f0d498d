import type { Blueprint } from '../blueprint/types.ts';
import type { Expansion } from '../core/plan.ts';
import { expand } from '../patterns/index.ts';
import { UNTRIED } from '../patterns/kong-enterprise.ts';
import { judgePolicy } from '../providers/opa/judge.ts';
import { requestLimitIn } from '../providers/request-limit.ts';
import type { BlueprintSource, Run } from './run.ts';

const KONNECT_UNTRIED = 'Konnect: its control plane is read by its documented API, and was never read on the real service';

/** Loads what targets are about to be asked about, and says what of it nobody has ever run. */
export const loadForTargets = async (run: Run, source: BlueprintSource, load: (source: BlueprintSource) => Promise<Blueprint> = run.load): Promise<Blueprint> => {
  const blueprint = await load(source);
  if (blueprint.targets.kong?.edition === 'enterprise') run.emit({ type: 'blueprint.untried', blueprint: blueprint.name, notice: UNTRIED });
  if (blueprint.targets.kong?.konnect) run.emit({ type: 'blueprint.untried', blueprint: blueprint.name, notice: KONNECT_UNTRIED });
  return blueprint;
};

/** With the policy that somebody else publishes, where it is not the blueprint's own: read once, and told by its revision. */
export const withPolicy = async (run: Run, blueprint: Blueprint): Promise<Blueprint> => {
  const { bundle } = blueprint.authorization;
  if (!bundle) return blueprint;
  const { withExisting } = await import('../providers/opa/existing.ts');
  const complete = await withExisting(blueprint, requestLimitIn(run.env));
  const { read } = complete.authorization;
  if (read) run.emit({ type: 'policy.read', bundle: bundle.name, revision: read.revision, pinned: bundle.revision !== undefined || bundle.digest !== undefined, digest: read.digest, held: bundle.digest !== undefined || Object.keys(bundle.keys).length > 0 });
  return complete;
};

interface Examined {
  readonly blueprint: Blueprint;
  readonly expansion: Expansion;
  /** `false` where no `opa` was found: the servers will judge the policy then. */
  readonly policyJudged: boolean;
}

/** Everything that can be found wrong with a blueprint and its policy before anything is contacted. */
export const examine = async (run: Run, source: BlueprintSource, load: (source: BlueprintSource) => Promise<Blueprint> = run.load): Promise<Examined> => {
  const loaded = await loadForTargets(run, source, load);
  // Whoever contacts nobody judges without it.
  const blueprint = load === run.loadOffline ? loaded : await withPolicy(run, loaded);
  const expansion = expand(blueprint);
  return { blueprint, expansion, policyJudged: await judgePolicy(run.env, blueprint) };
};
