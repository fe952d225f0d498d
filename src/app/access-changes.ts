import type { Blueprint } from '../blueprint/types.ts';
import { hasDrift } from '../core/plan.ts';
import type { Plan } from '../core/plan.ts';
import { problemsOf } from '../core/problem.ts';
import type { Access, AccessGain, Report } from '../core/report.ts';
import { accessChanges, asFound, beyond, byChange, gainsIn, hasPolicy, isRoleGain, judgedByCells, notWorkedOut, passesIn, requestGains, roleGains, throughDoors } from '../access/index.ts';
import type { Cell, CellsBy } from '../access/index.ts';
import { bundleOf } from '../providers/opa/bundle.ts';
import { opaAtHand } from '../stack/opa/find.ts';
import { cellsOf } from './cells.ts';
import type { Asking } from './cells.ts';

/** A plan whose changes are judged by what they do to people, and what they do. */
export interface Judged {
  readonly plan: Plan;
  readonly access?: Access;
}

/**
 * Which cells of the access matrix a plan opens and closes, and by which of its changes: who passes where by the live objects that were read, and
 * by the blueprint, each with its own policy. Nothing for a plan without changes.
 */
export const judged = async (blueprint: Blueprint, plan: Plan, env: NodeJS.ProcessEnv): Promise<Judged> => {
  if (!hasDrift(plan)) return { plan };
  const asks = hasPolicy(blueprint);
  const opa = asks ? await opaAtHand({ env, given: blueprint.targets.opa?.binary }) : undefined;
  if (asks && opa === undefined) return judgedBy(blueprint, plan, { env, opa, note: 'no opa was found, so a changed policy is not in this' });
  try {
    return await judgedBy(blueprint, plan, { env, opa });
  } catch (thrown) {
    const offline = problemsOf(thrown)?.find(({ code }) => code === 'OPA_OFFLINE');
    if (offline === undefined) throw thrown;
    const place = offline.at ? ` (${offline.at.file}:${offline.at.line})` : '';
    return judgedBy(blueprint, plan, { env, opa: undefined, note: `${offline.message}${place}, so a changed policy is not in this` });
  }
};

const judgedBy = async (blueprint: Blueprint, given: Plan, { note, ...asking }: Asking & { readonly note?: string }): Promise<Judged> => {
  const routes = Object.values(blueprint.services).flatMap((service) => service.routes);
  const [wantedCells = []] = await cellsOf([{ blueprint, policy: bundleOf(blueprint).files }], asking);
  const [before, after, gains, by]: [Cell[], Cell[], AccessGain[], CellsBy[]] = [[], [], [], []];
  const told = gainsIn(given);
  const roles = told.filter(isRoleGain);
  for (const gateway of new Set(routes.flatMap(({ gateways }) => gateways))) {
    const found = asFound(blueprint, given, gateway);
    const more = beyond(found.blueprint, roles);
    const worlds = [found, ...(roles.length > 0 ? [{ ...found, blueprint: more.before }, { ...found, blueprint: more.after }] : [])];
    const [cells = [], ofAccounts = [], withRoles = []] = await cellsOf(worlds, { ...asking, lenient: true });
    const wanted = wantedCells.filter((cell) => cell.gateway === gateway);
    // Where all cells are as the blueprint says no change opens or closes any, however many there are.
    const passes = passesIn(cells);
    const odd = wanted.filter((cell) => cell.passes !== passes(cell));
    if (odd.length > 0) by.push(...(await byChange(blueprint, given, { gateway, odd, cellsOf: (asked) => cellsOf(asked, { ...asking, lenient: true }) })));
    after.push(...wanted);
    before.push(...throughDoors(found, cells));
    gains.push(...requestGains(found.blueprint, cells, told.filter(({ gain }) => 'request' in gain && gain.gateway === gateway)));
    if (roles.length > 0) gains.push(...roleGains(ofAccounts, withRoles, routes, more.by));
  }
  const plan = judgedByCells(given, by, wantedCells, routes);
  const unknown = notWorkedOut(plan);
  return {
    plan,
    access: {
      changes: accessChanges(before, after, routes, by),
      // A stack that is made for the first time opens everything it offers: that is no surprise, and no list.
      first: before.every(({ passes }) => !passes),
      ...(gains.length > 0 && { gains }),
      ...(unknown.length > 0 && { unknown }),
      ...(note !== undefined && { note }),
    },
  };
};

/** A plan's report with what it means for people. */
export const withAccess = async (blueprint: Blueprint, report: Report, env: NodeJS.ProcessEnv): Promise<Report> => {
  try {
    if (report.unfounded !== undefined && report.plan !== undefined && hasDrift(report.plan)) {
      const codes = [...new Set(report.unfounded.map(({ code }) => code))].join(', ');
      return { ...report, access: { changes: [], first: false, dependsOn: `what is wrong with the servers themselves (${codes})` } };
    }
    return report.plan === undefined ? report : { ...report, ...(await judged(blueprint, report.plan, env)) };
  } catch (thrown) {
    const problems = problemsOf(thrown);
    if (problems === undefined) throw thrown;
    return { ...report, problems: [...report.problems, ...problems] };
  }
};
