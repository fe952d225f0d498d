import { createHash, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isObject, readObject } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { asksNonce, invalidProof, invalidToken, unavailable } from '../refusal.ts';
import type { Refusal } from '../refusal.ts';
import type { ServiceRequest } from '../request.ts';
import { decodeBase64url } from './base64url.ts';
import type { Algorithm } from './jws.ts';
import { judgeNonce } from './nonce.ts';
import type { NonceRules } from './nonce.ts';
import { publicForm } from './public-key.ts';
import { schemeOf } from './signature.ts';
import { isTarget } from './target.ts';

/** Remembers which proofs were shown. Several processes of one service share one, or each takes a proof once (RFC 9449 section 11.1). */
export interface ProofMemory {
  /** True when `proof` is noted now, for so many seconds at least; false when it was there. A throw or a rejection is an answer of 503. */
  readonly once: (proof: string, seconds: number) => boolean | Promise<boolean>;
}

export interface ProofRules {
  /** What a proof may name in `htu`: scheme, host and port by which clients ask. */
  readonly origins: readonly string[];
  readonly algorithms: ReadonlySet<string>;
  /** Seconds since `iat` at most. */
  readonly window: number;
  readonly leeway: number;
  readonly memory: ProofMemory;
  /** Proofs must hold one; unset: none is asked for. */
  readonly nonce?: NonceRules;
}

/** Bytes: a proof with an RSA key of 8192 bits is a little shorter. */
const LARGEST = 4096;
const DEPTH = 4;
/** Header members that would change how the proof is read, or name another key than `jwk` (RFC 7515 section 4.1). */
const REFUSED_MEMBERS = ['crit', 'jku', 'x5u', 'x5c', 'b64', 'zip', 'enc'] as const;


const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

/**
 * The refusal of a request whose token, which holds, is bound to a key that the request does not prove (DPoP, RFC 9449 section 4.3); or what its client is to
 * be told for its next proof, if anything. `now` in seconds. Never rejects.
 */
export const judgeProof = async (rules: ProofRules, request: ServiceRequest, token: { readonly text: string; readonly claims: JsonObject }, now: number): Promise<Refusal | { readonly ok: true; readonly nonce?: string }> => {
  const boundTo = thumbprintOf(token.claims);
  if (boundTo === undefined) return invalidToken('cnf: bound in another way');
  const shown = read(request.headers.get('dpop') ?? []);
  if (typeof shown === 'string') return invalidProof(shown);
  const key = keyOf(shown.header, rules.algorithms, boundTo);
  if (typeof key === 'string') return invalidProof(key);
  const fault = mismatch(rules, shown.claims, request, token.text, now);
  if (fault !== undefined) return invalidProof(fault);
  if (shown.signature.length !== key.bytes || !holds(key, shown.signed, shown.signature)) return invalidProof('signature');
  const { good, next } = rules.nonce ? judgeNonce(rules.nonce, shown.claims['nonce'], { now, leeway: rules.leeway }) : { good: true };
  if (!good) return { ...asksNonce(), ...(next !== undefined && { nonce: next }) };
  const told = next === undefined ? {} : { nonce: next };
  try {
    const first = await rules.memory.once(sha256(`${boundTo} ${String(shown.claims['jti'])}`), knownFor(rules));
    return first ? { ok: true, ...told } : { ...invalidProof('shown before'), ...told };
  } catch {
    // What could not be noted could be shown again.
    return unavailable('proofs cannot be noted');
  }
};

/**
 * Seconds for which a proof is known that was shown: it may say that it is of `leeway` later than now, and is taken for `leeway` longer than the window, by
 * a process whose clock is `leeway` behind that of the one that notes it.
 */
const knownFor = ({ window, leeway }: ProofRules): number => window + 3 * leeway + 1;

/** The thumbprint that a token is bound to (RFC 9449 section 6.1); `undefined` for one that is not, or not in this way alone. */
const thumbprintOf = ({ cnf }: JsonObject): string | undefined =>
  isObject(cnf) && typeof cnf['jkt'] === 'string' && cnf['x5t#S256'] === undefined && cnf['jwk'] === undefined ? cnf['jkt'] : undefined;

