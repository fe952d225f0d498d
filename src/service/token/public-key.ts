import type { JsonWebKey } from 'node:crypto';
import type { JsonObject } from '../json.ts';
import { decodeBase64url } from './base64url.ts';
import type { Algorithm } from './jws.ts';

/** Members that only a private or a secret key has (RFC 7518 sections 6.2.2, 6.3.2 and 6.4). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const;

/** By curve: the one algorithm, and the bytes of a coordinate (RFC 7518 sections 3.4 and 6.2.1; RFC 8037 section 2). */
const CURVES: Readonly<Record<string, readonly [kty: string, algorithm: Algorithm, bytes: number]>> = {
  'P-256': ['EC', 'ES256', 32],
  'P-384': ['EC', 'ES384', 48],
  'P-521': ['EC', 'ES512', 66],
  Ed25519: ['OKP', 'EdDSA', 32],
  Ed448: ['OKP', 'EdDSA', 57],
};
const RSA_ALGORITHMS: readonly Algorithm[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];

/** The public members in the order in which they are hashed (RFC 7638 section 3.2), of a key that is plainly one for signatures. */
export const publicForm = (key: JsonObject): { readonly jwk: JsonWebKey; readonly algorithms: readonly string[]; readonly bytes: number } | undefined => {
  const { kty, crv, x, y, n, e, use, key_ops: operations } = key;
  if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(key, name))) return undefined;
  if ((use !== undefined && use !== 'sig') || (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))) return undefined;
  if (kty === 'RSA') {
    const [modulus, exponent] = [bytesOf(n), bytesOf(e)];
    if (!modulus || !exponent || modulus.length < 256 || modulus.length > 1024 || (modulus.length === 256 && (modulus[0] ?? 0) < 128)) return undefined;
    if (exponent.length < 3 || exponent.length > 8 || (exponent.at(-1) ?? 0) % 2 === 0) return undefined;
    return { jwk: { e: e as string, kty, n: n as string }, algorithms: RSA_ALGORITHMS, bytes: modulus.length };
  }
  const curve = typeof crv === 'string' && Object.hasOwn(CURVES, crv) ? CURVES[crv] : undefined;
  if (!curve || curve[0] !== kty || typeof x !== 'string' || decodeBase64url(x)?.length !== curve[2]) return undefined;
  if (kty === 'OKP') return { jwk: { crv: crv as string, kty, x }, algorithms: [curve[1]], bytes: 2 * curve[2] };
  return typeof y === 'string' && decodeBase64url(y)?.length === curve[2] ? { jwk: { crv: crv as string, kty: 'EC', x, y }, algorithms: [curve[1]], bytes: 2 * curve[2] } : undefined;
};

/** Without leading zeros. */
const bytesOf = (value: unknown): Buffer | undefined => {
  const bytes = typeof value === 'string' ? decodeBase64url(value) : undefined;
  const from = bytes?.findIndex((byte) => byte !== 0) ?? -1;
  return from < 0 ? undefined : bytes?.subarray(from);
};
