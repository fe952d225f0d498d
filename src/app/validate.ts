import type { Blueprint } from '../blueprint/types.ts';
import type { Report } from '../core/report.ts';
import { addressesOf } from '../explain/addresses.ts';
import { anyTokenNotes } from '../explain/any-token.ts';
import { examine } from './examine.ts';
import type { BlueprintSource, Run } from './run.ts';

export interface Validated {
  /** Objects that the blueprint asks for, those that are known only later included. */
  readonly objects: number;
  readonly targets: number;
  /** `false` where no `opa` was found: the servers will judge the policy then. */
  readonly policyJudged: boolean;
}

export const validate = async (run: Run, source: BlueprintSource): Promise<Report<Validated>> => {
  const { blueprint, expansion, policyJudged } = await examine(run, source, run.loadOffline);
  const { desired, deferred } = expansion;
  const targets = new Set(desired.map(({ kind }) => kind.split('.')[0])).size;
  const notes = [...addressesOf(blueprint), ...anyTokenNotes(blueprint), ...lackingNotes(blueprint)];
  return { command: 'validate', blueprint: blueprint.name, problems: [], ...(notes.length > 0 && { notes }), data: { objects: desired.length + deferred.length, targets, policyJudged } };
};

/** What a target will be asked with, and nobody has handed over: no fault of the blueprint's, and not silent. */
const lackingNotes = ({ lacking }: Blueprint): readonly string[] => {
  const names = [...new Set(lacking.map(({ reference }) => reference))];
  return names.length === 0 ? [] : [`not set here, and asked for by what contacts a target: ${names.join(', ')}`];
};
