import { createHash, createPublicKey, verify } from 'node:crypto';
import { partsIfAny } from '../../../../src/checks/kit/jws.ts';
import type { Incoming } from './incoming.ts';
import type { Now } from './world.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** Judges the proof beside a bound token (RFC 9449 section 4.3), and remembers what was shown. */
export const createProofJudge = (now: Now, origin: string) => {
  const known = new Set<string>();
  return ({ all, method, path }: Incoming, token: string, bound: unknown): boolean => {
    const [text = '', more] = all('dpop');
    const proof = partsIfAny(text);
    if (!proof || more !== undefined || proof.header.typ !== 'dpop+jwt' || proof.header.alg !== 'ES256') return false;
    const jwk = (proof.header.jwk ?? {}) as Record<string, unknown>;
    const { htm, htu, iat, ath, jti } = proof.payload;
    if ('d' in jwk || hash(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y })) !== bound) return false;
    const [header, payload, signature] = proof.segments;
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    if (!verify('sha256', Buffer.from(`${header}.${payload}`), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))) return false;
    if (htm !== method || htu !== `${origin}${path}` || ath !== hash(token) || typeof iat !== 'number' || Math.abs(iat - now() / 1000) > 65) return false;
    if (typeof jti !== 'string' || jti === '' || known.has(jti)) return false;
    known.add(jti);
    return true;
  };
};
