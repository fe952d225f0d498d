import { duration, flag, listOf, named, object, oneOf, pattern, reference, required, secret, text } from './field.ts';
import { aRole, aScope, clientName, roleName, scopeName } from './names.ts';

const groupName = pattern('a group name of letters, digits and . _ -', '^[A-Za-z0-9][A-Za-z0-9._-]{0,126}$');
const aGroup = reference('A group.', { declared: 'realm.groups', what: 'group', code: 'BLUEPRINT_UNKNOWN_GROUP' });

const role = object('A role.', {
  includes: listOf('Roles that this one contains.', aRole, { default: [] }),
  description: text('Shown in Keycloak.'),
});

export const scope = object('A scope.', {
  audience: required(text('The audience that a token with this scope carries.')),
  roles: listOf('Granted only to users with one of these roles. Empty: to everyone.', aRole, { default: [] }),
  description: text('Shown in Keycloak.'),
});

const group = object('A group.', {
  roles: listOf('Realm roles of everybody in it.', aRole, { default: [] }),
  description: text('Shown in Keycloak.'),
});

export const client = object('A client of the realm.', {
  type: required(
    oneOf('`public`: a browser or native application. `confidential`: a server that people sign in to. `service`: acts for itself.', [
      'public',
      'confidential',
      'service',
    ]),
  ),
  redirectUris: listOf('Exact redirect URIs; no wildcards.', text('A redirect URI.'), { default: [] }),
  webOrigins: listOf('Exact origins that may call the token endpoint. Default: the origins of `redirectUris`.', text('An origin.')),
  postLogoutRedirectUris: listOf('Exact URIs to return to after logout.', text('A URI.'), { default: [] }),
  scopes: listOf('Scopes of `realm.scopes` that this client may have.', aScope, { default: [] }),
  secret: secret('Client secret (confidential and service).'),
  roles: listOf('Realm roles of the service account (service).', aRole, { default: [] }),
  lightweightTokens: flag('Issue lightweight access tokens: everything else is learnt by introspection.', { default: false }),
  protected: flag('Never delete this client, not even with --prune or destroy.', { default: false }),
});

export const realm = object('The Keycloak realm.', {
  name: text("Realm name. Default: the blueprint's name.", {
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
    title: 'a realm name of letters, digits and . _ -',
  }),
  shared: flag('Others own this realm, too: the blueprint owns its roles, scopes, clients, groups and personas in it, and no setting. The realm must be there; `destroy` leaves it.'),
  tokens: object('What tokens are like.', {
    accessTokenLifespan: duration('Life of an access token, at most 1h.', { default: '5m' }),
    algorithm: oneOf(
      'Signature algorithm. AWS takes RS256, RS384 and RS512 only.',
      ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'],
      { default: 'RS256' },
    ),
    refreshTokenRotation: flag('A refresh token works once; using it again ends the session (RFC 9700 section 4.14).', { default: true }),
  }),
  sessions: object('Single sign-on sessions.', {
    idle: duration('Ends after this long without use.', { default: '30m' }),
    max: duration('Ends after this long in any case.', { default: '10h' }),
  }),
  bruteForceProtection: flag('Slow down and lock accounts after failed logins.', { default: true }),
  sslRequired: oneOf('Which addresses must use https.', ['all', 'external', 'none'], { default: 'external' }),
  roles: named('Realm roles by name.', roleName, role),
  groups: named('Groups by name, at the top of the realm.', groupName, group),
  scopes: named('Client scopes by name.', scopeName, scope),
  clients: named('Clients by client id.', clientName, client),
});

/** An account of the realm. */
export const persona = object('A persona.', {
  roles: listOf('Realm roles.', aRole, { default: [] }),
  groups: listOf('Groups of `realm.groups` that this account is in: it has their roles, too.', aGroup, { default: [] }),
  password: required(secret('Password.')),
});
