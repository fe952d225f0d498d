import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import { createVerifier } from '../../../../src/service/index.ts';
import type { ServiceRequest, Verifier, VerifierOptions } from '../../../../src/service/index.ts';

export const ISSUER = 'https://id.example/realms/shop';
export const AUDIENCE = 'orders';
/** Seconds since the epoch at which every test takes place. */
export const NOW = 1_800_000_000;

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly jwk: JWK;
}

export const keyPair = (kid: string, bits = 2048): KeyPair => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  return { privateKey, jwk: { ...(publicKey.export({ format: 'jwk' }) as JWK), kid, alg: 'RS256', use: 'sig' } };
};

export const KEY = keyPair('key-1');
export const ATTACKER = keyPair('key-1');

export const goodHeader = { alg: 'RS256', typ: 'JWT', kid: 'key-1' };
export const goodClaims = {
  iss: ISSUER,
  sub: 'alice',
  aud: [AUDIENCE, 'account'],
  azp: 'storefront',
  typ: 'Bearer',
  exp: NOW + 300,
  iat: NOW,
  scope: 'openid orders:read',
  realm_access: { roles: ['customer'] },
};

export const encode = (value: unknown): string =>
  Buffer.from(Buffer.isBuffer(value) || typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

export const sign = (input: string, key: KeyObject = KEY.privateKey): string =>
  createSign('RSA-SHA256').update(input).sign(key, 'base64url');
export const hmac = (input: string, secret: string | Buffer): string => createHmac('sha256', secret).update(input).digest('base64url');

/** A compact JWS of exactly these parts (objects, or raw text), correctly signed unless another key is given. */
export const mint = (claims: unknown = goodClaims, header: unknown = goodHeader, key: KeyObject = KEY.privateKey): string => {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${sign(input, key)}`;
};

export const aVerifier = (options: Partial<VerifierOptions> = {}): Verifier =>
  createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [KEY.jwk] }, clock: () => NOW * 1000, ...options });

export const aRequest = (
  headers: Readonly<Record<string, string | readonly string[]>> = {},
  rest: Partial<ServiceRequest> = {},
): ServiceRequest => ({
  method: 'GET',
  target: '/orders',
  scheme: 'https',
  headers: new Map(
    Object.entries({ host: 'api.example', ...headers }).map(([name, value]) => [name, typeof value === 'string' ? [value] : value]),
  ),
  ...rest,
});

export const bearing = (token: string, headers: Readonly<Record<string, string | readonly string[]>> = {}): ServiceRequest =>
  aRequest({ authorization: `Bearer ${token}`, ...headers });
