import type { ClientSpec } from './client.ts';

/** The built-in client scopes every client keeps: `basic` carries sub, `roles` carries realm_access, `acr` the authentication level. */
export const BASE_SCOPES = ['acr', 'basic', 'roles'];

interface OfType {
  readonly type: 'public' | 'confidential' | 'service';
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly lightweightTokens: boolean;
}

/** What a client of the blueprint is by its type, before anything that it states: what Keycloak's defaults leave open is closed, so that it is owned. */
export const clientOfType = ({ type, scopes, lightweightTokens }: Omit<OfType, 'roles'>, { algorithm }: { readonly algorithm: string }) => {
  const interactive = type !== 'service';
  return {
    enabled: true,
    protocol: 'openid-connect',
    publicClient: type === 'public',
    bearerOnly: false,
    standardFlowEnabled: interactive,
    implicitFlowEnabled: false,
    directAccessGrantsEnabled: false,
    serviceAccountsEnabled: type === 'service',
    fullScopeAllowed: false,
    attributes: {
      'access.token.signed.response.alg': algorithm,
      'oauth2.device.authorization.grant.enabled': 'false',
      'oidc.ciba.grant.enabled': 'false',
      'client.use.lightweight.access.token.enabled': String(lightweightTokens),
      ...(interactive && { 'pkce.code.challenge.method': 'S256' }),
    },
    // A person's client asks for the scopes it needs (RFC 6749 section 3.3); a service always gets its own.
    defaultClientScopes: interactive ? BASE_SCOPES : [...BASE_SCOPES, 'service_account', ...scopes],
    optionalClientScopes: interactive ? scopes : [],
  } satisfies Partial<ClientSpec>;
};

/** The realm roles that may stand in its tokens: of whoever signs in all that the blueprint knows, of a service its own. */
export const rolesInTokens = ({ type, roles }: Pick<OfType, 'type' | 'roles'>, realm: { readonly roles: readonly string[]; readonly defaultRoles: readonly string[] }): readonly string[] =>
  type === 'service' ? [...roles, ...realm.defaultRoles] : realm.roles;
