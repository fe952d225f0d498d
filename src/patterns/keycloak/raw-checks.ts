import type { Blueprint, JsonFields } from '../../blueprint/types.ts';
import { textsOf } from '../../core/json.ts';
import { Problem } from '../../core/problem.ts';
import { isSpec } from '../../core/spec.ts';
import { client as clientType } from '../../providers/keycloak/specs/client.ts';
import { realm as realmType } from '../../providers/keycloak/specs/realm.ts';
import { CLIENT_IGNORED, CLIENT_SETTINGS, REALM_SETTINGS } from '../../providers/keycloak/specs/settings.ts';
import { nearest } from '../../blueprint/nearest.ts';

/** What says the same where Keycloak listens. */
const INSTEAD: Readonly<Record<string, string>> = {
  roles: 'realm.roles, or raw.keycloak.entities.roles and clientRoles',
  groups: 'realm.groups, or raw.keycloak.entities.groups',
  clients: 'realm.clients, or raw.keycloak.entities.clients',
  clientScopes: 'realm.scopes, or raw.keycloak.entities.clientScopes',
  users: 'personas, or raw.keycloak.entities.users',
  identityProviders: 'raw.keycloak.entities.identityProviders',
  identityProviderMappers: 'mappers in raw.keycloak.entities.identityProviders',
  components: 'raw.keycloak.entities.components',
  requiredActions: 'raw.keycloak.entities.requiredActions',
  authenticationFlows: 'raw.keycloak.entities.authenticationFlows',
  authenticatorConfig: 'raw.keycloak.entities.authenticatorConfig',
  clientProfiles: 'raw.keycloak.entities.clientProfiles',
  clientPolicies: 'raw.keycloak.entities.clientPolicies',
  localizationTexts: 'raw.keycloak.entities.localizationTexts',
  organizations: 'raw.keycloak.entities.organizations',
  defaultRole: 'realm.defaultRoles',
  defaultRoles: 'realm.defaultRoles',
};
/** Fields of a realm that Keycloak takes and does nothing with, beside those that its spec knows to be objects of their own. */
const IGNORED = ['defaultRoles', 'organizations', 'requiredCredentials', 'certificate', 'publicKey', 'privateKey', 'codeSecret', 'otpSupportedApplications'];

/** What Keycloak would take and not do, or drop while it stores it: known without asking it. */
export const rawProblems = (blueprint: Blueprint): readonly Problem[] => {
  const { realm, clients, entities } = blueprint.raw.keycloak;
  const attributes = (of: Readonly<Record<string, JsonFields>>, path: string): readonly Problem[] => Object.entries(of).flatMap(([id, fields]) => inAttributes(blueprint, fields, `${path}.${id}.attributes`));
  return [
    ...inRealm(blueprint, realm),
    ...Object.entries(clients).flatMap(([id, fields]) => inClient(blueprint, id, fields)),
    ...attributes(clients, 'raw.keycloak.clients'),
    ...attributes(entities.clients ?? {}, 'raw.keycloak.entities.clients'),
  ];
};

/** Attributes of a client by which Keycloak refuses the whole of it. */
const inAttributes = ({ realm: { shared, login, sessions }, at }: Blueprint, { attributes }: JsonFields, path: string): readonly Problem[] => {
  if (!isSpec(attributes)) return [];
  const longer = (name: string, most: number, what: string): readonly Problem[] =>
    // Of a realm of others the lives are theirs; where sessions may outlive the browser, these may be longer.
    shared || login.rememberMe || !(Number(attributes[name]) > most)
      ? []
      : [new Problem('RAW_REFUSED', `Keycloak refuses a client whose sessions last longer than those of the realm: ${String(attributes[name])} s, and ${what} is ${most} s`, { at: at(`${path}.${name}`), hint: `state at most ${most}, or a longer ${what}` })];
  return [
    ...(attributes['use.jwks.url'] === 'true' && attributes['use.jwks.string'] === 'true'
      ? [new Problem('RAW_REFUSED', 'Keycloak refuses a client that has its keys both at an address and in a text', { at: at(`${path}.use.jwks.string`), hint: 'state one of use.jwks.url and use.jwks.string' })]
      : []),
    ...longer('client.session.idle.timeout', sessions.idle, 'realm.sessions.idle'),
    ...longer('client.session.max.lifespan', sessions.max, 'realm.sessions.max'),
  ];
};

