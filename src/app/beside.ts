import type { Blueprint } from '../blueprint/types.ts';
import { oneLine } from '../core/one-line.ts';
import { readState } from './good-state.ts';
import { readRuns } from './journal.ts';
import type { RunRecord } from './journal.ts';
import type { Run } from './run.ts';
import { printsOfTargets } from './saved-plan.ts';

/**
 * The mark of a blueprint is its name: what was written for it from another file, or for another environment, may be on the same servers. It is not, where it
 * is known that none of the addresses are these. In words; nothing where no run has.
 */
export const besideSince = async (run: Run, blueprint: Blueprint, last: RunRecord): Promise<string | undefined> => {
  const noted = await readRuns(run.runs);
  const here = Object.entries(printsOfTargets(blueprint)).filter(([path]) => ADDRESS.test(path));
  for (const one of noted.slice(0, noted.findIndex((record) => record.run === last.run))) {
    if (one.blueprint !== blueprint.name) continue;
    const state = one.kept === undefined ? undefined : await readState(run.runs, one.run).catch(() => undefined);
    if (state === undefined || here.some(([path, print]) => state.targets[path] === print)) return oneLine(`the ${one.command} ${one.run} of "${one.file}"${one.overlay === undefined ? '' : ` with --env ${one.overlay}`} has written for a blueprint of this name since`);
  }
  return undefined;
};
const ADDRESS = /(^|\.)(url|region|endpoint)$/;
