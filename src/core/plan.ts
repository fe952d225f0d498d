import { allOf } from './all-of.ts';
import { groupBy } from './collections.ts';
import { dayOf, sortByAcceptance } from './accept.ts';
import type { Acceptance, AcceptedDanger } from './accept.ts';
import { diffSpec } from './diff.ts';
import type { ReadEvent } from './events.ts';
import { lookAt, lookingIn, statedOnly, targetOf } from './looking.ts';
import { wavesOf } from './order.ts';
import { Problem } from './problem.ts';
import type { Limit } from './outcome.ts';
import type { BoundKind, Provider } from './provider.ts';
import type { Rename } from './renames.ts';
import { planRemovals } from './removals.ts';
import type { RemovalOptions } from './removals.ts';
import { severityOf } from './severity.ts';
import type { FieldsOf } from './severity.ts';
import { tracesOf, withTrace } from './traces.ts';
import { withWholeMaps } from './whole-maps.ts';
import { hideSecrets } from './hide-secrets.ts';
import type { Address, Change, Danger, Deferred, Desired, Door, FieldDiff, GainBy, Live, Step, Unseen } from './resource.ts';
import { addressOf } from './resource.ts';

/** What the blueprint asks of all providers: made by the patterns, without looking at any server. */
export interface Expansion {
  readonly name: string;
  readonly desired: readonly Desired[];
  readonly deferred: readonly Deferred[];
  readonly limits?: readonly Limit[];
  /** What was called otherwise before. */
  readonly renames?: readonly Rename[];
  /** What else is known to be on the targets. */
  readonly accept?: readonly Acceptance[];
}

export interface PlanOptions extends RemovalOptions {
  /** Take over objects in our way that carry no mark. */
  readonly adopt?: boolean;
  /** The day by which it is judged what is still accepted (2027-01-31); today's unless stated. */
  readonly today?: string;
  /** Ask when and by whom what was found was changed: drift does, unless told not to. */
  readonly traces?: boolean;
  /** Tell what opens something by an object that this plan takes away, too: drift does, for which it is there. */
  readonly asFound?: boolean;
}

/** Waves of changes: made without writing; `drift` is `plan` with another exit code. Plain data once serialised, secrets masked. */
export interface Plan {
  readonly name: string;
  readonly waves: readonly (readonly Change[])[];
  /** In the order in which they are carried out, after the last wave. */
  readonly removals: readonly Change[];
  /** What is within reach, is neither stated nor shipped by the server, and is not accepted: worst first. */
  readonly dangers: readonly Change[];
  /** What of that the blueprint accepts. */
  readonly accepted: readonly AcceptedDanger[];
  /** What could not be looked at. */
  readonly unseen: readonly Unseen[];
  /** Who can do what by objects of the blueprint that are not as it says. */
  readonly gains?: readonly GainBy[];
  /** What is there of the blueprint's objects on targets that are only looked at, and is not as it says: the dangers tell how. */
  readonly found?: readonly Live[];
  /** How the blueprint's routes are reached at gateways that are only looked at. */
  readonly doors?: readonly Door[];
  /** Owned objects that the blueprint no longer names, and that stay without --prune. */
  readonly orphans: readonly Change[];
  /** Why it is not told of something who changed it. */
  readonly untold?: readonly string[];
}

