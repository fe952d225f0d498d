import { allOf } from './all-of.ts';
import { applyPlan } from './apply.ts';
import type { ReadEvent, WriteEvent } from './events.ts';
import { hasDrift, hasWrites, makePlan } from './plan.ts';
import type { Expansion, Plan, PlanOptions } from './plan.ts';
import { problemsOf } from './problem.ts';
import type { Problem } from './problem.ts';
import type { Provider } from './provider.ts';
import type { Report } from './report.ts';
import type { Desired } from './resource.ts';

interface ApplyOptions extends PlanOptions {
  /** Asked once with the plan when something would be written. */
  readonly approve: (plan: Plan) => Promise<boolean>;
  readonly planned?: (plan: Plan) => void;
  /** What speaks against this very plan: nothing is written then. */
  readonly expected?: (plan: Plan) => readonly Problem[];
  readonly signal?: AbortSignal;
}

/** The walk that plan, drift and apply share, over providers and an expansion already in hand. */
export const createEngine = (providers: readonly Provider[], expansion: Expansion, events?: (event: ReadEvent | WriteEvent) => void) => {
  const requests = (): NonNullable<Report['requests']> =>
    Object.fromEntries(providers.map((provider) => [provider.name, provider.requests()]));

  const looked = providers.filter(({ looking }) => looking !== undefined).map(({ name }) => name);
  const noted = looked.length > 0 ? { notes: looked.map((name) => `targets.${name} is only looked at: nothing is written there`) } : {};

  const limits = expansion.limits?.length ? { limits: expansion.limits } : {};

  /** Runs `work`; what a person can fix goes into the report, a bug is thrown on. Always closes the providers. */
  const reported = async (command: string, work: () => Promise<Partial<Report>>): Promise<Report> => {
    const begun = performance.now();
    const finish = (part: Partial<Report>, problems: readonly Problem[]): Report => ({
      command,
      blueprint: expansion.name,
      problems,
      requests: requests(),
      seconds: Math.round(performance.now() - begun) / 1000,
      ...part,
    });
    try {
      return finish(await work(), []);
    } catch (thrown) {
      const problems = problemsOf(thrown);
      if (problems === undefined) throw thrown;
      return finish({}, problems);
    } finally {
      await Promise.all(providers.map((provider) => provider.close?.()));
    }
  };

  /** What the live servers would refuse of a plan. */
  const refusals = async (plan: Plan): Promise<readonly Problem[]> =>
    (await Promise.all(providers.map((provider) => provider.check?.(toWrite(plan, provider.name)) ?? []))).flat();

  /** The plan, and what is wrong with the servers themselves. Who only takes things away needs them to be nothing but there. */
  const planned = async (options: PlanOptions): Promise<{ readonly plan: Plan; readonly wrong: readonly Problem[] }> => {
    const asked = providers.filter(({ name }) => expansion.desired.some(({ kind }) => kind.startsWith(`${name}.`)));
    const confirming = allOf(asked.map(async (provider) => (await provider.confirm?.()) ?? []));
    // A server that cannot be read says nothing more by not being what it should be.
    confirming.catch(() => undefined);
    const plan = await makePlan(providers, expansion, options, events);
    const wrong = await confirming;
    return { plan, wrong: wrong.flat() };
  };

  return {
    plan: (options: PlanOptions & { readonly exitCode?: boolean }): Promise<Report> =>
      reported('plan', async () => {
        const { plan, wrong } = await planned(options);
        const problems = [...wrong, ...refusedIn(plan), ...(await refusals(plan))];
        return { plan, ...limits, problems, ...noted, ...unfounded(wrong), negative: options.exitCode === true && hasDrift(plan) };
      }),

    drift: (options: PlanOptions): Promise<Report> =>
      reported('drift', async () => {
        const { plan, wrong } = await planned(options);
        return { plan, problems: wrong, ...noted, ...unfounded(wrong), negative: hasDrift(plan) };
      }),

    apply: (options: ApplyOptions): Promise<Report> =>
      reported('apply', async () => {
        const { plan, wrong } = await planned(options);
        options.planned?.(plan);
        if (wrong.length > 0) return { plan, problems: wrong };
        const other = options.expected?.(plan) ?? [];
        if (other.length > 0) return { plan, problems: other };
        const blocked = blockedIn(plan);
        if (blocked.length > 0) return { plan, problems: blocked };
        if (!hasWrites(plan)) return { plan, ...noted, applied: [] };
        const refused = await refusals(plan);
        if (refused.length > 0) return { plan, problems: refused };
        if (!(await options.approve(plan))) return { plan, notes: ['nothing was changed: not approved', ...(noted.notes ?? [])], negative: true };
        const applied = await applyPlan({
          providers,
          plan,
          options,
          ...(events && { events }),
          ...(options.signal && { signal: options.signal }),
        });
        return { plan, ...noted, applied, problems: applied.flatMap(({ problem, outcome }) => (problem && outcome === 'failed' ? [problem] : [])) };
      }),
  };
};

const unfounded = (wrong: readonly Problem[]): Pick<Report, 'unfounded'> => (wrong.length > 0 ? { unfounded: wrong } : {});

/** What stands in the way of a plan as a whole. */
export const blockedIn = (plan: Plan): readonly Problem[] => [...plan.waves.flat(), ...plan.removals].flatMap((change) => (change.action === 'blocked' ? [change.problem] : []));

/** A value that is of no use: no plan can be made of it. */
const refusedIn = (plan: Plan): readonly Problem[] => plan.waves.flat().flatMap((change) => (change.action === 'blocked' && 'deferred' in change ? [change.problem] : []));

/** What a plan would send to one provider. */
const toWrite = (plan: Plan, provider: string): readonly Desired[] =>
  plan.waves.flat().flatMap((change) => ('desired' in change && change.action !== 'keep' && change.desired.kind.startsWith(`${provider}.`) ? [change.desired] : []));

export type Engine = ReturnType<typeof createEngine>;
