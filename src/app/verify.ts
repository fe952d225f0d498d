import { onlyLookedAt, onlyLooking } from '../blueprint/looking.ts';
import { checks } from '../checks/catalogue.ts';
import { NOTHING_FOUND, cleanUp, isChosen, verify as attack } from '../checks/index.ts';
import { openJournal } from '../checks/kit/fixtures/index.ts';
import { Problem } from '../core/problem.ts';
import type { Report } from '../core/report.ts';
import { connectProviders } from '../providers/index.ts';
import { loadForTargets, withPolicy } from './examine.ts';
import { deadLocks, whileLocked } from './lock.ts';
import type { LockRequest } from './lock.ts';
import type { BlueprintSource, Run } from './run.ts';

export interface VerifyRequest extends LockRequest {
  /** Ids of checks and groups (`SIG-03`, `STR`); all of them when there is none. */
  readonly only?: readonly string[];
  /** Checks that write (throw-away keys, logout) run too. They always do against the local stack. */
  readonly disruptive?: boolean;
  /** Requests per second at the most; 500 unless stated. */
  readonly rate?: number;
  /** Requests at the most; what would need more is inconclusive: not run. No bound unless stated. */
  readonly budget?: number;
  /** The day by which it is judged what is still waived, `2027-01-31`; today unless stated. */
  readonly today?: string;
  /** Only what the last run that is noted may have changed is checked; everything where that cannot be told. */
  readonly changed?: boolean;
  /** Sends nothing: says what would be sent. Works without secrets. */
  readonly dryRun?: boolean;
  /** Tries nothing: finds what runs of verify left on the targets, takes it away, and says what it was. */
  readonly clean?: boolean;
}

export const verify = async (run: Run, source: BlueprintSource, { only = [], disruptive = false, rate = 500, budget, today, changed = false, dryRun = false, clean = false, lockTimeout }: VerifyRequest): Promise<Report> => {
  if (!Number.isFinite(rate) || rate <= 0)
    throw new Problem('CLI_BAD_RATE', `${rate} is no number of requests per second`, { expected: 'a number above 0', hint: 'leave it out for 500' });
  if (budget !== undefined && !(Number.isInteger(budget) && budget > 0))
    throw new Problem('CLI_BAD_BUDGET', `${budget} is no number of requests`, { expected: 'a whole number above 0', hint: 'leave it out for no bound' });
  const unknown = only.find((name) => !checks.some(({ id }) => isChosen(id, [name])));
  if (unknown !== undefined)
    throw new Problem('CLI_UNKNOWN_CHECK', `there is no check and no group "${unknown}"`, {
      expected: `a check such as SIG-03, or a group: ${[...new Set(checks.map(({ id }) => id.replace(/-\d+$/, '')))].join(', ')}`,
      hint: 'docs/checks.md lists them all',
    });
  const loaded = await loadForTargets(run, source, dryRun ? run.loadOffline : run.load);
  const blueprint = dryRun || clean ? loaded : await withPolicy(run, loaded);
  // A stack that runs here says nothing about a target that is elsewhere.
  const local = run.isLocal(blueprint);
  // A bundle of somebody else keeps nobody from writing elsewhere; at OPA itself nothing of verify is written.
  const looked = onlyLookedAt(blueprint).filter((target) => target !== 'opa' || !blueprint.authorization.bundle);
  if (looked.length > 0 && (disruptive || clean)) throw onlyLooking(blueprint, looked, clean ? 'nothing is taken away' : 'checks that write cannot be tried');
  const writes = looked.length === 0 && (local || disruptive);
  const part = changed && !clean ? await (await import('./changed.ts')).changedIn(run, blueprint) : undefined;
  const asked = part && 'concern' in part ? { changed: part } : {};
  const said = (report: Report): Report => (part && 'whole' in part ? { ...report, notes: [`everything is checked: ${part.whole}`, ...(report.notes ?? [])] } : report);
  if (dryRun) return said(await (await import('./dry-run.ts')).dryRun(blueprint, { only, local, disruptive: writes, ...asked }));
  const journal = openJournal(run.journalDirectory);
  if (clean) return withLocks(await cleanUp(blueprint, journal), await deadLocks(run, blueprint));
  const attacked = async (signal: Run['signal']): Promise<Report> =>
    attack({ blueprint, providers: await connectProviders(blueprint, run.env), journal, ...signal, local, disruptive: writes, only, rate, ...asked, ...(budget !== undefined && { budget }), ...(today !== undefined && { today }), events: run.emit });
  return said(await (writes ? whileLocked(run, blueprint, 'verify', { lockTimeout }, attacked) : attacked(run.signal)));
};

/** A lock that a run left behind goes with what else it left. */
const withLocks = (report: Report, { lines, problems }: Awaited<ReturnType<typeof deadLocks>>): Report => {
  const found = report.text === NOTHING_FOUND ? [] : [report.text ?? ''];
  return { ...report, problems: [...report.problems, ...problems], text: lines.length > 0 ? [...found, ...lines].join('\n') : (report.text ?? '') };
};
