import { decisionsOf, hasPolicy, servicesDecide } from '../../access/index.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { Problems } from '../../core/problem.ts';
import { bundleOf } from './bundle.ts';
import { opaCommand } from './command.ts';
import { opaAtHand } from '../../stack/opa/find.ts';

/**
 * Has `opa` judge the policy before anything is contacted. Throws `Problems` at the lines of the Rego. False without an `opa`: the servers
 * will judge it then.
 */
export const judgePolicy = async (env: NodeJS.ProcessEnv, blueprint: Blueprint): Promise<boolean> => {
  const { authorization, targets } = blueprint;
  const { policy } = authorization;
  if (!hasPolicy(blueprint) || policy === undefined) return true;
  const path = await opaAtHand({ env, given: targets.opa?.binary });
  if (path === undefined) return false;
  const { lintPolicy } = await import('./lint.ts');
  const at = blueprint.at('authorization.policy');
  const problems = await lintPolicy(opaCommand(path), { bundle: bundleOf(blueprint), decisions: decisionsOf(blueprint), service: servicesDecide(blueprint), directory: policy, at });
  if (problems.length > 0) throw new Problems(problems);
  return true;
};
