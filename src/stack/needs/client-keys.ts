import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Blueprint, RealmClient } from '../../blueprint/types.ts';
import { selfSigned } from '../../core/certificate.ts';
import type { Secret } from '../../core/secret.ts';
import { placeholderOf } from './placeholders.ts';

type Algorithm = NonNullable<RealmClient['authentication']>['algorithm'];

/**
 * The key pairs of clients that prove by one who they are (private_key_jwt), where the blueprint refers to variables that are not set: one of `names`, for
 * which it was loaded with placeholders. The key and what says which is its own are made together.
 */
export const clientKeys = ({ realm }: Blueprint, names: readonly string[]): Readonly<Record<string, string>> => {
  const nameOf = (secret: Secret | undefined): string | undefined => names.find((name) => secret?.reveal() === placeholderOf(name));
  return Object.fromEntries(
    Object.entries(realm.clients).flatMap(([id, { authentication }]) => {
      if (authentication?.method !== 'private_key_jwt') return [];
      const [key, jwks, certificate] = [authentication.key, authentication.jwks, authentication.certificate].map(nameOf);
      if (jwks === undefined && certificate === undefined) return [];
      const made = newKey(certificate === undefined ? authentication.algorithm : 'RS256');
      return [
        ...(key === undefined ? [] : [[key, made.export({ type: 'pkcs8', format: 'pem' }).toString()]]),
        ...(jwks === undefined ? [] : [[jwks, JSON.stringify({ keys: [{ ...createPublicKey(made).export({ format: 'jwk' }), kid: id, use: 'sig', alg: authentication.algorithm }] })]]),
        ...(certificate === undefined ? [] : [[certificate, selfSigned(id, made, new Date(Date.now() - BEFORE), new Date(Date.now() + AFTER))]]),
      ];
    }),
  );
};
/** As long as a stack may run. */
const [BEFORE, AFTER] = [3_600_000, 30 * 86_400_000];

const newKey = (algorithm: Algorithm): KeyObject => {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519').privateKey;
  return algorithm.startsWith('ES') ? generateKeyPairSync('ec', { namedCurve: CURVES[algorithm] ?? 'P-256' }).privateKey : generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
};
const CURVES: Readonly<Record<string, string>> = { ES384: 'P-384', ES512: 'P-521' };
