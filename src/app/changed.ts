import { readFileUpTo } from '../blueprint/read-file.ts';
import type { Blueprint } from '../blueprint/types.ts';
import { concernOf } from '../checks/concern.ts';
import type { ChangedPart } from '../checks/concern.ts';
import { oneLine } from '../core/one-line.ts';
import { problemsOf } from '../core/problem.ts';
import { askedOf, differences } from '../core/saved-plan.ts';
import { momentWords } from '../core/traces.ts';
import { versionOf } from '../core/version.ts';
import { expand } from '../patterns/index.ts';
import { besideSince } from './beside.ts';
import { readState } from './good-state.ts';
import type { GoodState } from './good-state.ts';
import type { RunRecord } from './journal.ts';
import { runsOf } from './rollback.ts';
import type { Run } from './run.ts';
import { otherTargets } from './saved-plan.ts';

/** What the last run that wrote has touched; `whole`: it cannot be told, so it may be everything. */
export type Changed = { readonly whole: string } | ChangedPart;

/**
 * What of a blueprint the last run that is noted for it may have changed. That is told only of one that ended well and left what it brought into force, while
 * the blueprint, its policy and its environment are still these: otherwise something is in force, or asked for, that no list of this run has.
 */
export const changedIn = async (run: Run, blueprint: Blueprint): Promise<Changed> => {
  const runs = await runsOf(run, blueprint.file).catch(unreadable);
  if (typeof runs === 'string') return { whole: oneLine(`what the last run was is not known: ${runs}`) };
  const [last] = runs;
  if (last === undefined) return { whole: `no run is noted in ${run.runs.where} that wrote for this blueprint` };
  if (last.kept === undefined) return { whole: oneLine(`the last run of this blueprint (${last.command}, ${last.run}) ${last.state === 'done' ? 'left nothing that says what is in force' : 'did not end well'}`) };
  const expansion = expand(blueprint);
  const other = await otherSince(await readState(run.runs, last.run).catch(unreadable), blueprint, askedOf(expansion));
  if (other !== undefined) return { whole: other };
  const beside = await besideSince(run, blueprint, last);
  if (beside !== undefined) return { whole: beside };
  const begun = runs.findIndex(({ state }, at) => at > 0 && state === 'done');
  const touched = runs.slice(0, begun === -1 ? runs.length : begun).flatMap(touchedBy);
  return { concern: concernOf(blueprint, expansion.desired, touched), since: oneLine(`the ${last.command} of ${momentWords(last.ended ?? last.begun)} (authctl history ${last.run})`) };
};

/** To wait until it is in force is nothing of an object. Of one that did not end well it is not known what of its plan was done. */
const touchedBy = ({ state, results, planned }: RunRecord): readonly string[] => [
  ...results.filter(({ action, outcome }) => action !== 'settle' && outcome !== 'skipped').map(({ address }) => address),
  ...(state === 'done' ? [] : planned.map(({ address }) => address)),
];

const unreadable = (thrown: unknown): string => {
  const problems = problemsOf(thrown);
  if (problems === undefined) throw thrown;
  return problems.map(({ message }) => message).join('; ');
};

const otherSince = async (state: GoodState | string, blueprint: Blueprint, asked: GoodState['asked']): Promise<string | undefined> => {
  if (typeof state === 'string') return state;
  if (state.authctl !== versionOf()) return `the last run was of authctl ${state.authctl}, and this is ${versionOf()}`;
  const now = Object.fromEntries(await Promise.all(blueprint.files.map(async (file) => [file, String(await readFileUpTo(file, Infinity))] as const)));
  const [changed] = [...unlike(state.files, now), ...unlike(state.policyFiles, blueprint.authorization.policyFiles)];
  if (changed !== undefined) return `"${changed}" is not what the last run brought into force`;
  const [what] = [...otherTargets(state.targets, blueprint).map((one) => one.what), ...differences(state.asked, asked)];
  return what === undefined ? undefined : `what the blueprint asks for is not what the last run brought into force: ${what}`;
};

type Texts = Readonly<Record<string, unknown>>;
/** Names of texts that only one of the two has, or that they have otherwise. */
const unlike = (then: Texts, now: Texts): readonly string[] => [...new Set([...Object.keys(then), ...Object.keys(now)])].filter((file) => then[file] !== now[file]);
