import { anyTokenNotes } from '../explain/any-token.ts';
import { blockedIn } from '../core/engine.ts';
import { hasDrift } from '../core/plan.ts';
import type { PlanOptions } from '../core/plan.ts';
import type { Report } from '../core/report.ts';
import { withAccess } from './access-changes.ts';
import { lastWriting } from './history.ts';
import { withNotes } from './leftovers.ts';
import { openEngine } from './open-engine.ts';
import type { BlueprintSource, Run } from './run.ts';
import { savePlan } from './saved-plan.ts';

export interface PlanRequest extends PlanOptions {
  /** A plan with changes is a no, and the report's exit code 2. */
  readonly exitCode?: boolean;
  /** The file that the plan is written to, for `apply` to carry out exactly that. It holds no secret. */
  readonly out?: string;
}

export const plan = async (run: Run, source: BlueprintSource, { out, ...request }: PlanRequest): Promise<Report> => {
  const { blueprint, engine, expansion, notes } = await openEngine(run, source);
  const report = withNotes(await withAccess(blueprint, await engine.plan(request), run.env), [...anyTokenNotes(blueprint), ...notes]);
  if (out === undefined || report.plan === undefined) return report;
  // What apply would not begin is no plan to keep.
  const blocked = blockedIn(report.plan);
  const problems = [...report.problems, ...blocked.filter((problem) => !report.problems.includes(problem))];
  if (problems.length > 0) return withNotes({ ...report, problems }, ['no plan was saved: it could not be applied']);
  await savePlan(run.pathOf(out), { blueprint, overlay: run.overlay, expansion, plan: report.plan, options: request });
  return withNotes(report, [`saved to ${out}; to do exactly this: authctl apply ${out}`]);
};

export const drift = async (run: Run, source: BlueprintSource): Promise<Report> => {
  const { blueprint, engine, notes } = await openEngine(run, source);
  const report = withNotes(await withAccess(blueprint, await engine.drift({}), run.env), [...anyTokenNotes(blueprint), ...notes]);
  const since = report.plan !== undefined && hasDrift(report.plan) ? await lastWriting(run, blueprint.name) : undefined;
  return since === undefined ? report : { ...report, notes: [...(report.notes ?? []), since] };
};
