import type { Part } from '../core/report.ts';

/** As many are named. */
const NAMED = 6;

/** What a run that was about a part alone has left out, in a line: no verdict of it is one over the whole. */
export const partWords = ({ since, verdicts, checks, subjects }: Part): string =>
  `a part alone, what ${since} touched: ${verdicts.left} of ${verdicts.of} verdicts left out, ${checks.left.length} of ${checks.of} checks tried on nothing, ${subjects.left.length} of ${subjects.of} subjects not tried${named(subjects.left)}`;

const named = (subjects: readonly string[]): string =>
  subjects.length === 0 ? '' : ` (${subjects.slice(0, NAMED).join(', ')}${subjects.length > NAMED ? ` and ${subjects.length - NAMED} more` : ''})`;
