import { readObject } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { decodeBase64url } from './base64url.ts';

export const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** A compact JWS whose header is acceptable; its signature is not verified yet. */
export interface UnverifiedToken {
  readonly claims: JsonObject;
  /** The claims exactly as signed: JSON text. */
  readonly payload: string;
  /** The header's `typ` in lower case, without `application/`; unset where it has none. */
  readonly type: string | undefined;
  readonly algorithm: Algorithm;
  readonly keyId: string;
  /** What was signed (RFC 7515 section 5.2, step 8), all of it ASCII. */
  readonly signed: string;
  readonly signature: Buffer;
}

/** Least and most bytes of a signature. An RSA key below 2048 bits is too weak (RFC 7518 section 3.3). */
const SIGNATURE_BYTES: Readonly<Record<Algorithm, readonly [number, number]>> = {
  RS256: [256, 1024],
  RS384: [256, 1024],
  RS512: [256, 1024],
  PS256: [256, 1024],
  PS384: [256, 1024],
  PS512: [256, 1024],
  ES256: [64, 64],
  ES384: [96, 96],
  ES512: [132, 132],
  EdDSA: [64, 114],
};

/**
 * Members that ask the verifier to trust the token's own key or to read the token differently, or that repeat a claim for a reader
 * that prefers the header (RFC 8725 sections 3.1 and 3.10). None has a use in an access token of a known issuer.
 */
const REFUSED_MEMBERS = ['crit', 'jku', 'jwk', 'x5u', 'x5c', 'b64', 'zip', 'enc', 'iss', 'sub', 'aud'] as const;

const KID = /^[A-Za-z0-9\-._~:=+@]{1,255}$/;
const HEADER_DEPTH = 4;
const PAYLOAD_DEPTH = 16;

export const shortType = (typ: string): string => /^application\/([^/]+)$/.exec(typ.toLowerCase())?.[1] ?? typ.toLowerCase();

/** What an acceptable header says. */
interface Header {
  readonly alg: Algorithm;
  readonly kid: string;
  /** In lower case, without `application/`; unset where there is none. */
  readonly type: string | undefined;
}

/** Headers that are kept: an issuer has one for each of its keys. What senders make up pushes the others out, and costs one reading each. */
const HEADERS = 32;

/**
 * Takes compact JWSs (RFC 7515 section 7.1) apart and judges their headers; the reason as text when one is refused. `types` in the form that
 * `shortType` gives; `typeless`: a header without one will do, too. A header that was acceptable, byte for byte, is not read again. Never throws.
 */
export const tokenReader = (algorithms: ReadonlySet<string>, types: ReadonlySet<string>, typeless: boolean): ((token: string) => UnverifiedToken | string) => {
  const known = new Map<string, Header>();
  return (token) => {
    const end = token.indexOf('.');
    const next = token.indexOf('.', end + 1);
    if (end <= 0 || next <= end + 1 || next === token.length - 1 || token.includes('.', next + 1)) return 'structure';
    const part = token.slice(0, end);
    const header = known.get(part) ?? readHeader(part, algorithms, types, typeless);
    if (typeof header === 'string') return header;
    if (!known.has(part)) {
      if (known.size >= HEADERS) known.clear();
      // A copy: a part of a string keeps the whole of it, which is a token.
      known.set(Buffer.from(part, 'latin1').toString('latin1'), header);
    }
    return readRest(token, end, next, header);
  };
};

/** The issuer that a token names, or `undefined`: believed by nobody yet, and good for choosing by whose rules it is judged. Never throws. */
export const issuerIn = (token: string): string | undefined => {
  const [, payload, signature, ...more] = token.split('.', 4);
  if (payload === undefined || signature === undefined || more.length > 0) return undefined;
  const read = readSegment(payload, PAYLOAD_DEPTH);
  const iss = typeof read === 'string' ? undefined : read.object['iss'];
  return typeof iss === 'string' ? iss : undefined;
};

const readHeader = (part: string, algorithms: ReadonlySet<string>, types: ReadonlySet<string>, typeless: boolean): Header | string => {
  const header = readSegment(part, HEADER_DEPTH);
  if (typeof header === 'string') return `header: ${header}`;
  const refused = judgeHeader(header.object, algorithms, types, typeless);
  if (refused !== undefined) return refused;
  const { alg, kid, typ } = header.object as { readonly alg: Algorithm; readonly kid: string; readonly typ: string | undefined };
  return { alg, kid, type: typ === undefined ? undefined : shortType(typ) };
};

const readRest = (token: string, headerEnd: number, payloadEnd: number, { alg, kid, type }: Header): UnverifiedToken | string => {
  const signature = decodeBase64url(token.slice(payloadEnd + 1));
  const [least, most] = SIGNATURE_BYTES[alg];
  if (!signature || signature.length < least || signature.length > most) return 'signature length';
  const payload = readSegment(token.slice(headerEnd + 1, payloadEnd), PAYLOAD_DEPTH);
  if (typeof payload === 'string') return `payload: ${payload}`;
  return {
    claims: payload.object,
    payload: payload.text,
    type,
    algorithm: alg,
    keyId: kid,
    signed: token.slice(0, payloadEnd),
    signature,
  };
};

const readSegment = (segment: string, depth: number): { readonly object: JsonObject; readonly text: string } | string => {
  const bytes = decodeBase64url(segment);
  return bytes ? readObject(bytes, depth) : 'base64url';
};

const judgeHeader = (header: JsonObject, algorithms: ReadonlySet<string>, types: ReadonlySet<string>, typeless: boolean): string | undefined => {
  const { alg, kid, typ } = header;
  if (typeof alg !== 'string' || !algorithms.has(alg)) return 'algorithm';
  if (typeof kid !== 'string' || !KID.test(kid)) return 'kid';
  for (const name of REFUSED_MEMBERS) if (Object.hasOwn(header, name)) return `header member ${name}`;
  if (typ === undefined && typeless) return undefined;
  return typeof typ === 'string' && types.has(shortType(typ)) ? undefined : 'typ';
};
