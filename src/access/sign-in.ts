import type { Blueprint, Persona, Realm, Route } from '../blueprint/types.ts';

/** How people must have signed in for a route, as verifiers judge it (RFC 9470). */
export interface SignInDemand {
  /** Any one of them as `acr`: the levels that were named and the stronger ones, the least first. Empty: any. */
  readonly acr: readonly string[];
  /** Seconds since the sign-in at most. */
  readonly maxAge?: number;
}

/** The levels of a realm, the least first. */
export const levelsOf = ({ levels }: Pick<Realm, 'levels'>): readonly (Realm['levels'][string] & { readonly name: string })[] =>
  Object.entries(levels).map(([name, level]) => ({ ...level, name })).toSorted((a, b) => a.loa - b.loa);

/** What a route demands of the sign-in; `undefined` where it demands nothing of it. */
export const signInDemand = ({ realm, foreign }: Pick<Blueprint, 'realm' | 'foreign'>, { acr = [], maxAge }: Pick<Route, 'acr' | 'maxAge'>): SignInDemand | undefined => {
  if (acr.length === 0 && maxAge === undefined) return undefined;
  return { acr: foreign ? acr : levelsFrom(realm, acr), ...(maxAge !== undefined && { maxAge }) };
};

/** Those that were named and the stronger ones. What is not known stays: a demand that nobody meets is none that anybody meets. */
const levelsFrom = (realm: Realm, named: readonly string[]): readonly string[] => {
  const levels = levelsOf(realm);
  const least = levels.findIndex(({ name }) => named.includes(name));
  return [...named.filter((one) => !Object.hasOwn(realm.levels, one)), ...(least < 0 ? [] : levels.slice(least).map(({ name }) => name))];
};

/** A route demands something of the sign-in. */
export const demandsSignIn = ({ acr = [], maxAge }: Pick<Route, 'acr' | 'maxAge'>): boolean => acr.length > 0 || maxAge !== undefined;

/**
 * The levels at which verify can sign a persona in: those by a password, and by a one-time password where its secret is stated, up to the first that
 * it cannot. Of levels by a flow of one's own it cannot tell, and tries.
 */
export const levelsWithin = (realm: Realm, { otp }: Pick<Persona, 'otp'>): readonly string[] => {
  const levels = levelsOf(realm);
  const beyond = levels.findIndex(({ by }) => by === 'otp' && otp === undefined);
  return levels.slice(0, beyond < 0 ? undefined : beyond).map(({ name }) => name);
};

/** In words, for people. */
export const signInText = ({ acr, maxAge }: SignInDemand): string =>
  `a sign-in ${[...(acr.length > 0 ? [`with acr ${acr.join(' or ')}`] : []), ...(maxAge === undefined ? [] : [`at most ${maxAge} s ago`])].join(', ')}`;
