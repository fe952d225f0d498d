import type { Spec, SpecValue } from '../../core/resource.ts';

/** The server's own handles and clocks: different in every realm, and nothing to anybody. */
const VOLATILE = new Set(['id', 'internalId', 'containerId', 'createdTimestamp', 'access', ...['creation', 'expiration', 'rotated.creation', 'rotated.expiration'].map((which) => `client.secret.${which}.time`)]);

/** What a server says, as it is compared and fingerprinted: without handles, and every list of texts in one order, because Keycloak keeps none. */
export const plain = (value: unknown): SpecValue => {
  if (Array.isArray(value)) {
    const items = value.map(plain);
    return items.every((item) => typeof item === 'string') ? items.toSorted() : items;
  }
  if (typeof value === 'object' && value !== null) return plainSpec({ ...value });
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
};

export const plainSpec = (value: Readonly<Record<string, unknown>>): Spec =>
  Object.fromEntries(
    Object.entries(value)
      .filter(([name, item]) => !VOLATILE.has(name) && item !== undefined && item !== null)
      .map(([name, item]) => [name, plain(item)]),
  );
