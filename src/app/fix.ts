import { loadBlueprint } from '../blueprint/index.ts';
import type { Blueprint } from '../blueprint/types.ts';
import { oneLine } from '../core/one-line.ts';
import { Problem } from '../core/problem.ts';
import { hasDrift } from '../core/plan.ts';
import type { Report } from '../core/report.ts';
import type { Approval } from './apply.ts';
import { besideSince } from './beside.ts';
import type { LockRequest } from './lock.ts';
import { refuseOpening } from './opening.ts';
import type { OpeningWords } from './opening.ts';
import { broughtBack, runsOf } from './rollback.ts';
import type { Run } from './run.ts';

export type FixRequest = Approval & LockRequest;

/**
 * Puts back what has drifted since the last run that was noted, and nothing else: what the file asks for by now and was never applied is no drift. It
 * lets nobody in, takes over nothing and deletes nothing; the answer is no while something is left that drift would tell of.
 */
export const fix = async (run: Run, path: string, { approve, lockTimeout }: FixRequest): Promise<Report> => {
  const [last] = await runsOf(run, path);
  if (last?.kept === undefined)
    throw new Problem('FIX_NOWHERE', last === undefined ? `no run is noted in ${run.runs.where} that brought this blueprint into force` : `the last run of this blueprint (${last.command}, ${last.run}) left nothing that could be put back`, {
      expected: 'a run of apply that wrote, ended well and is noted there',
      hint: last === undefined ? 'apply it, and keep what is noted from run to run (AUTHCTL_STATE_DIR, or AUTHCTL_JOURNAL for a bucket)' : 'end it first: authctl apply --resume, or authctl rollback',
    });
  const report = await broughtBack(run, path, last, {
    command: 'drift --fix', to: last.to ?? last.run, nothing: 'nothing can be fixed', plan: { prune: false, adopt: false, keepRenamed: true }, lockTimeout, words: 'what has moved since',
    refuse: async (blueprint) => {
      const other = (await besideSince(run, blueprint, last)) ?? (await renamed(run, path, blueprint));
      if (other !== undefined) throw new Problem('FIX_NOWHERE', `what is in force now is not known: ${other}`, { expected: 'a run of this blueprint that is the last one on its targets', hint: 'apply it' });
    },
    approve: async (proposal, loose) => {
      // What leads elsewhere is to lead where it did: that is what a fix is for.
      refuseOpening(OPENS, proposal.access, loose.filter(({ both }) => !both).map(({ address }) => address));
      return approve === true || approve(proposal);
    },
  });
  const left = report.plan !== undefined && hasDrift({ ...report.plan, waves: [], removals: [] });
  return left ? { ...report, negative: true } : report;
};

/** The history knows a file by its path, and by now another blueprint may stand there. What cannot be read says nothing. */
const renamed = async (run: Run, path: string, { name }: Blueprint): Promise<string | undefined> => {
  const now = await loadBlueprint(run.pathOf(path), { overlay: run.overlay, env: {}, placeholders: true }).catch(() => undefined);
  return now === undefined || now.name === name ? undefined : oneLine(`the last run that is noted under "${run.pathOf(path)}" was of the blueprint ${name}, and ${now.name} stands there`);
};

/** Whom a hand has shut out is let in again by somebody who has seen whom: apply. */
const OPENS: OpeningWords = {
  code: 'FIX_OPENS',
  hint: 'nothing was written; authctl plan shows them all, and authctl apply asks',
  cells: (cells, first) => `what has drifted shuts people out, and a fix would let them in again: ${cells}, ${first}`,
  loose: (which) => `what has drifted is less open than it was, and a fix would open it again: ${which}`,
  unknown: (why) => `whether a fix would let somebody in is not known: ${why}`,
};
