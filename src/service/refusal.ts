import type { SignInDemand } from './token/step-up.ts';

/**
 * An answer that refuses a request. `reason` is for the log; the client learns what RFC 6750 section 3.1 names, and not which check
 * failed.
 */
export interface Refusal {
  readonly ok: false;
  readonly status: 400 | 401 | 403 | 503;
  /** Body of the answer: `{ "message": … }`. */
  readonly message: string;
  /** Value of WWW-Authenticate. */
  readonly challenge?: string;
  /** Seconds after which asking again makes sense (RFC 9110 section 10.2.3). */
  readonly retryAfter?: number;
  /** What the next proof of this client is to hold (`DPoP-Nonce`, RFC 9449 section 9). */
  readonly nonce?: string;
  readonly reason: string;
}

/** No credentials at all: a challenge without an error (RFC 6750 section 3.1, last paragraph). */
export const missingToken = (reason: string): Refusal => ({ ok: false, status: 401, message: 'Unauthorized', challenge: 'Bearer', reason });

export const invalidToken = (reason: string): Refusal => ({
  ok: false,
  status: 401,
  message: 'Unauthorized',
  challenge: 'Bearer error="invalid_token", error_description="The access token is not acceptable here"',
  reason,
});

/** Tokens are bound here, and nothing good proves that the sender holds the key of this one (RFC 9449 section 7.1). */
export const invalidProof = (reason: string): Refusal => ({
  ok: false,
  status: 401,
  message: 'Unauthorized',
  challenge: 'DPoP error="invalid_dpop_proof", error_description="The proof is not acceptable here"',
  reason: `proof: ${reason}`,
});

/** The proof is good but for a nonce, which `DPoP-Nonce` tells (RFC 9449 section 9). */
export const asksNonce = (): Refusal => ({
  ok: false,
  status: 401,
  message: 'Unauthorized',
  challenge: 'DPoP error="use_dpop_nonce", error_description="The proof must hold the nonce of DPoP-Nonce"',
  reason: 'proof: nonce',
});

/** The same refusal where tokens are bound: its challenge names that scheme, and the algorithms of proofs (RFC 9449 section 7.1). */
export const whereBound = (refusal: Refusal, algorithms: Iterable<string>): Refusal => {
  const [, rest] = /^(?:Bearer|DPoP) ?(.*)$/.exec(refusal.challenge ?? '') ?? [];
  if (rest === undefined) return refusal;
  const offered = `algs="${[...algorithms].join(' ')}"`;
  return { ...refusal, challenge: `DPoP ${rest === '' ? offered : `${rest}, ${offered}`}` };
};

/** More than one way of sending a token (RFC 6750 section 2). */
export const invalidRequest = (reason: string): Refusal => ({
  ok: false,
  status: 400,
  message: 'Bad request',
  challenge: 'Bearer error="invalid_request", error_description="Send one access token, in one place"',
  reason,
});

export const badRequest = (reason: string): Refusal => ({ ok: false, status: 400, message: 'Bad request', reason });

/** The sign-in is weaker or longer ago than the route asks for (RFC 9470 section 3). Both are named whichever is lacking: a new sign-in must hold both. */
export const weakAuthentication = ({ acr = [], maxAge }: SignInDemand, reason: 'acr' | 'auth_time'): Refusal => ({
  ok: false,
  status: 401,
  message: 'Unauthorized',
  challenge: [
    'Bearer error="insufficient_user_authentication"',
    `error_description="${reason === 'acr' ? 'A stronger sign-in is needed' : 'A more recent sign-in is needed'}"`,
    ...(acr.length > 0 ? [`acr_values="${acr.join(' ')}"`] : []),
    ...(maxAge === undefined ? [] : [`max_age="${maxAge}"`]),
  ].join(', '),
  reason,
});

/** `scopes`: what the route needs; none when it is a role that is missing. */
export const insufficientScope = (scopes: readonly string[], reason: string): Refusal => ({
  ok: false,
  status: 403,
  message: 'Forbidden',
  challenge: `Bearer error="insufficient_scope"${scopes.length > 0 ? `, scope="${scopes.join(' ')}"` : ''}`,
  reason,
});

export const forbidden = (reason: string): Refusal => ({ ok: false, status: 403, message: 'Forbidden', reason });

/** The service cannot find out: nobody passes, and the client may try again. */
export const unavailable = (reason: string, retryAfter = 1): Refusal => ({
  ok: false,
  status: 503,
  message: 'Service unavailable',
  retryAfter,
  reason,
});

/** Header fields of the answer. It is not to be kept by any cache (RFC 6750 section 5.3, RFC 9111 section 3.5). */
export const headersOf = ({ challenge, retryAfter, nonce }: Refusal): Readonly<Record<string, string>> => ({
  'cache-control': 'no-store',
  'content-type': 'application/json; charset=utf-8',
  ...(challenge !== undefined && { 'www-authenticate': challenge }),
  ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  ...(nonce !== undefined && { 'dpop-nonce': nonce }),
});

export const bodyOf = ({ message }: Refusal): string => JSON.stringify({ message });
