import { setTimeout as wait } from 'node:timers/promises';
import type { Blueprint } from '../../blueprint/types.ts';
import { createEngine } from '../../core/engine.ts';
import type { Events } from '../../core/events.ts';
import { Problem, Problems, problemsOf } from '../../core/problem.ts';
import type { ApplyResult } from '../../core/report.ts';
import type { Rotation, RotationState } from '../../core/rotation.ts';
import { issuerPart } from '../../patterns/kong/issuer.ts';
import { connectProviders } from '../../providers/index.ts';
import { kong } from '../../providers/kong/specs/index.ts';
import { pinsKeys } from './verifiers.ts';

/** One thing that is done, under the address by which the history knows it. */
export interface Step {
  readonly address: string;
  readonly action: 'create' | 'update' | 'delete' | 'settle' | 'drain';
  /** For who reads the plan, and while it runs. */
  readonly what: string;
  readonly work: (signal: AbortSignal | undefined) => Promise<void>;
}

export interface Workshop {
  readonly blueprint: Blueprint;
  readonly rotation: Rotation;
  readonly state: RotationState;
  readonly env: NodeJS.ProcessEnv;
  /** Seconds for which verifiers are waited for, and for which old tokens are. */
  readonly times: { readonly verifiers: number; readonly drain: number };
  readonly sleep?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<unknown>;
}

/** What is left of a planned change: nobody who holds a good token is refused at any moment. */
export const plannedSteps = (workshop: Workshop): readonly Step[] => {
  const { publish, bring, take, sign, drain, retire, finish } = stepsOf(workshop);
  const done = ['none', 'published', 'signs', 'retired'].indexOf(workshop.state.stage);
  return [...(done < 1 ? [publish()] : []), ...(done < 2 ? [...bring('the new key is written to Kong, beside the old one'), ...take, sign] : []), ...(done < 3 ? [...drain, retire] : []), ...bring('the old key is taken out of Kong'), finish];
};

/** For a key that somebody else has: it signs nothing and is published nowhere from the first moment, whoever is locked out by that. */
export const emergencySteps = (workshop: Workshop): readonly Step[] => {
  const { publish, bring, sign, retire, finish } = stepsOf(workshop);
  return [...(workshop.state.stage === 'none' ? [publish('signing')] : [sign]), retire, ...bring('Kong gets the new key in the place of the old one'), finish];
};

const stepsOf = ({ blueprint, rotation, state, env, times, sleep = pause }: Workshop) => {
  const { algorithm, others } = state;
  const step = (target: 'keycloak' | 'kong', what: string, name = blueprint.name): string => `${target}.${what}/${name}`;
  const [address, old] = [step('keycloak', 'key', `${blueprint.realm.name}/${algorithm}`), keysWords(state)];
  const waiting = (name: string, seconds: number, what: string): readonly Step[] =>
    seconds === 0 ? [] : [{
      address: step('keycloak', name), action: 'drain', what,
      work: async (signal) => {
        await sleep(seconds * 1000, signal);
        if (signal?.aborted) throw new Problem('APPLY_SKIPPED', `interrupted while waiting: ${what}`, { hint: 'nobody is refused meanwhile; run it again, and it is waited for again' });
      },
    }];
  return {
    publish: (signing?: 'signing'): Step => ({ address, action: 'create', what: signing ? 'Keycloak makes a new key, and signs with it at once' : 'Keycloak publishes a new key, and goes on signing with the old one', work: () => rotation.publish(signing) }),
    bring: (what: string): readonly Step[] => (pinsKeys(blueprint) ? [{ address: step('kong', 'keys'), action: 'settle', what, work: (signal) => bringKeys(blueprint, env, signal) }] : []),
    take: waiting('verifiers', times.verifiers, `every verifier is given ${words(times.verifiers)} to know the new key`),
    sign: { address, action: 'update', what: 'Keycloak signs with the new key', work: () => rotation.sign() } satisfies Step,
    drain: waiting('tokens', times.drain, `tokens that the old key signed are good until they end, in ${words(times.drain)} at the latest`),
    retire: { address, action: 'delete', what: `Keycloak gives ${old} up for good`, work: () => rotation.retire(others) } satisfies Step,
    finish: { address: `${address} (rotation)`, action: 'update', what: 'nothing is under way any more', work: () => rotation.finish() } satisfies Step,
  };
};

export const keysWords = ({ others }: Pick<RotationState, 'others'>): string => (others.length === 0 ? 'no old key' : others.map(({ name, kid }) => `${name} (kid ${kid})`).join(' and '));

/** `1 h 30 min`, `2 min`, `15 s`. */
export const words = (seconds: number): string => {
  const parts = [[Math.floor(seconds / 3600), 'h'], [Math.floor((seconds % 3600) / 60), 'min'], [Math.ceil(seconds % 60), 's']] as const;
  return parts.flatMap(([count, unit]) => (count > 0 ? [`${count} ${unit}`] : [])).join(' ') || '0 s';
};

const pause = (milliseconds: number, signal: AbortSignal | undefined): Promise<unknown> =>
  wait(milliseconds, undefined, signal && { signal }).catch((thrown: unknown) => {
    if (!signal?.aborted) throw thrown;
  });

/** What apply does for the keys that Kong holds, and nothing else of it. */
const bringKeys = async (blueprint: Blueprint, env: NodeJS.ProcessEnv, signal: AbortSignal | undefined): Promise<void> => {
  const wanted: readonly string[] = [kong.consumer.kind, kong.jwtSecret.kind];
  const providers = (await connectProviders(blueprint, env))
    .filter(({ name }) => name === 'kong' || name === 'keycloak')
    .map((provider) => ({ ...provider, kinds: provider.kinds.filter(({ name }) => wanted.includes(name)), reach: () => Promise.resolve({ dangers: [], unseen: [] }) }));
  const { desired, deferred = [] } = issuerPart(blueprint);
  const { problems, applied = [] } = await createEngine(providers, { name: blueprint.name, desired, deferred }).apply({ approve: () => Promise.resolve(true), ...(signal && { signal }) });
  if (problems.length > 0) throw new Problems(problems);
  const [left] = applied.filter(({ outcome }) => outcome !== 'done');
  if (left) throw left.problem ?? new Problem('APPLY_SKIPPED', `${left.address} was not written`);
};

/** One after the other; what comes after one that failed, or after an interruption, is not begun. */
export const carryOut = async (steps: readonly Step[], emit: Events, signal: AbortSignal | undefined): Promise<readonly ApplyResult[]> => {
  const results: ApplyResult[] = [];
  let stopped: string | undefined;
  for (const { address, action, what, work } of steps) {
    if (stopped === undefined && signal?.aborted) stopped = 'interrupted before it was begun';
    const begun = performance.now();
    let problem = stopped === undefined ? undefined : new Problem('APPLY_SKIPPED', `${address}: ${stopped}`);
    if (problem === undefined) {
      emit({ type: 'write.started', address, action, detail: what });
      try {
        await work(signal);
      } catch (thrown) {
        [problem] = problemsOf(thrown) ?? [];
        if (problem === undefined) throw thrown;
      }
    }
    const outcome = problem === undefined ? 'done' : problem.code === 'APPLY_SKIPPED' ? 'skipped' : 'failed';
    if (problem !== undefined) stopped ??= `${what}: that was not done`;
    const result: ApplyResult = { address, action, outcome, milliseconds: Math.round(performance.now() - begun), ...(problem && { problem }) };
    results.push(result);
    emit({ type: 'write.finished', ...result });
  }
  return results;
};
