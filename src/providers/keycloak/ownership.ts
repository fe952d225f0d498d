import type { Desired } from '../../core/resource.ts';
import { attributeOf } from './attributes.ts';
import type { Attributes } from './attributes.ts';

/**
 * The mark is an attribute that every kind of object has: text on a realm, client and client scope, a list on a role and user. Names
 * that begin with `authctl.` are ours; specs never hold them.
 */
const OURS = 'authctl.';
const OWNER = `${OURS}owner`;
const PROTECTED = `${OURS}protected`;

export const ownerOf = (attributes: Attributes | undefined): string | undefined => attributeOf(attributes, OWNER);

/** `owner` and, when the mark says so, `protected`: spread into a `Live`. Protection outlives the blueprint's line. */
export const ownership = (attributes: Attributes | undefined): { owner: string | undefined; protected?: true } => ({
  owner: ownerOf(attributes),
  ...(attributeOf(attributes, PROTECTED) === 'true' && { protected: true as const }),
});

/** The mark as text attributes; `null` takes away a protection that is no longer asked for. */
export const textMark = (name: string, desired: Pick<Desired, 'protected'>): Record<string, string | null> => ({
  [OWNER]: name,
  [PROTECTED]: desired.protected ? 'true' : null,
});

/** The mark as list attributes. */
export const listMark = (name: string, desired: Pick<Desired, 'protected'>): Record<string, string[] | null> => ({
  [OWNER]: [name],
  [PROTECTED]: desired.protected ? ['true'] : null,
});

/** Attributes as a spec shows them: without ours. */
export const foreignAttributes = (attributes: Attributes | undefined): Record<string, unknown> =>
  Object.fromEntries(Object.entries(attributes ?? {}).filter(([name]) => !name.startsWith(OURS)));