interface Shown {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

const read = (values: readonly string[]): Shown | string => {
  const [text, second] = values;
  if (text === undefined) return 'no proof';
  if (second !== undefined) return 'two proofs';
  if (text.length > LARGEST) return 'size';
  const [headerPart, payloadPart, signaturePart, more] = text.split('.', 4);
  if (!headerPart || !payloadPart || !signaturePart || more !== undefined) return 'structure';
  const [header, claims] = [headerPart, payloadPart].map((part) => {
    const bytes = decodeBase64url(part);
    return bytes && readObject(bytes, DEPTH);
  });
  if (typeof header !== 'object' || typeof claims !== 'object') return 'no JSON objects';
  const signature = decodeBase64url(signaturePart);
  if (!signature) return 'signature encoding';
  return { header: header.object, claims: claims.object, signed: Buffer.from(text.slice(0, headerPart.length + 1 + payloadPart.length), 'latin1'), signature };
};

interface ProofKey {
  readonly key: KeyObject;
  readonly algorithm: Algorithm;
  /** Of a signature. */
  readonly bytes: number;
}

const keyOf = ({ typ, alg, jwk, ...others }: JsonObject, algorithms: ReadonlySet<string>, boundTo: string): ProofKey | string => {
  if (typeof typ !== 'string' || typ.toLowerCase() !== 'dpop+jwt') return 'typ';
  if (typeof alg !== 'string' || !algorithms.has(alg)) return 'algorithm';
  const member = REFUSED_MEMBERS.find((name) => Object.hasOwn(others, name));
  if (member !== undefined) return `header member ${member}`;
  if (!isObject(jwk)) return 'jwk';
  const form = publicForm(jwk);
  if (!form) return 'jwk: no public key for signatures';
  if (!form.algorithms.includes(alg) || (jwk['alg'] !== undefined && jwk['alg'] !== alg)) return `jwk: not for ${alg}`;
  if (sha256(JSON.stringify(form.jwk)) !== boundTo) return "another key than the token's";
  try {
    return { key: createPublicKey({ key: form.jwk, format: 'jwk' }), algorithm: alg as Algorithm, bytes: form.bytes };
  } catch {
    return 'jwk: no key';
  }
};

const holds = ({ key, algorithm }: ProofKey, signed: Buffer, signature: Buffer): boolean => {
  const [hash, encoding] = schemeOf(algorithm);
  try {
    return verify(hash, signed, { key, ...encoding }, signature);
  } catch {
    return false;
  }
};

const mismatch = (rules: ProofRules, { htm, htu, iat, ath, jti }: JsonObject, request: ServiceRequest, token: string, now: number): string | undefined => {
  if (htm !== request.method) return 'htm';
  if (typeof htu !== 'string' || !isTarget(htu, rules.origins, request.target.split('?')[0] ?? '')) return 'htu';
  if (typeof iat !== 'number') return 'iat';
  if (iat < now - rules.window - rules.leeway || iat > now + rules.leeway) return 'iat: not fresh';
  if (ath !== sha256(token)) return 'ath';
  return typeof jti === 'string' && /^[\u0020-\u007e]{1,255}$/.test(jti) ? undefined : 'jti';
};

/** One process's own memory, of at most so many proofs: when it is full, nobody new gets in until the oldest are over. */
export const proofsInMemory = (most = 100_000, clock: () => number = Date.now): ProofMemory => {
  // In the order in which they were noted, which is that in which they end: all are kept for the same time.
  const noted = new Map<string, number>();
  return {
    once: (proof, seconds) => {
      const now = clock();
      for (const [one, until] of noted) {
        if (until > now) break;
        noted.delete(one);
      }
      if (noted.has(proof)) return false;
      if (noted.size >= most) throw new Error('full');
      noted.set(proof, now + seconds * 1000);
      return true;
    },
  };
};