/** Reads every target once and says what apply would do. Throws what a provider throws: something unreadable is never "absent". */
export const makePlan = async (providers: readonly Provider[], expansion: Expansion, options: PlanOptions = {}, events?: (event: ReadEvent) => void): Promise<Plan> => {
  const kinds = new Map(providers.flatMap((provider) => provider.kinds.map((kind) => [kind.name, kind] as const)));
  const reading = allOf(providers.map(async (provider) => ({ provider, live: await readAll(provider, events) })));
  const [listed, resolved] = await allOf([reading, resolveDeferred(providers, expansion.deferred)]);
  const asked = [...expansion.desired, ...resolved.flatMap(({ made }) => made ?? [])];
  const read = listed.map(({ provider, live: held }) => ({ provider, live: provider.recognised?.(asked, held) ?? held }));
  const live = new Map(read.flatMap((part) => part.live.map((object) => [addressOf(object), object] as const)));
  const fieldsOf: FieldsOf = (kind) => providers.find(({ name }) => kind.startsWith(`${name}.`))?.fieldsOf?.(kind);
  const desired = asked.map((object) => {
    const there = live.get(addressOf(object));
    if (there === undefined) return object;
    const spec = withWholeMaps(fieldsOf(object.kind) ?? {}, object.spec, there.spec, there.made);
    return spec === object.spec ? object : { ...object, spec };
  });
  const looking = lookingIn(providers);
  const managed = desired.filter(({ kind }) => !looking.has(targetOf(kind)));
  const looks = desired.flatMap((object) => {
    const one = looking.get(targetOf(object.kind));
    return one ? [{ object, ...lookAt(object, live.get(addressOf(object)), { ...one, fieldsOf }) }] : [];
  });

  interface Node { kind: string; id: string; after: readonly Address[]; change: Step }
  const steps: Node[] = [
    ...managed.map((object) => ({ ...object, change: classify(object, live.get(addressOf(object)), kinds, expansion.name, options) })),
    ...looks.flatMap(({ object, keep }) => (keep ? [{ ...object, change: keep }] : [])),
  ];
  const changing = new Set(steps.flatMap((node) => (WRITES.has(node.change.action) ? [addressOf(node)] : [])));
  const unresolved = resolved.filter(({ deferred, made }) => !looking.has(targetOf(deferred.kind)) && (made === undefined || made.length === 0));
  const nodes: Node[] = [
    ...steps,
    ...unresolved.map(({ deferred, made }): Node => {
      // What it waits for is about to change, and may bring the value.
      const comes = made === undefined || deferred.after.some((address) => changing.has(address));
      return { ...deferred, change: comes ? { action: 'deferred', deferred } : { action: 'blocked', deferred, problem: nothingOf(deferred, 'PLAN_NO_VALUE') } };
    }),
  ];
  const judged = (step: Step): Change => {
    const effect = severityOf(step, fieldsOf);
    return effect === undefined ? step : { ...step, effect };
  };

  const wanted = new Set(desired.map(addressOf));
  const waiting = new Set(unresolved.map(({ deferred }) => deferred.kind));
  const { removals, orphans } = await planRemovals({ name: expansion.name, renames: expansion.renames ?? [], kinds, read: read.filter(({ provider }) => provider.looking === undefined), wanted, waiting, options });
  const reach = await Promise.all(read.map(({ provider, live: held }) => provider.reach(desired, held)));
  const today = options.today ?? dayOf(Date.now());
  const going = options.asFound === true ? new Set<Address>() : goingAlone(removals, read.flatMap((part) => part.live));
  const dangers = [...looks.flatMap(({ danger }) => danger ?? []), ...reach.flatMap((part, at) => (read[at]?.provider.looking ? part.dangers.filter(isHarm) : part.dangers))]
    .filter((danger) => !going.has(addressOf(danger)))
    // What others wrote into a server may hold a password where nobody looks for one.
    .map((danger) => ({ ...danger, what: hideSecrets(danger.what), ...(danger.field !== undefined && { field: hideSecrets(danger.field) }) }));
  const doors = reach.flatMap((part) => part.doors ?? []);
  const found = looks.flatMap((look) => look.found ?? []);
  const { told, accepted } = sortByAcceptance(dangers, expansion.accept ?? [], today);
  const trusted = givenOn(told, resolved.flatMap(({ made }) => made ?? []));
  const plan: Plan = {
    name: expansion.name,
    waves: wavesOf(nodes, kinds).map((wave) => wave.map(({ change }) => trusted(judged(change)))),
    removals: removals.map(judged),
    orphans: orphans.map(judged),
    dangers: told.map((danger) => judged({ action: 'danger', danger })),
    accepted,
    unseen: reach.flatMap(({ unseen }) => unseen),
    gains: reach.flatMap(({ gains = [] }) => gains),
    ...(found.length > 0 && { found }),
    ...(doors.length > 0 && { doors }),
  };
  return options.traces === true ? traced(plan, read) : plan;
};

