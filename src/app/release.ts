import { createEngine } from '../core/engine.ts';
import { Problem } from '../core/problem.ts';
import type { Report } from '../core/report.ts';
import { connectProviders } from '../providers/index.ts';
import type { Approval } from './apply.ts';
import { takeLeftoversAway, withNotes } from './leftovers.ts';
import { openRunJournal } from './journal.ts';
import { locking } from './lock.ts';
import type { LockRequest } from './lock.ts';
import { mayWriteSomewhere } from './looking.ts';
import type { BlueprintSource, Run } from './run.ts';

export interface ReleaseRequest extends Approval, LockRequest {
  /** Addresses, in which `*` stands for any text; everything of the blueprint when none is named. */
  readonly only?: readonly string[];
}

/** Takes our mark off live objects, and changes nothing else: from then on they are nobody's. */
export const release = async (run: Run, source: BlueprintSource, { approve, only, lockTimeout }: ReleaseRequest): Promise<Report> => {
  const blueprint = await run.load(source);
  mayWriteSomewhere(blueprint, 'nothing can be released');
  const { name } = blueprint;
  const notes = await takeLeftoversAway(run, blueprint);
  const providers = await connectProviders(blueprint, run.env);
  const journal = openRunJournal(run, 'release');
  const engine = createEngine(providers, { name, desired: [], deferred: [] }, journal.events);
  const report = await engine.apply({
    release: only ?? ['*'],
    ...run.signal,
    lock: locking(run, providers, 'release', { lockTimeout }),
    approve: async (plan) => {
      await journal.planned(plan, { blueprint: name, file: blueprint.file, overlay: run.overlay });
      return approve === true || approve({ blueprint: name, plan });
    },
  });
  const unmatched = only !== undefined && report.problems.length === 0 && report.plan?.removals.length === 0;
  return journal.finish(withNotes({ ...report, command: 'release', ...(unmatched && { problems: [nothingLike(only, name)] }) }, notes));
};

const nothingLike = (only: readonly string[], name: string): Problem =>
  new Problem('RELEASE_UNMATCHED', `nothing that carries the mark of "${name}" is called ${only.join(' or ')}`, {
    hint: 'an address is what plan and drift show; an authorizer, integration, route or stage of API Gateway goes with its API',
  });
