import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { objectOf, textOf, textsOf } from '../../../src/core/json.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { objectsOf } from '../../../src/import/keycloak/common.ts';
import { REALM_FILES, realmFiles, takenFiles } from '../../realm-files.ts';

/** The realm of a file, as far as a file says it. */
const read = async (file: string): Promise<JsonObject> => {
  const text = await readFile(join(REALM_FILES, file), 'utf8');
  return objectOf(file.endsWith('.json') ? (JSON.parse(text) as unknown) : (parse(text, { merge: true, version: '1.1' }) as unknown));
};
const names = await realmFiles();
const taken = await takenFiles();
const realms = new Map(await Promise.all(names.map(async (file) => [file, await read(file)] as const)));

const clients = (realm: JsonObject): readonly JsonObject[] => objectsOf(realm.clients);
const users = (realm: JsonObject): readonly JsonObject[] => objectsOf(realm.users);
const groups = (realm: JsonObject): readonly JsonObject[] => {
  const below = (all: readonly JsonObject[]): readonly JsonObject[] => all.flatMap((one) => [one, ...below(objectsOf(one.subGroups))]);
  return below(objectsOf(realm.groups));
};
const mappers = (realm: JsonObject): readonly JsonObject[] => [...clients(realm), ...objectsOf(realm.clientScopes)].flatMap((one) => objectsOf(one.protocolMappers));
const mapper = (type: RegExp) => (realm: JsonObject): boolean => mappers(realm).some(({ protocolMapper }) => type.test(String(protocolMapper)));
const client = (is: (one: JsonObject) => boolean) => (realm: JsonObject): boolean => clients(realm).some(is);
const attribute = (one: JsonObject, name: string): string | undefined => textOf(objectOf(one.attributes)[name]);
const account = (one: JsonObject, realm: JsonObject): JsonObject => users(realm).find(({ serviceAccountClientId }) => serviceAccountClientId === one.clientId) ?? {};
const filled = (value: unknown): boolean => Object.values(objectOf(value)).some((names) => textsOf(names).length > 0);
const roles = (realm: JsonObject): readonly JsonObject[] => objectsOf(objectOf(realm.roles).realm);
const clientRoles = (realm: JsonObject): readonly JsonObject[] => Object.values(objectOf(objectOf(realm.roles).client)).flatMap(objectsOf);
const component = (realm: JsonObject, type: string): readonly JsonObject[] => objectsOf(objectOf(realm.components)[type]);

