import { KeyObject, constants, createVerify, verify } from 'node:crypto';
import type { Algorithm } from './jws.ts';
import type { FoundKey } from './keys.ts';

const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST } = constants;
const pkcs1 = { padding: RSA_PKCS1_PADDING };
/** The salt is as long as the hash (RFC 7518 section 3.5). */
const pss = { padding: RSA_PKCS1_PSS_PADDING, saltLength: RSA_PSS_SALTLEN_DIGEST };
/** The two numbers one after the other, not DER (RFC 7518 section 3.4). */
const ecdsa = { dsaEncoding: 'ieee-p1363' } as const;

/** Hash and encoding per algorithm (RFC 7518 section 3.1, RFC 8037 section 3.1). */
const SCHEMES = {
  RS256: ['sha256', pkcs1],
  RS384: ['sha384', pkcs1],
  RS512: ['sha512', pkcs1],
  PS256: ['sha256', pss],
  PS384: ['sha384', pss],
  PS512: ['sha512', pss],
  ES256: ['sha256', ecdsa],
  ES384: ['sha384', ecdsa],
  ES512: ['sha512', ecdsa],
  EdDSA: [null, {}],
} as const satisfies Readonly<Record<Algorithm, readonly [string | null, object]>>;

/**
 * True when the signature holds for a key that was chosen and imported for this very algorithm. The mathematics is done here and now:
 * by WebCrypto, as in jose, it would go to another thread and back, which takes longer than the verification itself. `signed` are characters of one byte each: hashed
 * as they are, without a copy as bytes, which would take a twentieth of the whole. EdDSA is no hash and then a signature, and takes the bytes.
 */
export const signatureHolds = (algorithm: Algorithm, key: FoundKey, signed: string, signature: Buffer): boolean => {
  const [hash, encoding] = SCHEMES[algorithm];
  const input = inputOf(key, encoding);
  return hash === null ? verify(hash, Buffer.from(signed, 'latin1'), input, signature) : createVerify(hash).update(signed, 'latin1').verify(input, signature);
};

/** Hash and encoding of an algorithm, as `verify` of node:crypto takes them. */
export const schemeOf = (algorithm: Algorithm): readonly [hash: string | null, encoding: object] => SCHEMES[algorithm];

type VerifyKey = Parameters<typeof verify>[2];
const known = new WeakMap<object, VerifyKey>();
/** jose imports a key for one algorithm, so that its encoding is always the same; that of PKCS #1 is the default, and a bare key costs least. */
const inputOf = (key: FoundKey, encoding: object): VerifyKey => {
  let input = known.get(key);
  if (!input) {
    const object = key instanceof KeyObject ? key : KeyObject.from(key as Parameters<typeof KeyObject.from>[0]);
    input = encoding === pkcs1 ? object : { key: object, ...encoding };
    known.set(key, input);
  }
  return input;
};
