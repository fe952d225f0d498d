import { changesOf } from '../../core/plan.ts';
import type { Plan } from '../../core/plan.ts';
import { addressOf } from '../../core/resource.ts';
import type { Address, Change, Live, Spec } from '../../core/resource.ts';
import type { SpecType } from '../../core/spec.ts';

/** Looks up what the targets hold of an object that the plan is about: `held(kong.route, 'shop.orders.list')`. */
export type Held = <S extends Spec, Parts extends readonly string[]>(type: SpecType<S, Parts>, ...parts: Parts) => (Live & { readonly spec: S }) | undefined;

export const heldIn = (plan: Plan): Held => lookUp(new Map([...changesOf(plan).flatMap((change) => pair(liveOf(change))), ...(plan.found ?? []).flatMap(pair)]));

/** As if only these objects were as they are found, or only these as the blueprint states them, and everything else the other way round. */
export const heldBut = (plan: Plan, { found, stated }: { readonly found?: Address; readonly stated?: Address }): Held =>
  lookUp(
    new Map([
      ...changesOf(plan).flatMap((change) => {
        const address = 'desired' in change ? addressOf(change.desired) : undefined;
        return pair(address !== undefined && (address === stated || (found !== undefined && address !== found)) ? statedBy(change, plan.name) : liveOf(change));
      }),
      ...(plan.found ?? []).flatMap(pair),
    ]),
  );

const pair = (live: Live | undefined): readonly (readonly [Address, Live])[] => (live ? [[addressOf(live), live]] : []);
const liveOf = (change: Change): Live | undefined => ('live' in change ? change.live : undefined);
const statedBy = (change: Change, owner: string): Live | undefined =>
  'desired' in change ? { kind: change.desired.kind, id: change.desired.id, owner, spec: { ...liveOf(change)?.spec, ...change.desired.spec } } : undefined;

const lookUp =
  (live: ReadonlyMap<Address, Live>): Held =>
  (type, ...parts) => {
    const found = live.get(type.address(...parts));
    return found && type.is(found) ? found : undefined;
  };
