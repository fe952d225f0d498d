import { isObject } from '../json.ts';
import type { JsonObject } from '../json.ts';

/**
 * The claims of an accepted token (RFC 9068 section 2.2). Named ones have been judged; every other is what the issuer wrote, unjudged.
 */
export interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string | readonly string[];
  /** Seconds since the epoch. */
  readonly exp: number;
  readonly iat?: number;
  readonly nbf?: number;
  readonly [name: string]: unknown;
}

export interface ClaimRules {
  readonly issuer: string;
  readonly audience: string;
  /** Accepted values of the claim `tokenTypeClaim`; none looks at no value. */
  readonly tokenTypes: readonly string[];
  /** `typ` (Keycloak), `token_use` (Cognito). */
  readonly tokenTypeClaim: string;
  /** Seconds by which clocks may differ. */
  readonly leeway: number;
  /** Longest accepted `exp - iat`, seconds. */
  readonly maxLifetime?: number | undefined;
  /** Longest accepted time since `iat`, seconds. */
  readonly maxAge?: number | undefined;
  /** Clients whose tokens are accepted (`azp`, else `client_id`); none accepts any. */
  readonly clients: readonly string[];
  /** Tokens must be bound to a key, which the request proves; without it they must not be. */
  readonly bound: boolean;
}

/** Seconds since the epoch stay below this for three thousand years; a value in milliseconds does not. */
const LATEST_INSTANT = 100_000_000_000;
export const isInstant = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value < LATEST_INSTANT;

const CONTROL = /[\u0000-\u001f\u007f]/;
/** A value that may become a header or a log line: text, bounded, no control characters. */
const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= 255 && !CONTROL.test(value);

/**
 * Why claims are not acceptable (for the log), or `undefined`. RFC 7519 section 4, RFC 8725 section 3, RFC 9068 section 4. `now` in
 * seconds.
 */
export const judgeClaims = (rules: ClaimRules, claims: JsonObject, headerType: string | undefined, now: number): string | undefined => {
  // A reader that takes its key from a claim named kid would take another one, and a bound token is worth nothing without its proof
  // (RFC 9449 section 7.1, RFC 8705 section 3).
  if (claims['kid'] !== undefined) return 'kid in the payload';
  if (!rules.bound && claims['cnf'] !== undefined) return 'cnf: bound to a key that a bearer does not prove';
  if (rules.bound && claims['cnf'] === undefined) return 'cnf: bound to no key';
  return judgeParties(rules, claims) ?? judgeType(rules, claims, headerType) ?? judgeTimes(rules, claims, now);
};

const judgeParties = ({ issuer, audience, clients }: ClaimRules, claims: JsonObject): string | undefined => {
  if (claims['iss'] !== issuer) return 'iss';
  if (!audienceHolds(claims['aud'], audience)) return 'aud';
  if (!isName(claims['sub'])) return 'sub';
  if (clients.length === 0) return undefined;
  const client = clientOf(claims);
  return client !== undefined && clients.includes(client) ? undefined : 'client';
};

const audienceHolds = (aud: unknown, wanted: string): boolean =>
  typeof aud === 'string' ? aud === wanted : Array.isArray(aud) && aud.every((item) => typeof item === 'string') && aud.includes(wanted);

/** The payload's own type, by which an issuer tells access, ID, refresh and logout tokens apart; a token typed `at+jwt` in its header needs none. */
const judgeType = ({ tokenTypes, tokenTypeClaim }: ClaimRules, claims: JsonObject, headerType: string | undefined): string | undefined => {
  const kind = Object.hasOwn(claims, tokenTypeClaim) ? claims[tokenTypeClaim] : undefined;
  if (tokenTypes.length === 0 || (kind === undefined && headerType === 'at+jwt')) return undefined;
  return typeof kind === 'string' && tokenTypes.includes(kind) ? undefined : `${tokenTypeClaim} of the payload`;
};

/** `exp` is required; a skew of `leeway` counts for the holder (RFC 7519 section 4.1.4). */
const judgeTimes = ({ leeway, maxLifetime, maxAge }: ClaimRules, { exp, nbf, iat }: JsonObject, now: number): string | undefined => {
  if (!isInstant(exp)) return 'exp is not a time';
  if (exp <= now - leeway) return 'exp has passed';
  if (nbf !== undefined && !isInstant(nbf)) return 'nbf is not a time';
  if (nbf !== undefined && nbf > now + leeway) return 'nbf is in the future';
  if (iat !== undefined && !isInstant(iat)) return 'iat is not a time';
  if (iat !== undefined && iat > now + leeway) return 'iat is in the future';
  if (maxLifetime !== undefined && (iat === undefined || exp - iat > maxLifetime)) return 'lives too long';
  if (maxAge !== undefined && (iat === undefined || now - iat > maxAge + leeway)) return 'is too old';
  return undefined;
};

/** The client a token was issued to: `azp`, else `client_id`; both must agree. `undefined` when none is a usable string. */
export const clientOf = (claims: JsonObject): string | undefined => {
  const { azp, client_id: clientId } = claims;
  if (azp !== undefined && clientId !== undefined && azp !== clientId) return undefined;
  const client = azp === undefined ? clientId : azp;
  return isName(client) ? client : undefined;
};

/** The texts of a list, each once. Sets are made as they are filled: this runs for every request. */
const textsIn = (value: unknown): ReadonlySet<string> => {
  const texts = new Set<string>();
  if (Array.isArray(value)) for (const item of value as readonly unknown[]) if (typeof item === 'string') texts.add(item);
  return texts;
};

/** Granted scopes: claim `scope`, else `scp`; text separated by blanks (RFC 8693 section 4.2), or a list as some issuers send. */
export const scopesOf = (claims: JsonObject): ReadonlySet<string> => {
  const claim = claims['scope'] === undefined ? claims['scp'] : claims['scope'];
  if (typeof claim !== 'string') return textsIn(claim);
  const scopes = new Set<string>();
  for (let from = 0; from < claim.length; ) {
    const blank = claim.indexOf(' ', from);
    const to = blank < 0 ? claim.length : blank;
    if (to > from) scopes.add(claim.slice(from, to));
    from = to + 1;
  }
  return scopes;
};

/** Realm roles (Keycloak): only `realm_access.roles`; a client's roles (`resource_access`) mean something to that client alone. */
export const rolesOf = (claims: JsonObject): ReadonlySet<string> => {
  const access = claims['realm_access'];
  return textsIn(isObject(access) ? access['roles'] : undefined);
};
