import { anything, duration, flag, integer, listOf, named, object, oneOf, optional, pattern, reference, required, secret, text, url } from './field.ts';
import { aRole, aScope, clientName, formerName, levelName, roleName, scopeName } from './names.ts';

const groupName = pattern('a group name of letters, digits and . _ -', '^[A-Za-z0-9][A-Za-z0-9._-]{0,126}$');
const aGroup = reference('A group.', { declared: 'realm.groups', what: 'group', code: 'BLUEPRINT_UNKNOWN_GROUP' });

const role = object('A role.', {
  includes: listOf('Roles that this one contains.', aRole, { default: [] }),
  description: text('Shown in Keycloak.'),
});

export const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

const mapperName = pattern('a name of at most 255 characters', '^[^\\u0000-\\u001f\\u007f]{1,255}$');
const mapper = object('A protocol mapper.', {
  type: required(text("Keycloak's name for what it does: oidc-usermodel-attribute-mapper, oidc-audience-mapper, ...")),
  config: anything("Its configuration, in Keycloak's words: texts by name."),
});
const mappers = named('Protocol mappers by name, beside those that the rest of the blueprint makes.', mapperName, mapper);

export const scope = object('A scope.', {
  audience: required(text('The audience that a token with this scope carries.')),
  roles: listOf('Granted only to users with one of these roles. Empty: to everyone.', aRole, { default: [] }),
  description: text('Shown in Keycloak.'),
  mappers,
});

const group = object('A group.', {
  roles: listOf('Realm roles of everybody in it.', aRole, { default: [] }),
  description: text('Shown in Keycloak.'),
});

const clientAuthentication = object('How it proves who it is, where that is not by `secret` (confidential and service).', {
  method: required(
    oneOf('`private_key_jwt`: an assertion that its key has signed (RFC 7523, OpenID Connect Core section 9). `tls_client_auth`: the certificate of its connection (RFC 8705 section 2.1).', [
      'private_key_jwt',
      'tls_client_auth',
    ]),
  ),
  algorithm: oneOf('What assertions are signed with, and nothing else (private_key_jwt).', algorithms, { default: 'RS256' }),
  jwks: secret('Its public keys: a JWK Set, as JSON (private_key_jwt). One of `jwks`, `jwksUri` and `certificate` says which key is its own.'),
  jwksUri: url('Where Keycloak reads its public keys, again when they change (private_key_jwt).'),
  certificate: secret('Its certificate, PEM. private_key_jwt: the one with its public key. tls_client_auth: what `verify` shows beside `key`; unstated, that of `token.certificates.verify`.'),
  subject: text('The subject of its certificate, whole, as RFC 4514 writes it: `CN=settlement,O=Clearing` (tls_client_auth).'),
  authority: secret('Who signed the certificate of `targets.keycloak.mtls`, where that is none that Node trusts, PEM (tls_client_auth). Default: that of `token.certificates.verify`.'),
  key: secret('Its private key, PEM, by which `verify` gets its tokens. Keycloak is not told. Unstated: what needs a token of it is skipped, by name.'),
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
  authentication: clientAuthentication,
  roles: listOf('Realm roles of the service account (service).', aRole, { default: [] }),
  lightweightTokens: flag('Issue lightweight access tokens: everything else is learnt by introspection.', { default: false }),
  mappers,
  renamedFrom: formerName('this client', clientName),
  protected: flag('Never delete this client, not even with --prune or destroy.', { default: false }),
});

const onOff = (description: string) => flag(description, { default: false });
const locale = pattern('a locale such as de or pt-BR', '^[a-z]{2,3}(-[A-Za-z0-9]+)*$');

