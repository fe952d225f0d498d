import type { Spec, SpecValue } from '../../core/resource.ts';
import { Secret } from '../../core/secret.ts';
import { isSpec } from '../../core/spec.ts';

/** A spec as it is sent: secrets revealed, here and nowhere else. `null` stays `null`. */
export const payloadOf = (spec: Spec): Record<string, unknown> =>
  Object.fromEntries(Object.entries(spec).map(([field, value]) => [field, sent(value)]));

const sent = (value: SpecValue): unknown => {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map((item: SpecValue) => sent(item));
  return isSpec(value) ? payloadOf(value) : value;
};

/** What Keycloak shows in place of a secret. Written back it would become the secret. */
export const MASK = '**********';
