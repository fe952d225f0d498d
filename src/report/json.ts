import { addressOfChange, changesOf, reasonsOf } from '../core/plan.ts';
import { exitCodeOf } from '../core/report.ts';
import type { Report } from '../core/report.ts';
import { addressOf } from '../core/resource.ts';

/** The report as one JSON document, secrets masked. Keys are stable; new ones may be added. */
export const renderJson = (report: Report): string =>
  JSON.stringify(
    {
      command: report.command,
      blueprint: report.blueprint,
      exitCode: exitCodeOf(report),
      ...(report.about && { about: report.about }),
      ...(report.plan && {
        changes: changesOf(report.plan).map((change) => ({
          action: change.action,
          address: addressOfChange(change),
          ...(change.effect !== undefined && { severity: change.effect }),
          ...(change.does !== undefined && { does: change.does }),
          ...(change.changed !== undefined && { changed: change.changed }),
          ...(change.action === 'delete' && change.renamed !== undefined && { renamed: change.renamed }),
          ...('desired' in change && { origin: change.desired.origin }),
          ...('danger' in change && {
            what: change.danger.what,
            origin: change.danger.origin,
            hint: change.danger.hint,
            ...(change.danger.field !== undefined && { field: change.danger.field }),
            ...(change.danger.seen !== undefined && { seen: change.danger.seen }),
          }),
          ...('problem' in change && { problem: change.problem }),
          fields: reasonsOf(change),
        })),
        accepted: report.plan.accepted.map(({ danger, reason }) => ({ address: addressOf(danger), severity: danger.effect, what: danger.what, reason })),
        unseen: report.plan.unseen,
      }),
      ...(report.access && { access: report.access }),
      ...(report.applied && { applied: report.applied }),
      ...(report.part && { part: report.part }),
      ...(report.verdicts && { verdicts: report.verdicts }),
      problems: report.problems,
      // A drawing's own data is the same.
      ...(report.topology && report.topology !== report.data && { topology: report.topology }),
      ...(report.data !== undefined && { data: report.data }),
      ...(report.text !== undefined && { text: report.text }),
      ...(report.limits && { limits: report.limits }),
      ...(report.notes && { notes: report.notes }),
      ...(report.requests && { requests: report.requests }),
      seconds: report.seconds,
    },
    null,
    2,
  );