const login = object('What people may do at the sign-in pages.', {
  selfRegistration: onOff('Strangers make accounts for themselves.'),
  resetPassword: onOff('Who reads the mail of an account may set its password.'),
  rememberMe: onOff('A session may outlive the browser.'),
  verifyEmail: onOff('An account is good only when its address is proven.'),
  emailAsUsername: onOff('Accounts are called by their e-mail address: so are personas then.'),
});
const themes = object('How pages and mail look, by the name of a theme that the server has.', {
  login: text('Sign-in pages.'),
  account: text('The account console.'),
  admin: text('The admin console.'),
  email: text('Mail.'),
});
const locales = object('The languages of pages and mail.', {
  supported: required(listOf('Locales that people may choose.', { ...locale, description: 'A locale.' }, { minItems: 1 })),
  default: optional({ ...locale, description: 'The locale of who has chosen none.' }),
});
const smtp = object('The server that sends mail.', {
  host: required(text('Host name.')),
  from: required(text('Address of the sender.')),
  fromDisplayName: text('Name of the sender.'),
  port: text('Port, as a text.', { pattern: '^[0-9]{1,5}$', title: 'a port in quotes, such as "587"' }),
  user: text('Who signs in there; nobody unless stated.'),
  password: secret('Password.'),
  starttls: onOff('Change to TLS after connecting.'),
  ssl: onOff('Speak TLS from the start.'),
});
const events = object('What Keycloak writes down of sign-ins and administrators.', {
  login: onOff('Keep events of people.'),
  admin: onOff('Keep events of administrators.'),
  adminDetails: onOff('With what they wrote.'),
  expiration: duration('For how long. Unstated: for ever.'),
});

const level = object('A level of authentication, by which routes may demand how people signed in (`acr`).', {
  loa: required(integer('Its rank among the levels: 1 is the least, and every sign-in has it.', { minimum: 1, maximum: 100 })),
  by: oneOf('What is asked for it, beside what the levels below it ask: a password, or a one-time password. Unstated for every level: the flow is yours (`raw.keycloak.entities.authenticationFlows`).', ['password', 'otp']),
  maxAge: duration('How long it holds within a session before it is asked for again. Default: 10h for the least, 5m for the others.'),
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
      algorithms,
      { default: 'RS256' },
    ),
    refreshTokenRotation: flag('A refresh token works once; using it again ends the session (RFC 9700 section 4.14).', { default: true }),
  }),
  sessions: object('Single sign-on sessions.', {
    idle: duration('Ends after this long without use.', { default: '30m' }),
    max: duration('Ends after this long in any case.', { default: '10h' }),
  }),
  bruteForceProtection: flag('Slow down and lock accounts after failed logins.', { default: true }),
  login,
  passwordPolicy: text("What a password must be like, in Keycloak's words: length(12) and notUsername."),
  themes: optional(themes),
  locales,
  smtp,
  events: optional(events),
  sslRequired: oneOf('Which addresses must use https.', ['all', 'external', 'none'], { default: 'external' }),
  roles: named('Realm roles by name.', roleName, role),
  defaultRoles: listOf('Realm roles of every account, beside those that Keycloak gives to each.', aRole, { default: [] }),
  groups: named('Groups by name, at the top of the realm.', groupName, group),
  scopes: named('Client scopes by name.', scopeName, scope),
  clients: named('Clients by client id.', clientName, client),
  levels: named('Levels of authentication by name: the `acr` of a token. See [step-up](step-up.md).', levelName, level),
});

/** An account of the realm, or somebody whose token of another issuer is given. */
export const persona = object('A persona.', {
  roles: listOf('Realm roles.', aRole, { default: [] }),
  groups: listOf('Groups of `realm.groups` that this account is in: it has their roles, too.', aGroup, { default: [] }),
  password: secret('Password: of an account of the realm, and required there.'),
  otp: secret('The secret of its one-time passwords (TOTP, RFC 6238: SHA-1, 6 digits, 30 s), as its bytes are, not in Base32. Unstated: it has none, or its own.'),
  token: secret('An access token of `issuer`, given by reference: nobody signs in there for it. Unstated: what needs one is skipped, by name.'),
  idToken: secret('An ID token of the same sign-in: verify shows that it is no access token.'),
  email: text('E-mail address. Default: made up, and nobody else’s business afterwards.'),
  firstName: text('First name. Default: made up.'),
  lastName: text('Last name. Default: made up.'),
  attributes: named('Attributes by name.', mapperName, listOf('Values.', text('A value.'), { default: [] })),
});
