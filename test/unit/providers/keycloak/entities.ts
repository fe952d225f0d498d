import type { Blueprint } from '../../../../src/blueprint/types.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { shop } from './blueprint.ts';
import { flowEntities } from './flow-entities.ts';

type Entities = Blueprint['raw']['keycloak']['entities'];

/** Something of every section of `raw.keycloak.entities`. */
export const entities: Entities = {
  roles: {
    'Team Lead': { description: 'leads a team', attributes: { level: ['2'] }, composites: { realm: ['support'], client: { reports: ['Reader'] } } },
    plain: {},
  },
  clientRoles: {
    robot: { own: {} },
    reports: {
      Reader: { description: 'reads reports', attributes: { team: ['red'] } },
      'writer/all': { composites: { realm: ['customer'], client: { reports: ['Reader'] } } },
    },
  },
  identityProviders: {
    corp: {
      providerId: 'oidc',
      displayName: 'Corp',
      trustEmail: true,
      config: { clientId: 'shop', clientSecret: new Secret('corp-secret'), authorizationUrl: 'https://idp.test/auth', tokenUrl: 'https://idp.test/token' },
      mappers: {
        customers: { identityProviderMapper: 'oidc-hardcoded-role-idp-mapper', config: { role: 'customer', syncMode: 'INHERIT' } },
        readers: { identityProviderMapper: 'oidc-hardcoded-role-idp-mapper', config: { role: 'reports.Reader' } },
      },
    },
  },
  components: {
    directory: {
      providerId: 'ldap',
      providerType: 'org.keycloak.storage.UserStorageProvider',
      config: {
        vendor: 'other', connectionUrl: 'ldap://ldap.test', usersDn: 'ou=people,dc=test', bindDn: 'cn=admin,dc=test', bindCredential: new Secret('ldap-secret'), authType: 'simple', editMode: ['READ_ONLY'],
        usernameLDAPAttribute: 'uid', rdnLDAPAttribute: 'uid', uuidLDAPAttribute: 'entryUUID', userObjectClasses: 'inetOrgPerson', enabled: 'true', importEnabled: 'true', pagination: 'false',
      },
      subComponents: {
        everybody: { providerId: 'hardcoded-ldap-role-mapper', providerType: 'org.keycloak.storage.ldap.mappers.LDAPStorageMapper', config: { role: 'customer' } },
        email: {
          providerId: 'user-attribute-ldap-mapper',
          providerType: 'org.keycloak.storage.ldap.mappers.LDAPStorageMapper',
          config: { 'ldap.attribute': 'email', 'user.model.attribute': 'email', 'read.only': 'true', 'always.read.value.from.ldap': 'false', 'is.mandatory.in.ldap': 'false' },
        },
      },
    }, // prettier-ignore
    signing: { providerId: 'rsa-generated', providerType: 'org.keycloak.keys.KeyProvider', config: { priority: '50', keySize: '3072', algorithm: 'PS256' } },
  },
  ...flowEntities,
  groups: {
    '/office': { description: 'all of them', attributes: { floor: ['2'] } },
    '/office/front desk': { realmRoles: ['plain'], clientRoles: { reports: ['Reader'] } },
  },
  requiredActions: { UPDATE_PASSWORD: { defaultAction: true } },
  userAttributes: { phone: { displayName: 'Phone', permissions: { view: ['admin', 'user'], edit: ['admin'] }, validations: { length: { max: 20 } } } },
  clientProfiles: { 'asks for PKCE': { description: 'of everybody', executors: [{ executor: 'pkce-enforcer', configuration: { 'auto-configure': true } }, { executor: 'secure-session' }] } },
  clientPolicies: {
    'public ones': { conditions: [{ condition: 'client-access-type', configuration: { type: ['public'] } }], profiles: ['asks for PKCE'] },
    later: { enabled: false, description: 'not yet', conditions: [{ condition: 'any-client' }], profiles: ['oauth-2-1-for-public-client', 'asks for PKCE'] },
  },
  localizationTexts: { de: { loginTitle: 'Guten Tag', 'a b/c': 'x' }, 'pt-BR': { loginTitle: 'Bom dia' } },
  organizations: {
    acme: { name: 'Acme Inc', description: 'makes all', redirectUrl: 'https://acme.test', domains: [{ name: 'Acme.test', verified: true }, { name: 'acme.example' }], identityProviders: ['corp'], attributes: { tier: ['gold'] } },
    bare: {},
  },
  clientScopes: {
    department: {
      description: 'where somebody works',
      clientScopeMappings: { reports: ['Reader'] },
      protocolMappers: { department: { protocolMapper: 'oidc-usermodel-attribute-mapper', config: { 'user.attribute': 'department', 'claim.name': 'department', 'access.token.claim': 'true' } } },
    },
  },
  clients: {
    robot: { serviceAccountsEnabled: true, secret: new Secret('robot-secret'), serviceAccountRoles: ['customer'], serviceAccountClientRoles: { reports: ['Reader'], robot: ['own'] }, clientScopeMappings: { reports: ['Reader'] } },
    'https://partner.test/app': { bearerOnly: true, name: 'Partner', secret: new Secret('partner-secret'), attributes: { 'backchannel.logout.session.required': 'true' } },
  },
  users: {
    'seed.one': { email: 'seed.one@shop.test', firstName: 'Seed', lastName: 'One', attributes: { phone: ['1'] }, realmRoles: ['customer'], clientRoles: { reports: ['Reader'] }, groups: ['/office/front desk'] },
  },
};

/** The shop with these, and more of its own. */
export const shopWith = (stated: Entities = entities, over: Parameters<typeof shop>[0] = {}): Blueprint => {
  const plain = shop(over);
  const realm = { ...(stated.organizations && { organizationsEnabled: true }), ...(stated.groups?.['/office'] && { defaultGroups: ['/office/front desk'] }), ...plain.raw.keycloak.realm };
  return { ...plain, raw: { ...plain.raw, keycloak: { ...plain.raw.keycloak, realm, entities: stated } }, secrets: [...plain.secrets, new Secret('corp-secret')] };
};
