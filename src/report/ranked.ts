import { effects } from '../core/resource.ts';
import type { Change, Effect } from '../core/resource.ts';

/** What it does to people, as far as that is said. */
export const effectOf = (change: Change): Effect | undefined => (change.action === 'danger' ? change.danger.effect : change.effect);

/** What cannot be done is read last but for what lets somebody in: both are what a reviewer must not miss. */
export const rankOf = (change: Change): number => {
  const effect = effectOf(change);
  const grave = effect === undefined ? 0 : effects.length - effects.indexOf(effect);
  const way = change.action === 'blocked' ? 3.5 : change.action === 'delete' || change.action === 'replace' ? 0.5 : 0;
  return Math.max(grave, way);
};

/** Changes with the most dangerous last, where the eye is when a command has ended; of the same rank in their own order. */
export const ranked = (changes: readonly Change[]): readonly Change[] => changes.toSorted((a, b) => rankOf(a) - rankOf(b));
