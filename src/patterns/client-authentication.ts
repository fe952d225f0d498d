import type { Blueprint, RealmClient } from '../blueprint/types.ts';
import { AUTHENTICATORS, proofAttributes as proofIn } from '../providers/keycloak/specs/client-proof.ts';
import type { ClientSpec } from '../providers/keycloak/specs/client.ts';
import { hasBoundTokens } from './bound.ts';

/** How a client proves who it is, in Keycloak's words. */
export const authenticatorOf = ({ secret, authentication }: Pick<RealmClient, 'secret' | 'authentication'>): Pick<ClientSpec, 'clientAuthenticatorType'> =>
  secret === undefined && authentication === undefined ? {} : { clientAuthenticatorType: authentication === undefined ? 'client-secret' : AUTHENTICATORS[authentication.method] };

/** By whose key or certificate: what is public of it is no secret where Keycloak is asked. */
export const proofAttributes = ({ authentication }: Pick<RealmClient, 'authentication'>): Readonly<Record<string, string | null>> => {
  if (authentication === undefined) return {};
  const { method, algorithm, jwks, jwksUri, certificate, subject } = authentication;
  return proofIn({ method, algorithm, jwks: jwks?.reveal(), jwksUri, certificate: certificate?.reveal(), subject });
};

/** A certificate and its key, PEM: what verify shows where a client asks for a token. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

/**
 * What a client shows at the token endpoint: its own, or, where it has none or its tokens are bound to one, that of `token.certificates.verify`;
 * `undefined` where it shows none, or nobody has given it.
 */
export const certificateOf = (blueprint: Blueprint, id: string): ClientCertificate | undefined => {
  const { authentication } = blueprint.realm.clients[id] ?? {};
  const bound = hasBoundTokens(blueprint, id, 'mtls');
  if (!bound && authentication?.method !== 'tls_client_auth') return undefined;
  const { certificate, key } = authentication?.method === 'tls_client_auth' && authentication.certificate && authentication.key ? authentication : (certificatesOfVerify(blueprint) ?? {});
  return certificate && key ? { certificate: certificate.reveal(), key: key.reveal() } : undefined;
};

/** Who may have signed the certificate of the issuer's address that asks for one, beside those that Node trusts. PEM. */
export const authorityOf = (blueprint: Blueprint, id: string): string | undefined => (blueprint.realm.clients[id]?.authentication?.authority ?? certificatesOfVerify(blueprint)?.authority)?.reveal();

/** The first that is stated: of one run there is one. */
const certificatesOfVerify = ({ services, authentication }: Blueprint) =>
  [authentication, ...Object.values(services).map((service) => service.authentication)].flatMap(({ token }) => token.certificates?.verify ?? [])[0];
