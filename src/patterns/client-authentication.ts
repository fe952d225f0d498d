import type { Blueprint, RealmClient } from '../blueprint/types.ts';
import type { ClientSpec } from '../providers/keycloak/specs/client.ts';
import { hasBoundTokens } from './bound.ts';

/** How a client proves who it is, in Keycloak's words. */
export const authenticatorOf = ({ secret, authentication }: Pick<RealmClient, 'secret' | 'authentication'>): Pick<ClientSpec, 'clientAuthenticatorType'> =>
  secret === undefined && authentication === undefined ? {} : { clientAuthenticatorType: authentication === undefined ? 'client-secret' : AUTHENTICATORS[authentication.method] };
const AUTHENTICATORS = { private_key_jwt: 'client-jwt', tls_client_auth: 'client-x509' } as const;

/**
 * By whose key or certificate: one way is stated, and of the others that there is nothing, for Keycloak looks for a key at the address first, then in the
 * set, then in the certificate. A subject is compared letter by letter, and not by a pattern, as it is where nothing is said of it (Keycloak 26).
 */
export const proofAttributes = ({ authentication }: Pick<RealmClient, 'authentication'>): Readonly<Record<string, string | null>> => {
  if (authentication === undefined) return {};
  const { method, algorithm, jwks, jwksUri, certificate, subject } = authentication;
  if (method === 'tls_client_auth') return { 'x509.subjectdn': subject ?? null, 'x509.allow.regex.pattern.comparison': 'false' };
  return {
    'token.endpoint.auth.signing.alg': algorithm,
    'use.jwks.url': String(jwksUri !== undefined),
    'jwks.url': jwksUri ?? null,
    'use.jwks.string': String(jwks !== undefined),
    // What is public of it: neither is a secret where Keycloak is asked.
    'jwks.string': jwks?.reveal() ?? null,
    'jwt.credential.certificate': certificate === undefined ? null : withoutArmour(certificate.reveal()),
  };
};

/** A certificate as Keycloak keeps it: base64 without the lines around it, of the first where several stand. */
const withoutArmour = (pem: string): string => (/-----BEGIN CERTIFICATE-----([^-]*)-----END/.exec(pem)?.[1] ?? pem).replace(/\s+/g, '');

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
