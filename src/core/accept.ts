import type { Position } from './problem.ts';
import { addressOf, effects } from './resource.ts';
import type { Danger, Effect } from './resource.ts';

/** What a blueprint says is known to be there, though no line of it asked for it. */
export interface Acceptance {
  /** An address, or a pattern in which `*` stands for any text. */
  readonly what: string;
  /** The field that it is about, or a pattern; everything about the object when it is not stated. */
  readonly field?: string;
  /** Only what carries this tag. */
  readonly tag?: string;
  /** Only what has one of these effects. Unstated, an address accepts all of them, and a pattern those that neither open nor expose. */
  readonly effects?: readonly Effect[];
  readonly reason: string;
  /** `2027-01-31`: the last day on which it holds. */
  readonly until?: string;
  /** What was seen when it was accepted; anything else is told again. */
  readonly seen?: string;
  readonly origin: Position;
}

export interface AcceptedDanger {
  readonly danger: Danger;
  readonly reason: string;
}

export interface Sorted {
  /** Worst first. */
  readonly told: readonly Danger[];
  readonly accepted: readonly AcceptedDanger[];
}

/** The day of a moment, as `until` says it (UTC). */
export const dayOf = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 10);

/** Sets apart what the blueprint knows of. `today` is a date such as 2027-01-31. */
export const sortByAcceptance = (dangers: readonly Danger[], acceptances: readonly Acceptance[], today: string): Sorted => {
  const told: Danger[] = [];
  const accepted: AcceptedDanger[] = [];
  const exact = new Map<string, Acceptance[]>();
  for (const one of acceptances) if (!isPattern(one)) exact.set(one.what, [...(exact.get(one.what) ?? []), one]);
  const patterns = acceptances.filter(isPattern).map((one) => ({ one, fits: fitting(one.what) }));
  for (const danger of dangers) {
    const address = addressOf(danger);
    const about = [...(exact.get(address) ?? []), ...patterns.filter(({ fits }) => fits(address)).map(({ one }) => one)].filter((one) => concerns(one, danger, address));
    const holding = about.find((one) => !expired(one, today) && !changed(one, danger, address));
    if (holding) accepted.push({ danger, reason: holding.reason });
    else told.push(about[0] ? { ...danger, what: `${danger.what}; ${whyNot(about[0], today)}` } : danger);
  }
  const rank = ({ effect }: Danger): number => effects.indexOf(effect);
  return { told: told.toSorted((a, b) => rank(a) - rank(b)), accepted };
};

/** True for an entry that speaks of things which nobody has looked at one by one. */
const isPattern = ({ what }: Acceptance): boolean => what.includes('*');
/** Somebody may call a thing by a star: an entry that is its very address speaks of it. */
const isByPattern = (one: Acceptance, address: string): boolean => isPattern(one) && one.what !== address;

const MILD: readonly Effect[] = ['weakens', 'breaks', 'differs'];
const concerns = (one: Acceptance, { effect, field, tags = [] }: Danger, address: string): boolean =>
  (one.effects ?? (isByPattern(one, address) ? MILD : effects)).includes(effect) &&
  (one.tag === undefined || tags.includes(one.tag)) &&
  (one.field === undefined || (field !== undefined && fitting(one.field)(field)));

const expired = ({ until }: Acceptance, today: string): boolean => until !== undefined && until < today;
/** What a pattern saw says nothing of what shows nothing. */
const changed = (one: Acceptance, danger: Danger, address: string): boolean =>
  one.seen !== undefined && (danger.seen === undefined ? isByPattern(one, address) : one.seen !== danger.seen);
const whyNot = (one: Acceptance, today: string): string =>
  expired(one, today) ? `it was accepted until ${one.until ?? ''} (line ${one.origin.line})` : `it is not what was accepted on line ${one.origin.line}`;

/** Whether a text fits a pattern in which `*` stands for any text. */
export const fitting = (pattern: string): ((text: string) => boolean) => {
  const parts = pattern.split('*');
  if (parts.length === 1) return (text) => text === pattern;
  const [first = '', ...rest] = parts;
  const last = rest.pop() ?? '';
  return (text) => {
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    // From left to right, each part at its first place: with stars between them no other choice can succeed where this one fails.
    let from = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, from);
      if (found === -1) return false;
      from = found + part.length;
    }
    return from <= text.length - last.length;
  };
};
