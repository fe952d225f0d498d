import { resolve } from 'node:path';
import { inTheMatrix } from '../access/index.ts';
import type { Blueprint } from '../blueprint/types.ts';
import { oneLine } from '../core/one-line.ts';
import { addressOfChange, changesOf } from '../core/plan.ts';
import type { Plan, PlanOptions } from '../core/plan.ts';
import { Problem, Problems } from '../core/problem.ts';
import type { Access, Report } from '../core/report.ts';
import type { Address, Change, Effect, Live } from '../core/resource.ts';
import { askedOf, bounded, differences } from '../core/saved-plan.ts';
import { effectOfDoing, letsBackIn, severityOf } from '../core/severity.ts';
import type { FieldsOf } from '../core/severity.ts';
import { momentWords } from '../core/traces.ts';
import { versionOf } from '../core/version.ts';
import { kong } from '../providers/kong/specs/index.ts';
import { judged } from './access-changes.ts';
import type { Approval, Proposal } from './apply.ts';
import { readState } from './good-state.ts';
import { openRunJournal, readRuns } from './journal.ts';
import type { RunRecord } from './journal.ts';
import { withNotes } from './leftovers.ts';
import { locking } from './lock.ts';
import type { LockRequest } from './lock.ts';
import { openEngine } from './open-engine.ts';
import { refuseOpening as refuseOpeningBy } from './opening.ts';
import type { OpeningWords } from './opening.ts';
import type { Run } from './run.ts';
import { otherTargets } from './saved-plan.ts';

export interface RollbackRequest extends Approval, LockRequest {
  /** The run to whose end it goes, by its name or how it begins; the last good one before what is in force now, when it is not stated. */
  readonly to?: string;
  /** Take over unmarked objects that are in the way. */
  readonly adopt?: boolean;
  /** `approve: true` says yes to a plan that lets somebody in again, too. */
  readonly allowOpening?: boolean;
}

/**
 * Brings all targets back to what was in force when an earlier run had ended well: a plan of the blueprint as it was then, with `prune`, carried out as
 * apply carries out its own. Secrets are those that its references give now.
 */
export const rollback = async (run: Run, path: string, { approve, to, adopt = false, allowOpening = false, lockTimeout }: RollbackRequest): Promise<Report> => {
  const runs = await runsOf(run, path);
  if (to === undefined) refuseSeveral(run.pathOf(path), runs);
  const chosen = to === undefined ? before(runs) : named(runs, to);
  if (chosen === undefined) throw nowhere(run, run.pathOf(path), runs, to);
  return broughtBack(run, path, chosen, {
    command: 'rollback', to: chosen.run, nothing: 'nothing can be rolled back', plan: { prune: true, adopt }, lockTimeout, words: 'back to the end of',
    approve: async (means, loose) => {
      if (approve !== true) return approve(means);
      if (!allowOpening) refuseOpening(means.access, loose);
      return true;
    },
  });
};

/** The runs that were noted for a blueprint's file and environment, the last one first. */
export const runsOf = async (run: Run, path: string): Promise<readonly RunRecord[]> =>
  (await readRuns(run.runs)).filter((one) => resolve(run.pathOf(one.file)) === resolve(run.pathOf(path)) && one.overlay === run.overlay);

interface WayBack extends LockRequest {
  readonly command: string;
  /** The run whose end it is. */
  readonly to: string;
  readonly nothing: string;
  readonly plan: Pick<PlanOptions, 'prune' | 'adopt' | 'keepRenamed'>;
  readonly words: string;
  /** What speaks against it, once the blueprint of then is loaded. */
  readonly refuse?: (blueprint: Blueprint) => Promise<void>;
  /** Asked with what the plan means, and what it would make as open again as it was. */
  readonly approve: (proposal: Proposal, loose: readonly Loosened[]) => boolean | Promise<boolean>;
}

export interface Loosened {
  readonly address: Address;
  /** What is in force now is as grave a change: something leads elsewhere, and would lead where it did. */
  readonly both: boolean;
}

/** All targets as they were at the end of a run: its blueprint is planned and carried out, whatever the file says by now. */
export const broughtBack = async (run: Run, path: string, chosen: RunRecord, { command, to, nothing, plan: how, words, refuse, approve, lockTimeout }: WayBack): Promise<Report> => {
  const state = await readState(run.runs, chosen.run);
  const recorded = { files: state.files, policyFiles: state.policyFiles };
  const journal = openRunJournal(run, command, { to });
  const opened = await openEngine({ ...run, emit: journal.events }, path, nothing, async () => {
    const blueprint = await run.load(path, run.overlay, recorded);
    for (const { what, hint } of otherTargets(state.targets, blueprint)) throw new Problem('ROLLBACK_CHANGED', what, { hint });
    await refuse?.(blueprint);
    return blueprint;
  });
  const { blueprint, engine, expansion, providers } = opened;
  const other = differences(state.asked, askedOf(expansion));
  // Another version asks for other things of the same text, and shows them in its plan.
  const upgraded = state.authctl !== versionOf();
  if (other.length > 0 && !upgraded) throw new Problems(bounded(other.map((what) => new Problem('ROLLBACK_CHANGED', `what the blueprint of then asks for now is not what it asked for then: ${what}`, { hint: 'set the environment as it was' }))));
  let access: Access | undefined;
  const report = await engine.apply({
    ...how,
    spared: new Set(state.orphans),
    ...run.signal,
    lock: locking(run, providers, command, { lockTimeout }),
    approve: async (plan) => {
      await journal.planned(plan, { blueprint: blueprint.name, file: blueprint.file, overlay: run.overlay, brings: { blueprint, expansion, recorded } });
      const means = await judged(blueprint, plan, run.env);
      ({ access } = means);
      return approve({ blueprint: blueprint.name, ...means }, loosened(plan, (kind) => providers.find(({ name }) => kind.startsWith(`${name}.`))?.fieldsOf?.(kind)));
    },
  });
  const notes = [...opened.notes, wordsOf(words, chosen), ...(other.length > 0 ? [`authctl was of version ${state.authctl} then: what it makes of the blueprint is not the same any more`] : [])];
  return journal.finish(withNotes({ ...report, command, ...(access && { access }) }, notes));
};

