import { diffSpec } from '../../../core/diff.ts';
import { Problem } from '../../../core/problem.ts';
import type { Address, Desired, Live, Spec } from '../../../core/resource.ts';
import { Secret } from '../../../core/secret.ts';
import type { Fields, SpecType } from '../../../core/spec.ts';
import { isMissing } from '../client.ts';
import type { AwsClient } from '../view.ts';

/** What the SDK takes for a spec: nothing is null, and its lists are its own; secrets are revealed, here and nowhere else. */
export type Sent<T> = T extends readonly (infer Item)[]
  ? Sent<Item>[]
  : T extends Secret
  ? string
  : T extends object
    ? { -readonly [Field in keyof T]: Sent<Exclude<T[Field], null>> }
    : T;

export const sent = <T extends object>(spec: T): Sent<T> =>
  // The walk does to values what `Sent` does to types, which the compiler cannot follow through `Object.entries`.
  withoutNulls(spec) as Sent<T>;

const withoutNulls = (value: unknown): unknown => {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([field, item]: [string, unknown]) => (item === null ? [] : [[field, withoutNulls(item)]])));
};

/** The top-level fields that differ, with what is wanted. */
export const changedFields = <S extends Spec>({ spec }: Desired<S>, live: Live): Partial<S> =>
  // A subset of the spec's own fields: `fromEntries` forgets which.
  Object.fromEntries(Object.entries(spec).filter(([field, value]) => diffSpec({ [field]: value }, live.spec).length > 0)) as Partial<S>;

export const isEmpty = (fields: object): boolean => Object.keys(fields).length === 0;

/** The API's name in a child's id: everything before the first slash. */
export const apiOf = ({ id }: { readonly id: string }): string => id.slice(0, id.indexOf('/'));

/** The id AWS gave to an object that must exist by now. */
export const idOf = ({ ids }: AwsClient, address: Address, { origin }: Desired): string => {
  const id = ids.get(address);
  if (id === undefined)
    throw new Problem('AWS_NOT_THERE', `${address} is not there, though it should have been created before`, {
      at: origin,
      hint: 'apply again',
    });
  return id;
};

/**
 * What AWS answered as the spec has it: what is declared, and what is not, because nobody may overlook a field that only a newer AWS has. What
 * is the server's own (ids, dates) is left out, and what AWS leaves out is at its default.
 */
export const heldBy = <S extends Spec, Parts extends readonly string[]>({ fields, read }: SpecType<S, Parts>, answer: object): S =>
  read(heldIn(fields, answer));

const heldIn = (fields: Fields, answer: object): Readonly<Record<string, unknown>> => {
  const given: Readonly<Record<string, unknown>> = { ...answer };
  const declared = Object.entries(fields)
    .filter(([, { readOnly }]) => readOnly !== true)
    .map(([name, field]) => {
      const value = given[name] ?? field.default ?? null;
      return [name, field.fields && typeof value === 'object' && value !== null ? heldIn(field.fields, value) : value];
    });
  const others = Object.entries(given).filter(([name, value]) => value != null && !name.startsWith('$') && !Object.hasOwn(fields, name));
  return { ...Object.fromEntries(declared), ...Object.fromEntries(others) };
};

/** Deleting what is gone already is success. */
export const unlessGone = async (deleting: Promise<unknown>): Promise<void> => {
  await deleting.catch((thrown: unknown) => {
    if (!isMissing(thrown)) throw thrown;
  });
};
