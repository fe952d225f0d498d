import { textsOf } from '../../core/json.ts';
import type { Desired, Live, Spec } from '../../core/resource.ts';
import { isSpec } from '../../core/spec.ts';
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
const MAPPERS = `${OURS}mappers`;
/** Whose an object of its own is that has room at another one alone: what a client decides by, what a role contains. What is noted of it begins so, too. */
export const AUTHORIZATION_MARK = `${OURS}authorization`;
export const COMPOSITES_MARK = `${OURS}composites`;

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

/** What other blueprints have noted at an object of ours of what they state there: it stays theirs when that is let go. */
export const marksOfOthers = (attributes: Attributes | undefined, name: string): Record<string, unknown> =>
  Object.fromEntries(
    [AUTHORIZATION_MARK, COMPOSITES_MARK].flatMap((mark) => {
      const owner = attributeOf(attributes, mark);
      return owner === undefined || owner === name ? [] : Object.entries(attributes ?? {}).filter(([one]) => one === mark || one.startsWith(`${mark}.`));
    }),
  );

/** Takes every attribute of ours away, where a `PUT` merges. */
export const unmarked = (attributes: Attributes | undefined, name: string): Record<string, unknown> => ({
  ...Object.fromEntries(Object.keys(attributes ?? {}).filter((one) => one.startsWith(OURS)).map((one) => [one, ''])),
  ...foreignAttributes(attributes),
  ...marksOfOthers(attributes, name),
});

/** The mark as text attributes; `null` takes away a protection that is no longer asked for. */
export const textMark = (name: string, desired: Pick<Desired, 'protected'>, live: TakenOver): Record<string, string | null> => ({
  [OWNER]: name,
  ...(isTakenOver(live) && { [ADOPTED]: 'true' }),
  [PROTECTED]: desired.protected ? 'true' : null,
});

/** So much of an attribute of a client scope is kept: 2048, with room to spare. */
const LONGEST = 2000;
/**
 * The names of the mappers that are ours, beside the mark: others add mappers to a client or a scope, which stay. Where there is no room for them,
 * one that is stated no more is told, and stays.
 */
export const mappersMark = (mappers: Spec[string] | undefined): Record<string, string | null> => {
  if (!isSpec(mappers)) return {};
  const names = Object.keys(mappers).filter((name) => mappers[name] !== null).toSorted();
  const text = JSON.stringify(names);
  return { [MAPPERS]: names.length > 0 && text.length <= LONGEST ? text : null };
};
export const madeMappers = (attributes: Attributes | undefined): Pick<Live, 'made'> => {
  const text = attributeOf(attributes, MAPPERS);
  return text === undefined ? {} : { made: { mappers: namesIn(text) } };
};
/** Nothing of what somebody else wrote there. */
const namesIn = (text: string): readonly string[] => {
  try {
    return textsOf(JSON.parse(text));
  } catch {
    return [];
  }
};

/** The mark as list attributes. */
export const listMark = (name: string, desired: Pick<Desired, 'protected'>, live: TakenOver): Record<string, string[] | null> => ({
  [OWNER]: [name],
  ...(isTakenOver(live) && { [ADOPTED]: ['true'] }),
  [PROTECTED]: desired.protected ? ['true'] : null,
});

/** Attributes as a spec shows them: without ours. */
export const foreignAttributes = (attributes: Attributes | undefined): Record<string, unknown> =>
  Object.fromEntries(Object.entries(attributes ?? {}).filter(([name]) => !name.startsWith(OURS)));
