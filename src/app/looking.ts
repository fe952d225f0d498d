import { isOnlyLookedAt, onlyLookedAt, onlyLooking } from '../blueprint/looking.ts';
import type { TargetName } from '../blueprint/looking.ts';
import type { Blueprint } from '../blueprint/types.ts';

/** Whoever asks for nothing but writes where nothing is written has asked for something that cannot be done. Throws `TARGET_ONLY_LOOKED_AT`. */
export const mayWriteSomewhere = (blueprint: Blueprint, what: string): void => {
  const looked = onlyLookedAt(blueprint);
  const targets = Object.keys(blueprint.targets) as TargetName[];
  if (targets.every((target) => isOnlyLookedAt(blueprint, target))) throw onlyLooking(blueprint, looked, what);
};
