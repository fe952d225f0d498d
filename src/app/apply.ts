import type { Blueprint } from '../blueprint/types.ts';
import { createEngine } from '../core/engine.ts';
import type { Plan, PlanOptions } from '../core/plan.ts';
import type { Access, Report } from '../core/report.ts';
import { connectProviders } from '../providers/index.ts';
import { judged } from './access-changes.ts';
import { takeLeftoversAway, withNotes } from './leftovers.ts';
import { openRunJournal } from './journal.ts';
import { deadLocks, locking } from './lock.ts';
import type { LockRequest } from './lock.ts';
import { mayWriteSomewhere } from './looking.ts';
import { openEngine } from './open-engine.ts';
import { openRest } from './resume.ts';
import type { BlueprintSource, Run } from './run.ts';
import { otherThan, readSavedPlan, refuseChanged, refuseOptions } from './saved-plan.ts';

/** What is about to be written, for whoever says yes or no. */
export interface Proposal {
  readonly blueprint: string;
  readonly plan: Plan;
  /** What it means for people; nothing is said of it for `destroy`. */
  readonly access?: Access;
}

export interface Approval {
  /** Asked once, when something would be written. `true` says yes to everything. */
  readonly approve: true | ((proposal: Proposal) => boolean | Promise<boolean>);
}
export interface ApplyRequest extends PlanOptions, Approval, LockRequest {
  /** Do what the last run of this blueprint planned and did not do, and nothing else. */
  readonly resume?: boolean;
}
export interface DestroyRequest extends Approval, LockRequest {}

/** What is asked for: a blueprint, a plan that was saved, or the rest of a run that did not end well. */
const openAsked = async (run: Run, source: BlueprintSource, { resume, ...options }: PlanOptions & { readonly resume?: boolean }) => {
  if (resume === true) return openRest(run, source, options);
  const saved = typeof source === 'string' ? await readSavedPlan(run.pathOf(source)) : undefined;
  if (saved === undefined) return { ...(await openEngine(run, source, NOTHING)), options, overlay: run.overlay };
  refuseOptions(saved, run.overlay, options);
  const { file, overlay } = saved.blueprint;
  const opened = await openEngine(run, file, NOTHING, async (path) => {
    const blueprint = await run.load(path, overlay);
    await refuseChanged(saved, blueprint);
    return blueprint;
  });
  return { ...opened, overlay, options: { ...saved.options, expected: otherThan(saved, opened.expansion) } };
};
export const NOTHING = 'nothing can be applied';

export const apply = async (run: Run, source: BlueprintSource, { approve, lockTimeout, ...asked }: ApplyRequest): Promise<Report> => {
  const journal = openRunJournal(run, 'apply');
  const { blueprint, engine, expansion, notes, options, overlay, providers } = await openAsked({ ...run, emit: journal.events }, source, asked);
  let access: Access | undefined;
  const report = await engine.apply({
    ...options,
    ...run.signal,
    lock: locking(run, providers, 'apply', { lockTimeout }),
    approve: async (plan) => {
      await journal.planned(plan, { blueprint: blueprint.name, file: blueprint.file, overlay, brings: { blueprint, expansion, options: { prune: options.prune === true, adopt: options.adopt === true } } });
      const means = await judged(blueprint, plan, run.env);
      ({ access } = means);
      return approve === true || approve({ blueprint: blueprint.name, ...means });
    },
  });
  const unlocked = await lockOfDead(run, blueprint, report);
  return journal.finish(withNotes(access ? { ...report, access } : report, [...notes, ...unlocked]));
};

/**
 * Whoever has nothing to do takes no lock, and would leave that of a run that is no more: one that was killed when all was done but to let go of it, or
 * could not. What is not to be had now ends by itself, and who may be under way is left in peace.
 */
const lockOfDead = async (run: Run, blueprint: Blueprint, { applied = [], problems }: Report): Promise<readonly string[]> =>
  applied.length > 0 || problems.length > 0 ? [] : (await deadLocks(run, blueprint)).gone;

/** A blueprint that asks for nothing, pruned: what carries our mark goes, realms and protected objects stay. */
export const destroy = async (run: Run, source: BlueprintSource, { approve, lockTimeout }: DestroyRequest): Promise<Report> => {
  const blueprint = await run.load(source);
  mayWriteSomewhere(blueprint, 'nothing can be destroyed');
  const { name } = blueprint;
  const notes = await takeLeftoversAway(run, blueprint);
  const providers = await connectProviders(blueprint, run.env);
  const journal = openRunJournal(run, 'destroy');
  const engine = createEngine(providers, { name, desired: [], deferred: [] }, journal.events);
  const report = await engine.apply({
    prune: true,
    everything: true,
    ...run.signal,
    lock: locking(run, providers, 'destroy', { lockTimeout }),
    approve: async (plan) => {
      await journal.planned(plan, { blueprint: name, file: blueprint.file, overlay: run.overlay });
      return approve === true || approve({ blueprint: name, plan });
    },
  });
  return journal.finish(withNotes({ ...report, command: 'destroy' }, notes));
};
