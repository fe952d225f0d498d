import type { Verdict } from '../core/report.ts';

/** Why a failure is borne, in a line that every format has. */
export const waiverWords = ({ reason, until }: NonNullable<Verdict['waiver']>): string => `waived${until === undefined ? '' : ` until ${until}`}: ${reason}`;

/** Neither a yes, nor a no that ends the run. */
export const isWaived = (verdict: Verdict): verdict is Verdict & { readonly waiver: NonNullable<Verdict['waiver']> } => verdict.waiver !== undefined;

/** What is not right, and nobody has said why. */
export const isBad = ({ status }: Verdict): boolean => status !== 'passed' && status !== 'skipped' && status !== 'waived';
