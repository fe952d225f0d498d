import { setTimeout as wait } from 'node:timers/promises';
import { groupBy } from './collections.ts';
import type { WriteEvent } from './events.ts';
import { classify, nothingOf, outputOf } from './plan.ts';
import { newDependents } from './removals.ts';
import type { Plan, PlanOptions } from './plan.ts';
import { addressOfChange } from './plan.ts';
import { Problem, problemsOf } from './problem.ts';
import type { BoundKind, Moment, Provider } from './provider.ts';
import type { ApplyResult } from './report.ts';
import type { Change, Desired } from './resource.ts';
import { addressOf } from './resource.ts';

interface ApplyInput {
  readonly providers: readonly Provider[];
  readonly plan: Plan;
  readonly options?: PlanOptions;
  readonly events?: (event: WriteEvent) => void;
  /** Once aborted, what is under way is finished, nothing new is begun. */
  readonly signal?: AbortSignal;
  readonly sleep?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<unknown>;
}

const WRITES = new Set(['create', 'update', 'replace', 'adopt']);

/**
 * Carries a plan out: wave by wave, each provider's writes side by side up to its concurrency. A failure skips what depends on it and
 * nothing else. At the end every written provider settles: apply returns when the change is in force. What an atomic provider holds back
 * until then is reported done only then.
 */
