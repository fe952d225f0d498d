// Made from the files of this folder by `npm run generate`.
import { bindKind } from '../../../core/provider.ts';
import type { BoundKind } from '../../../core/provider.ts';
import type { Session } from '../session.ts';
import { authorizationKind } from './authorization.ts';
import { clientKind } from './client.ts';
import { clientPolicyKind } from './client-policy.ts';
import { clientProfileKind } from './client-profile.ts';
import { clientRoleKind } from './client-role.ts';
import { clientScopeKind } from './client-scope.ts';
import { componentKind } from './component.ts';
import { compositeKind } from './composite.ts';
import { defaultGroupsKind } from './default-groups.ts';
import { flowKind } from './flow.ts';
import { flowBindingKind } from './flow-binding.ts';
import { grantKind } from './grant.ts';
import { groupKind } from './group.ts';
import { identityProviderKind } from './identity-provider.ts';
import { identityProviderMapperKind } from './identity-provider-mapper.ts';
import { organizationKind } from './organization.ts';
import { realmKind } from './realm.ts';
import { requiredActionKind } from './required-action.ts';
import { roleKind } from './role.ts';
import { textsKind } from './texts.ts';
import { userKind } from './user.ts';
import { userAttributeKind } from './user-attribute.ts';

/** Everything that is kept in a realm. */
export const kindsOf = (session: Session): readonly BoundKind[] => [
  bindKind(realmKind, session),
  bindKind(clientProfileKind, session),
  bindKind(clientPolicyKind, session),
  bindKind(componentKind, session),
  bindKind(flowKind, session),
  bindKind(flowBindingKind, session),
  bindKind(identityProviderKind, session),
  bindKind(organizationKind, session),
  bindKind(requiredActionKind, session),
  bindKind(roleKind, session),
  bindKind(clientScopeKind, session),
  bindKind(clientKind, session),
  bindKind(clientRoleKind, session),
  bindKind(compositeKind, session),
  bindKind(groupKind, session),
  bindKind(defaultGroupsKind, session),
  bindKind(grantKind, session),
  bindKind(identityProviderMapperKind, session),
  bindKind(textsKind, session),
  bindKind(userAttributeKind, session),
  bindKind(userKind, session),
  bindKind(authorizationKind, session),
];
