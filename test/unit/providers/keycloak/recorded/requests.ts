import { randomUUID } from 'node:crypto';
import { resources } from '../resources.ts';
import { REALM, REALM_WITH_KEYS } from './ask.ts';
import type { Answered, Ask } from './ask.ts';

const R = `/${REALM}`;
const mapper = (name: string, audience: string) => ({
  name,
  protocol: 'openid-connect',
  protocolMapper: 'oidc-audience-mapper',
  consentRequired: false,
  config: { 'included.custom.audience': audience, 'access.token.claim': 'true' },
});

/** Every request that the provider makes, with the answers it relies on: what is ignored, merged, replaced, wiped, dropped, hidden. */
export const requests = async (ask: Ask): Promise<void> => {
  await newRealm(ask);
  await roles(ask);
  await scopes(ask);
  await clients(ask);
  await users(ask);
  for (const resource of resources) await resource.requests?.(ask, R);
  await settings(ask);
  await keys(ask);
  await logins(ask);
  await ask('GET', `${R}/roles`, { as: 'powerless' });
  await ask('GET', `${R}/roles`, { as: 'forger' });
  await ask('POST', `${R}/partial-export?exportClients=true&exportGroupsAndRoles=true`);
  await holders(ask);
  await ways(ask);
};

/** Other ways in: tokens that make clients, organizations, and who rules the realm from the realm `master`. */
const ways = async (ask: Ask): Promise<void> => {
  await ask('GET', `${R}/clients-initial-access`);
  await ask('POST', `${R}/clients-initial-access`, { body: { count: 3, expiration: 600 } });
  await ask('GET', `${R}/clients-initial-access`);
  await ask('GET', `${R}/organizations?briefRepresentation=false&first=0&max=2000`);
  await ask('PUT', R, { body: { organizationsEnabled: true } });
  await ask('GET', `${R}/organizations?briefRepresentation=false&first=0&max=2000`);
  await ask('POST', `${R}/organizations`, { body: { name: 'theirs', alias: 'theirs', enabled: true, domains: [{ name: 'theirs.test', verified: false }] } });
  await ask('GET', `${R}/organizations?briefRepresentation=false&first=0&max=2000`);
  const page = 'briefRepresentation=true&first=0&max=2000';
  await ask('GET', `/master/roles/admin/users?${page}`);
  await ask('GET', '/master/users?briefRepresentation=true&first=0&max=1');
  await ask('GET', `/master/roles/admin/groups?${page}`);
  const [here] = await ask('GET', `/master/clients?clientId=${REALM}-realm&first=0&max=2000`);
  await ask('GET', `/master/clients/${here.id}/roles/manage-users/users?${page}`);
};

/** Who has what: the members of roles and groups, a page at a time. */
const holders = async (ask: Ask): Promise<void> => {
  const page = 'briefRepresentation=true&first=0&max=2000';
  const [ruling] = await ask('GET', `${R}/clients?clientId=realm-management`);
  const [service] = await ask('GET', `${R}/clients?clientId=service`);
  await ask('GET', `${R}/clients/${service.id}/roles`);
  await ask('GET', `${R}/clients/${ruling.id}/roles`, { only: 'manage-users' });
  await ask('GET', `${R}/clients/${randomUUID()}/roles`);
  await ask('GET', `${R}/clients/${ruling.id}/roles/manage-users/users?${page}`);
  await ask('GET', `${R}/clients/${ruling.id}/roles/no-such-role/users?${page}`);
  await ask('GET', `${R}/roles/no-such-role/users?${page}`);
  await ask('POST', `${R}/groups`, { body: { name: 'holding' } });
  const group = (await ask('GET', `${R}/groups?briefRepresentation=false`)).find(({ name }: Answered) => name === 'holding');
  const [user] = await ask('GET', `${R}/users?briefRepresentation=false&exact=true&username=third`);
  await ask('GET', `${R}/groups/${group.id}/members?${page}`);
  await ask('PUT', `${R}/users/${user.id}/groups/${group.id}`);
  await ask('GET', `${R}/groups/${group.id}/members?${page}`);
  await ask('GET', `${R}/groups/${randomUUID()}/members?${page}`);
  await ask('GET', `${R}/users/${user.id}/federated-identity?${page}`);
};

const newRealm = async (ask: Ask): Promise<void> => {
  await ask('GET', R);
  await ask('POST', '', { body: { realm: REALM } });
  await ask('POST', '', { body: { realm: REALM } });
  await ask('GET', R);
  await ask('GET', `${R}/roles?briefRepresentation=false`);
  await ask('GET', `${R}/roles/default-roles-${REALM}/composites/realm`);
  await ask('GET', `${R}/client-scopes`);
  await ask('GET', `${R}/clients`);
  await ask('GET', `${R}/users/profile`);
  await ask('GET', `${R}/keys`);
  await ask('POST', `${R}/partial-export?exportClients=true&exportGroupsAndRoles=true`);
};

