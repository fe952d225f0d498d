// Made from the files of this folder by `npm run generate`.
import { client } from './client.ts';
import { clientRole } from './client-role.ts';
import { clientScope } from './client-scope.ts';
import { component } from './component.ts';
import { composite } from './composite.ts';
import { flow } from './flow.ts';
import { flowBinding } from './flow-binding.ts';
import { group } from './group.ts';
import { identityProvider } from './identity-provider.ts';
import { identityProviderMapper } from './identity-provider-mapper.ts';
import { realm } from './realm.ts';
import { requiredAction } from './required-action.ts';
import { role } from './role.ts';
import { user } from './user.ts';
import { userAttribute } from './user-attribute.ts';

/** The specs of Keycloak's kinds by name: `keycloak.client.address(realm, id)`. */
export const keycloak = { realm, component, flow, flowBinding, identityProvider, requiredAction, role, clientScope, client, clientRole, composite, group, identityProviderMapper, userAttribute, user } as const;
