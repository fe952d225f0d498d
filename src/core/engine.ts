import { allOf } from './all-of.ts';
import { applyPlan, writesIn } from './apply.ts';
import type { ApplyEvent, ReadEvent, WriteEvent } from './events.ts';
import type { Lock, Unkept } from './lock.ts';
import { hasDrift, hasWrites, makePlan } from './plan.ts';
import type { Expansion, Plan, PlanOptions } from './plan.ts';
import { Problem, problemsOf } from './problem.ts';
import { versionsOf } from './provider.ts';
import type { Provider } from './provider.ts';
import type { Report } from './report.ts';
import type { Desired } from './resource.ts';
import { movedSince, signatureOf } from './saved-plan.ts';

interface ApplyOptions extends PlanOptions {
  /** Asked once with the plan when something would be written. */
  readonly approve: (plan: Plan) => Promise<boolean>;
  readonly planned?: (plan: Plan) => void;
  /** What speaks against this very plan: nothing is written then. */
  readonly expected?: (plan: Plan) => readonly Problem[];
  readonly signal?: AbortSignal;
  /**
   * Keeps others from writing, from the approval to the end; what was planned is planned again once it is held. Notes say why there is none. Throws
   * `LOCK_HELD`.
   */
  readonly lock?: () => Promise<Lock | Unkept>;
}

