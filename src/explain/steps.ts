import type { Position } from '../core/problem.ts';
import type { Desired } from '../core/resource.ts';
import { addressOf } from '../core/resource.ts';

/** One thing that happens to a request, and the object that makes it happen. */
export interface Step {
  readonly title: string;
  /** Sentences. */
  readonly what: readonly string[];
  /** The address that enforces it; none for what the server does of itself. */
  readonly by?: string;
  readonly at?: Position;
}

export const stepBy = (object: Desired, title: string, what: readonly string[]): Step => ({
  title,
  what,
  by: addressOf(object),
  at: object.origin,
});

export const stepsText = (steps: readonly Step[]): string =>
  steps
    .map(({ title, what, by, at }, index) =>
      [
        `  ${index + 1}. ${title}`,
        ...what.map((sentence) => `     ${sentence}`),
        ...(by === undefined ? [] : [`     by ${by}${at ? `  ${placeText(at)}` : ''}`]),
      ].join('\n'),
    )
    .join('\n');

export const placeText = ({ file, line }: Position): string => `${file}:${line}`;

/** `a, b or c` */
export const either = (items: readonly string[]): string => {
  const last = items.at(-1) ?? '';
  return items.length > 1 ? `${items.slice(0, -1).join(', ')} or ${last}` : last;
};
