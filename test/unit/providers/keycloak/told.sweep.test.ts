import { beforeEach, describe, expect, it } from 'vitest';
import type { Danger } from '../../../../src/core/resource.ts';
import { applied, planned } from './applying.ts';
import { shop } from './blueprint.ts';
import { bareClient, exportedBeside } from './fake/new-realm.ts';
import { groupsOf } from './fake/groups.ts';
import type { Body } from './fake/state.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';

let keycloak: FakeKeycloak;
beforeEach(async () => {
  keycloak = fakeKeycloak();
  await applied(keycloak, shop());
});
const realm = () => keycloak.realms.get('shop')!;
const beside = (): Body => realm().beside;
const found = async (): Promise<readonly Danger[]> => (await planned(keycloak, shop())).dangers.flatMap((change) => ('danger' in change ? [change.danger] : []));
const told = async (): Promise<string[]> => (await found()).map(({ kind, id, field, effect, what }) => `${effect} ${kind.replace('keycloak.', '')}/${id.replace(/^shop\/?/, '')}${field === undefined ? '' : ` ${field}`}: ${what}`).toSorted();

const scope = (name: string): Body => realm().scopes.find((one) => one.name === name)!;
const client = (clientId: string): Body => realm().clients.find((one) => one.clientId === clientId)!;
const user = (username: string): Body => realm().users.find((one) => one.username === username)!;
const idp = (over: Body = {}): void => void beside().identityProviders.push({ alias: 'evil', providerId: 'oidc', enabled: true, config: {}, ...over });
const idpMapper = (name: string, config: Body): void => void beside().identityProviderMappers.push({ id: name, name, identityProviderAlias: 'evil', identityProviderMapper: 'oidc-hardcoded', config });
const key = (providerId: string, config: Body = {}, name: string | undefined = 'evil'): void => void beside().components['org.keycloak.keys.KeyProvider'].push({ ...(name && { name }), providerId, config });
const directory = (config: Body, name: string | undefined = 'people'): void => void (beside().components['org.keycloak.storage.UserStorageProvider'] = [{ ...(name && { name }), providerId: 'ldap', config }]);
const flow = (alias: string): Body => beside().authenticationFlows.find((one: Body) => one.alias === alias);
const step = (authenticator: string, requirement = 'REQUIRED'): Body => ({ authenticator, requirement, authenticatorFlow: false });
/** The settings of a mapper that Keycloak ships, in a scope that storefront has. */
const speaks = (name: string, mapper: string): Body => {
  client('storefront').defaultClientScopes = [...client('storefront').defaultClientScopes.filter((one: string) => one !== name), name];
  return scope(name).protocolMappers.find((one: Body) => one.name === mapper).config;
};
/** As the policy `secret-rotation` leaves a client (Keycloak 26.7.4 with the feature client-secret-rotation). */
const rotated = (until: string | undefined): void => void Object.assign(client('reports').attributes, { 'client.secret.rotated': 'planted-rotated', 'client.secret.rotated.creation.time': '1600000000', ...(until && { 'client.secret.rotated.expiration.time': until }) });
const policies = (): Body[] => beside().components['org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy'];
const policy = (providerId: string, subType = 'anonymous'): number => policies().findIndex((one) => one.providerId === providerId && one.subType === subType);
const action = (alias: string): Body => beside().requiredActions.find((one: Body) => one.alias === alias);
const foreign = (clientId: string, rep: Body = {}): void => void realm().clients.push({ ...bareClient(), id: `id of ${clientId}`, clientId, directAccessGrantsEnabled: false, publicClient: true, redirectUris: ['https://evil.example/cb'], ...rep });
const role = (name: string): Body => realm().roles.find((one) => one.name === name)!;
const contains = (name: string, ...inside: readonly string[]): void => {
  const place = `roles-by-id/${String(role(name).id)}/composites`;
  realm().links.set(place, new Set([...(name.startsWith('default-roles-') ? (realm().links.get(place) ?? []) : []), ...inside]));
};
const theirs = (...inside: readonly string[]): void => {
  realm().roles.push({ id: 'theirs', name: 'theirs', attributes: {} });
  contains('theirs', ...inside);
};
const joins = (name: string, over: Body = {}, realmRoles: readonly string[] = []): void => {
  groupsOf(realm()).push({ id: `id of ${name}`, name, attributes: {}, members: new Set(), ...over });
  realm().links.set(`groups/id of ${name}/role-mappings/realm`, new Set(realmRoles));
};
const mapper = (name: string, protocolMapper: string, config: Body): Body => ({ name, protocol: 'openid-connect', protocolMapper, config: { 'access.token.claim': 'true', ...config } });

