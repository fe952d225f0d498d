import { reasonsOf } from '../core/plan.ts';
import type { Plan } from '../core/plan.ts';
import type { Position } from '../core/problem.ts';
import type { Change } from '../core/resource.ts';

/** What a change is called: an action of apply, or what something that nobody stated does. */
export const titleOf = (change: Change): string => (change.action === 'danger' ? change.danger.effect : change.action);

/** The blueprint line that a change is about. */
export const originOf = (change: Change): Position | undefined =>
  'desired' in change ? change.desired.origin : 'danger' in change ? change.danger.origin : undefined;

/** Why a change is there, in one line that every format has; empty where its address says all. */
export const whyOf = (change: Change): string => {
  switch (change.action) {
    case 'danger':
      return `${change.danger.what}; ${change.danger.hint}`;
    case 'blocked':
      return `${change.problem.message}${change.problem.hint === undefined ? '' : `; ${change.problem.hint}`}`;
    case 'orphan':
      return 'carries our mark but is no longer in the blueprint; --prune deletes it';
    case 'deferred':
      return `known after ${change.deferred.needs.provider} gives its ${change.deferred.needs.output}`;
    default:
      return reasonsOf(change).map(({ path }) => path).join(', ');
  }
};

/** What a plan could not look at, a line each. */
export const unseenLines = ({ unseen }: Plan): readonly string[] => unseen.map(({ target, what, why }) => `not looked at: ${target} ${what} (${why})`);
