import type { JsonObject } from '../json.ts';
import { isInstant } from './claims.ts';

/** How a person must have signed in (RFC 9470). */
export interface SignInDemand {
  /** Any one of them as the claim `acr`, the least first: a client may ask its issuer for the first. */
  readonly acr?: readonly string[];
  /** Seconds since the sign-in (`auth_time`) at most. */
  readonly maxAge?: number;
}

/** How the bearer of a token signed in, as far as the token says it in the form that it must have (OpenID Connect Core section 2). */
export interface SignIn {
  readonly acr: string | undefined;
  /** Seconds since the sign-in, when the token was verified, without the leeway; `undefined` of a token that does not say so, and of what is no time. */
  readonly age: number | undefined;
}

/** `now` in seconds. A time in the future, beyond the leeway, is none. */
export const signInOf = ({ acr, auth_time: at }: JsonObject, leeway: number, now: number): SignIn => ({
  acr: typeof acr === 'string' ? acr : undefined,
  age: isInstant(at) && at <= now + leeway ? Math.max(0, now - at - leeway) : undefined,
});

/** Why a sign-in does not do, or `undefined`. */
export const lackingOf = ({ acr: accepted = [], maxAge }: SignInDemand, { acr, age }: SignIn): 'acr' | 'auth_time' | undefined => {
  // By `some`, which a text in place of a list has not: `'one-time'.includes('one')` would let a part of a level pass for it.
  if (accepted.length > 0 && !accepted.some((level) => level === acr)) return 'acr';
  return maxAge === undefined || (age !== undefined && age <= maxAge) ? undefined : 'auth_time';
};
