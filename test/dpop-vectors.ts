import { readFileSync } from 'node:fs';

interface Vector {
  readonly name: string;
  /** The error of the answer (RFC 9449 section 7.1, RFC 6750 section 3.1), if any. In order: what was shown stays known. */
  readonly expect: 'passes' | 'invalid_dpop_proof' | 'invalid_token' | 'no_token';
  readonly method: string;
  readonly path: string;
  readonly authorization: readonly string[];
  readonly dpop: readonly string[];
}
interface Vectors {
  /** Seconds since the epoch at which all of them are judged. */
  readonly now: number;
  readonly window: number;
  readonly leeway: number;
  readonly issuer: string;
  readonly audience: string;
  readonly origins: readonly string[];
  readonly jwks: { readonly keys: { readonly kid: string; readonly kty: string }[] };
  readonly vectors: readonly Vector[];
  readonly nonces: {
    readonly secret: string;
    readonly lifetime: number;
    /** `at`: when it is judged. `tells`: the answer tells `next`, the nonce of then. */
    readonly vectors: readonly (Omit<Vector, 'expect'> & { readonly expect: Vector['expect'] | 'use_dpop_nonce'; readonly at: number; readonly tells: boolean; readonly next: string })[];
  };
}

/** Bound tokens and proofs that guard and middleware judge alike; made by scripts/dpop-vectors.js. */
export const dpop = JSON.parse(readFileSync(new URL('data/dpop/vectors.json', import.meta.url), 'utf8')) as Vectors;

/** What an answer says of a request, in the words of the vectors. */
export const verdictOf = (status: number, challenge = ''): string => {
  if (status === 200) return 'passes';
  const [, error] = /error="([a-z_]+)"/.exec(challenge) ?? [];
  return status === 401 || status === 400 ? (error ?? 'no_token') : String(status);
};
