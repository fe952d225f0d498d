import { objectOf, textOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import { certificateFault, keyAddressFault, keySetFault } from '../../blueprint/checks/client-proof.ts';
import { fieldAt } from '../../blueprint/declaration/index.ts';
import { AUTHENTICATORS } from '../../providers/keycloak/specs/client-proof.ts';
import type { Proof } from '../../providers/keycloak/specs/client-proof.ts';
import { objectsOf, textsIn } from './common.ts';

/** By what a client proves who it is: as the fields of the blueprint say it, or why they do not; neither of one that has a secret, or needs none. */
export interface FoundProof {
  readonly proof?: Proof;
  readonly why?: string;
}

/** `mtls`: Keycloak is asked over TLS, without which nobody shows a certificate. */
export const proofOf = ({ clientAuthenticatorType: by, attributes }: JsonObject, { mtls }: { readonly mtls: boolean }): FoundProof => {
  const held = textsIn(attributes);
  if (by === AUTHENTICATORS.private_key_jwt) return keyOf(held);
  return by === AUTHENTICATORS.tls_client_auth ? certificateOf(held, mtls) : {};
};

type Held = Readonly<Record<string, string>>;

const keyOf = (held: Held): FoundProof => {
  const [uri, set, certificate] = [held['use.jwks.url'] === 'true' ? held['jwks.url'] : '', held['use.jwks.string'] === 'true' ? held['jwks.string'] : '', held['jwt.credential.certificate']];
  const stated = held['token.endpoint.auth.signing.alg'];
  if (stated && !ALGORITHMS.includes(stated)) return { why: `its assertions are signed by ${stated}, which takes no key` };
  const proof = { method: 'private_key_jwt', algorithm: stated ?? 'RS256' } as const;
  // In the order in which Keycloak looks for it.
  if (uri) {
    const why = /^https?:\/\/\S+$/.test(uri) && URL.canParse(uri) ? keyAddressFault(uri) : 'the address of its keys is none';
    return why === undefined ? { proof: { ...proof, jwksUri: uri } } : { why };
  }
  if (set) {
    const fault = keySetFault(set);
    return fault ? { why: `of its keys: ${fault.message}` } : { proof: { ...proof, algorithm: stated ?? algorithmIn(set) ?? proof.algorithm, jwks: set } };
  }
  if (certificate && certificateFault(certificate) !== undefined) return { why: 'what stands as its certificate is none' };
  return certificate ? { proof: { ...proof, certificate } } : { why: 'it proves by a key who it is, and nothing says by which' };
};

const certificateOf = (held: Held, mtls: boolean): FoundProof => {
  const subject = held['x509.subjectdn'];
  if (!subject) return { why: 'it proves by a certificate who it is, and nothing says by whose' };
  if (held['x509.allow.regex.pattern.comparison'] !== 'false') return { why: 'the subject of its certificate is a pattern' };
  return mtls ? { proof: { method: 'tls_client_auth', algorithm: 'RS256', subject } } : { why: 'it proves by a certificate who it is, and nothing says that Keycloak is asked over TLS' };
};

const ALGORITHMS: readonly unknown[] = fieldAt(['realm', 'clients', '*', 'authentication', 'algorithm'])?.enum ?? [];

/** Of which all keys of a set are. */
const algorithmIn = (set: string): string | undefined => {
  const found = new Set(objectsOf(objectOf(JSON.parse(set)).keys).map(({ alg }) => textOf(alg)));
  const [algorithm] = found;
  return found.size === 1 && algorithm !== undefined && ALGORITHMS.includes(algorithm) ? algorithm : undefined;
};
