import { createHash } from 'node:crypto';
import type { Address } from '../../core/resource.ts';

/**
 * The mark of what has no room for one: its id, which Keycloak takes from whoever makes it. A uuid of version 8 (RFC 9562), half of it a hash of the
 * blueprint's name, half of it of the address.
 */
export const markedId = (owner: string, address: Address): string => {
  const [mine, where] = [hashed(owner), hashed(address)];
  return `${mine.slice(0, 8)}-${mine.slice(8, 12)}-8${where.slice(0, 3)}-8${where.slice(3, 6)}-${where.slice(6, 18)}`;
};

/** Whose it is by its id, of all whose marks are seen in the realm; something that says so of a blueprint that nobody here knows. */
export const ownerById = (id: string, address: Address, { self, others }: { readonly self: string; readonly others: Iterable<string> }): string | undefined => {
  if (!MARKED.test(id)) return undefined;
  if (id === markedId(self, address)) return self;
  const half = id.slice(0, 13);
  // One of ours that somebody gave another name is no longer what its id says.
  if (half === markedId(self, '').slice(0, 13)) return undefined;
  return [...others].find((one) => markedId(one, '').slice(0, 13) === half) ?? UNKNOWN;
};
const UNKNOWN = '(not seen in this realm)';

const MARKED = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/;
export const hashed = (text: string): string => createHash('sha256').update(text).digest('hex');
