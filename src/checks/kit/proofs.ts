import { createHash, createHmac, generateKeyPairSync, randomUUID, webcrypto } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { getDPoPHandle } from 'openid-client';
import type { Configuration, DPoPHandle } from 'openid-client';
import type { Blueprint } from '../../blueprint/types.ts';
import { hasBoundTokens } from '../../patterns/bound.ts';
import type { HttpAnswer, Send } from './http.ts';
import type { Clock } from './network.ts';
import { signJws } from './jws.ts';

/** A key pair that tokens are bound to, and that proves it: P-256, as most clients have one. */
export interface ProofKey {
  readonly privateKey: KeyObject;
  readonly jwk: Readonly<Record<string, unknown>>;
}

export const newProofKey = (): ProofKey => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, jwk: { ...publicKey.export({ format: 'jwk' }) } };
};

/** What a proof says that is not as it must be; `undefined` as a value leaves it out. */
export interface Otherwise {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** A proof (RFC 9449 section 4.2) of the key for one request with one token. */
export const proofBy = (key: ProofKey, { method, url, token, now }: { readonly method: string; readonly url: string; readonly token: string; /** Milliseconds. */ readonly now: number }, { header = {}, claims = {} }: Otherwise = {}): string =>
  signJws(
    { typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk, ...header },
    { jti: randomUUID(), htm: method, htu: url.replace(/[?#].*$/, ''), iat: Math.floor(now / 1000), ath: createHash('sha256').update(token).digest('base64url'), ...claims },
    key.privateKey,
    'ES256',
  );

/** The nonce of a period, as the gateway's guard makes it of its secret: what it has told then. */
export const nonceOf = (secret: string, period: number): string =>
  createHmac('sha256', secret).update(`authctl-dpop-nonce:${String(period)}`).digest().subarray(0, 16).toString('base64url');

/** The key of a run, by which its tokens are bound where the blueprint says so. */
export const createProofs = (blueprint: Blueprint, clock: Clock) => {
  let made: ProofKey | undefined;
  let imported: Promise<webcrypto.CryptoKeyPair> | undefined;
  let nonce: string | undefined;
  const key = (): ProofKey => (made ??= newProofKey());
  const pair = async (): Promise<webcrypto.CryptoKeyPair> => {
    const { privateKey, jwk } = key();
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    return {
      privateKey: await webcrypto.subtle.importKey('jwk', privateKey.export({ format: 'jwk' }), algorithm, false, ['sign']),
      publicKey: await webcrypto.subtle.importKey('jwk', jwk, algorithm, true, ['verify']),
    };
  };
  return {
    key,
    /** What a grant of a client takes beside itself. */
    options: async (client: string, configuration: Configuration): Promise<{ readonly DPoP?: DPoPHandle }> =>
      hasBoundTokens(blueprint, client, 'dpop') ? { DPoP: getDPoPHandle(configuration, await (imported ??= pair())) } : {},
    /** Sends as before, with a proof beside each grant of a client whose tokens are bound: without one the issuer gives it none. */
    beside: (send: Send): Send => (request) => {
      const form = new URLSearchParams(request.method === 'POST' && request.url.endsWith('/token') ? String(request.body ?? '') : '');
      if (!form.has('grant_type') || !hasBoundTokens(blueprint, form.get('client_id') ?? '', 'dpop') || request.headers.some(([name]) => name.toLowerCase() === 'dpop')) return send(request);
      const proof = proofBy(key(), { method: 'POST', url: request.url, token: '', now: clock.now() }, { claims: { ath: undefined } });
      return send({ ...request, headers: [...request.headers, ['DPoP', proof]] });
    },
    /** The proof that goes with a token, with the nonce that was told last. */
    prove: (method: string, url: string, token: string, { header = {}, claims = {} }: Otherwise = {}): string =>
      proofBy(key(), { method, url, token, now: clock.now() }, { header, claims: { ...(nonce !== undefined && { nonce }), ...claims } }),
    /** Keeps what an answer tells for the next proof (RFC 9449 sections 8.2 and 9); true when its request is to be sent again with that. */
    told: ({ status, headers }: Pick<HttpAnswer, 'status' | 'headers'>): boolean => {
      nonce = headers['dpop-nonce'] ?? nonce;
      return status === 401 && headers['dpop-nonce'] !== undefined && (headers['www-authenticate'] ?? '').includes('error="use_dpop_nonce"');
    },
    nonce: (): string | undefined => nonce,
  };
};
export type Proofs = ReturnType<typeof createProofs>;
