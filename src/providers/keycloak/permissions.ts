import type { Permissions, Rights } from '../permissions.ts';

const realm: Rights = { look: ['view-realm'], write: ['manage-realm'] };
const clients: Rights = { look: ['view-clients'], write: ['manage-clients'] };
const people: Rights = { look: ['view-users'], write: ['manage-users'] };
/** Which there are is in the export of a realm alone; a login without it (`manage-realm`) is told so. */
const providers: Rights = { look: ['view-realm'], write: ['manage-identity-providers'] };

/** Roles over the blueprint's realm; those of the realm of the login begin with `login:`. */
export const permissions: Permissions = {
  kinds: {
    'keycloak.realm': { look: ['view-realm'], write: ['manage-realm', 'login:create-realm'], remove: [] },
    'keycloak.role': realm,
    'keycloak.composite': realm,
    'keycloak.component': realm,
    'keycloak.flow': realm,
    'keycloak.flow-binding': realm,
    'keycloak.required-action': realm,
    'keycloak.user-attribute': realm,
    'keycloak.texts': realm,
    'keycloak.client-policy': realm,
    'keycloak.client-profile': realm,
    'keycloak.default-groups': realm,
    'keycloak.client': clients,
    'keycloak.client-role': clients,
    'keycloak.authorization': clients,
    'keycloak.client-scope': clients,
    'keycloak.grant': { look: ['view-clients', 'view-users'], write: ['manage-clients', 'manage-users'] },
    'keycloak.organization': { look: ['view-organizations'], write: ['manage-organizations'] },
    'keycloak.user': people,
    'keycloak.group': people,
    'keycloak.identity-provider': providers,
    'keycloak.identity-provider-mapper': providers,
  },
  reach: ['view-organizations'],
  // The lock is a client of the realm of the login.
  apply: ['login:manage-clients'],
  who: ['view-events'],
  verify: [],
  disruptive: ['manage-realm', 'manage-users', 'login:create-realm'],
};
