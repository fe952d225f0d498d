import type { Report } from '../core/report.ts';
import { expand } from '../patterns/index.ts';
import { judgePolicy } from '../providers/opa/judge.ts';
import type { BlueprintSource, Run } from './run.ts';
import { tellUntried } from './untried.ts';

export interface Validated {
  /** Objects that the blueprint asks for, those that are known only later included. */
  readonly objects: number;
  readonly targets: number;
  /** `false` where no `opa` was found: the servers will judge the policy then. */
  readonly policyJudged: boolean;
}

export const validate = async (run: Run, source: BlueprintSource): Promise<Report<Validated>> => {
  const blueprint = await run.load(source);
  tellUntried(run, blueprint);
  const { desired, deferred } = expand(blueprint);
  const policyJudged = await judgePolicy(run.env, blueprint);
  const targets = new Set(desired.map(({ kind }) => kind.split('.')[0])).size;
  return { command: 'validate', blueprint: blueprint.name, problems: [], data: { objects: desired.length + deferred.length, targets, policyJudged } };
};
