import { diffSpec } from '../../../core/diff.ts';
import { Problem } from '../../../core/problem.ts';
import type { Desired, Live, Spec } from '../../../core/resource.ts';
import type { AwsClient } from '../view.ts';

/** The top-level fields that differ, with what is wanted. */
export const changedFields = ({ spec }: Desired, live: Live): Record<string, unknown> =>
  Object.fromEntries(Object.entries(spec).filter(([field, value]) => diffSpec({ [field]: value }, live.spec).length > 0));

export const sorted = (items: readonly string[] | undefined): readonly string[] => (items ?? []).toSorted();

/** The API's name in a child's id: everything before the first slash. */
export const apiOf = ({ id }: { readonly id: string }): string => id.slice(0, id.indexOf('/'));

/** The id AWS gave to an object that must exist by now. */
export const idOf = (aws: AwsClient, address: string, { origin }: Desired): string => {
  const id = aws.ids.get(address);
  if (id === undefined)
    throw new Problem('AWS_NOT_THERE', `${address} is not there, though it should have been created before`, {
      at: origin,
      hint: 'apply again',
    });
  return id;
};

/** Only what is owned: emulators, and newer versions of AWS, answer with more fields than were written. */
export const pick = (from: object, fields: readonly string[]): Spec => {
  const source = from as Record<string, unknown>;
  return Object.fromEntries(fields.map((field) => [field, source[field] ?? null])) as Spec;
};
