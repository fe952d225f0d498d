import { isSecretByName } from '../../core/concealed.ts';
import { anything, listOf, named, nameOf, object, optional, pattern, text } from './field.ts';
import type { Field } from './field.ts';
import { clientName, idName, userName } from './names.ts';

const entityName = pattern('a name of letters, digits and . _ ~ -', '^[A-Za-z0-9][A-Za-z0-9._~-]{0,126}$');
const hostName = pattern('a host name, with * for its first or last label', '^(\\*\\.)?[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*(\\.\\*)?$');
const address = pattern('host:port', '^[^\\s,/]{1,255}$');
const prefix = pattern('a prefix of lower-case letters, digits and hyphens', '^[a-z][a-z0-9-]*[a-z0-9]$');

/** Sections that a blueprint does not state are not there: Kong is asked about those that are. */
const section = (description: string, name: Field<string>, fields: ReturnType<typeof anything>) => optional(named(description, name, fields));
const credential = (what: string) => anything(`Fields of ${what}.`);

/** Kong entities beside those that a pattern makes: each section is a list of Kong's declarative format, by name. */
const entities = object("Kong entities that no pattern makes, each by its own name, with the fields of Kong's Admin API.", {
  vaults: section('Vaults by prefix.', prefix, anything('`name` is the sort of vault.')),
  certificates: section(
    'Certificates by a name of your own.',
    entityName,
    anything('`cert` and `key` are references.', { snis: listOf('Server names it is shown for.', nameOf(hostName, 'A host name.')) }),
  ),
  ca_certificates: section('CA certificates by a name of your own.', entityName, anything('`cert` is a reference.')),
  key_sets: section('Key sets by name.', entityName, anything('Fields of a key set.')),
  keys: section('Keys by name.', entityName, anything('`set` names a key set; `jwk` and `pem.private_key` are references.')),
  upstreams: section(
    'Upstreams by name: a service whose `host` is the name is balanced over its targets.',
    entityName,
    anything('Fields of an upstream.', { targets: named('Targets by `host:port`.', address, anything('Fields of a target.')) }),
  ),
  services: section('Services by name.', entityName, anything('Fields of a service.')),
  consumers: section(
    'Consumers by username.',
    entityName,
    anything('Fields of a consumer.', {
      acls: listOf('Groups of the acl plugin.', text('A group.')),
      jwt_secrets: named('Keys of the jwt plugin by a name of your own: `key` is what its tokens are known by (`iss`, or `kid`), `algorithm` and `rsa_public_key` verify them. Whoever holds the private half is the consumer.', entityName, anything('Fields of a key.')),
      keyauth_credentials: named('Keys of key-auth by a name of your own.', entityName, credential('a key: `key` is a reference')),
      basicauth_credentials: named('Passwords of basic-auth by username.', entityName, credential('a login: `password` is a reference')),
      hmacauth_credentials: named('Secrets of hmac-auth by username.', entityName, credential('a login: `secret` is a reference')),
    }),
  ),
  routes: section('Routes by name.', entityName, anything('`service` names a service by its name in Kong.')),
  plugins: section(
    'Plugins by instance name.',
    entityName,
    anything('`name` is the plugin; `service`, `route` and `consumer` say by name where it runs, none of them everywhere.'),
  ),
});

/** Keycloak takes any text for a name. */
const anyName = pattern('a name of at most 255 characters', '^[^\\u0000-\\u001f\\u007f]{1,255}$');
/** Keycloak refuses what means something in an address (measured with 26.7.4: each of these is answered with 400). */
const RESERVED = '!#$&()*+,/:;=?@\\[\\]\\\\\\u0000-\\u001f\\u007f';
const alias = pattern('an alias without spaces and without ! # $ & ( ) * + , / : ; = ? @ [ ] and \\', `^[^\\s${RESERVED}]{1,255}$`);
const flowAlias = pattern('an alias without ! # $ & ( ) * + , / : ; = ? @ [ ] and \\', `^[^${RESERVED}]{1,255}$`);
/** RFC 6749, section 3.3: scope-token. */
const scopeToken = pattern('a name of printable ASCII characters without spaces, " and \\', '^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,255}$');
const localeName = pattern('a language, such as de or pt-BR', '^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$');
const fieldsOf = (what: string, more = ''): ReturnType<typeof anything> => anything(`Fields of ${what}.${more}`);

