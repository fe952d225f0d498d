import { beforeEach, expect, it } from 'vitest';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import { applied, toldBy } from './applying.ts';
import { shopWith } from './entities.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';

let keycloak: FakeKeycloak;
beforeEach(() => {
  keycloak = fakeKeycloak();
});

type Entities = Blueprint['raw']['keycloak']['entities'];
const withRealm = (realm: Blueprint['raw']['keycloak']['realm'], entities: Entities = {}): Blueprint => {
  const made = shopWith(entities);
  return { ...made, raw: { ...made.raw, keycloak: { ...made.raw.keycloak, realm } } };
};
const LDAP = { providerId: 'ldap', providerType: 'org.keycloak.storage.UserStorageProvider' } as const;
const directory = { vendor: 'other', connectionUrl: 'ldap://ldap.test', usersDn: 'ou=people,dc=test', authType: 'none', editMode: 'READ_ONLY', usernameLDAPAttribute: 'uid', rdnLDAPAttribute: 'uid', uuidLDAPAttribute: 'entryUUID', userObjectClasses: 'inetOrgPerson' }; // prettier-ignore

it.each<readonly [what: string, before: Blueprint, after: Blueprint, told: string]>([
  ['a setting of the realm', withRealm({ rememberMe: true }), withRealm({}), 'keycloak.realm/shop rememberMe'],
  ['an attribute of the realm', withRealm({ attributes: { 'acr.loa.map': '{"gold":2}' } }), withRealm({}), 'keycloak.realm/shop attributes.acr.loa.map'],
  ['a field of a client', shopWith({ clients: { robot: { publicClient: true, description: 'once' } } }), shopWith({ clients: { robot: { publicClient: true } } }), 'keycloak.client/shop/robot description'],
  ['an attribute of a client', shopWith({ clients: { robot: { publicClient: true, attributes: { 'access.token.lifespan': '9' } } } }), shopWith({ clients: { robot: { publicClient: true } } }), 'keycloak.client/shop/robot attributes.access.token.lifespan'],
  ['a description of a scope', shopWith({ clientScopes: { own: { description: 'once' } } }), shopWith({ clientScopes: { own: {} } }), 'keycloak.client-scope/shop/own description'],
  ['an attribute of a role', shopWith({ roles: { lead: { attributes: { level: ['2'] } } } }), shopWith({ roles: { lead: {} } }), 'keycloak.role/shop/lead attributes.level'],
  ['an attribute of a group', withRealm({}, { groups: { '/office': { attributes: { floor: ['2'] } } } }), withRealm({}, { groups: { '/office': {} } }), 'keycloak.group/shop/office attributes.floor'],
  ['what an identity provider is trusted with', shopWith({ identityProviders: { corp: { providerId: 'oidc', trustEmail: true, config: { clientId: 'a' } } } }), shopWith({ identityProviders: { corp: { providerId: 'oidc', config: { clientId: 'a' } } } }), 'keycloak.identity-provider/shop/corp trustEmail'],
  ['a setting of a directory', shopWith({ components: { directory: { ...LDAP, config: { ...directory, searchScope: '2' } } } }), shopWith({ components: { directory: { ...LDAP, config: directory } } }), 'keycloak.component/shop/org.keycloak.storage.UserStorageProvider/directory config.searchScope'],
  ['a validation of a user attribute', shopWith({ userAttributes: { phone: { validations: { length: { max: 20 } } } } }), shopWith({ userAttributes: { phone: {} } }), 'keycloak.user-attribute/shop/phone validations'],
])('%s that is taken out of the blueprint stays in force, and is told', async (_, before, after, told) => {
  await applied(keycloak, before);
  expect(await toldBy(keycloak, before)).not.toContain(`danger ${told}`);
  expect(await toldBy(keycloak, after)).toContain(`danger ${told}`);
});
