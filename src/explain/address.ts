import { stringify } from 'yaml';
import { shown } from '../core/diff.ts';
import type { Expansion } from '../core/plan.ts';
import type { Deferred, Desired } from '../core/resource.ts';
import { addressOf } from '../core/resource.ts';
import { placeText } from './steps.ts';

/** A text of more lines than this is named by its length: a policy is read in its file. */
const LONGEST = 10;

/** The object that apply would write under an address: its fields with secrets masked, its blueprint line, and what it stands on. */
export const explainObject = ({ desired }: Expansion, object: Desired | Deferred): string => {
  const address = addressOf(object);
  const leaners = desired.filter(({ after }) => after.includes(address)).map(addressOf);
  return [
    `${address}  ${placeText(object.origin)}`,
    '',
    ...('spec' in object
      ? [stringify(short(shown(object.spec)), { lineWidth: 0 }).trimEnd()]
      : [`Made when ${object.needs.provider} gives its ${object.needs.output}: until then nobody can name it.`]),
    '',
    ...('protected' in object && object.protected === true ? ['protected: never deleted', ''] : []),
    object.after.length > 0 ? `written after\n${object.after.map((other) => `  ${other}`).join('\n')}` : 'waits for nothing',
    ...(leaners.length > 0 ? [`needed by\n${leaners.map((other) => `  ${other}`).join('\n')}`] : []),
  ].join('\n');
};

const short = (value: unknown): unknown => {
  if (typeof value === 'string') {
    const lines = value.split('\n').length;
    return lines > LONGEST ? `(${lines} lines)` : value;
  }
  if (Array.isArray(value)) return value.map(short);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, short(item)]));
  return value;
};
