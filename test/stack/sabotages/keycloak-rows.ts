import { generateKeyPairSync } from 'node:crypto';
import type { Effect } from '../../../src/core/resource.ts';
import type { KeycloakHand } from './keycloak-hand.ts';
import type { Sabotage } from './table.ts';

type Row = Sabotage<KeycloakHand>;

const opens = (address: RegExp) => ({ effect: 'opens', address }) as const;
const exposes = (address: RegExp) => ({ effect: 'exposes', address }) as const;
const weakens = (address: RegExp) => ({ effect: 'weakens', address }) as const;
const breaks = (address: RegExp) => ({ effect: 'breaks', address }) as const;
const differs = (address: RegExp) => ({ effect: 'differs', address }) as const;
const change = (address: RegExp, as?: Effect) => ({ effect: 'change', address, ...(as && { as }) }) as const;

/** Seconds since 1970. */
const [PAST, LATER] = [1_700_000_000, 2_147_000_000];
const REALM = /^keycloak\.realm\/shop$/;
const STOREFRONT = /^keycloak\.client\/shop\/storefront$/;
const REPORTS = /^keycloak\.client\/shop\/reports$/;
const EVIL = /^keycloak\.client\/shop\/evil$/;
const BASIC = /^keycloak\.client-scope\/shop\/basic$/;
const ADMIN = /^keycloak\.role\/shop\/admin$/;
const attribute = (name: string, value: string) => ({ attributes: { [name]: value } });
const evil = { publicClient: true, redirectUris: ['https://evil.example/cb'] };
const pem = (): string => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const rights = async (hand: KeycloakHand, role: string): Promise<void> => {
  const { id } = await hand.client('reports');
  const account = await hand.ask<{ id: string }>('GET', `/clients/${String(id)}/service-account-user`);
  await hand.give(`/users/${account.id}/role-mappings/clients/${String((await hand.client('realm-management')).id)}`, [await hand.ruling(role)]);
};
const person = async (hand: KeycloakHand, name: string, role: string): Promise<void> => {
  const { id } = await hand.newUser(name);
  await hand.give(`/users/${String(id)}/role-mappings/realm`, [await hand.role(role)]);
};
const groupWith = async (hand: KeycloakHand, name: string, role: string): Promise<string> => {
  const { id } = await hand.newGroup(name);
  await hand.give(`/groups/${String(id)}/role-mappings/realm`, [await hand.role(role)]);
  return String(id);
};
const optional = async (hand: KeycloakHand, clientId: string, scope: string): Promise<void> =>
  hand.link(`/clients/${String((await hand.client(clientId)).id)}/optional-client-scopes/${String((await hand.scope(scope)).id)}`);