type Row = readonly [what: string, change: () => void, told: readonly string[]];
const rows: readonly Row[] = [
  ['an identity provider of which nothing is said', () => idp(), ['opens identity-provider/evil: who signs in at oidc signs in here (identity provider evil)']],
  ['one that does not say of what kind it is', () => idp({ providerId: undefined }), ['opens identity-provider/evil: who signs in at evil signs in here (identity provider evil)']],
  ['one for SAML, which signs otherwise', () => idp({ providerId: 'saml', config: { singleSignOnServiceUrl: 'https://saml.example:8443/x', validateSignature: 'false' } }), ['opens identity-provider/evil: who signs in at saml.example:8443 signs in here (identity provider evil)']],
  ['one with an issuer that is no address', () => idp({ config: { issuer: 'corp issuer', validateSignature: 'false' } }), ['opens identity-provider/evil: who signs in at corp issuer signs in here (identity provider evil), and is believed without a signature']],
  ['one that accounts are linked to', () => idp({ linkOnly: true }), ['weakens identity-provider/evil: who signs in at oidc signs in here (identity provider evil)']],
  ['one that gives roles and groups', () => { idp({ trustEmail: true }); idpMapper('b', { role: 'admin' }); idpMapper('a', { group: '/staff' }); idpMapper('c', { role: 'nothing' }); }, ['opens identity-provider/evil: who signs in at oidc signs in here (identity provider evil), and takes over accounts by their mail address, gets admin, joins /staff']],
  ['one beside the mappers of another', () => { idp({ trustEmail: false, config: { validateSignature: 'true' } }); beside().identityProviderMappers.push({ id: 'x', name: 'x', identityProviderAlias: 'other', identityProviderMapper: 'y', config: { role: 'admin' } }); }, ['opens identity-provider/evil: who signs in at oidc signs in here (identity provider evil)']],
  ['somebody known elsewhere who is a persona here', () => { idp({ enabled: false }); user('alice').links = [{ identityProvider: 'evil', userName: 'eve' }]; }, ['opens user/alice federatedIdentities.evil: who is "eve" at the identity provider evil signs in as alice']],
  ['a directory', () => directory({ enabled: ['true'], connectionUrl: ['ldap://x'] }), ['opens user-federation/people: people of ldap://x sign in here with the passwords that it knows (user federation people)']],
  ['a directory without a name', () => directory({}, ''), ['opens user-federation/ldap: people of ldap sign in here with the passwords that it knows (user federation )']],
  ['a directory that is off', () => directory({ enabled: ['false'] }), []],
  ['a key from outside', () => key('rsa'), ['opens key/evil: tokens signed with a key that came from outside are good (evil, rsa): who brought it can make them']],
  ['a key from outside that is published', () => void beside().components['org.keycloak.keys.KeyProvider'].push({ id: 'one', name: 'evil', providerId: 'rsa', config: {} }), ['opens key/evil: tokens signed with a key that came from outside are good (evil, rsa, kid kid of one): who brought it can make them']],
  ['tokens from before a day in the past, which have all ended', () => { realm().rep.notBefore = 1_700_000_000; client('storefront').notBefore = 1_700_000_000; }, []],
  ['tokens from before a day to come', () => { realm().rep.notBefore = 4_000_000_000; client('storefront').notBefore = 4_000_000_000; }, ['breaks client/storefront notBefore: tokens of storefront from before 4000000000 (seconds since 1970) are refused', 'breaks realm/ notBefore: tokens from before 4000000000 (seconds since 1970) are refused']],
  ['tokens of somebody from before a day to come', () => (user('alice').notBefore = 4_000_000_000), ['breaks user/alice notBefore: tokens of alice from before 4000000000 (seconds since 1970) are refused']],
  ['tokens from before where one that is out lives for a lifetime', () => { client('storefront').attributes = { ...client('storefront').attributes, 'access.token.lifespan': '3000000000' }; realm().rep.notBefore = 1_700_000_000; }, ['weakens client/storefront attributes.access.token.lifespan: access tokens of storefront are good for 3000000000 seconds, those of the realm for 300']],
  ['a key without a name', () => key('java-keystore', {}, ''), ['opens key/java-keystore: tokens signed with a key that came from outside are good (java-keystore, java-keystore): who brought it can make them']],
  ['a short key for encryption', () => key('rsa-enc-generated', { keySize: ['1024'] }), ['weakens key/evil: tokens are signed with an RSA key of 1024 bits (evil)']],
  ['a key that is off', () => key('hmac-generated', { enabled: ['false'], active: ['false'] }), ['differs key/evil: the key evil is switched off']],
  ['a key that signs nothing', () => key('mldsa-generated', { active: ['false'] }), ['differs key/evil: the key evil signs nothing any more']],
  ['a browser flow without a proof', () => (flow('forms').authenticationExecutions = [step('auth-username-form')]), ['opens flow/browser: people sign in with a browser without a password or another proof of who they are (the flow "browser" is not as Keycloak ships it)']],
  ['a bound flow that is not there', () => (realm().rep.browserFlow = 'nowhere'), ['breaks realm/ browserFlow: nobody can sign in with a browser: its flow is not there (the flow "nowhere" is bound, and not "browser")']],
  ['a flow with one more step', () => flow('forms').authenticationExecutions.push(step('auth-otp-form')), ['differs flow/browser: people sign in with a browser with more steps than Keycloak ships (the flow "browser" is not as Keycloak ships it)']],
  ['a flow with a step less', () => (flow('forms').authenticationExecutions[1].requirement = 'DISABLED'), ['weakens flow/browser: people sign in with a browser otherwise than Keycloak ships it (the flow "browser" is not as Keycloak ships it)']],
  ['a flow with a script', () => flow('forms').authenticationExecutions.push(step('script-x.js')), ['opens flow/browser: people sign in with a browser by steps that take over accounts or run scripts: script-x.js (the flow "browser" is not as Keycloak ships it)']],
  ['a reset without the mail', () => { realm().rep.resetPasswordAllowed = true; flow('reset credentials').authenticationExecutions = [step('reset-password')]; }, ['opens flow/reset credentials: people set a forgotten password without the mail that proves whose account it is (the flow "reset credentials" is not as Keycloak ships it)']],
  ['passwords without a password', () => { foreign('direct', { directAccessGrantsEnabled: true }); flow('direct grant').authenticationExecutions = [step('direct-grant-validate-username')]; }, ['opens flow/direct grant: people get tokens for a password without a password or another proof of who they are (the flow "direct grant" is not as Keycloak ships it)']],
  ['Docker where nobody has it', () => (flow('docker auth').authenticationExecutions = [step('x')]), ['differs flow/docker auth: people sign in to a Docker registry otherwise than Keycloak ships it (the flow "docker auth" is not as Keycloak ships it)']],
  ['Docker where somebody has it', () => { foreign('docker', { protocol: 'docker-v2' }); flow('docker auth').authenticationExecutions = [step('x')]; }, ['opens flow/docker auth: people sign in to a Docker registry without a password or another proof of who they are (the flow "docker auth" is not as Keycloak ships it)']],
  ['accounts that people make', () => { realm().rep.registrationAllowed = true; flow('registration form').authenticationExecutions = []; }, ['weakens flow/registration: people make an account otherwise than Keycloak ships it (the flow "registration" is not as Keycloak ships it)']],
  ['how clients prove who they are', () => (flow('clients').authenticationExecutions = [step('client-secret', 'ALTERNATIVE')]), ['weakens flow/clients: people prove which client they are otherwise than Keycloak ships it (the flow "clients" is not as Keycloak ships it)']],
  ['accounts that are linked by themselves', () => { idp(); flow('first broker login').authenticationExecutions = [step('idp-auto-link')]; }, ['opens flow/first broker login: people come from an identity provider for the first time by steps that take over accounts or run scripts: idp-auto-link (the flow "first broker login" is not as Keycloak ships it)', 'opens identity-provider/evil: who signs in at oidc signs in here (identity provider evil)']],
  ['a flow of a client that is not there', () => (client('storefront').authenticationFlowBindingOverrides = { direct_grant: 'nowhere', browser: '' }), ['breaks client/storefront authenticationFlowBindingOverrides.direct_grant: at storefront nobody can get tokens for a password: its flow is not there (it has a flow of its own, "nowhere")']],
  ['a flow of a client that is off', () => foreign('off', { enabled: false, authenticationFlowBindingOverrides: { browser: 'nowhere' } }), []],
  ['a policy that was changed', () => (policies()[policy('max-clients')]!.config = { 'max-clients': ['9999'] }), ['weakens registration-policy/anonymous/Max Clients Limit: whoever reaches the server makes clients of their own: the policy "Max Clients Limit" (anonymous) is not as Keycloak ships it']],
  ['a policy that is gone, for who has a token', () => policies().splice(policy('allowed-protocol-mappers', 'authenticated'), 1), ['opens registration-policy/authenticated/Allowed Protocol Mapper Types: who has a token for it makes clients of their own: the policy "Allowed Protocol Mapper Types" (authenticated) is gone']],
  ['a policy that is gone', () => policies().splice(policy('consent-required'), 1), ['weakens registration-policy/anonymous/Consent Required: whoever reaches the server makes clients of their own: the policy "Consent Required" (anonymous) is gone']],
  ['a policy more', () => policies().push({ name: 'More', providerId: 'more', subType: 'anonymous', config: {} }), ['differs registration-policy/anonymous/More: clients that people make themselves meet one more policy, "More"']],
  ['a required action of a plugin', () => beside().requiredActions.push({ alias: 'quiz', name: 'Quiz', providerId: 'quiz', enabled: true, config: {} }), ['weakens required-action/quiz: people may be asked for quiz, which Keycloak does not ship']],
  ['one that is off', () => beside().requiredActions.push({ alias: 'quiz', name: 'Quiz', providerId: 'quiz', enabled: false, config: {} }), []],
  ['one that everybody must do', () => (action('CONFIGURE_TOTP').defaultAction = true), ['breaks required-action/CONFIGURE_TOTP: every new account must do CONFIGURE_TOTP before it is in']],
  ['one that was switched off', () => (action('CONFIGURE_TOTP').enabled = false), ['differs required-action/CONFIGURE_TOTP: CONFIGURE_TOTP is never asked of people, and not as Keycloak ships it']],
  ['one that is configured', () => (action('CONFIGURE_TOTP').config = { x: '1' }), ['differs required-action/CONFIGURE_TOTP: CONFIGURE_TOTP is asked of people, and not as Keycloak ships it']],
  ['one that is gone', () => (beside().requiredActions = beside().requiredActions.filter((one: Body) => one.alias !== 'CONFIGURE_TOTP')), ['differs required-action/CONFIGURE_TOTP: CONFIGURE_TOTP is never asked of people: it is gone']],
  ['any attribute', () => (realm().profile.unmanagedAttributePolicy = 'ENABLED'), ['weakens user-profile/attributes unmanagedAttributePolicy: people write any attribute of their own account']],
  ['an attribute that is gone', () => (realm().profile.attributes = realm().profile.attributes.filter((one: Body) => one.name !== 'lastName')), ['breaks user-profile/attributes attributes.lastName: accounts have no lastName any more']],
  ['an attribute that others write', () => realm().profile.attributes[0].permissions.edit.push('nobody'), ['weakens user-profile/attributes attributes.email: what people may write as their email is not as Keycloak ships it']],
  ['an attribute that no token says', () => realm().profile.attributes.push({ name: 'team', permissions: { view: ['admin'], edit: ['user'] } }), []],
  ['one that tokens say and people write', () => { client('storefront').protocolMappers = [...(client('storefront').protocolMappers ?? []), mapper('t', 'oidc-usermodel-attribute-mapper', { 'user.attribute': 'team', 'claim.name': 'team' })]; realm().profile.attributes.push({ name: 'team', permissions: { view: ['admin'], edit: ['user'] } }); }, ['opens user-profile/attributes attributes.team: tokens say what stands in the attribute team, and people write it themselves', 'weakens client/storefront mappers.t: every token of storefront takes team from the attribute "team" of its bearer (mapper "t", which the blueprint does not name)']],
  ['one that tokens say and administrators write', () => { scope('basic').protocolMappers.push(mapper('t', 'oidc-usermodel-attribute-mapper', { 'user.attribute': 'team', 'claim.name': 'team' })); realm().profile.attributes.push({ name: 'team', permissions: { view: ['admin'], edit: ['admin'] } }); }, ['differs user-profile/attributes attributes.team: tokens say what stands in the attribute team, which administrators write', 'weakens client-scope/basic mappers.t: every token of storefront, reports takes team from the attribute "team" of its bearer (mapper "t" was added)']],
  ['the groups of the profile', () => (realm().profile.groups = [{ name: 'other' }]), ['differs user-profile/attributes groups: the groups of the user profile are not as Keycloak ships them']],
  ['the role of everybody', () => contains('default-roles-shop', 'customer'), ['opens role/default-roles-shop composites.customer: every account has customer, by the role default-roles-shop']],
  ['the role of everybody with one that contains others of ours', () => contains('default-roles-shop', 'customer', 'admin'), ['opens role/default-roles-shop composites.admin: every account has admin (and with it customer, support), by the role default-roles-shop']],
  ['a role of others with one that contains another', () => theirs('support', 'admin'), ['opens role/theirs composites.admin: who has the role theirs has admin (and with it support) as well']],
  ['that role, by which everybody rules', () => (role('default-roles-shop').client = { ...role('default-roles-shop').client, 'realm-management': ['manage-users'] }), ['opens role/default-roles-shop composites.realm-management/manage-users: every account has realm-management/manage-users, by the role default-roles-shop, and so may give anybody any role, and set any password']],
  ['that role, by which everybody reads secrets', () => (role('default-roles-shop').client = { ...role('default-roles-shop').client, 'realm-management': ['view-clients'] }), ['opens role/default-roles-shop composites.realm-management/view-clients: every account has realm-management/view-clients, by the role default-roles-shop, and so may read the secret of every client, and act as it']],
  ['a role of others with one of ours', () => theirs('admin'), ['opens role/theirs composites.admin: who has the role theirs has admin as well']],
  ['a role of ours with more in it', () => (role('customer').client = { 'realm-management': ['impersonation'], account: ['view-profile'] }), ['opens role/customer composites.realm-management/impersonation: who has the role customer has realm-management/impersonation as well, and so may sign in as anybody', 'weakens role/customer composites.account/view-profile: who has the role customer has account/view-profile as well']],
  ['a group of others', () => joins('bosses', {}, ['admin', 'support']), ['weakens group/bosses realmRoles: who is in the group bosses has admin, support']],
  ['one that rules', () => joins('bosses', { clientRoles: { 'realm-management': ['manage-users'] } }), ['opens group/bosses realmRoles: who is in the group bosses has realm-management/manage-users']],
  ['a group of ours with roles of clients', () => (groupsOf(realm())[0]!.clientRoles = { 'realm-management': ['manage-realm'], account: ['view-profile'] }), ['differs group/staff clientRoles.account: clientRoles.account is ["view-profile"]; the blueprint does not state it', 'differs group/staff clientRoles.realm-management: clientRoles.realm-management is ["manage-realm"]; the blueprint does not state it', 'opens group/staff clientRoles: who is in the group staff has realm-management/manage-realm']],
  ['a group with roles that are nobody’s business', () => joins('bosses', { clientRoles: { account: ['view-profile'] } }, ['offline_access']), []],
  ['a group below ours', () => joins('below', { parentId: groupsOf(realm())[0]!.id }, ['customer']), ['weakens group/staff/below realmRoles: who is in the group staff/below has customer']],
  ['a group that everybody joins', () => (realm().rep.defaultGroups = ['/staff']), ['opens realm/ defaultGroups: every new account joins the group staff, and so has support']],
  ['one without roles', () => { joins('all'); realm().rep.defaultGroups = ['/all']; }, []],
  ['a client of others', () => foreign('evil', { defaultClientScopes: ['orders:read'], optionalClientScopes: ['orders:write'] }), ['opens client/evil: evil gets tokens for orders: people sign in at it and their codes go to https://evil.example/cb']],
  ['one with an account', () => { foreign('evil', { publicClient: false, serviceAccountsEnabled: true, optionalClientScopes: ['orders:read'] }); realm().users.push({ id: 'acc', username: 'service-account-evil', enabled: true, serviceAccountClientId: 'evil' }); realm().links.set('users/acc/role-mappings/realm', new Set(['default-roles-shop', 'support', 'customer', 'offline_access'])); }, ['opens client/evil: evil gets tokens for orders: people sign in at it and their codes go to https://evil.example/cb; it gets them for itself; its own account has customer, support']],
  ['a console with a secret', () => (client('account-console').publicClient = false), ['opens client/account-console publicClient: publicClient of Keycloak\'s own client account-console is false, and not as Keycloak ships it']],
  ['a console that is off', () => Object.assign(client('account-console'), { enabled: false, publicClient: false }), ['differs client/account-console enabled: enabled of Keycloak\'s own client account-console is false, and not as Keycloak ships it', 'differs client/account-console publicClient: publicClient of Keycloak\'s own client account-console is false, and not as Keycloak ships it']],
  ['a console without mappers', () => (client('account-console').protocolMappers = []), ['weakens client/account-console mappers: mappers of Keycloak\'s own client account-console is {}, and not as Keycloak ships it']],
  ['a console with a long name', () => (client('account-console').name = 'x'.repeat(130)), ['differs client/account-console name: name of Keycloak\'s own client account-console is "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…, and not as Keycloak ships it']],
  ['scopes that every client has', () => { beside().defaultDefaultClientScopes = ['orders:write', ...exportedBeside().defaultDefaultClientScopes, 'orders:read']; }, ['opens realm/ defaultDefaultClientScopes: every client that somebody makes in this realm has orders:write, orders:read, and so gets tokens for the blueprint\'s services']],
  ['scopes that every client may ask for', () => { realm().scopes.push({ id: 'theirs', name: 'theirs', protocol: 'openid-connect', attributes: {}, protocolMappers: [mapper('x', 'oidc-audience-mapper', { 'included.custom.audience': 'orders' })] }); beside().defaultOptionalClientScopes = [...exportedBeside().defaultOptionalClientScopes, 'theirs', 'nowhere']; }, ['opens client-scope/theirs mappers.x: every token with the scope theirs is good for the audience orders (mapper "x")', 'opens realm/ defaultOptionalClientScopes: every client that somebody makes in this realm may ask for theirs, and so gets tokens for the blueprint\'s services']],
  ['the protocol of a scope', () => (scope('basic').protocol = 'saml'), ['differs client-scope/basic protocol: protocol of the scope basic is not as Keycloak ships it']],
  ['a secret that was rotated and is good still', () => rotated('4000000000'), ['opens client/reports attributes.client.secret.rotated: who has the secret that reports had before it was rotated acts as it until 2096-10-02 07:06:40Z']],
  ['one that is good for ever', () => rotated(undefined), ['opens client/reports attributes.client.secret.rotated: who has the secret that reports had before it was rotated acts as it']],
  ['one whose hour is over', () => rotated('1700000000'), ['differs client/reports attributes.client.secret.rotated: the secret that reports had before it was rotated was good until 2023-11-14 22:13:20Z']],
  ['when a secret was made, and when it ends', () => Object.assign(client('reports').attributes, { 'client.secret.creation.time': '1796037482', 'client.secret.expiration.time': '1796038482' }), []],
  ['a mapper of Keycloak that says nothing where userinfo is asked', () => (speaks('profile', 'given name')['userinfo.token.claim'] = 'false'), ['differs client-scope/profile mappers.given name: every token of storefront lacks given_name where userinfo is asked (mapper "given name" is not as Keycloak ships it)']],
  ['one that does not say that it speaks there, and so speaks as in the ID token', () => delete speaks('profile', 'given name')['userinfo.token.claim'], []],
  ['one that writes out where it is silent', () => (speaks('profile', 'given name')['lightweight.claim'] = 'false'), []],
  ['one that services decide by, and that speaks in no access token', () => Object.assign(speaks('profile', 'username'), { 'access.token.claim': 'false', 'introspection.token.claim': 'false' }), ['breaks client-scope/profile mappers.username: every token of storefront lacks preferred_username in the access token, and lacks preferred_username where it is introspected (mapper "username" is not as Keycloak ships it)']],
  ['one that speaks in lightweight tokens as well', () => (speaks('profile', 'given name')['lightweight.claim'] = 'true'), ['differs client-scope/profile mappers.given name: every token of storefront says given_name in a lightweight access token as well (mapper "given name" is not as Keycloak ships it)']],
  ['one that takes what it says from elsewhere', () => (speaks('profile', 'given name')['user.attribute'] = 'lastName'), ['weakens client-scope/profile mappers.given name: every token of storefront takes given_name from the attribute "lastName" of its bearer (mapper "given name" is not as Keycloak ships it)']],
  ['the attributes of a scope', () => (scope('basic').attributes['display.on.consent.screen'] = 'maybe'), ['differs client-scope/basic attributes: attributes of the scope basic is not as Keycloak ships it']],
  ['a scope for some', () => realm().links.set(`client-scopes/${scope('basic').id}/scope-mappings/realm`, new Set(['admin', 'customer'])), ['weakens client-scope/basic scopeMappings: tokens of storefront, reports carry the scope basic only for who has a role in it, and may carry these roles: admin, customer']],
  ['a scope of others at a client of ours', () => { realm().scopes.push({ id: 'theirs', name: 'theirs', protocol: 'openid-connect', attributes: {}, protocolMappers: [mapper('x', 'oidc-hardcoded-role-mapper', { role: 'guest' })] }); client('storefront').optionalClientScopes.push('theirs'); }, ['weakens client-scope/theirs mappers.x: every token of storefront with the scope theirs carries the role guest, whoever its bearer is (mapper "x" was added)']],
];

