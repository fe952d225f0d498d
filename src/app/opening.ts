import { Problem } from '../core/problem.ts';
import type { Access } from '../core/report.ts';
import type { Address } from '../core/resource.ts';
import type { ProblemCode } from '../problems/index.ts';

/** How it is said that a plan would open something. */
export interface OpeningWords {
  readonly code: ProblemCode;
  readonly hint: string;
  /** Of cells of the matrix: `2 cells of the access matrix`, and which is the first. */
  readonly cells: (cells: string, first: string) => string;
  /** Of objects that are in no cell. */
  readonly loose: (which: string) => string;
  readonly unknown: (why: string) => string;
}

/** Nobody is let in again without somebody having seen whom; where that cannot be said, because the policy could not be asked, nobody is either. */
export const refuseOpening = ({ code, hint, cells, loose: looser, unknown }: OpeningWords, access: Access | undefined, loose: readonly Address[]): void => {
  const opened = access?.changes.filter(({ change }) => change === 'opens') ?? [];
  const [first] = opened;
  if (first !== undefined)
    throw new Problem(code, cells(`${opened.length === 1 ? 'one cell' : `${opened.length} cells`} of the access matrix`, `the first: ${first.gateway} ${first.route} (${first.request}) for ${first.who}`), { at: first.origin, hint });
  if (loose.length > 0) throw new Problem(code, looser(`${loose.slice(0, 5).join(', ')}${loose.length > 5 ? ` and ${loose.length - 5} more` : ''}`), { hint });
  if (access?.note !== undefined) throw new Problem(code, unknown(access.note), { hint });
};