/** What people's realm files were seen to have, and how it is seen in one. */
const FEATURES: Readonly<Record<string, (realm: JsonObject) => boolean>> = {
  'wildcard redirect': client(({ redirectUris }) => textsOf(redirectUris).some((uri) => uri.includes('*'))),
  'password grant': client(({ directAccessGrantsEnabled }) => directAccessGrantsEnabled === true),
  users: (realm) => users(realm).length > 0,
  'full scope': client(({ fullScopeAllowed }) => fullScopeAllowed === true),
  'web origin * or +': client(({ webOrigins }) => textsOf(webOrigins).some((one) => one === '*' || one === '+')),
  'scope mappings': ({ scopeMappings }) => objectsOf(scopeMappings).length > 0,
  'public client without PKCE': client((one) => one.publicClient === true && attribute(one, 'pkce.code.challenge.method') === undefined),
  'client roles': (realm) => clientRoles(realm).length > 0,
  'service account with client roles': (realm) => clients(realm).some((one) => filled(account(one, realm).clientRoles)),
  'user profile': (realm) => component(realm, 'org.keycloak.userprofile.UserProfileProvider').length > 0 || realm.userProfile !== undefined,
  'reset password': ({ resetPasswordAllowed }) => resetPasswordAllowed === true,
  themes: ({ loginTheme }) => textOf(loginTheme) !== undefined,
  'attribute mappers': mapper(/^oidc-usermodel-attribute-mapper$/),
  'session-note mappers': mapper(/^oidc-usersessionmodel-note-mapper$/),
  'user attributes': (realm) => users(realm).some(({ attributes }) => Object.keys(objectOf(attributes)).length > 0),
  localization: ({ internationalizationEnabled }) => internationalizationEnabled === true || internationalizationEnabled === 'on',
  'bearer-only': client(({ bearerOnly }) => bearerOnly === true),
  'default roles': ({ defaultRoles, defaultRole }) => textsOf(defaultRoles).length > 0 || defaultRole !== undefined,
  'self-registration': ({ registrationAllowed }) => registrationAllowed === true,
  'identity providers': ({ identityProviders }) => objectsOf(identityProviders).length > 0,
  'audience mappers': mapper(/^oidc-audience-mapper$/),
  'realm-role mappers': mapper(/^oidc-usermodel-realm-role-mapper$/),
  SMTP: ({ smtpServer }) => Object.keys(objectOf(smtpServer)).length > 0,
  'e-mail as username': ({ registrationEmailAsUsername }) => registrationEmailAsUsername === true,
  'service account with realm roles': (realm) => clients(realm).some((one) => textsOf(account(one, realm).realmRoles).length > 0),
  groups: (realm) => groups(realm).length > 0,
  'group role mappings': (realm) => groups(realm).some(({ realmRoles, clientRoles: ofClients }) => textsOf(realmRoles).length > 0 || filled(ofClients)),
  'composite realm roles': (realm) => roles(realm).some(({ composites }) => Object.keys(objectOf(composites)).length > 0),
  'own scopes': ({ clientScopes }) => objectsOf(clientScopes).length > 0,
  'a client that signs people in and is a service': client(({ standardFlowEnabled, serviceAccountsEnabled }) => standardFlowEnabled === true && serviceAccountsEnabled === true),
  'token exchange': client((one) => attribute(one, 'standard.token.exchange.enabled') === 'true'),
  'own flows': ({ authenticationFlows }) => objectsOf(authenticationFlows).some(({ builtIn }) => builtIn === false),
  'identity provider mappers': ({ identityProviderMappers }) => objectsOf(identityProviderMappers).length > 0,
  'composite client roles': (realm) => clientRoles(realm).some(({ composites }) => Object.keys(objectOf(composites)).length > 0),
  events: ({ eventsEnabled }) => eventsEnabled === true,
  'client JWT': client(({ clientAuthenticatorType }) => clientAuthenticatorType === 'client-jwt'),
  'client X.509': client(({ clientAuthenticatorType }) => clientAuthenticatorType === 'client-x509'),
  'password policy': ({ passwordPolicy }) => textOf(passwordPolicy) !== undefined,
  'verify e-mail': ({ verifyEmail }) => verifyEmail === true,
  LDAP: (realm) => component(realm, 'org.keycloak.storage.UserStorageProvider').some(({ providerId }) => providerId === 'ldap'),
  implicit: client(({ implicitFlowEnabled }) => implicitFlowEnabled === true),
  'lifespan over 1 h': ({ accessTokenLifespan }) => Number(accessTokenLifespan) > 3600,
  'custom mapper': (realm) => mappers(realm).some(({ protocolMapper }) => !/^(oidc|saml)-/.test(String(protocolMapper))),
  'role names with spaces': (realm) => roles(realm).some(({ name }) => / /.test(String(name))),
};

it('are ten and more that go the whole way through a Keycloak', () => {
  expect(taken.length).toBeGreaterThanOrEqual(10);
});

const having = (has: (realm: JsonObject) => boolean): readonly string[] => [...realms].filter(([, realm]) => has(realm)).map(([file]) => file);

it.each(Object.entries(FEATURES))('some file has, and another has not: %s', (_, has) => {
  expect(having(has).length).toBeGreaterThan(0);
  expect(having(has).length).toBeLessThan(names.length);
});

// What no Keycloak has by itself no Keycloak of ours can be set up with.
it.each(Object.entries(FEATURES).filter(([feature]) => feature !== 'custom mapper'))('goes the whole way: %s', (_, has) => {
  expect(having(has).filter((file) => taken.includes(file))).not.toEqual([]);
});
