import { isObject } from '../../core/json.ts';
import type { Traces } from '../../core/provider.ts';
import { addressOf } from '../../core/resource.ts';
import type { Address, Live } from '../../core/resource.ts';
import { momentOf } from '../../core/traces.ts';

/** When rows were last changed, by what was read of them. Kong notes nowhere who did it. */
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

const changedAt = ({ ref }: Live): string | undefined => (isObject(ref) && typeof ref['updatedAt'] === 'number' ? momentOf(ref['updatedAt'] * 1000) : undefined);