export const applyPlan = async ({ providers, plan, options = {}, events, signal, sleep = pause }: ApplyInput): Promise<readonly ApplyResult[]> => {
  const kinds = new Map(providers.flatMap((provider) => provider.kinds.map((kind) => [kind.name, kind] as const)));
  const results: ApplyResult[] = [];
  const notDone = new Set<string>();
  const written = new Set<string>();
  /** What the values of other targets have come to. */
  const madeOf = new Map<string, readonly Desired[]>();

  /** Of providers that write everything together at the end: what is done only then. */
  const held = new Map<string, ApplyResult[]>(providers.filter(({ atomic }) => atomic).map(({ name }) => [name, []]));

  const show = (result: ApplyResult): void => {
    results.push(result);
    events?.({ type: 'write.finished', ...result });
  };
  const finish = (result: ApplyResult): void => {
    if (result.outcome !== 'done') notDone.add(result.address);
    const waiting = result.outcome === 'done' && result.action !== 'settle' ? held.get(targetOf(result.address)) : undefined;
    if (waiting) waiting.push(result);
    else show(result);
  };
  const release = (provider: string, why?: string): void => {
    for (const result of held.get(provider)?.splice(0) ?? [])
      show(
        why === undefined
          ? result
          : { ...result, outcome: 'skipped', problem: new Problem('APPLY_SKIPPED', `${result.address}: ${why}`) },
      );
  };
  interface Late {
    readonly address: string;
    readonly action: string;
    readonly put: () => Promise<void>;
  }
  /** Derived objects that the plan could not know to be no longer wanted. */
  const gone: Change[] = [];
  const late: Record<Exclude<Moment, 'now'>, Late[]> = { later: [], last: [], gone: [] };

  /** `work` answers false where it has only begun. */
  const run = async (address: string, action: string, after: readonly string[], work: () => Promise<void | boolean>, begun?: 'begun', detail?: string): Promise<void> => {
    const missing = after.find((dependency) => notDone.has(dependency));
    if (missing !== undefined || signal?.aborted) {
      const why = missing === undefined ? 'interrupted before it was begun' : `${missing} was not ${['delete', 'release'].includes(action) ? 'done' : 'written'}`;
      finish({ address, action, outcome: 'skipped', milliseconds: 0, problem: new Problem('APPLY_SKIPPED', `${address}: ${why}`) });
      return;
    }
    if (begun === undefined) events?.({ type: 'write.started', address, action, ...(detail !== undefined && { detail }) });
    const started = performance.now();
    try {
      written.add(targetOf(address));
      if ((await work()) !== false) finish({ address, action, outcome: 'done', milliseconds: Math.round(performance.now() - started) });
    } catch (thrown) {
      const problem = problemsOf(thrown)?.[0];
      if (problem === undefined) throw thrown;
      finish({ address, action, outcome: 'failed', problem, milliseconds: Math.round(performance.now() - started) });
    }
  };

  /** It was refused to be let go, by a server that answers. */
  const staysOurs = (wanted: string): boolean => results.some(({ address, action, outcome, problem }) => address === wanted && action === 'release' && outcome === 'failed' && problem?.nature === 'fixable');

  const carryOut = async (change: Change): Promise<void> => {
    if (change.action === 'deferred') {
      const { deferred } = change;
      let made: readonly Change[] = [];
      await run(addressOf(deferred), 'deferred', deferred.after, async () => {
        const value = await outputOf(providers, deferred);
        if (value === undefined)
          throw new Problem('APPLY_NO_VALUE', `${deferred.needs.provider} gave no ${deferred.needs.output}`, { at: deferred.origin });
        const held = new Map((await kindOf(kinds, deferred.kind).list()).map((live) => [addressOf(live), live]));
        const expanded = deferred.expand(value);
        if (expanded.length === 0) throw nothingOf(deferred, 'APPLY_NO_VALUE');
        madeOf.set(addressOf(deferred), expanded);
        const wanted = new Set(expanded.map(addressOf));
        const ours = [...held.values()].filter((live) => live.owner === plan.name && !wanted.has(addressOf(live)));
        if (kindOf(kinds, deferred.kind).derived) gone.push(...ours.map((live) => ({ action: 'delete', live }) as const));
        made = expanded.map((desired) => classify(desired, held.get(addressOf(desired)), kinds, plan.name, options));
      });
      await inParallel(made, limitOf(providers, deferred.kind), carryOut);
      return;
    }
    if (change.action === 'blocked') {
      finish({ address: addressOfChange(change), action: 'blocked', outcome: 'failed', problem: change.problem, milliseconds: 0 });
      return;
    }
    if (!WRITES.has(change.action) || !('desired' in change)) return;
    const { desired, live } = change;
    const kind = kindOf(kinds, desired.kind);
    await run(addressOf(desired), change.action, desired.after, async () => {
      if (change.action === 'replace') await kind.remove(change.live);
      const when = kind.announce && change.action !== 'replace' && live ? await kind.announce(desired, live) : 'now';
      if (when === 'now') await kind.put(desired, change.action === 'replace' ? undefined : live);
      else late[when].push({ address: addressOf(desired), action: change.action, put: () => kind.put(desired, live) });
      return when === 'now';
    });
  };

  const carry = async (announced: readonly Late[]): Promise<void> => {
    for (const { address, action, put } of announced) await run(address, action, [...notDone], put, 'begun');
  };
  /** What was announced: in force everywhere first, then done. */
  const carryOutLate = async (): Promise<void> => {
    if (notDone.size === 0 && late.later.length + late.last.length > 0) await settle();
    await carry(late.later);
    await drain();
    await carry(late.last);
  };

  /** What was issued the old way is taken until it has ended by itself. */
  const drain = async (): Promise<void> => {
    for (const { name, drain: milliseconds = 0 } of providers) {
      if (milliseconds === 0 || notDone.size > 0 || !late.last.some(({ address }) => targetOf(address) === name)) continue;
      const detail = `what was issued before is taken until it has ended, in ${Math.ceil(milliseconds / 1000)} s`;
      await run(`${name}.drain/${plan.name}`, 'drain', [], async () => {
        await sleep(milliseconds, signal);
        if (signal?.aborted) throw new Problem('APPLY_SKIPPED', `interrupted while ${detail}`, { hint: 'nothing is refused meanwhile; apply again, and it is waited for again' });
      }, undefined, detail);
    }
  };

  const settle = async (): Promise<void> => {
    if (signal?.aborted || written.size === 0) return;
    // What was made is brought into force, whether or not the target that gave its value is still there.
    const desired = plan.waves.flat().flatMap((change) => (change.action === 'deferred' ? (madeOf.get(addressOf(change.deferred)) ?? []) : 'desired' in change ? [change.desired] : []));
    for (const provider of providers)
      if (provider.settle && written.delete(provider.name)) {
        const address = `${provider.name}.settle/${plan.name}`;
        await run(address, 'settle', [], async () => {
          await provider.settle?.(desired);
          release(provider.name);
        });
        written.delete(provider.name);
        release(provider.name, `not known to be written, because ${address} failed`);
      }
  };

  const takeAway = async (): Promise<void> => {
    if (notDone.size > 0 || signal?.aborted) return;
    const found = await newDependents(providers, plan.removals).catch((thrown: unknown) => {
      const [problem] = problemsOf(thrown) ?? [];
      if (problem === undefined) throw thrown;
      // Nobody knows what stands on them, so none of them goes.
      return new Map(plan.removals.map((change) => [addressOfChange(change), problem] as const));
    });
    for (const change of plan.removals) {
      const address = addressOfChange(change);
      const problem = change.action === 'blocked' ? change.problem : found.get(address);
      if (problem) finish({ address, action: change.action, outcome: 'failed', problem, milliseconds: 0 });
    }
    // All or nothing: what stays may need more than what stands on it.
    if (notDone.size > 0) return;
    for (const change of [...plan.removals, ...gone]) {
      // What comes later may be what guards the one that could not go.
      const before = [...notDone].filter((address) => targetOf(address) === providerOf(change));
      if (change.action === 'delete') await run(addressOf(change.live), 'delete', before, () => kindOf(kinds, change.live.kind).remove(change.live));
      // Letting go changes nothing that is in force: what can not be let go keeps nothing else.
      if (change.action === 'release') await run(addressOf(change.live), 'release', before.filter((address) => !staysOurs(address)), async () => kindOf(kinds, change.live.kind).release?.(change.live));
    }
  };

  for (const provider of providers) provider.prepare?.([...plan.waves.flat(), ...plan.removals].filter((change) => providerOf(change) === provider.name));
  for (const wave of plan.waves)
    await Promise.all(
      [...groupBy(wave, providerOf)].map(([name, changes]) => inParallel(changes, limitOf(providers, `${name}.`), carryOut)),
    );
  await carryOutLate();
  // What guards a route, or verifies a token, goes only when what comes in its place is in force.
  if (notDone.size === 0 && plan.removals.length + gone.length > 0) {
    await settle();
    await takeAway();
  }
  if (late.gone.length > 0) {
    if (notDone.size === 0) await settle();
    await carry(late.gone);
  }
  // After a failure too: what was written comes into force as far as it is whole, and a provider keeps closed what is not.
  await settle();
  for (const provider of held.keys()) release(provider, 'interrupted before it was written');
  return results;
};

