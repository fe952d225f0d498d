import { verify, type KeyObject } from 'node:crypto';
import { isRecord } from './http.ts';
import { IssuerFault, type Keys } from './issuers.ts';
import type { JwtConfiguration } from './types.ts';

export type Claims = Readonly<Record<string, unknown>>;

/**
 * A token that the authorizer refuses: 401. `message` goes to `$context.authorizer.error`; `published` says that a live
 * authorizer was documented or seen to send this very text in `www-authenticate`, so that only such texts are sent.
 */
export class TokenFault extends Error {
  readonly published: boolean;

  constructor(message: string, published: boolean) {
    super(message);
    this.name = 'TokenFault';
    this.published = published;
  }
}

const published = (message: string): TokenFault => new TokenFault(message, true);
const unpublished = (message: string): TokenFault => new TokenFault(message, false);

/** "Currently, only RSA-based algorithms are supported." Source: API Gateway developer guide, "JWT authorizers". */
const digests: ReadonlyMap<unknown, string> = new Map([
  ['RS256', 'sha256'],
  ['RS384', 'sha384'],
  ['RS512', 'sha512'],
]);

const decodePart = (part: string): unknown => {
  if (!/^[A-Za-z0-9_-]+$/.test(part)) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url'))) as unknown;
  } catch {
    return undefined;
  }
};

const checkHeader = (header: unknown): { readonly digest: string; readonly kid: string } => {
  if (!isRecord(header)) throw unpublished('the token header is not JSON');
  const { alg, kid } = header;
  const digest = digests.get(alg);
  if (digest === undefined) {
    // The algorithm is the client's own text: only a plain name is repeated.
    throw typeof alg === 'string' && /^[A-Za-z0-9-]{1,20}$/.test(alg)
      ? published(`signing method ${alg} is invalid`)
      : unpublished('no signing method');
  }
  // RFC 7515 section 4.1.11: an extension marked critical and not understood makes the token invalid.
  if (header['crit'] !== undefined) throw unpublished('the token has critical header extensions');
  if (typeof kid !== 'string') throw unpublished('the token has no kid');
  return { digest, kid };
};

const isSigned = (digest: string, keys: readonly KeyObject[], input: string, signature: string): boolean => {
  if (!/^[A-Za-z0-9_-]+$/.test(signature)) return false;
  const bytes = Buffer.from(signature, 'base64url');
  // A signature has one spelling only: bits left over at its end must be zero.
  if (bytes.toString('base64url') !== signature) return false;
  return keys.some((key) => verify(digest, Buffer.from(input), key, bytes));
};

const seconds = (claims: Claims, name: string): number | undefined => {
  const value = claims[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw unpublished(`${name} is not a number`);
  return value;
};

/** No leeway: exp must lie after now, nbf and iat must not. */
const checkTimes = (claims: Claims, now: number): void => {
  const exp = seconds(claims, 'exp');
  if (exp === undefined) throw unpublished('the token has no exp');
  if (exp <= now) throw unpublished('the token has expired');
  if ((seconds(claims, 'nbf') ?? now) > now) throw unpublished('the token is not valid yet');
  if ((seconds(claims, 'iat') ?? now) > now) throw unpublished('the token was issued in the future');
};

const hasAudience = (claims: Claims, audience: readonly string[]): boolean => {
  // client_id is looked at only when there is no aud at all; an empty or odd aud does not open that door.
  const given = Object.hasOwn(claims, 'aud') ? claims['aud'] : claims['client_id'];
  return (Array.isArray(given) ? (given as unknown[]) : [given]).some((one) => typeof one === 'string' && audience.includes(one));
};

/**
 * Verifies an access token by the rules of a JWT authorizer, in this order: three segments, algorithm, kid, key, signature, times,
 * issuer, audience. Resolves with its claims, or rejects with a `TokenFault`.
 * Sources: API Gateway developer guide, "JWT authorizers" and "Troubleshooting JWT authorizers".
 */
export const verifyToken = async (
  token: string,
  { issuer, audience }: JwtConfiguration,
  { keysOf, now }: { readonly keysOf: (issuer: string) => Promise<Keys>; readonly now: () => number },
): Promise<Claims> => {
  const [head, payload, signature, ...more] = token.split('.');
  if (head === undefined || payload === undefined || signature === undefined || more.length > 0) {
    throw published('token contains an invalid number of segments');
  }
  const { digest, kid } = checkHeader(decodePart(head));
  const keys = await keysOf(issuer).catch((thrown: unknown) => {
    throw thrown instanceof IssuerFault ? published(thrown.message) : thrown;
  });
  if (!isSigned(digest, keys.get(kid) ?? [], `${head}.${payload}`, signature)) throw unpublished('the signature is not valid');
  const claims = decodePart(payload);
  if (!isRecord(claims)) throw unpublished('the claims are not JSON');
  checkTimes(claims, now());
  if (claims['iss'] !== issuer) throw published('issuer does not match');
  if (!hasAudience(claims, audience)) throw published('the token does not have a valid audience');
  return claims;
};

const scopeList = (value: unknown): readonly string[] =>
  typeof value === 'string'
    ? value.split(' ').filter((one) => one !== '')
    : Array.isArray(value)
      ? value.filter((one) => typeof one === 'string')
      : [];

/** The token's scopes: `scp` when it is there, else `scope`; each a list, or text with spaces between. */
export const scopesOf = (claims: Claims): readonly string[] => scopeList(claims['scp'] ?? claims['scope']);