const groupPath = pattern('a path of groups, such as /staff/sales', '^(/[^/\\u0000-\\u001f\\u007f]{1,255})+$');
const protocolMappers = named('Protocol mappers by name.', anyName, anything('`protocolMapper` is its type, `config` how it works.'));

/** Objects of a realm beside those that other sections make: each section is one of a realm's export, by name. */
const realmEntities = object("Objects of the realm that no other section makes, each by its own name, with the fields of Keycloak's Admin API.", {
  roles: section('Realm roles by name.', anyName, fieldsOf('RoleRepresentation', ' `composites` names roles of the realm and of clients.')),
  clientRoles: optional(
    named('Roles that clients define, by client id.', anyName, named('Roles by name.', anyName, fieldsOf('RoleRepresentation', ' `composites` names roles of the realm and of clients.'))),
  ),
  identityProviders: section(
    'Identity providers by alias.',
    alias,
    anything('Fields of IdentityProviderRepresentation. `config.clientSecret` is a reference.', {
      mappers: named('Mappers by name.', anyName, fieldsOf('IdentityProviderMapperRepresentation')),
    }),
  ),
  groups: section('Groups by path: `/staff`, and `/staff/sales` below it.', groupPath, fieldsOf('GroupRepresentation', ' `realmRoles` and `clientRoles` are the roles of everybody in it.')),
  components: section(
    'What is plugged into the realm, by name: directories, keys, registration policies. Where two have one name, the key is another and `name` says it.',
    anyName,
    anything('Fields of ComponentRepresentation: `providerId`, `providerType`, `subType`, `config`. Secrets in `config` are references.', {
      subComponents: named('Its parts by name, such as the mappers of a directory.', anyName, fieldsOf('ComponentRepresentation')),
    }),
  ),
  authenticationFlows: section(
    'Authentication flows by alias; those inside others with `topLevel: false`, named by `flowAlias`. `raw.keycloak.realm.browserFlow` and its like bind them.',
    flowAlias,
    fieldsOf('AuthenticationFlowRepresentation', ' `authenticationExecutions` is the list of steps.'),
  ),
  authenticatorConfig: section('Configurations of steps by alias, as steps name them (`authenticatorConfig`).', anyName, fieldsOf('AuthenticatorConfigRepresentation', ' Secrets in `config` are references.')),
  requiredActions: section('What people may be asked to do, by alias.', anyName, fieldsOf('RequiredActionProviderRepresentation')),
  userAttributes: section('Attributes of the user profile by name.', anyName, fieldsOf('UPAttribute')),
  clientProfiles: section('What is demanded of clients, by name. Those that Keycloak ships are not stated: policies name them.', anyName, fieldsOf('ClientProfileRepresentation', ' `executors` is a list.')),
  clientPolicies: section('Of which clients profiles are demanded, by name.', anyName, fieldsOf('ClientPolicyRepresentation', ' `profiles` names what is demanded.')),
  localizationTexts: section('Texts of pages and mail by language, in place of those of the theme.', localeName, anything('Texts by key.')),
  organizations: section(
    'Organizations by alias, with `raw.keycloak.realm.organizationsEnabled`.',
    alias,
    fieldsOf('OrganizationRepresentation', ' `domains` is a list of `{ name, verified }`, `identityProviders` one of aliases. Who belongs to it is not said.'),
  ),
  clientScopes: section('Client scopes by name.', scopeToken, anything('Fields of ClientScopeRepresentation. `scopeMappings` names realm roles, `clientScopeMappings` roles by the client that defines them.', { protocolMappers })),
  clients: section(
    'Clients by client id, with every grant off that is not stated. They are not in `expect` and the matrix. A wildcard in `redirectUris` or `webOrigins` needs `insecure: true` beside it.',
    anyName,
    anything('Fields of ClientRepresentation. `scopeMappings` and `serviceAccountRoles` name realm roles, `clientScopeMappings` and `serviceAccountClientRoles` roles by the client that defines them, `serviceAccountGroups` the groups of its account by path. `authorizationSettings`: what its authorization services decide by, as an export has it.', { protocolMappers }),
  ),
  users: section(
    'Accounts by username that are made once: nothing of them is compared afterwards, and they are let go, never deleted.',
    userName,
    fieldsOf('UserRepresentation', ' Credentials are references.'),
  ),
});