/** What was done by hand to a good realm, and what drift must say of it. */
export const keycloakRows: readonly Row[] = [
  { what: 'a hardcoded role on storefront', do: (hand) => hand.clientMapper('storefront', 'oidc-hardcoded-role-mapper', { role: 'admin' }), told: opens(STOREFRONT), verify: ['AZ-06', 'IDP-47'] },
  { what: 'the audience invoices in every token, by the scope basic', do: (hand) => hand.scopeMapper('basic', 'oidc-audience-mapper', { 'included.custom.audience': 'invoices' }), told: opens(BASIC), verify: ['IDP-22', 'IDP-47'] },
  {
    what: 'roles from an attribute that people edit, by the scope roles',
    do: (hand) => hand.scopeMapper('roles', 'oidc-usermodel-attribute-mapper', { 'user.attribute': 'x', 'claim.name': 'realm_access.roles', multivalued: 'true' }),
    told: opens(/^keycloak\.client-scope\/shop\/roles$/),
    verify: ['IDP-47'],
  },
  { what: 'full scope on storefront', do: (hand) => hand.changeClient('storefront', { fullScopeAllowed: true }), told: change(STOREFRONT), verify: ['IDP-22'] },
  { what: 'the password grant on storefront', do: (hand) => hand.changeClient('storefront', { directAccessGrantsEnabled: true }), told: change(STOREFRONT), verify: ['IDP-08'] },
  { what: 'the implicit flow on storefront', do: (hand) => hand.changeClient('storefront', { implicitFlowEnabled: true }), told: change(STOREFRONT), verify: ['IDP-08', 'IDP-38'] },
  { what: 'any web origin on storefront', do: (hand) => hand.changeClient('storefront', { webOrigins: ['*'] }), told: change(STOREFRONT), verify: ['IDP-02'] },
  { what: 'no TLS asked for', do: (hand) => hand.realm({ sslRequired: 'none' }), told: change(REALM) },
  { what: 'access tokens of a day', do: (hand) => hand.realm({ accessTokenLifespan: 86_400 }), told: change(REALM), verify: ['IDP-10'] },
  { what: 'access tokens of a year for storefront', do: (hand) => hand.changeClient('storefront', attribute('access.token.lifespan', '31536000')), told: weakens(STOREFRONT), verify: ['IDP-10', 'IDP-48'] },
  { what: 'brute force off', do: (hand) => hand.realm({ bruteForceProtected: false }), told: change(REALM) },
  { what: 'a million guesses', do: (hand) => hand.realm({ failureFactor: 1_000_000, waitIncrementSeconds: 0 }), told: [weakens(REALM)], verify: ['IDP-48'] },
  {
    what: 'the browser flow of the realm asks for no password',
    do: async (hand) => {
      await hand.passwordless('open');
      await hand.realm({ browserFlow: 'open' });
    },
    told: opens(REALM),
    verify: ['IDP-30', 'IDP-31', 'IDP-33', 'IDP-47'],
  },
  {
    what: 'storefront has a flow without a password',
    do: async (hand) => {
      const id = await hand.passwordless('open');
      await hand.changeClient('storefront', { authenticationFlowBindingOverrides: { browser: id } });
      hand.later(async () => hand.ask('PUT', `/clients/${String((await hand.client('storefront')).id)}`, { authenticationFlowBindingOverrides: { browser: '' } }));
    },
    told: opens(STOREFRONT),
    verify: ['IDP-30', 'IDP-31', 'IDP-33', 'IDP-47'],
  },
  {
    what: 'another server vouches, and gives admin',
    do: async (hand) => {
      await hand.add('/identity-provider/instances', { alias: 'evil', providerId: 'oidc', enabled: true, trustEmail: true, config: { clientId: 'x', clientSecret: 'y', authorizationUrl: 'https://evil.example/a', tokenUrl: 'https://evil.example/t' } }, '/identity-provider/instances/evil');
      await hand.ask('POST', '/identity-provider/instances/evil/mappers', { name: 'all', identityProviderAlias: 'evil', identityProviderMapper: 'oidc-hardcoded-role-idp-mapper', config: { role: 'admin', syncMode: 'INHERIT' } });
    },
    told: opens(/^keycloak\.identity-provider\/shop\/evil$/),
    verify: ['IDP-47', 'IDP-50'],
  },
  {
    what: 'a stranger’s public client with our scopes',
    do: async (hand) => {
      await hand.newClient('evil', evil);
      await optional(hand, 'evil', 'orders:read');
    },
    told: opens(EVIL),
    verify: ['IDP-44', 'IDP-47'],
  },
  {
    what: 'a stranger’s service with role admin and our scopes',
    do: async (hand) => {
      await hand.newClient('evil', { publicClient: false, serviceAccountsEnabled: true, standardFlowEnabled: false, secret: 'given-secret' });
      const { id } = await hand.client('evil');
      const account = await hand.ask<{ id: string }>('GET', `/clients/${String(id)}/service-account-user`);
      await hand.give(`/users/${account.id}/role-mappings/realm`, [await hand.role('admin')]);
      await optional(hand, 'evil', 'orders:write');
    },
    told: opens(EVIL),
    verify: ['IDP-47'],
  },
  { what: 'mallory has role admin', do: (hand) => person(hand, 'mallory', 'admin'), told: opens(ADMIN), verify: ['IDP-47'] },
  {
    what: 'sam joins a group that carries admin',
    do: async (hand) => hand.link(`/users/${String((await hand.user('sam')).id)}/groups/${await groupWith(hand, 'bosses', 'admin')}`),
    told: [opens(ADMIN), weakens(/^keycloak\.group\/shop\/bosses$/)],
    verify: ['AZ-06', 'IDP-47', 'IDP-48'],
  },
  {
    what: 'role customer contains realm-admin',
    do: async (hand) => hand.give(`/roles-by-id/${String((await hand.role('customer')).id)}/composites`, [await hand.ruling('realm-admin')]),
    told: opens(/^keycloak\.role\/shop\/customer$/),
    verify: ['IDP-47', 'IDP-49'],
  },
  { what: 'the account of reports rules the realm', do: (hand) => rights(hand, 'realm-admin'), told: opens(REPORTS), verify: ['IDP-47'] },
  { what: 'the device flow on storefront', do: (hand) => hand.changeClient('storefront', attribute('oauth2.device.authorization.grant.enabled', 'true')), told: change(STOREFRONT), verify: ['IDP-43'] },
  {
    what: 'reports proves who it is by keys of a stranger',
    do: (hand) => hand.changeClient('reports', { clientAuthenticatorType: 'client-jwt', attributes: { 'use.jwks.url': 'true', 'jwks.url': 'https://evil.example/jwks' } }),
    told: [change(REPORTS, 'opens'), opens(REPORTS)],
    verify: ['IDP-47'],
  },
  { what: 'reports proves who it is by a certificate that nobody named, and so by none', do: (hand) => hand.changeClient('reports', { clientAuthenticatorType: 'client-x509' }), told: change(REPORTS, 'breaks') },
  { what: 'reports signs with its secret, and sends it no more', do: (hand) => hand.changeClient('reports', { clientAuthenticatorType: 'client-secret-jwt' }), told: change(REPORTS, 'breaks') },
  { what: 'a signing key from outside', do: (hand) => hand.component({ name: 'evil', providerId: 'rsa', providerType: 'org.keycloak.keys.KeyProvider', config: { priority: ['50'], enabled: ['true'], active: ['true'], privateKey: [pem()] } }), told: [opens(/^keycloak\.key\/shop\/evil$/), change(/^kong\.jwt_secret\//, 'opens')], verify: ['IDP-47', 'KONG-05'] },
  {
    what: 'scope orders:write for everybody',
    do: async (hand) => {
      const path = `/client-scopes/${String((await hand.scope('orders:write')).id)}/scope-mappings/realm`;
      const roles = [await hand.role('order-writer')];
      await hand.ask('DELETE', path, roles);
      hand.later(() => hand.ask('POST', path, roles));
    },
    told: change(/^keycloak\.client-scope\/shop\/orders:write$/),
    verify: ['AZ-06'],
  },
  { what: 'any redirect of storefront', do: (hand) => hand.changeClient('storefront', { redirectUris: ['https://shop.example/*'] }), told: change(STOREFRONT), verify: ['IDP-01', 'IDP-36'] },
  { what: 'no PKCE at storefront', do: (hand) => hand.changeClient('storefront', attribute('pkce.code.challenge.method', '')), told: change(STOREFRONT), verify: ['IDP-03'] },
  { what: 'strangers register clients', do: (hand) => hand.removeComponent('trusted-hosts'), told: opens(/^keycloak\.registration-policy\/shop\/anonymous\/Trusted Hosts$/), verify: ['IDP-20', 'IDP-47'] },
  { what: 'people write any attribute', do: (hand) => hand.profile((profile) => ({ ...profile, unmanagedAttributePolicy: 'ENABLED' })), told: weakens(/^keycloak\.user-profile\/shop\/attributes$/), verify: ['IDP-48'] },
  {
    what: 'a service of strangers may give anybody any role',
    do: async (hand) => {
      await hand.newClient('evil', { publicClient: false, serviceAccountsEnabled: true, standardFlowEnabled: false, secret: 'given-secret' });
      const { id } = await hand.client('evil');
      const account = await hand.ask<{ id: string }>('GET', `/clients/${String(id)}/service-account-user`);
      await hand.give(`/users/${account.id}/role-mappings/clients/${String((await hand.client('realm-management')).id)}`, [await hand.ruling('manage-users')]);
    },
    told: opens(EVIL),
    verify: ['IDP-47'],
  },

  // Beyond what was tried before.
  { what: 'tokens that are good elsewhere, too', do: (hand) => hand.scopeMapper('acr', 'oidc-audience-mapper', { 'included.custom.audience': 'elsewhere' }), told: exposes(/^keycloak\.client-scope\/shop\/acr$/), verify: ['IDP-22', 'IDP-47'] },
  { what: 'groups as roles, on storefront', do: (hand) => hand.clientMapper('storefront', 'oidc-group-membership-mapper', { 'claim.name': 'realm_access.roles' }), told: opens(STOREFRONT), verify: ['IDP-47'] },
  { what: 'a stranger’s name for everybody, on orders:read', do: (hand) => hand.scopeMapper('orders:read', 'oidc-hardcoded-claim-mapper', { 'claim.name': 'preferred_username', 'claim.value': 'ada' }), told: opens(/^keycloak\.client-scope\/shop\/orders:read$/), verify: ['IDP-47'] },
  {
    what: 'the scope roles lacks the roles',
    do: async (hand) => {
      const { id, protocolMappers } = await hand.scope('roles');
      const mapper = (protocolMappers as { id: string; name: string }[]).find(({ name }) => name === 'realm roles');
      const path = `/client-scopes/${String(id)}/protocol-mappers/models`;
      await hand.ask('DELETE', `${path}/${mapper?.id ?? ''}`);
      hand.later(() => hand.ask('POST', path, mapper));
    },
    told: breaks(/^keycloak\.client-scope\/shop\/roles$/),
  },
  { what: 'token exchange on reports', do: (hand) => hand.changeClient('reports', attribute('standard.token.exchange.enabled', 'true')), told: opens(REPORTS), verify: ['IDP-47'] },
  { what: 'sign-outs of storefront are told to a stranger', do: (hand) => hand.changeClient('storefront', attribute('backchannel.logout.url', 'https://evil.example/out')), told: exposes(STOREFRONT), verify: ['IDP-47'] },
  { what: 'tokens of storefront from before a day to come are refused', do: (hand) => hand.changeClient('storefront', { notBefore: LATER }), told: breaks(STOREFRONT) },
  { what: 'tokens of storefront from before a day long past, which have all ended, are refused', do: (hand) => hand.changeClient('storefront', { notBefore: PAST }), told: 'silent' },
  { what: 'an attribute of storefront that nobody knows', do: (hand) => hand.changeClient('storefront', attribute('novel', 'x')), told: differs(STOREFRONT) },
  { what: 'consent asked at storefront', do: (hand) => hand.changeClient('storefront', { consentRequired: true }), told: differs(STOREFRONT) },
  {
    what: 'an old client of passwords gets our scope',
    do: async (hand) => {
      await hand.newClient('evil', { publicClient: true, standardFlowEnabled: false, directAccessGrantsEnabled: true });
      await optional(hand, 'evil', 'orders:read');
    },
    told: opens(EVIL),
    verify: ['IDP-46', 'IDP-47'],
  },
  { what: 'admin-cli gets our scope', do: (hand) => optional(hand, 'admin-cli', 'orders:read'), told: opens(/^keycloak\.client\/shop\/admin-cli$/), verify: ['IDP-46', 'IDP-47'] },
  {
    what: 'a client that makes its own audience',
    do: (hand) => hand.newClient('evil', { ...evil, protocolMappers: [{ name: 'x', protocol: 'openid-connect', protocolMapper: 'oidc-audience-mapper', config: { 'included.custom.audience': 'orders', 'access.token.claim': 'true' } }] }),
    told: opens(EVIL),
    verify: ['IDP-45', 'IDP-47'],
  },
  { what: 'the admin console sends codes elsewhere', do: (hand) => hand.changeClient('security-admin-console', { redirectUris: ['/admin/shop/console/*', 'https://evil.example/*'] }), told: opens(/^keycloak\.client\/shop\/security-admin-console$/), verify: ['IDP-47'] },
  { what: 'every new client may ask for our scope', do: async (hand) => hand.link(`/default-optional-client-scopes/${String((await hand.scope('orders:read')).id)}`), told: opens(REALM), verify: ['IDP-47'] },
  { what: 'everybody has admin', do: async (hand) => hand.give(`/roles-by-id/${String((await hand.role('default-roles-shop')).id)}/composites`, [await hand.role('support')]), told: opens(/^keycloak\.role\/shop\/default-roles-shop$/), verify: ['IDP-47'] },
  {
    what: 'a foreign role contains admin, and somebody has it',
    do: async (hand) => {
      await hand.add('/roles', { name: 'theirs' }, '/roles/theirs');
      await hand.give(`/roles-by-id/${String((await hand.role('theirs')).id)}/composites`, [await hand.role('admin')]);
      await person(hand, 'mallory', 'theirs');
    },
    told: opens(/^keycloak\.role\/shop\/theirs$/),
    verify: ['IDP-47'],
  },
  {
    what: 'mallory may impersonate',
    do: async (hand) => {
      const { id } = await hand.newUser('mallory');
      await hand.give(`/users/${String(id)}/role-mappings/clients/${String((await hand.client('realm-management')).id)}`, [await hand.ruling('impersonation')]);
    },
    told: opens(/^keycloak\.client-role\/shop\/realm-management\/impersonation$/),
    verify: ['IDP-47'],
  },
  {
    what: 'mallory may read the secrets of clients',
    do: async (hand) => {
      const { id } = await hand.newUser('mallory');
      await hand.give(`/users/${String(id)}/role-mappings/clients/${String((await hand.client('realm-management')).id)}`, [await hand.ruling('view-clients')]);
    },
    told: opens(/^keycloak\.client-role\/shop\/realm-management\/view-clients$/),
    verify: ['IDP-47'],
  },
  {
    what: 'mallory may read what there is of everybody',
    do: async (hand) => {
      const { id } = await hand.newUser('mallory');
      await hand.give(`/users/${String(id)}/role-mappings/clients/${String((await hand.client('realm-management')).id)}`, [await hand.ruling('view-users')]);
    },
    told: exposes(/^keycloak\.client-role\/shop\/realm-management\/view-users$/),
    verify: ['IDP-47'],
  },
  {
    what: 'tokens of storefront carry the rights of who has some',
    do: async (hand) => hand.give(`/clients/${String((await hand.client('storefront')).id)}/scope-mappings/clients/${String((await hand.client('realm-management')).id)}`, [await hand.ruling('manage-users')]),
    told: opens(STOREFRONT),
    verify: ['IDP-47'],
  },
  {
    what: 'who has a role of a client that everybody has may write orders',
    do: async (hand) => {
      const account = String((await hand.client('account')).id);
      await hand.give(`/client-scopes/${String((await hand.scope('orders:write')).id)}/scope-mappings/clients/${account}`, [await hand.ask('GET', `/clients/${account}/roles/view-profile`)]);
    },
    told: opens(/^keycloak\.client-scope\/shop\/orders:write$/),
    verify: ['IDP-47'],
  },
  {
    what: 'a client whose people write the audience of their tokens',
    do: (hand) => hand.newClient('evil', { ...evil, protocolMappers: [{ name: 'x', protocol: 'openid-connect', protocolMapper: 'oidc-usermodel-attribute-mapper', config: { 'user.attribute': 'locale', 'claim.name': 'a\\ud', 'access.token.claim': 'true' } }] }),
    told: opens(EVIL),
    verify: ['IDP-47'],
  },
  {
    what: 'every new account gets admin by a workflow',
    do: async (hand) => {
      await hand.ask('POST', '/workflows', { name: 'theirs', on: 'user-created', steps: [{ uses: 'grant-role', with: { role: ['admin'] } }] });
      const { id } = await hand.named('/workflows', 'theirs');
      hand.later(() => hand.ask('DELETE', `/workflows/${String(id)}`));
    },
    told: opens(/^keycloak\.workflow\/shop\/theirs$/),
    verify: ['IDP-47'],
  },
  {
    what: 'every new account joins a group with admin',
    do: async (hand) => hand.link(`/default-groups/${await groupWith(hand, 'all', 'admin')}`),
    told: [opens(REALM), weakens(/^keycloak\.group\/shop\/all$/)],
    verify: ['IDP-47', 'IDP-48'],
  },
  { what: 'the form asks for the password only if it likes', do: (hand) => hand.requirement('browser', 'auth-username-password-form', 'DISABLED'), told: opens(/^keycloak\.flow\/shop\/browser$/), verify: ['IDP-47'] },
  { what: 'the second factor is never asked for', do: (hand) => hand.requirement('browser', 'Browser - Conditional 2FA', 'DISABLED'), told: weakens(/^keycloak\.flow\/shop\/browser$/), verify: ['IDP-48'] },
  { what: 'policies let registered clients take any scope', do: (hand) => hand.changeComponent('allowed-client-templates', { 'allow-default-scopes': ['false'], 'allowed-client-scopes': ['orders:read'] }), told: opens(/^keycloak\.registration-policy\/shop\//), verify: ['IDP-47'] },
  {
    what: 'a directory whose people sign in',
    do: (hand) => hand.component({ name: 'ldap', providerId: 'ldap', providerType: 'org.keycloak.storage.UserStorageProvider', config: { enabled: ['true'], vendor: ['other'], connectionUrl: ['ldap://127.0.0.1:9'], usersDn: ['ou=a'], authType: ['none'], editMode: ['READ_ONLY'], usernameLDAPAttribute: ['uid'], rdnLDAPAttribute: ['uid'], uuidLDAPAttribute: ['entryUUID'], userObjectClasses: ['inetOrgPerson'], connectionTimeout: ['200'], priority: ['0'] } }),
    told: opens(/^keycloak\.user-federation\/shop\/ldap$/),
    verify: ['IDP-47'],
  },
  {
    what: 'a directory that is off, whose people are switched off with it: to switch it on takes what making one takes',
    do: (hand) => hand.component({ name: 'ldap', providerId: 'ldap', providerType: 'org.keycloak.storage.UserStorageProvider', config: { enabled: ['false'], vendor: ['other'], connectionUrl: ['ldap://127.0.0.1:9'], usersDn: ['ou=a'], authType: ['none'], editMode: ['READ_ONLY'], usernameLDAPAttribute: ['uid'], rdnLDAPAttribute: ['uid'], uuidLDAPAttribute: ['entryUUID'], userObjectClasses: ['inetOrgPerson'], connectionTimeout: ['200'], priority: ['0'] } }),
    told: 'silent',
  },
  { what: 'mail goes through a stranger', do: (hand) => hand.realm({ smtpServer: { host: 'evil.example', from: 'a@evil.example' } }), told: exposes(REALM), verify: ['IDP-47'] },
  { what: 'sign-ins are told to another listener', do: (hand) => hand.realm({ eventsListeners: ['jboss-logging', 'email'] }), told: exposes(REALM), verify: ['IDP-47'] },
  { what: 'sign-in pages may be framed', do: (hand) => hand.realm({ browserSecurityHeaders: { xFrameOptions: 'ALLOWALL' } }), told: weakens(REALM), verify: ['IDP-48'] },
  { what: 'one-time passwords may be used again', do: (hand) => hand.realm({ otpPolicyCodeReusable: true }), told: weakens(REALM), verify: ['IDP-48'] },
  { what: 'tokens from before a day to come are refused', do: (hand) => hand.realm({ notBefore: LATER }), told: breaks(REALM) },
  { what: 'tokens from before a day long past, which have all ended, are refused', do: (hand) => hand.realm({ notBefore: PAST }), told: 'silent' },
  { what: 'everybody must set up a second factor first', do: (hand) => hand.patch('/authentication/required-actions/CONFIGURE_TOTP', () => ({ defaultAction: true })), told: breaks(/^keycloak\.required-action\/shop\/CONFIGURE_TOTP$/) },
  {
    what: 'a step of the browser flow refuses everybody',
    do: async (hand) => {
      const flow = '/authentication/flows/open/executions';
      await hand.passwordless('open');
      await hand.ask('POST', `${flow}/execution`, { provider: 'deny-access-authenticator' });
      const step = (await hand.ask<{ providerId?: string }[]>('GET', flow)).find(({ providerId }) => providerId === 'deny-access-authenticator');
      await hand.ask('PUT', flow, { ...step, requirement: 'REQUIRED' });
      await hand.realm({ browserFlow: 'open' });
    },
    told: breaks(REALM),
  },
  {
    what: 'a policy refuses what clients ask for',
    do: async (hand) => {
      hand.later(() => hand.ask('PUT', '/client-policies/profiles', { profiles: [] }));
      await hand.ask('PUT', '/client-policies/profiles', { profiles: [{ name: 'theirs', executors: [{ executor: 'reject-request', configuration: {} }] }] });
      hand.later(() => hand.ask('PUT', '/client-policies/policies', { policies: [] }));
      await hand.ask('PUT', '/client-policies/policies', { policies: [{ name: 'theirs', enabled: true, conditions: [{ condition: 'any-client', configuration: {} }], profiles: ['theirs'] }] });
    },
    told: breaks(REALM),
  },
  {
    what: 'a policy binds a flow without a password',
    do: async (hand) => {
      await hand.passwordless('open');
      hand.later(() => hand.ask('PUT', '/client-policies/profiles', { profiles: [] }));
      await hand.ask('PUT', '/client-policies/profiles', { profiles: [{ name: 'theirs', executors: [{ executor: 'auth-flow-enforcer', configuration: { 'auth-flow-alias': 'open' } }] }] });
      hand.later(() => hand.ask('PUT', '/client-policies/policies', { policies: [] }));
      await hand.ask('PUT', '/client-policies/policies', { policies: [{ name: 'theirs', enabled: true, conditions: [{ condition: 'any-client', configuration: {} }], profiles: ['theirs'] }] });
    },
    told: opens(REALM),
    verify: ['IDP-47'],
  },
  {
    what: 'the login page says what somebody wrote',
    do: async (hand) => {
      hand.later(() => hand.ask('DELETE', '/localization/en', undefined, { missing: true }));
      await hand.ask('POST', '/localization/en', { loginAccountTitle: 'Send your password to evil.example' });
    },
    told: weakens(REALM),
    verify: ['IDP-48'],
  },
  { what: 'everybody was signed out a moment ago', do: (hand) => hand.realm({ notBefore: Math.floor(Date.now() / 1000) - 1 }), told: 'silent' },
  { what: 'access tokens of storefront are signed by nobody', do: (hand) => hand.changeClient('storefront', attribute('access.token.signed.response.alg', 'none')), told: change(STOREFRONT, 'breaks') },

  // What is nobody's business.
  { what: 'a client of others that gets none of our scopes', do: (hand) => hand.newClient('theirs', { ...evil, redirectUris: ['*'], directAccessGrantsEnabled: true }), told: 'silent' },
  { what: 'a person without a role of ours', do: (hand) => hand.newUser('visitor'), told: 'silent' },
  { what: 'a role of others', do: (hand) => hand.add('/roles', { name: 'theirs' }, '/roles/theirs'), told: 'silent' },
  { what: 'a claim on a scope that none of ours has', do: (hand) => hand.scopeMapper('profile', 'oidc-usermodel-attribute-mapper', { 'user.attribute': 'department', 'claim.name': 'department' }), told: 'silent' },
];