const roles = async (ask: Ask): Promise<void> => {
  await ask('POST', `${R}/roles`, { body: { name: 'plain' } });
  await ask('POST', `${R}/roles`, { body: { name: 'plain' } });
  await ask('POST', `${R}/roles`, { body: { name: 'told', description: 'says what it is', attributes: { team: ['red'] } } });
  await ask('POST', `${R}/roles`, { body: { name: 'both', composite: true, composites: { realm: ['plain', 'no-such-role'] } } });
  await ask('POST', `${R}/roles`, { body: { name: 'both', description: '', attributes: {}, composite: true, composites: { realm: ['plain'] } } });
  await ask('GET', `${R}/roles?briefRepresentation=true`);
  await ask('GET', `${R}/roles/none`);
  await ask('GET', `${R}/roles/both/composites/realm`);
  await ask('PUT', `${R}/roles/told`, { body: { name: 'told', attributes: { size: ['big'] } } });
  const told = await ask('GET', `${R}/roles/told`);
  await ask('PUT', `${R}/roles/told`, { body: { name: 'told', description: 'again' } });
  await ask('GET', `${R}/roles/told`);
  const both = await ask('GET', `${R}/roles/both`);
  await ask('POST', `${R}/roles-by-id/${both.id}/composites`, { body: [{ id: told.id, name: 'told' }] });
  await ask('GET', `${R}/roles-by-id/${both.id}/composites/realm`);
  await ask('POST', `${R}/roles-by-id/${both.id}/composites`, { body: [{ id: randomUUID(), name: 'told' }] });
  await ask('DELETE', `${R}/roles-by-id/${both.id}/composites`, { body: [{ id: told.id, name: 'told' }] });
  await ask('GET', `${R}/roles-by-id/${both.id}/composites/realm`);
  await ask('POST', `${R}/roles`, { body: { name: 'gone' } });
  await ask('DELETE', `${R}/roles/gone`);
  await ask('DELETE', `${R}/roles/gone`);
};

const scopes = async (ask: Ask): Promise<void> => {
  const id = randomUUID();
  const made = { id, name: 'made', protocol: 'openid-connect', description: 'first', attributes: { a: '1', b: '2' } };
  await ask('POST', `${R}/client-scopes`, { body: { ...made, protocolMappers: [mapper('one', 'x'), mapper('two', 'y')] } });
  await ask('POST', `${R}/client-scopes`, { body: { ...made, id: randomUUID() } });
  const [held] = await ask('GET', `${R}/client-scopes`, { only: 'made' });
  const one = held.protocolMappers.find(({ name }: Answered) => name === 'one');
  // Attributes merge and mappers are ignored.
  await ask('PUT', `${R}/client-scopes/${id}`, { body: { name: 'made', attributes: { a: null, c: '3' }, protocolMappers: [] } });
  await ask('GET', `${R}/client-scopes`, { only: 'made' });
  const models = `${R}/client-scopes/${id}/protocol-mappers/models`;
  await ask('POST', models, { body: mapper('three', 'z') });
  await ask('PUT', `${models}/${one.id}`, { body: { ...mapper('one', 'changed'), id: one.id } });
  await ask('DELETE', `${models}/${held.protocolMappers.find(({ name }: Answered) => name === 'two').id}`);
  await ask('DELETE', `${models}/${randomUUID()}`);
  await ask('GET', `${R}/client-scopes`, { only: 'made' });
  const plain = await ask('GET', `${R}/roles/plain`);
  const mapped = `${R}/client-scopes/${id}/scope-mappings/realm`;
  await ask('POST', mapped, { body: [{ id: plain.id, name: 'plain' }] });
  await ask('POST', mapped, { body: [{ id: randomUUID(), name: 'plain' }] });
  await ask('GET', mapped);
  await ask('DELETE', mapped, { body: [{ id: plain.id, name: 'plain' }] });
  await ask('GET', mapped);
  await ask('POST', mapped, { body: [{ id: plain.id, name: 'plain' }] });
  const gone = randomUUID();
  await ask('POST', `${R}/client-scopes`, { body: { id: gone, name: 'gone', protocol: 'openid-connect' } });
  await ask('GET', `${R}/client-scopes`, { only: 'gone' });
  await ask('DELETE', `${R}/client-scopes/${gone}`);
  await ask('DELETE', `${R}/client-scopes/${gone}`);
  await ask('PUT', `${R}/client-scopes/${gone}`, { body: { name: 'gone' } });
};

