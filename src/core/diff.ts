import type { FieldDiff, Spec, SpecValue } from './resource.ts';
import { Secret } from './secret.ts';
import { isSpec } from './spec.ts';
import { concealed, isNamedSecret } from './concealed.ts';
import { hideSecrets } from './hide-secrets.ts';

/**
 * Where `live` is not what `desired` states. A subset compare: fields that `desired` does not name are not looked at, objects are
 * compared field by field, lists as a whole, and an absent field equals `null`. Secrets in the answer are masked by fingerprint.
 */
export const diffSpec = (desired: Spec, live: Spec): readonly FieldDiff[] => [...walk(desired, live, '')];

/** `null` and absent are the same; secrets by value, without showing it, and whether or not the other side knows that it is one. */
export const sameValue = (left: SpecValue | undefined, right: SpecValue | undefined): boolean => {
  const [a, b] = [left ?? null, right ?? null];
  if (a instanceof Secret || b instanceof Secret) return revealed(a) === revealed(b);
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, at) => sameValue(item, b[at]));
  if (isSpec(a) && isSpec(b)) return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => sameValue(own(a, key), own(b, key)));
  return a === b;
};

/** People give names to members of maps: `toString` is one like any other. */
const own = (spec: Spec, name: string): SpecValue | undefined => (Object.hasOwn(spec, name) ? spec[name] : undefined);

function* walk(desired: Spec, live: Spec, prefix: string): Generator<FieldDiff> {
  for (const [field, wanted] of Object.entries(desired)) {
    const path = prefix === '' ? field : `${prefix}.${field}`;
    const held = own(live, field);
    if (isSpec(wanted) && isSpec(held)) yield* walk(wanted, held, path);
    else if (!sameValue(wanted, held)) {
      // By its name, or by that of the mapper's claim on either side: what was there is as secret as what is to be.
      const named = isNamedSecret(desired, field) || isNamedSecret(live, field);
      const [before, after] = [held, wanted].map((value) => (named ? wrapped(value) : value === undefined ? undefined : concealed(value, field)));
      yield { path, before: shown(hidden(before, after)), after: shown(hidden(after, before)) };
    }
  }
}

const revealed = (value: SpecValue): SpecValue => (value instanceof Secret ? value.reveal() : value);

/** A value with every text in it a secret, where the other side of the comparison holds one. */
const hidden = (value: SpecValue | undefined, other: SpecValue | undefined): SpecValue | undefined =>
  holdsSecret(other) ? wrapped(value) : value;
const holdsSecret = (value: SpecValue | undefined): boolean =>
  value instanceof Secret || (typeof value === 'object' && value !== null && Object.values(value).some((item: SpecValue) => holdsSecret(item)));
const wrapped = (value: SpecValue | undefined): SpecValue | undefined => {
  if (typeof value === 'string') return new Secret(value);
  if (Array.isArray(value)) return value.map((item: SpecValue) => wrapped(item) ?? null);
  return isSpec(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, wrapped(item) ?? null])) : value;
};

/** A value as a plan may show it. */
export const shown = (value: SpecValue | undefined): unknown => {
  if (value === undefined) return null;
  if (value instanceof Secret) return `[secret ${value.fingerprint()}]`;
  if (Array.isArray(value)) return value.map((item: SpecValue) => shown(item));
  if (isSpec(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item)]));
  return typeof value === 'string' ? hideSecrets(value) : value;
};
