import { reasonsOf } from '../core/plan.ts';
import type { Plan } from '../core/plan.ts';
import type { Position } from '../core/problem.ts';
import type { AccessChange, AccessGain, Report } from '../core/report.ts';
import type { Address, Change, FieldDiff } from '../core/resource.ts';
import { momentWords } from '../core/traces.ts';

/** Whether a report speaks of what is live now, against the blueprint, and not of what apply would do about it. */
export const speaksOfLive = ({ command, plan }: Report): boolean => command === 'drift' || (command === 'plan' && plan?.doors !== undefined);

const found: Partial<Record<Change['action'], string>> = { create: 'missing', update: 'changed', replace: 'changed', adopt: 'foreign', delete: 'extra', release: 'extra', orphan: 'extra', deferred: 'missing' };

/** What a change is called: an action of apply, or how the live stack differs; what nobody stated is called by what it does. */
export const titleOf = (change: Change, report: Report): string => {
  if (change.action === 'danger') return change.danger.effect;
  if (change.action === 'delete' && change.renamed !== undefined && !speaksOfLive(report)) return 'renamed';
  return (speaksOfLive(report) ? found[change.action] : undefined) ?? change.action;
};

/** The blueprint line that a change is about. */
export const originOf = (change: Change): Position | undefined =>
  'desired' in change ? change.desired.origin : 'danger' in change ? change.danger.origin : undefined;

/** Why a change is there, in one line that every format has; empty where its address says all. */
export const whyOf = (change: Change): string => [whyAlone(change), ...changedOf(change)].filter((part) => part !== '').join('; ');

const whyAlone = (change: Change): string => {
  switch (change.action) {
    case 'danger':
      return `${change.danger.what}; ${change.danger.hint}`;
    case 'blocked':
      return `${change.problem.message}${change.problem.hint === undefined ? '' : `; ${change.problem.hint}`}`;
    case 'orphan':
      return change.why ?? 'carries our mark but is no longer in the blueprint; --prune deletes it';
    case 'delete':
      return [...renamedWords(change.renamed), ...doesOf(change)].join('; ');
    case 'release':
      return 'our mark is taken off; it stays as it is';
    case 'deferred':
      return `known after ${change.deferred.needs.provider} gives its ${change.deferred.needs.output}`;
    default:
      return [reasonsOf(change).map(({ path }) => path).join(', '), ...doesOf(change)].filter((part) => part !== '').join('; ');
  }
};

const renamedWords = (renamed: Address | 'gone' | undefined): readonly string[] =>
  renamed === undefined ? [] : renamed === 'gone' ? ['what it belonged to has another name now (renamedFrom)'] : [`is called ${renamed} now, and goes when that is in force (renamedFrom)`];

/** What it does to people, in a line; none where it is not worked out. */
const doesOf = ({ does }: Change): readonly string[] => (does === undefined ? [] : [does]);

/** When it was last changed and by whom; none where nobody asked, or the server does not tell. */
const changedOf = ({ changed }: Change): readonly string[] =>
  changed === undefined ? [] : [`last changed ${momentWords(changed.at)}${changed.by === undefined ? '' : ` by ${changed.by}`}`];

/** What is said of it beside its fields. */
export const besideOf = (change: Change): readonly string[] => [...doesOf(change), ...changedOf(change)];

/** One field in words; `show` writes a value. */
export const diffWords = ({ path, before, after }: FieldDiff, report: Report, show: (value: unknown, side: 'before' | 'after') => string): string =>
  speaksOfLive(report)
    ? `${path}: ${show(before, 'before')}, the blueprint says ${show(after, 'after')}`
    : `${path}: ${show(before, 'before')} -> ${show(after, 'after')}`;

/** What becomes of one cell of the access matrix, or what it is like now; `bad` where somebody gets in that did not, or should not. */
export const cellTitle = ({ change }: Pick<AccessChange, 'change'>, report: Report): { readonly title: string; readonly bad: boolean } =>
  speaksOfLive(report) ? (change === 'closes' ? { title: 'lets in', bad: true } : { title: 'refuses', bad: false }) : { title: change, bad: change === 'opens' };

/** `anonymous: GET /bd/orders reaches orders.list` */
export const gainWords = ({ who, request, reaches }: AccessGain): string => `${who}: ${request} reaches ${reaches}`;

/** Nothing is said of who can do what where it may not hold. */
export const dependsOnWords = (what: string): string => `access: not worked out who can do what, for it depends on ${what}`;

/** What a plan could not look at, a line each. */
export const unseenLines = ({ unseen }: Plan): readonly string[] => unseen.map(({ target, what, why }) => `not looked at: ${target} ${what} (${why})`);
