import { changesOf } from '../../core/plan.ts';
import type { Plan } from '../../core/plan.ts';
import { addressOf } from '../../core/resource.ts';
import type { Live, Spec } from '../../core/resource.ts';
import type { SpecType } from '../../core/spec.ts';

/** Looks up what the targets hold of an object that the plan is about: `held(kong.route, 'shop.orders.list')`. */
export type Held = <S extends Spec, Parts extends readonly string[]>(type: SpecType<S, Parts>, ...parts: Parts) => (Live & { readonly spec: S }) | undefined;

export const heldIn = (plan: Plan): Held => {
  const live = new Map(changesOf(plan).flatMap((change) => ('live' in change && change.live ? [[addressOf(change.live), change.live] as const] : [])));
  return (type, ...parts) => {
    const found = live.get(type.address(...parts));
    return found && type.is(found) ? found : undefined;
  };
};