const clients = async (ask: Ask): Promise<void> => {
  const named = (clientId: string): Promise<Answered> => ask('GET', `${R}/clients?clientId=${clientId}`);
  // What Keycloak opens when nobody states it.
  await ask('POST', `${R}/clients`, { body: { clientId: 'bare', protocol: 'openid-connect' } });
  const [bare] = await named('bare');
  await ask('GET', `${R}/clients/${bare.id}/scope-mappings/realm`);
  await ask('POST', `${R}/clients`, { body: { clientId: 'bare', protocol: 'openid-connect' } });
  await named('none');
  const id = randomUUID();
  const stated = {
    id,
    clientId: 'service',
    protocol: 'openid-connect',
    enabled: true,
    publicClient: false,
    bearerOnly: false,
    standardFlowEnabled: false,
    implicitFlowEnabled: false,
    directAccessGrantsEnabled: false,
    serviceAccountsEnabled: true,
    fullScopeAllowed: false,
    secret: 'given-secret',
    redirectUris: ['https://b.test/x', 'https://a.test/x'],
    webOrigins: ['https://a.test'],
    attributes: { a: '1', b: '2' },
    defaultClientScopes: ['basic', 'no-such-scope', 'made'],
    optionalClientScopes: ['email'],
    protocolMappers: [mapper('one', 'x'), mapper('two', 'y')],
  };
  await ask('POST', `${R}/clients`, { body: stated });
  const [held] = await named('service');
  const one = held.protocolMappers.find(({ name }: Answered) => name === 'one');
  // Attributes merge, mappers are replaced, lists of scopes are ignored.
  await ask('PUT', `${R}/clients/${id}`, {
    body: { clientId: 'service', redirectUris: [], attributes: { a: null, b: '', c: '3' }, defaultClientScopes: [], protocolMappers: [{ ...mapper('one', 'changed'), id: one.id }, mapper('three', 'z')] },
  });
  await named('service');
  await ask('PUT', `${R}/clients/${id}`, { body: { secret: 'given-again', description: 'told' } });
  await ask('PUT', `${R}/clients/${id}`, { body: { description: '' } });
  await named('service');
  const [made] = await ask('GET', `${R}/client-scopes`, { only: 'made' });
  await ask('DELETE', `${R}/clients/${id}/default-client-scopes/${made.id}`);
  await ask('PUT', `${R}/clients/${id}/optional-client-scopes/${made.id}`);
  await ask('PUT', `${R}/clients/${id}/optional-client-scopes/${randomUUID()}`);
  await ask('DELETE', `${R}/clients/${id}/optional-client-scopes/${randomUUID()}`);
  await named('service');
  const plain = await ask('GET', `${R}/roles/plain`);
  const mapped = `${R}/clients/${id}/scope-mappings/realm`;
  await ask('POST', mapped, { body: [{ id: plain.id, name: 'plain' }] });
  await ask('GET', mapped);
  const account = await ask('GET', `${R}/clients/${id}/service-account-user`);
  const given = `${R}/users/${account.id}/role-mappings/realm`;
  await ask('GET', given);
  await ask('POST', given, { body: [{ id: plain.id, name: 'plain' }] });
  await ask('GET', given);
  const gone = randomUUID();
  await ask('POST', `${R}/clients`, { body: { id: gone, clientId: 'gone', protocol: 'openid-connect', publicClient: true } });
  await named('gone');
  await ask('DELETE', `${R}/clients/${gone}`);
  await ask('DELETE', `${R}/clients/${gone}`);
  await ask('PUT', `${R}/clients/${gone}`, { body: { clientId: 'gone' } });
};

