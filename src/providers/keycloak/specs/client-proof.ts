/** By what a client proves who it is other than by a secret, and what Keycloak calls whoever looks at it. */
export const AUTHENTICATORS = { private_key_jwt: 'client-jwt', tls_client_auth: 'client-x509' } as const;

/** By whose key or certificate, as texts. */
export interface Proof {
  readonly method: keyof typeof AUTHENTICATORS;
  readonly algorithm: string;
  readonly jwks?: string | undefined;
  readonly jwksUri?: string | undefined;
  readonly certificate?: string | undefined;
  readonly subject?: string | undefined;
}

/**
 * By whose key or certificate: one way is stated, and of the others that there is nothing, for Keycloak looks for a key at the address first, then in the
 * set, then in the certificate. A subject is compared letter by letter, and not by a pattern, as it is where nothing is said of it (Keycloak 26).
 */
export const proofAttributes = ({ method, algorithm, jwks, jwksUri, certificate, subject }: Proof): Readonly<Record<string, string | null>> =>
  method === 'tls_client_auth'
    ? { ...NO_KEYS, 'x509.subjectdn': subject ?? null, 'x509.allow.regex.pattern.comparison': 'false' }
    : {
        ...NO_CERTIFICATE,
        ...NO_KEYS,
        'token.endpoint.auth.signing.alg': algorithm,
        'use.jwks.url': String(jwksUri !== undefined),
        'jwks.url': jwksUri ?? null,
        'use.jwks.string': String(jwks !== undefined),
        'jwks.string': jwks ?? null,
        'jwt.credential.certificate': certificate === undefined ? null : withoutArmour(certificate),
      };

/** What the other way left, or somebody put there: it would count again as soon as somebody changed by what the client proves who it is. */
const NO_KEYS = { 'token.endpoint.auth.signing.alg': null, 'use.jwks.url': null, 'use.jwks.string': null, 'jwks.url': null, 'jwks.string': null, 'jwt.credential.certificate': null, 'jwt.credential.public.key': null } as const;
const NO_CERTIFICATE = { 'x509.subjectdn': null } as const;

/** All of both. */
export const PROOF_ATTRIBUTES: readonly string[] = [...Object.keys(NO_KEYS), ...Object.keys(NO_CERTIFICATE), 'x509.allow.regex.pattern.comparison'];

/** A certificate as Keycloak keeps it: base64 without the lines around it, of the first where several stand. */
const withoutArmour = (pem: string): string => (/-----BEGIN CERTIFICATE-----([^-]*)-----END/.exec(pem)?.[1] ?? pem).replace(/\s+/g, '');
