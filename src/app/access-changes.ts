import type { Blueprint } from '../blueprint/types.ts';
import { hasDrift } from '../core/plan.ts';
import type { Plan } from '../core/plan.ts';
import { Problem, problemsOf } from '../core/problem.ts';
import type { Access, AccessGain, Report } from '../core/report.ts';
import { accessChanges, asFound, beyond, gainsIn, hasPolicy, isRoleGain, matrixOf, notWorkedOut, questionsOf, requestGains, roleGains } from '../access/index.ts';
import type { Cell, PolicyAnswer } from '../access/index.ts';
import { bundleOf } from '../providers/opa/bundle.ts';
import { askPolicy } from '../providers/opa/ask.ts';
import { opaAtHand } from '../stack/opa/find.ts';

/**
 * Which cells of the access matrix a plan opens and closes: who passes where by the live objects that were read, and by the blueprint, each
 * with its own policy. Nothing for a plan without changes.
 */
export const accessOf = async (blueprint: Blueprint, plan: Plan, env: NodeJS.ProcessEnv): Promise<Access | undefined> => {
  if (!hasDrift(plan)) return undefined;
  const judged = hasPolicy(blueprint);
  const opa = judged ? await opaAtHand({ env, given: blueprint.targets.opa?.binary }) : undefined;
  if (judged && opa === undefined) return accessBy(blueprint, plan, { env, opa, note: 'no opa was found, so a changed policy is not in this' });
  try {
    return await accessBy(blueprint, plan, { env, opa });
  } catch (thrown) {
    const offline = problemsOf(thrown)?.find(({ code }) => code === 'OPA_OFFLINE');
    if (offline === undefined) throw thrown;
    const place = offline.at ? ` (${offline.at.file}:${offline.at.line})` : '';
    return accessBy(blueprint, plan, { env, opa: undefined, note: `${offline.message}${place}, so a changed policy is not in this` });
  }
};

const accessBy = async (blueprint: Blueprint, plan: Plan, { env, opa, note }: Pick<Asking, 'env' | 'opa'> & { readonly note?: string }): Promise<Access> => {
  const wanted = bundleOf(blueprint).files;
  const routes = Object.values(blueprint.services).flatMap((service) => service.routes);
  const wantedCells = await cellsOf(blueprint, { opa, env, files: wanted });
  const before: Cell[] = [];
  const after: Cell[] = [];
  const gains: AccessGain[] = [];
  const told = gainsIn(plan);
  for (const gateway of new Set(routes.flatMap(({ gateways }) => gateways))) {
    const found = asFound(blueprint, plan, gateway);
    after.push(...wantedCells.filter((cell) => cell.gateway === gateway));
    const asking = { opa, env, files: found.policy, unasked: found.unasked, lenient: true };
    const cells = await cellsOf(found.blueprint, asking);
    before.push(...cells);
    gains.push(...requestGains(found.blueprint, cells, told.filter(({ gain }) => 'request' in gain && gain.gateway === gateway)));
    const roles = told.filter(isRoleGain);
    if (roles.length === 0) continue;
    const more = beyond(found.blueprint, roles);
    gains.push(...roleGains(await cellsOf(more.before, asking), await cellsOf(more.after, asking), routes, more.by));
  }
  const changes = accessChanges(before, after, routes);
  const unknown = notWorkedOut(plan);
  return {
    changes,
    // A stack that is made for the first time opens everything it offers: that is no surprise, and no list.
    first: before.every(({ passes }) => !passes),
    ...(gains.length > 0 && { gains }),
    ...(unknown.length > 0 && { unknown }),
    ...(note !== undefined && { note }),
  };
};

/** A plan's report with what it means for people. */
export const withAccess = async (blueprint: Blueprint, report: Report, env: NodeJS.ProcessEnv): Promise<Report> => {
  try {
    const access = report.plan && (await accessOf(blueprint, report.plan, env));
    return access ? { ...report, access } : report;
  } catch (thrown) {
    const problems = problemsOf(thrown);
    if (problems === undefined) throw thrown;
    return { ...report, problems: [...report.problems, ...problems] };
  }
};

interface Asking {
  readonly opa: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly files: Readonly<Record<string, string>>;
  readonly unasked?: ReadonlySet<string>;
  /** A policy that fails to evaluate says no to everything, as it does at the gateway. */
  readonly lenient?: boolean;
}

const cellsOf = async (blueprint: Blueprint, { opa, env, files, unasked = new Set(), lenient = false }: Asking): Promise<readonly Cell[]> => {
  if (opa === undefined) return matrixOf(blueprint, undefined).cells;
  const questions = questionsOf(blueprint, Math.floor(Date.now() / 1000));
  const policy = { files, decision: blueprint.authorization.decision ?? '', at: blueprint.at('authorization.policy'), directory: blueprint.authorization.policy };
  const answers = await askPolicy(opa, policy, questions, env).catch((thrown: unknown) => {
    if (lenient && thrown instanceof Problem && thrown.code !== 'OPA_OFFLINE') return new Map<string, PolicyAnswer>();
    throw thrown;
  });
  const free = questions.filter(({ route }) => unasked.has(route)).map(({ key }) => [key, { allow: true, reasons: [] }] as const);
  return matrixOf(blueprint, new Map([...answers, ...free])).cells;
};
