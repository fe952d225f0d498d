import { createHash } from 'node:crypto';
import { addressOfChange, changesOf, reasonsOf } from './plan.ts';
import type { Expansion, Plan } from './plan.ts';
import { Problem } from './problem.ts';
import { addressOf } from './resource.ts';
import type { Change, Live, Spec, SpecValue } from './resource.ts';
import { Secret } from './secret.ts';
import { seenOf } from './seen.ts';
import { isSpec } from './spec.ts';

/** A fingerprint for each field, by its path. Secrets are in none: what is not in a file cannot be guessed from it. */
export type Prints = Readonly<Record<string, string>>;

/** One thing that a plan would do, without the values. */
export interface SavedStep {
  readonly action: string;
  readonly address: string;
  /** The fields for which it is needed. */
  readonly fields: readonly string[];
  /** Of those, what the run before has kept back. */
  readonly kept?: readonly string[];
}

/** All that a plan depends on, by fingerprints: two plans that agree in it do the same. */
export interface PlanSignature {
  /** What the blueprint asks for, by address. */
  readonly asked: Readonly<Record<string, Prints>>;
  /** What the targets hold of it, by address, each with its marks. */
  readonly held: Readonly<Record<string, Prints>>;
  readonly steps: readonly SavedStep[];
}

/** What a blueprint asks for with its environment. */
export const askedOf = ({ desired, deferred }: Pick<Expansion, 'desired' | 'deferred'>): PlanSignature['asked'] =>
  Object.fromEntries([...desired.map((object) => [addressOf(object), printsOf(object.spec)] as const), ...deferred.map((object) => [addressOf(object), {}] as const)]);

export const signatureOf = (expansion: Pick<Expansion, 'desired' | 'deferred'>, plan: Plan): PlanSignature => {
  const changes = changesOf(plan).filter(({ action }) => action !== 'danger');
  return {
    asked: askedOf(expansion),
    held: Object.fromEntries(
      changes.flatMap((change) => ('live' in change && change.live ? [[addressOf(change.live), printsOfLive(change.live, 'desired' in change ? change.desired.spec : {})] as const] : [])),
    ),
    steps: changes.filter(({ action }) => action !== 'keep').map(stepOf),
  };
};

const stepOf = (change: Change): SavedStep => {
  const kept = 'live' in change ? change.live?.kept : undefined;
  return { action: change.action, address: addressOfChange(change), fields: reasonsOf(change).map(({ path }) => path), ...(kept && { kept }) };
};

/** Every leaf of a value by its path; absent and null are the same. */
export const printsOf = (value: SpecValue | undefined, prefix = ''): Prints =>
  Object.fromEntries(
    isSpec(value)
      ? Object.entries(value).flatMap(([field, item]) => Object.entries(printsOf(item, prefix === '' ? field : `${prefix}.${field}`)))
      : (value ?? null) === null
        ? []
        : [[prefix, seenOf(value)]],
  );

/** What is a secret where it is stated is none of the file's business where it is held: whether the two are equal is told by the steps. */
const printsOfLive = ({ spec, owner, adopted = false, protected: kept = false }: Live, stated: Spec): Prints => {
  const secrets = secretsIn(stated);
  const shown = Object.entries(printsOf(spec)).filter(([path]) => !secrets.some((secret) => path === secret || path.startsWith(`${secret}.`)));
  return { ...Object.fromEntries(shown), ...printsOf({ owner: owner ?? null, adopted, protected: kept }, 'mark') };
};

const secretsIn = (spec: Spec, prefix = ''): readonly string[] =>
  Object.entries(spec).flatMap(([field, value]) => (holdsSecret(value) ? [`${prefix}${field}`] : isSpec(value) ? secretsIn(value, `${prefix}${field}.`) : []));
const holdsSecret = (value: SpecValue): boolean => value instanceof Secret || (Array.isArray(value) && value.some((item: SpecValue) => holdsSecret(item)));

/** What is not as it was when the plan was made, each with its address and field; empty when the plan is still the same. */
export const movedSince = (saved: PlanSignature, now: PlanSignature): readonly Problem[] => {
  const asked = differences(saved.asked, now.asked);
  // What is asked for otherwise is held otherwise by comparison alone: it would be said twice.
  if (asked.length > 0) return bounded(asked.map((what) => changed(`what the blueprint asks for is not what it was: ${what}`)));
  const held = differences(saved.held, now.held);
  const steps = stepDifferences(saved.steps, now.steps, new Set(held.map((what) => what.split(' ')[0] ?? '')));
  return bounded([...held, ...steps].map((what) => moved(`the live stack is not what it was: ${what}`)));
};

/**
 * What a plan that was made just now would do beside the rest of a saved one that was begun: nothing when each of its steps is one of those, done in part
 * or not at all. `done` has the addresses that are noted as done.
 */