/** How many objects will be written or deleted, by target. */
export const writesIn = ({ waves, removals }: Plan): Readonly<Record<string, number>> => {
  const all = [...waves.flat().filter(({ action }) => WRITES.has(action) || action === 'deferred'), ...removals.filter(({ action }) => action === 'delete' || action === 'release')];
  return Object.fromEntries([...groupBy(all, providerOf)].map(([target, its]) => [target, its.length]));
};

const pause = (milliseconds: number, signal: AbortSignal | undefined): Promise<unknown> =>
  wait(milliseconds, undefined, signal && { signal }).catch((thrown: unknown) => {
    if (!signal?.aborted) throw thrown;
  });

const targetOf = (address: string): string => address.slice(0, address.indexOf('.'));
const providerOf = (change: Change): string => targetOf(addressOfChange(change));
const limitOf = (providers: readonly Provider[], kind: string): number =>
  providers.find(({ name }) => kind.startsWith(`${name}.`))?.concurrency ?? 4;

const kindOf = (kinds: ReadonlyMap<string, BoundKind>, name: string): BoundKind => {
  const kind = kinds.get(name);
  if (kind === undefined) throw new Problem('TARGET_MISSING', `no target is given for ${name}`, { hint: 'add it under targets' });
  return kind;
};

/** Runs `work` over `items`, at most `limit` at a time, in order of the list. */
export const inParallel = async <T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> => {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) await work(items[next++] as T);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
};
