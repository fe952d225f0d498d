// Made from the files of this folder by `npm run generate`.
import { client } from './client.ts';
import { clientRole } from './client-role.ts';
import { clientScope } from './client-scope.ts';
import { composite } from './composite.ts';
import { group } from './group.ts';
import { identityProvider } from './identity-provider.ts';
import { identityProviderMapper } from './identity-provider-mapper.ts';
import { realm } from './realm.ts';
import { role } from './role.ts';
import { user } from './user.ts';

/** The specs of Keycloak's kinds by name: `keycloak.client.address(realm, id)`. */
export const keycloak = { realm, identityProvider, role, clientScope, client, clientRole, composite, identityProviderMapper, user, group } as const;
