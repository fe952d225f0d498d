import type { Position, Problem } from './problem.ts';

/**
 * `crashed`: a 5xx, which is not a refusal. `inconclusive`: the control did not pass, so nothing is known. `waived`: it failed or crashed, and the
 * blueprint says why that is borne.
 */
export type VerdictStatus = 'passed' | 'failed' | 'crashed' | 'inconclusive' | 'waived' | 'skipped';

/** What a choice of the blueprint costs: nothing is wrong, and whoever reads the report should know. */
export interface Limit {
  readonly what: string;
  readonly hint: string;
  /** The line that makes the choice. */
  readonly origin: Position;
}

export type ApplyOutcome = 'done' | 'failed' | 'skipped';
export interface ApplyResult {
  readonly address: string;
  readonly action: string;
  readonly outcome: ApplyOutcome;
  readonly problem?: Problem;
  readonly milliseconds: number;
}
