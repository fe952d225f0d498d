import { createHash } from 'node:crypto';
import type { SpecValue } from './resource.ts';
import { Secret } from './secret.ts';

/**
 * A fingerprint of a value as it was looked at, the same in every run: twelve hexadecimal characters. The order of a mapping's keys does not
 * count, that of a list does. Secrets are not part of it: a file that holds a fingerprint must not help to guess one.
 */
export const seenOf = (value: SpecValue | undefined): string => createHash('sha256').update(JSON.stringify(plain(value ?? null))).digest('hex').slice(0, 12);

const plain = (value: SpecValue): unknown => {
  if (value instanceof Secret) return '[secret]';
  if (Array.isArray(value)) return value.map((item: SpecValue) => plain(item));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .filter(([, item]: readonly [string, SpecValue]) => item !== null)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]: readonly [string, SpecValue]) => [key, plain(item)]);
  return value;
};