export const beyondRest = (saved: PlanSignature, now: PlanSignature, done: ReadonlySet<string>): readonly string[] => {
  const steps = new Map(saved.steps.map((step) => [step.address, step]));
  // What is made of another target's value has no address before that is known.
  const made = new Set(saved.steps.flatMap(({ action, address }) => (action === 'deferred' ? [kindIn(address)] : [])));
  return now.steps.flatMap((step) => {
    const { action, address, kept } = step;
    if (!WRITES.has(action)) return [];
    const was = steps.get(address);
    const fields = step.fields.filter((field) => !isIn(field, kept));
    // It was done but for being opened, which ends it.
    if (kept && action === 'update' && fields.length === 0) return [];
    const would = `${address} would be ${WRITES.get(action) ?? action}${fields.length > 0 ? ` (${fields.join(', ')})` : ''}`;
    if (done.has(address)) return [`${would}, and it was done`];
    if (made.has(kindIn(address)) && !(address in saved.asked)) return [];
    if (was === undefined || !WRITES.has(was.action)) return [`${would}, and there was nothing to do`];
    if (!(PARTLY[was.action] ?? [was.action]).includes(action)) return [`${would}, and it was to be ${WRITES.get(was.action) ?? was.action}`];
    // Of one that is made, replaced or taken over, any field may be missing still.
    const more = was.action === 'update' ? fields.filter((field) => !was.fields.includes(field)) : [];
    return more.length > 0 ? [`${would}, and it was to be updated for ${was.fields.join(', ')}`] : [];
  });
};

/** `headers.x` is in `headers`. */
const isIn = (field: string, fields: readonly string[] = []): boolean => fields.some((one) => field === one || field.startsWith(`${one}.`));

/** What writes, in the words of a sentence. */
const WRITES: ReadonlyMap<string, string> = new Map([
  ['create', 'created'], ['update', 'updated'], ['replace', 'replaced'], ['adopt', 'taken over'], ['delete', 'deleted'], ['release', 'let go'], ['deferred', 'made of what another target gives'],
]);
/** What is left of a step that was broken off, or came with what it depends on. */
const PARTLY: Readonly<Record<string, readonly string[]>> = { create: ['create', 'update'], replace: ['create', 'update', 'replace'], adopt: ['adopt', 'update'] };
const kindIn = (address: string): string => address.slice(0, address.indexOf('/'));

/** As many are named one by one. */
const NAMED = 10;
export const bounded = (problems: readonly Problem[]): readonly Problem[] => {
  const [first] = problems;
  if (first === undefined || problems.length <= NAMED) return problems;
  return [...problems.slice(0, NAMED), new Problem(first.code, `and ${problems.length - NAMED} more of the same`, { hint: first.hint })];
};

const NEXT = 'nothing was written; make the plan again: authctl plan --out <file>';
const changed = (message: string): Problem => new Problem('SAVED_PLAN_CHANGED', message, { hint: `the environment that the blueprint refers to is another, or authctl is; ${NEXT}` });
const moved = (message: string): Problem => new Problem('SAVED_PLAN_MOVED', message, { hint: NEXT });

/** What is not the same, by address and field. */
export const differences = (before: Readonly<Record<string, Prints>>, after: Readonly<Record<string, Prints>>): readonly string[] =>
  union(before, after).flatMap((address) => {
    const [was, is] = [before[address], after[address]];
    if (is === undefined) return [`${address} is not there any more`];
    if (was === undefined) return [`${address} is there now`];
    const fields = fieldsThatDiffer(was, is);
    return fields.length === 0 ? [] : [`${address} differs in ${fields.slice(0, NAMED).join(', ')}${fields.length > NAMED ? ` and ${fields.length - NAMED} more` : ''}`];
  });

export const fieldsThatDiffer = (before: Prints, after: Prints): readonly string[] => union(before, after).filter((field) => before[field] !== after[field]);

const stepDifferences = (before: readonly SavedStep[], after: readonly SavedStep[], told: ReadonlySet<string>): readonly string[] => {
  const [was, is] = [new Map(before.map((step) => [step.address, step])), new Map(after.map((step) => [step.address, step]))];
  return [...new Set([...was.keys(), ...is.keys()])].toSorted().flatMap((address) => {
    const [saved, now] = [was.get(address), is.get(address)];
    if (told.has(address) || (saved?.action === now?.action && saved?.fields.join() === now?.fields.join())) return [];
    const fields = now?.fields.length ? ` (${now.fields.join(', ')})` : '';
    return [`${address} would be ${inWords(now)}${fields}, and the plan says ${inWords(saved)}`];
  });
};

const inWords = (step: SavedStep | undefined): string => (step === undefined ? 'keep' : step.action);

const union = (a: object, b: object): readonly string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])].toSorted();

/** Of a text, or of anything that is JSON. */
export const digestOf = (value: unknown): string => createHash('sha256').update(typeof value === 'string' ? value : JSON.stringify(value)).digest('hex');
