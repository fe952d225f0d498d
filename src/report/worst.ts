import type { Verdict, VerdictStatus } from '../core/report.ts';

const worstFirst = ['crashed', 'failed', 'inconclusive', 'waived', 'passed', 'skipped'] as const satisfies readonly VerdictStatus[];

/** Every check once, with its worst verdict. A check that was skipped somewhere and passed elsewhere has passed; one that is waived anywhere has not. */
export const worstOf = (verdicts: readonly Verdict[]): ReadonlyMap<string, VerdictStatus> => {
  const worst = new Map<string, VerdictStatus>();
  const rank = (status: VerdictStatus | undefined): number => (status === undefined ? worstFirst.length : worstFirst.indexOf(status));
  for (const { id, status } of verdicts) if (rank(status) < rank(worst.get(id))) worst.set(id, status);
  return worst;
};

export const countOf = (worst: ReadonlyMap<string, VerdictStatus>, status: VerdictStatus): number =>
  [...worst.values()].filter((found) => found === status).length;