describe('what is told', () => {
  it.each(rows)('of %s', async (_what, change, expected) => {
    change();
    expect(await told()).toEqual(expected);
    for (const { hint, origin, seen } of await found()) expect([hint, origin, seen]).toEqual([expect.stringMatching(/./), expect.objectContaining({ file: 'shop.yaml' }), expect.stringMatching(/^[0-9a-f]{12}$/)]);
  });

  it.each<readonly [what: string, saved: Body, config: Body]>([
    ['flags that are off', { storeToken: false, trustEmail: false }, { pkceEnabled: 'false' }],
    ['what is empty', { displayName: '', firstBrokerLoginFlowAlias: null }, { hostedDomain: '', other: null }],
    ['what is absent', { displayName: undefined }, { hostedDomain: undefined }],
  ])('is not told anew when somebody saves an identity provider in the console, which writes down %s', async (_what, saved, config) => {
    idp({ displayName: undefined, config: { clientId: 'x' } });
    const [before] = await found();
    Object.assign(beside().identityProviders[0], saved, { config: { clientId: 'x', ...config } });
    expect((await found())[0]?.seen).toBe(before?.seen);
    for (const [field, value] of Object.entries({ linkOnly: true, displayName: 'x', storeToken: 'x' })) {
      Object.assign(beside().identityProviders[0], { [field]: value });
      expect((await found())[0]?.seen, field).not.toBe(before?.seen);
      Reflect.deleteProperty(beside().identityProviders[0], field);
    }
    beside().identityProviders[0].config.more = 'x';
    expect((await found())[0]?.seen).not.toBe(before?.seen);
  });

  it('of what a run of verify holds is marked as such', async () => {
    key('rsa', {}, 'authctl-verify-1');
    key('rsa', {}, 'other');
    expect((await found()).map(({ id, tags }) => [id, tags])).toEqual([['shop/authctl-verify-1', ['authctl-verify', 'authctl-verify-1']], ['shop/other', undefined]]);
  });

  it.each<readonly [what: string, change: () => void, next: () => void]>([
    ['an identity provider that gives more', () => idp(), () => idpMapper('a', { role: 'admin' })],
    ['one that leads elsewhere', () => idp(), () => (beside().identityProviders[0].config = { authorizationUrl: 'https://other.example' })],
    ['a directory elsewhere', () => directory({ connectionUrl: ['a'] }), () => directory({ connectionUrl: ['b'] })],
    ['another key', () => key('rsa', { priority: ['1'] }), () => (beside().components['org.keycloak.keys.KeyProvider'].at(-1).config.priority = ['2'])],
    ['a flow with another step', () => flow('forms').authenticationExecutions.push(step('auth-otp-form')), () => flow('forms').authenticationExecutions.push(step('webauthn-authenticator'))],
    ['a flow in another order', () => (flow('forms').authenticationExecutions = [step('a'), step('b')]), () => flow('forms').authenticationExecutions.reverse()],
    ['a policy that is gone after it was changed', () => (policies()[policy('max-clients')]!.config = { 'max-clients': ['9999'] }), () => policies().splice(policy('max-clients'), 1)],
    ['a required action', () => (action('CONFIGURE_TOTP').config = { x: '1' }), () => (action('CONFIGURE_TOTP').config = { x: '2' })],
    ['a group with more roles', () => joins('bosses', {}, ['customer']), () => realm().links.get('groups/id of bosses/role-mappings/realm')!.add('support')],
    ['a client with more redirects', () => client('account-console').redirectUris.push('https://a.test'), () => client('account-console').redirectUris.push('https://b.test')],
    ['a client with more scopes', () => foreign('evil', { defaultClientScopes: ['orders:read'] }), () => client('evil').defaultClientScopes.push('orders:write')],
    ['a client that is full', () => foreign('evil', { defaultClientScopes: ['orders:read'], fullScopeAllowed: false }), () => (client('evil').fullScopeAllowed = true)],
    ['more scopes of every client', () => (beside().defaultOptionalClientScopes = ['orders:read']), () => beside().defaultOptionalClientScopes.push('orders:write')],
    ['a scope for more roles', () => realm().links.set(`client-scopes/${scope('basic').id}/scope-mappings/realm`, new Set(['admin'])), () => realm().links.get(`client-scopes/${scope('basic').id}/scope-mappings/realm`)!.add('customer')],
    ['the groups of the profile', () => (realm().profile.groups = [{ name: 'a' }]), () => (realm().profile.groups = [{ name: 'b' }])],
  ])('is told anew when there is more to it: %s', async (_what, change, next) => {
    const seen = async () => (await found()).map((danger) => danger.seen);
    change();
    const before = await seen();
    expect(await seen()).toEqual(before);
    next();
    const after = await seen();
    expect(after).toHaveLength(before.length);
    expect(after).not.toEqual(before);
  });
});

it('what everybody has beyond what the blueprint says they have is told once: as a change, where the role is compared', async () => {
  const blueprint = { ...shop(), realm: { ...shop().realm, defaultRoles: ['customer'] } };
  await applied(keycloak, blueprint);
  const inside = realm().links.get(`roles-by-id/${String(role('default-roles-shop').id)}/composites`)!;
  inside.add('admin');
  const { waves, dangers } = await planned(keycloak, blueprint);
  expect(waves.flat().flatMap((change) => ('because' in change ? [`${change.desired.kind}/${change.desired.id} ${change.because.map(({ path }) => path).join()}`] : []))).toEqual([expect.stringMatching(/^keycloak\.composite\/shop\/default-roles-shop realmRoles/)]);
  expect(dangers).toEqual([]);
});
