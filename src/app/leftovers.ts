import { existsSync } from 'node:fs';
import type { Blueprint } from '../blueprint/types.ts';
import type { Report } from '../core/report.ts';
import type { Run } from './run.ts';

/**
 * What a run of verify that was killed left on the targets of this blueprint goes now, whatever command it is: a key that stays trusted is
 * a door for whoever finds it. Costs nothing where nothing is noted. The notes are for the report.
 */
export const takeLeftoversAway = async (run: Run, blueprint: Blueprint): Promise<readonly string[]> => {
  if (!existsSync(run.journalDirectory)) return [];
  const [{ openJournal, sweep }, { sweptNotes }, { createSender }, { lookingOnly }] = await Promise.all([
    import('../checks/kit/fixtures/index.ts'),
    import('../checks/index.ts'),
    import('../checks/kit/http.ts'),
    import('../checks/kit/looking.ts'),
  ]);
  const { send, close } = createSender();
  try {
    const swept = await sweep({ blueprint, send: lookingOnly(send, blueprint), journal: openJournal(run.journalDirectory) });
    return [...sweptNotes(swept), ...swept.problems.map(({ message }) => message)];
  } finally {
    close();
  }
};

export const withNotes = (report: Report, notes: readonly string[]): Report =>
  notes.length === 0 ? report : { ...report, notes: [...notes, ...(report.notes ?? [])] };
