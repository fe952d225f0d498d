import { createHmac, createPublicKey, timingSafeEqual, verify, constants, type KeyObject } from 'node:crypto';
import { decodeBase64Url, decodeJson, JsonError, type Json } from '../lua/cjson.ts';

/** A token in its parts. `header` and `claims` are whatever JSON stood there. */
export interface Token {
  readonly header: Json;
  readonly claims: Json;
  readonly alg: string;
  readonly signed: string;
  readonly signature: string;
}

interface Algorithm {
  readonly hash: string | null;
  readonly kind: 'hmac' | 'rsa' | 'pss' | 'ec' | 'eddsa';
  /** Kong asserts this length before it verifies; another length is a crash there (500). */
  readonly size?: number;
}

const algorithms: Readonly<Record<string, Algorithm>> = {
  HS256: { hash: 'sha256', kind: 'hmac' }, HS384: { hash: 'sha384', kind: 'hmac' }, HS512: { hash: 'sha512', kind: 'hmac' },
  RS256: { hash: 'sha256', kind: 'rsa' }, RS384: { hash: 'sha384', kind: 'rsa' }, RS512: { hash: 'sha512', kind: 'rsa' },
  ES256: { hash: 'sha256', kind: 'ec', size: 64 }, ES384: { hash: 'sha384', kind: 'ec', size: 96 },
  ES512: { hash: 'sha512', kind: 'ec', size: 132 },
  PS256: { hash: 'sha256', kind: 'pss', size: 256 }, PS384: { hash: 'sha384', kind: 'pss', size: 256 },
  PS512: { hash: 'sha512', kind: 'pss', size: 256 },
  EdDSA: { hash: null, kind: 'eddsa' },
};

/**
 * `value[name]` as Lua has it: nil for strings and lists, an error for null, numbers and booleans. Kong's plugin does not
 * expect those, and crashes (500) on them.
 */
export const member = (value: Json, name: string): Json | undefined => {
  if (value instanceof Map) return (value as ReadonlyMap<string, Json>).get(name);
  if (typeof value === 'string' || Array.isArray(value)) return undefined;
  throw new TypeError(`attempt to index a ${value === null ? 'userdata' : typeof value} value`);
};

/**
 * Takes a token apart as Kong's jwt plugin does; returns its complaint ("invalid JSON", ...) instead when it has one. The third part is all
 * that follows the second dot. (kong/plugins/jwt/jwt_parser.lua)
 */
export const parseToken = (token: string): Token | string => {
  const [first = '', second, ...rest] = token.split('.');
  if (second === undefined || rest.length === 0) return 'invalid JSON';
  let header: Json;
  let claims: Json;
  try {
    header = decodeJson(decodeBase64Url(first) ?? '');
    claims = decodeJson(decodeBase64Url(second) ?? '');
  } catch (error) {
    if (error instanceof JsonError) return 'invalid JSON';
    throw error;
  }
  const alg = member(header, 'alg');
  if (typeof alg !== 'string' || !Object.hasOwn(algorithms, alg)) return 'invalid alg';
  if (claims === false) return 'invalid claims';
  const signature = decodeBase64Url(rest.join('.'));
  if (signature === undefined) return 'invalid signature';
  return { header, claims, alg, signed: `${first}.${second}`, signature };
};

const readKey = (text: string): KeyObject => {
  if (text.includes('CERTIFICATE')) throw new Error('Consumer Public Key is Invalid');
  try {
    return text.trimStart().startsWith('{')
      ? createPublicKey({ key: JSON.parse(text) as Record<string, unknown>, format: 'jwk' })
      : createPublicKey(text);
  } catch {
    throw new Error('Consumer Public Key is Invalid');
  }
};

/** Reading a key costs more than verifying with it. The oldest goes when there are many, as after rotations. */
const keys = new Map<string, KeyObject>();
const publicKey = (text: string): KeyObject => {
  const known = keys.get(text);
  if (known !== undefined) return known;
  const key = readKey(text);
  const [oldest] = keys.keys();
  if (keys.size >= 256 && oldest !== undefined) keys.delete(oldest);
  keys.set(text, key);
  return key;
};

/**
 * Whether the signature is right for the key: an HMAC secret, or a PEM (public or private) or JWK text. Throws where Kong's plugin crashes:
 * a key that cannot be read, and a signature of a length the algorithm does not have.
 */
export const verifyToken = ({ alg, signed, signature }: Token, key: string): boolean => {
  const algorithm = algorithms[alg];
  if (algorithm === undefined) return false;
  const data = Buffer.from(signed, 'latin1');
  const seal = Buffer.from(signature, 'latin1');
  const { hash, kind, size } = algorithm;
  if (kind === 'hmac') {
    const wanted = createHmac(hash ?? 'sha256', Buffer.from(key, 'latin1')).update(data).digest();
    return wanted.length === seal.length && timingSafeEqual(wanted, seal);
  }
  const loaded = publicKey(key);
  if (size !== undefined && seal.length !== size) throw new Error(`Signature must be ${size} bytes.`);
  try {
    if (kind === 'ec') return loaded.asymmetricKeyType === 'ec' && verify(hash, data, { key: loaded, dsaEncoding: 'ieee-p1363' }, seal);
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    if (kind === 'pss') return loaded.asymmetricKeyType === 'rsa' && verify(hash, data, { key: loaded, padding }, seal);
    return verify(hash, data, loaded, seal);
  } catch {
    return false;
  }
};
