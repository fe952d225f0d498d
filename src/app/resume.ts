import { resolve } from 'node:path';
import { oneLine } from '../core/one-line.ts';
import { Problem } from '../core/problem.ts';
import type { Plan, PlanOptions } from '../core/plan.ts';
import { beyondRest, bounded, differences, signatureOf } from '../core/saved-plan.ts';
import { lastRun, planFile } from './journal.ts';
import type { RunRecord } from './journal.ts';
import { openEngine } from './open-engine.ts';
import type { BlueprintSource, Run } from './run.ts';
import { changedSince, refuseOptions, savedPlanIn } from './saved-plan.ts';

const NEXT = 'nothing was written; "authctl apply" without --resume makes another plan, and asks for it';

/** The rest of the last run that wrote for a blueprint, as a plan that is refused as soon as it is another one. */
export const openRest = async (run: Run, source: BlueprintSource, options: PlanOptions) => {
  const { record, saved } = await restOf(run, source);
  refuseOptions(saved, run.overlay, options);
  const { overlay } = saved.blueprint;
  const opened = await openEngine(run, source, 'nothing can be applied', async (asked) => {
    const blueprint = await run.load(asked, overlay);
    for (const { what, hint } of await changedSince(saved, blueprint)) throw new Problem('RESUME_CHANGED', what, { hint: `${hint}; ${NEXT}` });
    return blueprint;
  });
  const done = new Set(record.results.flatMap(({ address, outcome }) => (outcome === 'done' ? [address] : [])));
  const expected = (plan: Plan): readonly Problem[] => {
    const now = signatureOf(opened.expansion, plan);
    const asked = differences(saved.asked, now.asked).map((what) => new Problem('RESUME_CHANGED', `what the blueprint asks for is not what it was: ${what}`, { hint: `set the environment as it was; ${NEXT}` }));
    // What is asked for otherwise is planned otherwise: it would be said twice.
    if (asked.length > 0) return bounded(asked);
    return bounded(beyondRest(saved, now, done).map((what) => new Problem('RESUME_MOVED', `this is not the rest of the run ${record.run}: ${what}`, { hint: NEXT })));
  };
  return { ...opened, overlay, options: { ...saved.options, expected } };
};

const restOf = async (run: Run, source: BlueprintSource) => {
  const file = run.pathOf(typeof source === 'string' ? source : source.file);
  const last = await lastRun(run.runs, (one) => resolve(run.pathOf(one.file)) === resolve(file) && one.overlay === run.overlay);
  const nothing = (why: string): Problem => new Problem('RESUME_NOTHING', oneLine(why), { hint: 'run "authctl apply": it makes a plan of what is missing; "authctl history" says what the runs did' });
  if (last === undefined) throw nothing(`no run of "${file}"${run.overlay === undefined ? '' : ` with --env ${run.overlay}`} is noted in ${run.runs.where}`);
  const why = notToResume(last);
  if (why !== undefined) throw nothing(`the last run of "${file}" (${last.run}) ${why}`);
  const plan = planFile(last.run);
  // Nobody has asked for it by name, and its fingerprint is one that anybody can work out.
  const place = await run.runs.inOtherHands(plan);
  if (place !== undefined) throw nothing(`the plan of the last run of "${file}" (${last.run}) is in the hands of others: "${place}" belongs to somebody else, or others may write to it`);
  const text = await run.runs.read(plan);
  const saved = text === undefined ? undefined : savedPlanIn(text, run.runs.pathOf(plan));
  if (saved === undefined) throw nothing(`of the last run of "${file}" (${last.run}) no plan is kept`);
  return { record: last, saved };
};

const notToResume = ({ command, state }: RunRecord): string | undefined => {
  if (state === 'done') return 'ended well: there is nothing to go on with';
  if (state === 'under way') return 'is under way';
  return command === 'apply' ? undefined : `was "authctl ${command}", which is run again to go on`;
};