const users = async (ask: Ask): Promise<void> => {
  const named = (username: string): Promise<Answered> => ask('GET', `${R}/users?briefRepresentation=false&exact=true&username=${username}`);
  const marked = `${R}/users?briefRepresentation=false&q=${encodeURIComponent('authctl.owner:me')}`;
  // Without a policy for them, attributes that the profile does not know are dropped.
  await ask('POST', `${R}/users`, { body: { username: 'early', attributes: { 'authctl.owner': ['me'] } } });
  await named('early');
  const profile = await ask('GET', `${R}/users/profile`);
  await ask('PUT', `${R}/users/profile`, { body: { ...profile, unmanagedAttributePolicy: 'ADMIN_EDIT' } });
  await ask('GET', `${R}/users/profile`);
  const attributes = { 'authctl.owner': ['me'], team: ['red'] };
  const stated = { username: 'Late', enabled: true, emailVerified: true, email: 'late@made.test', firstName: 'Late', lastName: 'Comer', requiredActions: [] };
  const credentials = [{ type: 'password', value: 'given-password', temporary: false }];
  await ask('POST', `${R}/users`, { body: { ...stated, attributes, credentials, realmRoles: ['plain'] } });
  await ask('POST', `${R}/users`, { body: { username: 'late' } });
  await ask('POST', `${R}/users`, { body: { username: 'other', email: 'late@made.test' } });
  await ask('POST', `${R}/users`, { body: { username: 'third', enabled: true, attributes: { 'authctl.owner': ['me'] } } });
  const [held] = await named('late');
  await ask('GET', `${marked}&first=0&max=2000`);
  await ask('GET', `${marked}&first=0&max=1`);
  await ask('GET', `${marked}&first=1&max=1`);
  await ask('GET', `${marked}&first=2&max=1`);
  const user = `${R}/users/${held.id}`;
  await ask('GET', `${user}/role-mappings/realm`);
  const plain = await ask('GET', `${R}/roles/plain`);
  await ask('POST', `${user}/role-mappings/realm`, { body: [{ id: plain.id, name: 'plain' }] });
  await ask('POST', `${user}/role-mappings/realm`, { body: [{ id: randomUUID(), name: 'plain' }] });
  await ask('GET', `${user}/role-mappings/realm`);
  await ask('GET', `${R}/roles/plain/users?briefRepresentation=true&first=0&max=2000`);
  await ask('DELETE', `${user}/role-mappings/realm`, { body: [{ id: plain.id, name: 'plain' }] });
  // Without attributes a change merges; with them it wipes what it does not name.
  await ask('PUT', user, { body: { enabled: false } });
  await named('late');
  await ask('PUT', user, { body: { attributes: { 'authctl.owner': ['me'] } } });
  await named('late');
  await ask('GET', `${user}/credentials`);
  await ask('PUT', `${user}/reset-password`, { body: credentials[0] });
  // Set anew it keeps its id.
  await ask('GET', `${user}/credentials`);
  await ask('DELETE', user);
  await ask('DELETE', user);
  await ask('GET', `${user}/credentials`);
  await ask('PUT', `${user}/reset-password`, { body: credentials[0] });
  // A policy that is taken away hides the attributes, and users are still found by them.
  await ask('PUT', `${R}/users/profile`, { body: profile });
  await ask('GET', `${marked}&first=0&max=2000`);
};

const settings = async (ask: Ask): Promise<void> => {
  const before = await ask('GET', R);
  // Attributes are replaced as a whole, absent fields kept, other objects ignored.
  await ask('PUT', R, { body: { realm: REALM, enabled: true, attributes: { team: 'red' }, roles: { realm: [] }, smtpServer: { host: 'mail.test', from: 'a@b.test', auth: 'true', user: 'me', password: 'given-password' } } });
  const after = await ask('GET', R);
  await ask('PUT', R, { body: { realm: REALM, attributes: { ...before.attributes, team: 'red' }, supportedLocales: ['ja', 'en'] } });
  await ask('GET', R);
  const key = { ...generator('es256'), providerType: KEY_PROVIDER, parentId: after.id };
  await ask('POST', `${R}/components`, { body: key });
  await ask('GET', `${R}/keys`);
};

const KEY_PROVIDER = 'org.keycloak.keys.KeyProvider';
const priority = ['100'];
const generator = (name: string) => ({
  name: `authctl-${name}`,
  providerId: 'ecdsa-generated',
  config: { priority, enabled: ['true'], active: ['true'], ecdsaEllipticCurveKey: ['P-256'] },
});

/** A realm that is made with keys has those and no others. */
const keys = async (ask: Ask): Promise<void> => {
  const made = [
    generator('es256'),
    { name: 'hmac-generated-hs512', providerId: 'hmac-generated', config: { priority, algorithm: ['HS512'] } },
    { name: 'aes-generated', providerId: 'aes-generated', config: { priority } },
  ];
  const body = { realm: REALM_WITH_KEYS, enabled: true, defaultSignatureAlgorithm: 'ES256', components: { [KEY_PROVIDER]: made } };
  await ask('POST', '', { body });
  await ask('GET', `/${REALM_WITH_KEYS}/keys`);
  for (const realm of [REALM, REALM_WITH_KEYS, 'no-such-realm']) await ask('GET', `/${realm}/protocol/openid-connect/certs`, { as: 'anybody' });
};

const logins = async (ask: Ask): Promise<void> => {
  const form = { grant_type: 'client_credentials', client_id: 'service', client_secret: 'given-again' };
  for (const [realm, more] of [
    [REALM, {}],
    [REALM, { client_secret: 'guessed' }],
    [REALM, { client_id: 'no-such-client' }],
    ['no-such-realm', {}],
  ] as const)
    await ask('POST', `/${realm}/protocol/openid-connect/token`, { as: 'anybody', form: { ...form, ...more } });
};
