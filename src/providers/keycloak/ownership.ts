import type { Desired, Live } from '../../core/resource.ts';
import { attributeOf } from './attributes.ts';
import type { Attributes } from './attributes.ts';

/**
 * The mark is an attribute that every kind of object has: text on a realm, client and client scope, a list on a role and user. Names
 * that begin with `authctl.` are ours; specs never hold them.
 */
const OURS = 'authctl.';
const OWNER = `${OURS}owner`;
const PROTECTED = `${OURS}protected`;
/** It was there before it was taken over: it is let go, never deleted. */
const ADOPTED = `${OURS}adopted`;

export const ownerOf = (attributes: Attributes | undefined): string | undefined => attributeOf(attributes, OWNER);

/** `owner` and, when the mark says so, `protected`: spread into a `Live`. Protection outlives the blueprint's line. */
export const ownership = (attributes: Attributes | undefined): { owner: string | undefined; protected?: true; adopted?: true } => ({
  owner: ownerOf(attributes),
  ...(attributeOf(attributes, ADOPTED) === 'true' && { adopted: true as const }),
  ...(attributeOf(attributes, PROTECTED) === 'true' && { protected: true as const }),
});

/** What a kind is asked to write over: nothing, ours, or something without a mark, which is taken over. */
type TakenOver = Pick<Live, 'owner'> | undefined;
const isTakenOver = (live: TakenOver): boolean => live !== undefined && live.owner === undefined;

/** Takes every attribute of ours away, where a `PUT` merges. */
export const unmarked = (attributes: Attributes | undefined): Record<string, unknown> => ({
  ...foreignAttributes(attributes),
  ...Object.fromEntries(Object.keys(attributes ?? {}).filter((name) => name.startsWith(OURS)).map((name) => [name, ''])),
});

/** The mark as text attributes; `null` takes away a protection that is no longer asked for. */
export const textMark = (name: string, desired: Pick<Desired, 'protected'>, live: TakenOver): Record<string, string | null> => ({
  [OWNER]: name,
  ...(isTakenOver(live) && { [ADOPTED]: 'true' }),
  [PROTECTED]: desired.protected ? 'true' : null,
});

/** The mark as list attributes. */
export const listMark = (name: string, desired: Pick<Desired, 'protected'>, live: TakenOver): Record<string, string[] | null> => ({
  [OWNER]: [name],
  ...(isTakenOver(live) && { [ADOPTED]: ['true'] }),
  [PROTECTED]: desired.protected ? ['true'] : null,
});

/** Attributes as a spec shows them: without ours. */
export const foreignAttributes = (attributes: Attributes | undefined): Record<string, unknown> =>
  Object.fromEntries(Object.entries(attributes ?? {}).filter(([name]) => !name.startsWith(OURS)));
