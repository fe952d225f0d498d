import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { Blueprint, BundleSigning } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import type { StackNeeds } from '../types.ts';
import { placeholderOf } from './placeholders.ts';

export interface StackBundleKey {
  /** For OPA and the services; absent when the blueprint does not sign. */
  readonly needs: Pick<StackNeeds, 'bundleKey'>;
  /** The private key under the variable that the blueprint refers to, when the stack has to make one up. */
  readonly values: Readonly<Record<string, string>>;
}

/**
 * The key that bundles are signed with in a local stack: the one the blueprint's reference holds, or a pair made now when it refers to
 * a variable that is not set: one of `names`, for which the blueprint was loaded with a placeholder.
 */
export const stackBundleKey = (blueprint: Blueprint, names: readonly string[]): StackBundleKey => {
  const signing = blueprint.targets.opa?.bundle.signing;
  if (!signing) return { needs: {}, values: {} };
  const missing = names.find((name) => signing.key.reveal() === placeholderOf(name));
  const privateKey = missing === undefined ? signing.key.reveal() : newKey(signing.algorithm);
  return {
    needs: { bundleKey: { id: signing.keyId, algorithm: signing.algorithm, publicKey: publicOf(privateKey, blueprint.at('targets.opa.bundle.signing.key')) } },
    values: missing === undefined ? {} : { [missing]: privateKey },
  };
};

const newKey = (algorithm: BundleSigning['algorithm']): string => {
  const { privateKey } = algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
};

const publicOf = (pem: string, at: Problem['at']): string => {
  try {
    return createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString();
  } catch {
    throw new Problem('OPA_SIGNING_KEY', 'the key that bundles are signed with cannot be read', { at, expected: 'a private key, as PEM', sensitive: true });
  }
};
