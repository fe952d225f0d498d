// Made from the files of this folder by `npm run generate`.
import { client } from './client.ts';
import { clientScope } from './client-scope.ts';
import { group } from './group.ts';
import { realm } from './realm.ts';
import { role } from './role.ts';
import { user } from './user.ts';

/** The specs of Keycloak's kinds by name: `keycloak.client.address(realm, id)`. */
export const keycloak = { realm, role, clientScope, client, user, group } as const;
