import type { Blueprint, RealmClient } from '../blueprint/types.ts';
import type { Desired, Spec } from '../core/resource.ts';
import { object, sorted } from './objects.ts';
import type { Part } from './objects.ts';
import { logoutAttributes } from './session-service.ts';
import { cookieSection, sessionAudience } from './token-cookie.ts';

/** The built-in client scopes every client keeps: `basic` carries sub, `roles` carries realm_access, `acr` the authentication level. */
const BASE_SCOPES = ['acr', 'basic', 'roles'];

/**
 * The realm that all patterns stand on: what Keycloak's defaults leave open is stated, so that it is owned (facts: a new client may use
 * the implicit and password grants, carries every role and the audience `account`).
 */
export const realmPart = (blueprint: Blueprint): Part => {
  const { realm } = blueprint;
  const realmAddress = `keycloak.realm/${realm.name}`;
  const clientAddress = (id: string): string => `keycloak.client/${realm.name}/${id}`;
  const roleAddresses = Object.keys(realm.roles).map((role) => `keycloak.role/${realm.name}/${role}`);

  const realmSpec: Spec = {
    enabled: true,
    registrationAllowed: false,
    resetPasswordAllowed: false,
    // Who owns an object is known by username: nobody may take another's.
    editUsernameAllowed: false,
    sslRequired: realm.sslRequired,
    accessTokenLifespan: realm.tokens.accessTokenLifespan,
    defaultSignatureAlgorithm: realm.tokens.algorithm,
    revokeRefreshToken: realm.tokens.refreshTokenRotation,
    refreshTokenMaxReuse: 0,
    ssoSessionIdleTimeout: realm.sessions.idle,
    ssoSessionMaxLifespan: realm.sessions.max,
    bruteForceProtected: realm.bruteForceProtection,
    ...blueprint.raw.keycloak.realm,
  };
  const desired: Desired[] = [object(blueprint, 'realm', 'keycloak.realm', realm.name, realmSpec)];

  for (const [name, role] of Object.entries(realm.roles))
    desired.push(
      object(
        blueprint,
        `realm.roles.${name}`,
        'keycloak.role',
        `${realm.name}/${name}`,
        { ...(role.description !== undefined && { description: role.description }), composites: sorted(role.includes) },
        [realmAddress, ...role.includes.map((included) => `keycloak.role/${realm.name}/${included}`)],
      ),
    );

  for (const [name, scope] of Object.entries(realm.scopes))
    desired.push(
      object(
        blueprint,
        `realm.scopes.${name}`,
        'keycloak.client-scope',
        `${realm.name}/${name}`,
        {
          protocol: 'openid-connect',
          ...(scope.description !== undefined && { description: scope.description }),
          attributes: { 'include.in.token.scope': 'true', 'display.on.consent.screen': 'true' },
          mappers: {
            [`audience ${scope.audience}`]: audienceMapper(scope.audience),
            ...(knowsOwners(blueprint, scope.audience) && { username: usernameMapper }),
          },
          scopeMappings: sorted(scope.roles),
        },
        [realmAddress, ...scope.roles.map((role) => `keycloak.role/${realm.name}/${role}`)],
      ),
    );

  for (const [id, client] of Object.entries(realm.clients))
    desired.push({
      ...object(blueprint, `realm.clients.${id}`, 'keycloak.client', `${realm.name}/${id}`, clientSpec(blueprint, id, client), [
        realmAddress,
        ...roleAddresses,
        ...client.scopes.map((scope) => `keycloak.client-scope/${realm.name}/${scope}`),
      ]),
      protected: client.protected,
    });

  for (const [username, persona] of Object.entries(blueprint.personas))
    desired.push(
      object(
        blueprint,
        `personas.${username}`,
        'keycloak.user',
        `${realm.name}/${username}`,
        {
          enabled: true,
          emailVerified: true,
          // Keycloak keeps addresses in lower case.
          email: `${username}@${blueprint.name}.test`.toLowerCase(),
          firstName: username,
          lastName: 'Persona',
          requiredActions: [],
          realmRoles: sorted(persona.roles),
          password: persona.password,
        },
        [realmAddress, ...roleAddresses, ...Object.keys(realm.clients).map(clientAddress)],
      ),
    );
  return { desired };
};

/** Some route of the API is for the owner of an object, so that its tokens must say who their bearer is. */
const knowsOwners = ({ services }: Blueprint, audience: string): boolean =>
  Object.values(services).some((service) => service.audience === audience && service.routes.some(({ ownedBy }) => ownedBy !== undefined));

const usernameMapper: Spec = {
  protocolMapper: 'oidc-usermodel-attribute-mapper',
  config: {
    'user.attribute': 'username',
    'claim.name': 'preferred_username',
    'jsonType.label': 'String',
    'access.token.claim': 'true',
    'id.token.claim': 'false',
    'userinfo.token.claim': 'false',
    'introspection.token.claim': 'true',
  },
};

const sessionMapper = (blueprint: Blueprint): Spec => ({
  [`audience ${sessionAudience(blueprint)}`]: audienceMapper(sessionAudience(blueprint)),
});

const audienceMapper = (audience: string): Spec => ({
  protocolMapper: 'oidc-audience-mapper',
  config: { 'included.custom.audience': audience, 'access.token.claim': 'true', 'id.token.claim': 'false', 'introspection.token.claim': 'true' },
});

const clientSpec = (blueprint: Blueprint, id: string, client: RealmClient): Spec => {
  const interactive = client.type !== 'service';
  const algorithm = blueprint.realm.tokens.algorithm;
  return {
    enabled: true,
    protocol: 'openid-connect',
    publicClient: client.type === 'public',
    bearerOnly: false,
    standardFlowEnabled: interactive,
    implicitFlowEnabled: false,
    directAccessGrantsEnabled: false,
    serviceAccountsEnabled: client.type === 'service',
    fullScopeAllowed: false,
    redirectUris: sorted(client.redirectUris),
    webOrigins: sorted(client.webOrigins),
    attributes: {
      'access.token.signed.response.alg': algorithm,
      'oauth2.device.authorization.grant.enabled': 'false',
      'oidc.ciba.grant.enabled': 'false',
      'client.use.lightweight.access.token.enabled': String(client.lightweightTokens),
      ...(interactive && {
        'pkce.code.challenge.method': 'S256',
        'post.logout.redirect.uris': client.postLogoutRedirectUris.length > 0 ? sorted(client.postLogoutRedirectUris).join('##') : null,
      }),
      ...logoutAttributes(blueprint, id),
    },
    ...(client.secret && { secret: client.secret }),
    // A person's client asks for the scopes it needs (RFC 6749 section 3.3); a service always gets its own.
    defaultClientScopes: sorted(interactive ? BASE_SCOPES : [...BASE_SCOPES, 'service_account', ...client.scopes]),
    optionalClientScopes: sorted(interactive ? client.scopes : []),
    mappers: cookieSection(blueprint)?.client === id ? sessionMapper(blueprint) : {},
    scopeMappings: sorted(interactive ? Object.keys(blueprint.realm.roles) : client.roles),
    ...(client.type === 'service' && { serviceAccountRoles: sorted(client.roles) }),
    ...blueprint.raw.keycloak.clients[id],
  };
};
