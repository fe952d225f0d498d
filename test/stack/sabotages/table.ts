import type { Effect } from '../../../src/core/resource.ts';

/** What drift must say of a change made by hand: how bad it is, and about what. `change`: a stated field, which the plan puts right. */
export interface Told {
  readonly effect: Effect | 'change';
  readonly address: RegExp;
  /** How bad a `change` is. */
  readonly as?: Effect;
}

/** One thing that somebody does by hand to a good stack. `Hand` is what does it, and takes back what it did. */
export interface Sabotage<Hand> {
  readonly what: string;
  readonly do: (hand: Hand) => Promise<unknown>;
  readonly told: Told | readonly Told[] | 'silent';
  /** Checks of verify that find it, too, where it opens something. */
  readonly verify?: readonly string[];
}

/** A line of drift, as its report has it. */
export interface Line {
  readonly action: string;
  readonly effect?: string;
  readonly address: string;
}

/** The lines that are not as the row expects: nothing when all is told, and nothing else. */
export const mismatches = (told: Told | readonly Told[] | 'silent', lines: readonly Line[]): readonly string[] => {
  const wanted = told === 'silent' ? [] : [told].flat();
  const fits = ({ effect, address, as }: Told, line: Line): boolean => address.test(line.address) && (effect === 'change' ? line.action !== 'danger' && (as === undefined || line.effect === as) : line.action === 'danger' && line.effect === effect);
  return [
    ...wanted.filter((one) => !lines.some((line) => fits(one, line))).map(({ effect, address, as }) => `not told: ${as ?? effect} ${String(address)}`),
    ...lines.filter((line) => !wanted.some((one) => fits(one, line))).map(({ action, effect, address }) => `told besides: ${effect ?? action} ${address}`),
  ];
};
