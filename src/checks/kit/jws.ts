import { constants, createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';

/** A decoded JWS in compact form. Nothing is verified: this is for taking tokens apart and putting hostile ones together. */
export interface Parts {
  readonly header: Record<string, unknown>;
  readonly payload: Record<string, unknown>;
  /** The three segments as they stood. */
  readonly segments: readonly [string, string, string];
}

export const b64u = (data: string | Buffer): string => Buffer.from(data).toString('base64url');
export const encodeJson = (value: unknown): string => b64u(JSON.stringify(value));

/** Takes a compact JWS apart (RFC 7515 section 7.1). Throws when it is none: callers hand it tokens that the issuer just made. */
export const partsOf = (token: string): Parts => {
  const segments = token.split('.');
  if (segments.length !== 3) throw new Error('the issuer gave a token that is not a compact JWS');
  const [header, payload, signature] = segments as [string, string, string];
  const read = (segment: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(segment, 'base64url').toString('utf8')) as Record<string, unknown>;
  return { header: read(header), payload: read(payload), segments: [header, payload, signature] };
};

/** The parts of a text that is a compact JWS. */
export const partsIfAny = (token: string): Parts | undefined => {
  try {
    return partsOf(token);
  } catch {
    return undefined;
  }
};

/** The claims of a text that is a compact JWS. */
export const claimsIfAny = (token: string): Readonly<Record<string, unknown>> | undefined => partsIfAny(token)?.payload;

export const joinParts = (header: unknown, payload: unknown, signature: string): string =>
  `${encodeJson(header)}.${encodeJson(payload)}.${signature}`;

const hashes: Readonly<Record<string, string>> = { '256': 'sha256', '384': 'sha384', '512': 'sha512' };

/** What a key has signed, by algorithm and input: one and the same token is tried at every route, and signed once. */
const signed = new WeakMap<KeyObject, Map<string, string>>();

/** Signs whatever it is given, valid or not: `alg` decides how, and need not be what the header says. */
export const signSegments = (header: string, payload: string, key: KeyObject | Buffer, alg: string): string => {
  const input = `${header}.${payload}`;
  if (Buffer.isBuffer(key)) return `${input}.${createHmac(hashOf(alg), key).update(input).digest('base64url')}`;
  const known = signed.get(key) ?? new Map<string, string>();
  signed.set(key, known);
  const signature = known.get(`${alg} ${input}`) ?? signatureOf(input, key, alg);
  known.set(`${alg} ${input}`, signature);
  return `${input}.${signature}`;
};

const hashOf = (alg: string): string => hashes[alg.slice(2)] ?? 'sha256';

const signatureOf = (input: string, key: KeyObject, alg: string): string => {
  const padding = alg.startsWith('PS')
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : alg.startsWith('ES')
      ? { dsaEncoding: 'ieee-p1363' as const }
      : {};
  return sign(alg === 'EdDSA' ? null : hashOf(alg), Buffer.from(input), { key, ...padding }).toString('base64url');
};

export const signJws = (header: unknown, payload: unknown, key: KeyObject | Buffer, alg = 'RS256'): string =>
  signSegments(encodeJson(header), encodeJson(payload), key, alg);

/** What somebody may take for a secret who has only the public key, by what it is. */
export const publicAsSecrets = (jwk: JsonWebKey): readonly (readonly [what: string, secret: string])[] => {
  const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
  return [['the PEM', pem], ['the PEM without its last newline', pem.trimEnd()], ['the JWK', JSON.stringify(jwk)], ['the modulus', jwk.n ?? '']];
};

/** A key of the attacker: made once, for to make one takes a good part of a second. Nobody trusts it but a realm of the attacker's own. */
export const attackerKey = ((): (() => KeyObject) => {
  let made: KeyObject | undefined;
  return () => (made ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
})();