const awsRoute = pattern('service.route', '^[a-z][a-z0-9-]*\\.[a-z][a-z0-9-]*$');

/** The escape hatch. */
export const raw = object("Escape hatch: merged last, in the target's own representation. Secrets are references here too.", {
  keycloak: object('Keycloak representations.', {
    realm: anything('Fields of RealmRepresentation.'),
    clients: named('Fields of ClientRepresentation by client id.', clientName, anything('Fields; attributes and mappers are added to those that the client has. `clientScopeMappings`, `serviceAccountClientRoles` and `authorizationSettings` as in `raw.keycloak.entities.clients`.', { protocolMappers: optional(protocolMappers) })),
    entities: realmEntities,
  }),
  aws: optional(object("Fields of the objects of an HTTP API, as API Gateway calls them (`TimeoutInMillis`). `null`: what a pattern would state is not the blueprint's, and is left as it is.", {
    api: optional(anything('Fields of the API.')),
    integrations: named('Fields of an integration by `service.route`.', awsRoute, anything('Fields.')),
    stages: named('Fields of a stage by its name.', pattern('the name of a stage', '^([$]default|[A-Za-z0-9_-]{1,128})$'), anything('Fields.')),
  })),
  kong: object('Kong entities.', {
    services: named('Fields of a service by service id.', idName, anything('Fields.')),
    routes: named(
      'Fields of a route by `service.route`.',
      pattern('service.route', '^[a-z][a-z0-9-]*\\.[a-z][a-z0-9-]*$'),
      anything('Fields.'),
    ),
    plugins: named(
      'Fields of the config of a plugin by instance name.',
      pattern('an instance name', '^[A-Za-z0-9][A-Za-z0-9._-]*$'),
      anything('Fields.'),
    ),
    entities,
  }),
});

/** Fields that hold secrets under a name that says nothing, by the section they are in: a key of key-auth, of a certificate, of a key set; what is hashed of a password. */
const SECRET_PLACES: ReadonlyMap<string, RegExp> = new Map([
  ['raw/kong/entities/certificates', /^[^/]+\/key(_alt)?$/],
  ['raw/kong/entities/consumers', /^[^/]+\/keyauth_credentials\/[^/]+\/key$/],
  ['raw/kong/entities/keys', /^[^/]+\/jwk$/],
  ['raw/keycloak/entities/authenticatorConfig', /^[^/]+\/config\/.*(secret|api[._-]?key)/i],
  ['raw/keycloak/entities/users', /^[^/]+\/credentials\/\d+\/(value|secretData)$/],
]);

const NUMBER = /^\d+$/;

/** True for a text of the raw section that must come from a reference. A reference to a vault of Kong's is no secret. */
export const isSecretInRaw = (path: readonly string[], value: unknown): boolean => {
  if (typeof value !== 'string') return false;
  const field = path.findLast((key) => !NUMBER.test(key)) ?? '';
  if (isSecretByName(field, value)) return true;
  if (value === 'true' || value === 'false' || value.startsWith('{vault://')) return false;
  return SECRET_PLACES.get(path.slice(0, 4).join('/'))?.test(path.slice(4).join('/')) ?? false;
};
