import { diffSpec } from '../../../core/diff.ts';
import { refOf } from '../../../core/resource.ts';
import type { Desired, Live, Spec, SpecValue } from '../../../core/resource.ts';
import { Secret } from '../../../core/secret.ts';
import { isSpec } from '../../../core/spec.ts';
import type { RowWrite } from '../row-store.ts';
import { fieldsOf as fieldsOfKind } from '../specs/index.ts';
import { ADOPTED_TAG, wasTag } from '../specs/marks.ts';
import type { RowRef } from './kong-client.ts';

/** Turns a desired object into a write: everything for a new row, only the differing fields for one that is there. */
export const toWrite = (
  desired: Desired,
  held: Live<Spec, RowRef> | undefined,
  row: Pick<RowWrite, 'entity' | 'key' | 'path' | 'nested' | 'tags'> & { readonly whole?: boolean },
): RowWrite => {
  const { whole, ...rest } = row;
  const body = sent(desired.spec);
  if (held === undefined) return { ...rest, body };
  // Everything that comes here without a mark is being taken over.
  const before = held.spec[row.key.field] ?? null;
  const renamed = (typeof before === 'string' || before === null) && row.key.field in desired.spec && before !== row.key.value;
  const tags = held.owner === undefined ? { tags: [...(row.tags ?? []), ADOPTED_TAG, ...(renamed ? [wasTag(before)] : [])] } : {};
  return { ...rest, ...tags, body, existing: { ...refOf(held), changes: changesOf(desired, held.spec), ...(whole === true && { whole }) } };
};

/**
 * Only the top-level fields that differ. Inside `config` only the fields that differ, each whole: PATCH merges records but replaces
 * maps, so what the field holds beside ours is sent back with it.
 */
const changesOf = ({ kind, spec }: Desired, held: Spec): Readonly<Record<string, unknown>> => {
  const fields = fieldsOfKind(kind);
  const differing = Object.entries(spec).filter(([field, value]) => diffSpec({ [field]: value }, held).length > 0);
  return Object.fromEntries(
    differing.map(([field, value]) => {
      const current = held[field];
      if (!isSpec(value) || !isSpec(current)) return [field, sendable(value)];
      if (field === 'config') return [field, configChanges(value, current)];
      // What of a record is not ours is sent back as it is. How a row points to another is no record to Kong.
      const merges = fields[field]?.shape === 'record' && !('id' in (fields[field].fields ?? {}));
      // Kong takes a map as it is sent: what must not be there is left out.
      if (fields[field]?.whole === true) return [field, sendable(withoutNulls(value))];
      return [field, sendable(merges ? merged(value, current) : value)];
    }),
  );
};

const withoutNulls = (map: Spec): Spec => Object.fromEntries(Object.entries(map).filter(([, item]) => item !== null));

const configChanges = (wanted: Spec, held: Spec): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(wanted)
      .filter(([field, value]) => diffSpec({ [field]: value }, held).length > 0)
      .map(([field, value]) => [field, sendable(merged(value, held[field]))]),
  );

const merged = (wanted: SpecValue, held: SpecValue | undefined): SpecValue =>
  isSpec(wanted) && isSpec(held)
    ? { ...held, ...Object.fromEntries(Object.entries(wanted).map(([name, item]) => [name, merged(item, held[name])])) }
    : wanted;

/** A value as it is sent: the one place in this provider where a secret leaves. */
export const sendable = (value: SpecValue): unknown => {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map((item: SpecValue) => sendable(item));
  return isSpec(value) ? sent(value) : value;
};
export const sent = (spec: Spec): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(spec).map(([name, item]) => [name, sendable(item)]));
