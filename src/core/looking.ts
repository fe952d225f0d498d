import { diffSpec } from './diff.ts';
import type { Provider } from './provider.ts';
import { Secret } from './secret.ts';
import { isSpec } from './spec.ts';
import type { Danger, Desired, FieldDiff, Live, Spec, Step } from './resource.ts';
import { seenOf } from './seen.ts';
import { severityOf } from './severity.ts';
import type { FieldsOf } from './severity.ts';

export const targetOf = (kind: string): string => kind.slice(0, kind.indexOf('.'));

/** Providers whose target is only looked at, by name. */
export const lookingIn = (providers: readonly Provider[]): ReadonlyMap<string, NonNullable<Provider['looking']>> =>
  new Map(providers.flatMap(({ name, looking }) => (looking ? [[name, looking] as const] : [])));

/** What a look at one object of a target that is not ours to change comes to. */
export interface Look {
  /** It is there, and as the blueprint says. */
  readonly keep?: Step;
  readonly danger?: Danger;
  /** What is there in its place, when it is not as the blueprint says. */
  readonly found?: Live;
}

/** Without what only a new object begins with. */
export const statedOnly = (desired: Desired): Desired => {
  const { initial } = desired;
  if (initial === undefined) return desired;
  return { ...desired, spec: Object.fromEntries(Object.entries(desired.spec).filter(([field]) => !initial.includes(field))) };
};

/** Whose mark it carries does not matter: nobody takes it over. */
export const lookAt = (asked: Desired, live: Live | undefined, { demands, means, fieldsOf }: NonNullable<Provider['looking']> & { readonly fieldsOf: FieldsOf }): Look => {
  const { kind, id, origin } = asked;
  const hint = 'change it with the tool that keeps this target, say in the blueprint what is right, or accept it';
  if (live === undefined) {
    if (!demands(asked)) return {};
    const effect = severityOf({ action: 'create', desired: asked }, fieldsOf) ?? 'breaks';
    return { danger: { kind, id, effect, what: 'is not there, not managed here', origin, hint, seen: seenOf(null) } };
  }
  const desired = statedOnly(asked);
  const because = diffSpec(desired.spec, live.spec).filter((diff) => !meansTheSame(diff, unshown(desired.spec)) && !means(desired, diff));
  if (because.length === 0) return { keep: { action: 'keep', desired, live } };
  const effect = severityOf({ action: 'update', desired, live, because }, fieldsOf) ?? 'differs';
  return { found: live, danger: { kind, id, effect, what: `differs: ${because.map(inWords).join('; ')}, not managed here`, origin, hint, seen: seenOf(Object.entries(desired.spec).filter(([field]) => because.some(({ path }) => path === field || path.startsWith(`${field}.`))).map(([field]) => [field, live.spec[field] ?? null])) } };
};

/** Paths of secrets: a server that does not show them gives nothing to compare. */
const unshown = (spec: Spec, prefix = ''): readonly string[] =>
  Object.entries(spec).flatMap(([field, value]) => (value instanceof Secret ? [`${prefix}${field}`] : isSpec(value) ? unshown(value, `${prefix}${field}.`) : []));

/** A flag that is off and one that nobody has set are the same to whoever has not made the object: patterns state both. */
const meansTheSame = ({ path, before, after }: FieldDiff, secrets: readonly string[]): boolean =>
  (before ?? null) === null && (secrets.includes(path) || after === false || after === 'false' || (Array.isArray(after) && after.length === 0));

const LONG = 120;

const inWords = ({ path, before, after }: FieldDiff): string => `${path}: ${short(before)}, the blueprint says ${short(after)}`;
const short = (value: unknown): string => {
  const text = JSON.stringify(value ?? null);
  return text.length > LONG ? `${text.slice(0, LONG - 1)}…` : text;
};
