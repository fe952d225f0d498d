import { createHash, createHmac, createPublicKey, verify } from 'node:crypto';
import type { TokenPlacement } from '../../../../src/blueprint/types.ts';
import type { HttpAnswer } from '../../../../src/checks/kit/http.ts';
import { partsIfAny } from '../../../../src/checks/kit/jws.ts';
import type { Incoming } from './incoming.ts';
import type { Now } from './world.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** Nonces as the guard makes them (RFC 9449 section 9), of a period and those around it. */
export const createNonces = (now: Now, { proofs }: TokenPlacement): { readonly current: string; readonly isGood: (nonce: unknown) => boolean } | undefined => {
  if (!proofs?.nonce) return undefined;
  const { secret, lifetime } = proofs.nonce;
  const period = Math.floor(now() / 1000 / lifetime);
  const of = (one: number): string => createHmac('sha256', secret.reveal()).update(`authctl-dpop-nonce:${one}`).digest().subarray(0, 16).toString('base64url');
  return { current: of(period), isGood: (nonce) => nonce === of(period) || nonce === of(period - 1) };
};

/** A client that has no nonce yet is told one: without it no proof of a run would be good. */
export const tellsNonce = ({ header }: Incoming, { headers }: Pick<HttpAnswer, 'headers'>): boolean =>
  headers['dpop-nonce'] !== undefined && partsIfAny(header('dpop') ?? '')?.payload['nonce'] === undefined;

/** Judges the proof beside a bound token (RFC 9449 section 4.3), and remembers what was shown. */
export const createProofJudge = (now: Now, origin: string) => {
  const known = new Set<string>();
  return ({ all, method, path }: Incoming, token: string, bound: unknown, nonces?: ReturnType<typeof createNonces>): boolean | 'nonce' => {
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
    if (nonces && !nonces.isGood(proof.payload.nonce)) return 'nonce';
    known.add(jti);
    return true;
  };
};