/** What is deleted, and has its address to itself: once the plan is carried out there is nothing by that name that could do any harm. */
const goingAlone = (removals: readonly Step[], live: readonly Live[]): ReadonlySet<Address> => {
  const held = groupBy(live, addressOf);
  return new Set(removals.flatMap((step) => (step.action === 'delete' && held.get(addressOf(step.live))?.length === 1 ? [addressOf(step.live)] : [])));
};

const traced = async (plan: Plan, read: Parameters<typeof tracesOf>[0]): Promise<Plan> => {
  const told = await tracesOf(read, changesOf(plan).flatMap((change) => (change.action === 'keep' ? [] : [addressOfChange(change)])));
  const trace = (change: Change): Change => withTrace(change, addressOfChange(change), told);
  const { waves, removals, orphans, dangers } = plan;
  return {
    ...plan,
    waves: waves.map((wave) => wave.map(trace)),
    removals: removals.map(trace),
    orphans: orphans.map(trace),
    dangers: dangers.map(trace),
    ...(told.untold.length > 0 && { untold: told.untold }),
  };
};

/** Marks what would be written of something that is told: whoever is behind that is behind this, too. */
const givenOn = (told: readonly Danger[], made: readonly Desired[]): ((change: Change) => Change) => {
  const sources = new Map(told.flatMap((danger) => (danger.gives ?? []).map((name) => [name, danger] as const)));
  const addresses = new Set(made.map(addressOf));
  return (change) => {
    if (!('desired' in change) || !WRITES.has(change.action) || !addresses.has(addressOf(change.desired))) return change;
    const source = sources.get(change.desired.id.slice(change.desired.id.lastIndexOf('/') + 1));
    return source ? { ...change, effect: source.effect, does: `would be made of ${addressOf(source)}: ${source.what}` } : change;
  };
};

const readAll = async ({ name, kinds }: Provider, events: ((event: ReadEvent) => void) | undefined): Promise<readonly Live[]> => {
  const begun = performance.now();
  const finished = (outcome: 'done' | 'failed', objects: number): void =>
    events?.({ type: 'read.finished', target: name, outcome, objects, milliseconds: Math.round(performance.now() - begun) });
  events?.({ type: 'read.started', target: name });
  try {
    const live = (await Promise.all(kinds.map((kind) => kind.list()))).flat();
    finished('done', live.length);
    return live;
  } catch (thrown) {
    finished('failed', 0);
    throw thrown;
  }
};

/** Deferred objects with what their value makes of them; `undefined` while there is none. */
const resolveDeferred = (
  providers: readonly Provider[],
  deferred: readonly Deferred[],
): Promise<readonly { readonly deferred: Deferred; readonly made: readonly Desired[] | undefined }[]> =>
  Promise.all(
    deferred.map(async (object) => {
      const value = await outputOf(providers, object);
      return { deferred: object, made: value === undefined ? undefined : object.expand(value) };
    }),
  );

/** The value is there, and empty, or of no use: what stands on the one before is not taken away for it. */
export const nothingOf = (deferred: Deferred, code: 'PLAN_NO_VALUE' | 'APPLY_NO_VALUE'): Problem =>
  new Problem(code, `${deferred.needs.provider} gives no ${deferred.needs.output} that ${addressOf(deferred)} can be made of`, {
    at: deferred.origin,
    hint: deferred.hint ?? `look at the ${deferred.needs.output} of ${deferred.needs.provider}; what was made of earlier ones stays as it is`,
  });