const inRealm = (blueprint: Blueprint, fields: JsonFields): readonly Problem[] => {
  const path = 'raw.keycloak.realm';
  const told = (field: string, message: string, hint?: string): Problem => new Problem('RAW_INEFFECTIVE', message, { at: blueprint.at(`${path}.${field}`), hint });
  const notThere = Object.keys(fields).filter((field) => !(field === 'defaultGroups' && Array.isArray(fields.defaultGroups)) && (realmType.fields[field]?.readOnly || IGNORED.includes(field)));
  const { smtpServer, attributes, supportedLocales } = fields;
  const known = [...Object.keys(realmType.fields), ...REALM_SETTINGS];
  return [
    ...notThere.map(
      (field) =>
        new Problem('KEYCLOAK_NOT_A_SETTING', `"${field}" of a realm cannot be set through raw.keycloak.realm`, {
          at: blueprint.at(`${path}.${field}`),
          hint: INSTEAD[field] === undefined ? 'Keycloak ignores it there' : `Keycloak ignores it there: state it under ${INSTEAD[field]}`,
        }),
    ),
    ...Object.keys(fields).filter((field) => !known.includes(field) && !IGNORED.includes(field)).map((field) => unknownField(blueprint, `${path}.${field}`, { field, of: 'a realm', known })),
    ...(isSpec(smtpServer) && smtpServer.auth !== 'true' && ('user' in smtpServer || 'password' in smtpServer)
      ? [told('smtpServer', 'Keycloak forgets the user of a mail server where auth is not on', 'smtpServer.auth: "true"')]
      : []),
    ...(Array.isArray(supportedLocales) && supportedLocales.length === 0 ? [told('supportedLocales', 'Keycloak drops an empty list of locales', 'leave it out')] : []),
    ...Object.keys(isSpec(attributes) ? attributes : {})
      .filter((name) => name.startsWith('_browser_header.') || name.startsWith('authctl.'))
      .map((name) =>
        told(`attributes.${name}`, name.startsWith('authctl.') ? 'names that begin with authctl. are marks' : `Keycloak keeps "${name}" elsewhere, and shows it no more`, name.startsWith('authctl.') ? undefined : 'state it in browserSecurityHeaders'),
      ),
  ];
};

const unknownField = (blueprint: Blueprint, path: string, { field, of, known }: { readonly field: string; readonly of: string; readonly known: readonly string[] }): Problem => {
  const near = nearest(field, known);
  return new Problem('RAW_UNKNOWN_FIELD', `Keycloak knows no "${field}" of ${of}`, { at: blueprint.at(path), hint: near === undefined ? undefined : `did you mean "${near}"?` });
};

/** Fields of ours beside those of ClientRepresentation. */
const OURS = ['protocolMappers', 'authorizationSettings', 'serviceAccountGroups', 'serviceAccountClientRoles', 'clientScopeMappings'];
const CLIENT_FIELDS = [...Object.keys(clientType.fields), ...CLIENT_SETTINGS, ...OURS];

const inClient = (blueprint: Blueprint, id: string, fields: JsonFields): readonly Problem[] => [
  ...Object.keys(fields).flatMap((field) => {
    const at = `raw.keycloak.clients.${id}.${field}`;
    if (CLIENT_IGNORED.includes(field)) return [new Problem('RAW_INEFFECTIVE', `Keycloak takes "${field}" of a client and does nothing with it`, { at: blueprint.at(at), hint: 'leave it out' })];
    return CLIENT_FIELDS.includes(field) ? [] : [unknownField(blueprint, at, { field, of: 'a client', known: CLIENT_FIELDS })];
  }),
  ...leftOut(blueprint, id, fields),
  // What such a client may do is worked out from its roles, and held against the matrix.
  ...('serviceAccountGroups' in fields ? [new Problem('RAW_FIELD', '"serviceAccountGroups" cannot be stated here', { at: blueprint.at(`raw.keycloak.clients.${id}.serviceAccountGroups`), hint: `state its roles: realm.clients.${id}.roles` })] : []),
];

/** A list takes the place of the one that the scopes of a client make: it has them, too, or nobody gets a token with them. */
const leftOut = ({ realm, at }: Blueprint, id: string, fields: JsonFields): readonly Problem[] => {
  const { type, scopes = [] } = realm.clients[id] ?? {};
  const list = type === 'service' ? 'defaultClientScopes' : 'optionalClientScopes';
  const both = [fields.defaultClientScopes, fields.optionalClientScopes].flatMap(textsOf);
  const without = list in fields ? scopes.filter((scope) => !both.includes(scope)) : [];
  return without.map((scope) => new Problem('RAW_FIELD', `"${id}" has the scope "${scope}", and this list takes the place of what gives it`, { at: at(`raw.keycloak.clients.${id}.${list}`), hint: `add ${scope} to it, or leave the list out` }));
};
