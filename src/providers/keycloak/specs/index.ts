// Made from the files of this folder by `npm run generate`.
import { authorization } from './authorization.ts';
import { client } from './client.ts';
import { clientPolicy } from './client-policy.ts';
import { clientProfile } from './client-profile.ts';
import { clientRole } from './client-role.ts';
import { clientScope } from './client-scope.ts';
import { component } from './component.ts';
import { composite } from './composite.ts';
import { defaultGroups } from './default-groups.ts';
import { flow } from './flow.ts';
import { flowBinding } from './flow-binding.ts';
import { grant } from './grant.ts';
import { group } from './group.ts';
import { identityProvider } from './identity-provider.ts';
import { identityProviderMapper } from './identity-provider-mapper.ts';
import { organization } from './organization.ts';
import { realm } from './realm.ts';
import { requiredAction } from './required-action.ts';
import { role } from './role.ts';
import { texts } from './texts.ts';
import { user } from './user.ts';
import { userAttribute } from './user-attribute.ts';

/** The specs of Keycloak's kinds by name: `keycloak.client.address(realm, id)`. */
export const keycloak = { realm, clientProfile, clientPolicy, component, flow, flowBinding, identityProvider, organization, requiredAction, role, clientScope, client, clientRole, composite, group, defaultGroups, grant, identityProviderMapper, texts, userAttribute, user, authorization } as const;
