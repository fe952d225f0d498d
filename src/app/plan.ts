import type { PlanOptions } from '../core/plan.ts';
import type { Report } from '../core/report.ts';
import { withAccess } from './access-changes.ts';
import { withNotes } from './leftovers.ts';
import { openEngine } from './open-engine.ts';
import type { BlueprintSource, Run } from './run.ts';

export interface PlanRequest extends PlanOptions {
  /** A plan with changes is a no, and the report's exit code 2. */
  readonly exitCode?: boolean;
}

export const plan = async (run: Run, source: BlueprintSource, request: PlanRequest): Promise<Report> => {
  const { blueprint, engine, notes } = await openEngine(run, source);
  return withNotes(await withAccess(blueprint, await engine.plan(request), run.env), notes);
};

export const drift = async (run: Run, source: BlueprintSource): Promise<Report> => {
  const { blueprint, engine, notes } = await openEngine(run, source);
  return withNotes(await withAccess(blueprint, await engine.drift({}), run.env), notes);
};