/** The history knows a file by its path alone, and may be shared: of another blueprint that once stood there nobody is to get the state. */
const refuseSeveral = (file: string, runs: readonly RunRecord[]): void => {
  const names = [...new Set(runs.map(({ blueprint }) => blueprint))];
  if (names.length > 1)
    throw new Problem('ROLLBACK_NOWHERE', oneLine(`runs of several blueprints are noted under "${file}": ${names.join(', ')}`), {
      expected: 'a history of one',
      hint: 'say which run it goes to: authctl rollback --to <run>; "authctl history" lists them',
    });
};

const wordsOf = (words: string, { command, run, begun, ended = begun }: RunRecord): string => oneLine(`${words} the ${command} of ${momentWords(ended)} (authctl history ${run})`);

/** The last good state that is not what is in force now. */
const before = (runs: readonly RunRecord[]): RunRecord | undefined => {
  const good = runs.filter(({ kept }) => kept !== undefined);
  const [last] = runs;
  // One that was broken off on its way back goes on there.
  if (last?.command === 'rollback' && last.state !== 'done') return good.find(({ run }) => run === last.to);
  if (last?.kept === undefined) return good[0];
  const from = last.to ?? last.run;
  return good.find(({ run, kept }) => run < from && kept !== last.kept);
};

const named = (runs: readonly RunRecord[], to: string): RunRecord | undefined => {
  const fitting = runs.filter(({ run, kept }) => run.startsWith(to) && kept !== undefined);
  return fitting.length === 1 ? fitting[0] : undefined;
};

const nowhere = (run: Run, file: string, runs: readonly RunRecord[], to: string | undefined): Problem => {
  const good = runs.filter(({ kept }) => kept !== undefined).map((one) => one.run);
  const missing = to !== undefined ? `no state of the run ${to}` : good.length === 0 ? 'no state' : 'no state before the one that is in force';
  return new Problem('ROLLBACK_NOWHERE', oneLine(`of "${file}"${run.overlay === undefined ? '' : ` with --env ${run.overlay}`} ${missing} is kept in ${run.runs.where}`), {
    expected: good.length === 0 ? 'a run of apply that wrote, ended well and is noted there' : `one of ${good.slice(0, 5).join(', ')}`,
    hint: good.length === 0 ? 'take the blueprint of then from where its versions are kept, and apply it' : 'say which run it goes to: authctl rollback --to <run>; or take the blueprint of then from where its versions are kept, and apply it',
  });
};

/**
 * What would be as open again as it was, and is in no cell of the matrix: a client that sends its codes to one place more, a key that somebody has taken
 * away, a password that was changed, a plugin gone that turned people away from what stays.
 */
const loosened = (plan: Plan, fieldsOf: FieldsOf): readonly Loosened[] => {
  const changes = changesOf(plan);
  const going = new Set(changes.flatMap((change) => (change.action === 'delete' ? [addressOfChange(change)] : [])));
  return changes.flatMap((change) => {
    // What leads elsewhere is led back; a credential that somebody has changed is not given back to whoever had it.
    if (letsBackIn(change, fieldsOf)) return [{ address: addressOfChange(change), both: false }];
    if (turnsAwayOthers(change, fieldsOf)) return [{ address: addressOfChange(change), both: true }];
    if (!isGrave(effectOfDoing(change, fieldsOf))) return [];
    const object = 'desired' in change ? change.desired : 'live' in change ? change.live : undefined;
    if (object === undefined || inTheMatrix(change, object) === 'whole' || (change.action === 'delete' && goesWith(change.live, going))) return [];
    return [{ address: addressOfChange(change), both: change.action !== 'create' && change.action !== 'delete' && isGrave(severityOf(change, fieldsOf)) }];
  });
};

/** A plugin that decides who passes, and of which no cell shows whom: what it demands instead may be more or less. */
const turnsAwayOthers = (change: Change, fieldsOf: FieldsOf): boolean =>
  (change.action === 'update' || change.action === 'replace') && kong.plugin.is(change.live) && inTheMatrix({ action: 'create', desired: change.desired }, change.desired) === 'not' && isGrave(effectOfDoing({ action: 'delete', live: change.live }, fieldsOf));

/** What a plugin stands on goes as well: there is nothing left that it would guard. */
const goesWith = (held: Live, going: ReadonlySet<Address>): boolean => {
  if (!kong.plugin.is(held)) return false;
  const { service, route } = held.spec;
  return (service?.name != null && going.has(kong.service.address(service.name))) || (route?.name != null && going.has(kong.route.address(route.name)));
};
const isGrave = (effect: Effect | undefined): boolean => effect === 'opens' || effect === 'exposes';

const OPENS: OpeningWords = {
  code: 'ROLLBACK_OPENS',
  hint: 'nothing was written; run it without -y to see them all, or with --allow-opening where that is meant',
  cells: (cells, first) => `${cells} would be open again, ${first}`,
  loose: (which) => `this would be as open again as it was then: ${which}`,
  unknown: (why) => `whether somebody would be let in again is not known: ${why}`,
};

/** For whoever asks nobody. */
export const refuseOpening = (access: Access | undefined, loose: readonly Loosened[] = []): void => { refuseOpeningBy(OPENS, access, loose.map(({ address }) => address)); };
