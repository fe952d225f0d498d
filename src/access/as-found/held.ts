import { changesOf } from '../../core/plan.ts';
import type { Plan } from '../../core/plan.ts';
import { addressOf } from '../../core/resource.ts';
import type { Address, Change, Live, Spec } from '../../core/resource.ts';
import type { SpecType } from '../../core/spec.ts';

/** Looks up what the targets hold of an object that the plan is about: `held(kong.route, 'shop.orders.list')`. */
export interface Held {
  <S extends Spec, Parts extends readonly string[]>(type: SpecType<S, Parts>, ...parts: Parts): (Live & { readonly spec: S }) | undefined;
  /** Whether there is one of a kind whose id begins so. Where the plan wants none of the kind, or does not know yet which, that is no reason for a no. */
  readonly some: (type: { readonly kind: string }, beginning: string) => boolean;
}

export const heldIn = (plan: Plan): Held => lookUp(plan, new Map([...formerNames(plan), ...changesOf(plan).flatMap((change) => pair(liveOf(change))), ...(plan.found ?? []).flatMap(pair)]));

/** As if only these objects were as they are found, or only these as the blueprint states them, and everything else the other way round. */
export const heldBut = (plan: Plan, { found, stated }: { readonly found?: Address; readonly stated?: Address }): Held =>
  lookUp(
    plan,
    new Map([
      ...formerNames(plan),
      ...changesOf(plan).flatMap((change) => {
        const address = 'desired' in change ? addressOf(change.desired) : undefined;
        return pair(address !== undefined && (address === stated || (found !== undefined && address !== found)) ? statedBy(change, plan.name) : liveOf(change));
      }),
      ...(plan.found ?? []).flatMap(pair),
    ]),
  );

const pair = (live: Live | undefined): readonly (readonly [Address, Live])[] => (live ? [[addressOf(live), live]] : []);
/** What is called otherwise from now on, by its next name: until that is there, it is what does the work. */
const formerNames = (plan: Plan): readonly (readonly [Address, Live])[] =>
  plan.removals.flatMap((change) =>
    change.action === 'delete' && change.renamed !== undefined && change.renamed !== 'gone' ? [[change.renamed, { ...change.live, id: change.renamed.slice(change.live.kind.length + 1) }] as const] : [],
  );
const liveOf = (change: Change): Live | undefined => ('live' in change ? change.live : undefined);
const statedBy = (change: Change, owner: string): Live | undefined =>
  'desired' in change ? { kind: change.desired.kind, id: change.desired.id, owner, spec: { ...liveOf(change)?.spec, ...change.desired.spec } } : undefined;

const lookUp = (plan: Plan, live: ReadonlyMap<Address, Live>): Held => {
  const [wanted, unknown] = [new Set<string>(), new Set<string>()];
  for (const change of changesOf(plan)) {
    if (change.action === 'deferred') unknown.add(change.deferred.kind);
    else if ('desired' in change) wanted.add(change.desired.kind);
  }
  const held = <S extends Spec, Parts extends readonly string[]>(type: SpecType<S, Parts>, ...parts: Parts): (Live & { readonly spec: S }) | undefined => {
    const found = live.get(type.address(...parts));
    return found && type.is(found) ? found : undefined;
  };
  return Object.assign(held, { some: ({ kind }: { readonly kind: string }, beginning: string) => !wanted.has(kind) || unknown.has(kind) || [...live.values()].some((one) => one.kind === kind && one.id.startsWith(beginning)) });
};
