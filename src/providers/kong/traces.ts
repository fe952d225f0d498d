import { objectOf } from '../../core/json.ts';
import type { Traces } from '../../core/provider.ts';
import { addressOf } from '../../core/resource.ts';
import type { Address, Live } from '../../core/resource.ts';
import { momentOf } from '../../core/traces.ts';

/** When rows were last changed, by what was read of them. Kong without Enterprise's audit log notes nowhere who did it. */
export const tracesIn = (found: readonly Address[], live: readonly Live[]): Traces => {
  const asked = new Set(found);
  return {
    changed: new Map(
      live.flatMap((object) => {
        const at = asked.has(addressOf(object)) ? changedAt(object) : undefined;
        return at === undefined ? [] : [[addressOf(object), { at }] as const];
      }),
    ),
  };
};

const changedAt = (live: Live): string | undefined => {
  const { updatedAt } = stampOf(live);
  return updatedAt === undefined ? undefined : momentOf(updatedAt * 1000);
};

/** A row as Kong knows it, and the second in which it was last changed. */
export const stampOf = ({ ref }: Live): { readonly id?: string; readonly updatedAt?: number } => {
  const { id, updatedAt } = objectOf(ref);
  return { ...(typeof id === 'string' && { id }), ...(typeof updatedAt === 'number' && { updatedAt }) };
};