/** The walk that plan, drift and apply share, over providers and an expansion already in hand. */
export const createEngine = (providers: readonly Provider[], expansion: Expansion, events?: (event: ReadEvent | ApplyEvent | WriteEvent) => void) => {
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
      ...versionsOf(providers),
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

  /** What the live servers would refuse of a plan. Whoever only plans may be a login that may not even ask: `unasked` is told why. */
  const refusals = async (plan: Plan, unasked?: (why: string) => void): Promise<readonly Problem[]> =>
    (
      await Promise.all(
        providers.map(async (provider) => {
          try {
            return (await provider.check?.(toWrite(plan, provider.name))) ?? [];
          } catch (thrown) {
            const problems = problemsOf(thrown);
            if (unasked === undefined || problems?.every(({ code }) => code.endsWith('_FORBIDDEN')) !== true) throw thrown;
            unasked(problems.map(({ message }) => message).join('; '));
            return [];
          }
        }),
      )
    ).flat();

  /** The plan, and what is wrong with the servers themselves. Who only takes things away needs them to be nothing but there. */
  const planned = async (options: PlanOptions): Promise<{ readonly plan: Plan; readonly wrong: readonly Problem[] }> => {
    // One that has no objects (an issuer that is not ours) is what all the others stand on.
    const asked = providers.filter(({ name, kinds }) => expansion.desired.some(({ kind }) => kinds.length === 0 || kind.startsWith(`${name}.`)));
    const confirming = allOf(asked.map(async (provider) => (await provider.confirm?.()) ?? []));
    // A server that cannot be read says nothing more by not being what it should be.
    confirming.catch(() => undefined);
    const plan = await makePlan(providers, expansion, options, events);
    const wrong = await confirming;
    return { plan, wrong: wrong.flat() };
  };

  /** A plan that apply could begin with, or what it ends with before anybody is asked. */
  const proposed = async (options: ApplyOptions, approved?: Plan): Promise<{ readonly plan: Plan; readonly same?: boolean } | { readonly report: Partial<Report> }> => {
    const { plan, wrong } = await planned(options);
    options.planned?.(plan);
    // What was asked for and looked through once is so still.
    if (approved && wrong.length === 0 && movedSince(signatureOf(expansion, approved), signatureOf(expansion, plan)).length === 0) return { plan, same: true };
    const stop = (problems: readonly Problem[]) => ({ report: { plan, problems } });
    if (wrong.length > 0) return stop(wrong);
    const other = options.expected?.(plan) ?? [];
    if (other.length > 0) return stop(other);
    const blocked = blockedIn(plan);
    if (blocked.length > 0) return stop(blocked);
    if (!hasWrites(plan)) return { report: { plan, ...noted, applied: [] } };
    const refused = await refusals(plan);
    return refused.length > 0 ? stop(refused) : { plan };
  };

  const notApproved = (plan: Plan): Partial<Report> => ({ plan, notes: ['nothing was changed: not approved', ...(noted.notes ?? [])], negative: true });

  const carriedOut = async (plan: Plan, options: ApplyOptions): Promise<Partial<Report>> => {
    events?.({ type: 'apply.planned', writes: writesIn(plan) });
    const applied = await applyPlan({ providers, plan, options, ...(events && { events }), ...(options.signal && { signal: options.signal }) });
    return { plan, ...noted, applied, problems: applied.flatMap(({ problem, outcome }) => (problem && outcome === 'failed' ? [problem] : [])) };
  };

  /** Somebody else may have applied between the reading and the lock: read again, and what is no longer the same is asked for again. */
  const underLock = async (lock: Lock, approved: Plan, options: ApplyOptions): Promise<Partial<Report>> => {
    const signal = options.signal ? AbortSignal.any([options.signal, lock.lost]) : lock.lost;
    let report: Partial<Report>;
    try {
      for (const provider of providers) provider.forget?.();
      const second = await proposed(options, approved);
      if ('report' in second) report = second.report;
      else if (second.same !== true && !(await options.approve(second.plan))) report = notApproved(second.plan);
      else report = await carriedOut(second.plan, { ...options, signal });
    } catch (thrown) {
      await lock.release().catch(() => undefined);
      throw thrown;
    }
    const left = await lock.release().then(() => [], (thrown: unknown) => problemsOf(thrown) ?? Promise.reject(thrown as Error));
    const lost = lock.lost.aborted ? [new Problem('LOCK_LOST', `the lock (${lock.where}) was taken away while this ran: nothing new was begun`, { hint: 'look who ran "authctl unlock", and apply again' })] : [];
    return {
      ...report,
      ...(lost.length > 0 && { problems: [...(report.problems ?? []), ...lost] }),
      ...(left.length > 0 && { notes: [...(report.notes ?? []), `the lock (${lock.where}) could not be taken away, and ends by itself: ${left.map(({ message }) => message).join('; ')}`] }),
    };
  };

  return {
    plan: (options: PlanOptions & { readonly exitCode?: boolean }): Promise<Report> =>
      reported('plan', async () => {
        const { plan, wrong } = await planned(options);
        const notes = [...(noted.notes ?? [])];
        const refused = await refusals(plan, (why) => { notes.push(`what would be refused of it was not asked: ${why}`); });
        const problems = [...wrong, ...refusedIn(plan), ...refused];
        return { plan, ...limits, problems, ...(notes.length > 0 && { notes }), ...unfounded(wrong), negative: options.exitCode === true && hasDrift(plan) };
      }),

    drift: (options: PlanOptions): Promise<Report> =>
      reported('drift', async () => {
        const { plan, wrong } = await planned({ traces: true, asFound: true, ...options });
        const notes = [...(noted.notes ?? []), ...(plan.untold ?? [])];
        return { plan, problems: wrong, ...(notes.length > 0 && { notes }), ...unfounded(wrong), negative: hasDrift(plan) };
      }),

    apply: (options: ApplyOptions): Promise<Report> =>
      reported('apply', async () => {
        const first = await proposed(options);
        if ('report' in first) return first.report;
        if (!(await options.approve(first.plan))) return notApproved(first.plan);
        const lock = await options.lock?.();
        if (lock !== undefined && 'release' in lock) return underLock(lock, first.plan, options);
        const report = await carriedOut(first.plan, options);
        return lock === undefined ? report : { ...report, notes: [...(report.notes ?? []), `nothing kept others from applying at the same time: ${lock.unkept.join('; ')}`] };
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