/** Of a target that is only looked at: that something is not stated is no news, unless it does something to somebody. */
const isHarm = ({ effect }: Danger): boolean => effect !== 'differs';

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'replace', 'adopt']);

export const outputOf = async (providers: readonly Provider[], { needs }: Deferred): Promise<unknown> =>
  providers.find(({ name }) => name === needs.provider)?.output?.(needs.output);

/** One object: what to do with it, by what the target holds under its address. */
export const classify = (
  asked: Desired,
  live: Live | undefined,
  kinds: ReadonlyMap<string, BoundKind>,
  name: string,
  options: PlanOptions,
): Step => {
  if (live === undefined) return { action: 'create', desired: asked };
  const desired = live.adopted || live.owner === undefined ? statedOnly(asked) : asked;
  const because = diffSpec(desired.spec, live.spec);
  if (live.owner !== name) {
    if (options.adopt && live.owner === undefined) return { action: 'adopt', desired, live, because };
    if (desired.joint && live.owner !== undefined && because.length === 0) return { action: 'adopt', desired, live, because };
    return { action: 'blocked', desired, live, problem: inTheWay(desired, live) };
  }
  if (because.length === 0) return { action: 'keep', desired, live };
  const immutable = kinds.get(desired.kind)?.immutable ?? [];
  const replace = because.some(({ path }) => immutable.some((field) => path === field || path.startsWith(`${field}.`)));
  if (replace && live.adopted) return { action: 'blocked', desired, live, problem: notAnew(desired, because) };
  return { action: replace ? 'replace' : 'update', desired, live, because };
};

const notAnew = (desired: Desired, because: readonly FieldDiff[]): Problem =>
  new Problem('PLAN_BLOCKED', `${addressOf(desired)} would have to be deleted and made anew (${because.map(({ path }) => path).join(', ')}), and it was there before it was taken over`, {
    at: desired.origin,
    hint: 'state what it is, or delete it on its server',
  });

const inTheWay = (desired: Desired, live: Live): Problem =>
  live.owner === undefined
    ? new Problem('PLAN_BLOCKED', `${addressOf(desired)} already exists and carries no mark of authctl`, {
        at: desired.origin,
        hint: 'run again with --adopt to take it over, or rename it in the blueprint',
      })
    : new Problem('PLAN_BLOCKED', `${addressOf(desired)} belongs to the blueprint "${live.owner}"`, {
        at: desired.origin,
        hint: 'two blueprints cannot own one object: rename it in one of them',
      });

/** Every change of a plan, in the order it is shown. */
export const changesOf = (plan: Plan): readonly Change[] => [...plan.waves.flat(), ...plan.removals, ...plan.orphans, ...plan.dangers];

/** True when apply would write something. */
export const hasWrites = (plan: Plan): boolean =>
  changesOf(plan).some(({ action }) => ['create', 'update', 'replace', 'adopt', 'delete', 'release', 'deferred'].includes(action));

/** True when the live stack is not what the blueprint says, whether or not apply could mend it. */
export const hasDrift = (plan: Plan): boolean => changesOf(plan).some(({ action }) => action !== 'keep');

/** The address a change is about. */
export const addressOfChange = (change: Change): Address => {
  switch (change.action) {
    case 'delete':
    case 'release':
    case 'orphan':
      return addressOf(change.live);
    case 'deferred':
      return addressOf(change.deferred);
    case 'blocked':
      return addressOf('desired' in change ? change.desired : 'deferred' in change ? change.deferred : change.live);
    case 'danger':
      return addressOf(change.danger);
    default:
      return addressOf(change.desired);
  }
};

/** The field differences of a change; none for those that have none to show. */
export const reasonsOf = (change: Change): readonly FieldDiff[] => ('because' in change ? change.because : []);
