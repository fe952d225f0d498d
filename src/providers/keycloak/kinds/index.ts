// Made from the files of this folder by `npm run generate`.
import { bindKind } from '../../../core/provider.ts';
import type { BoundKind } from '../../../core/provider.ts';
import type { Session } from '../session.ts';
import { clientKind } from './client.ts';
import { clientRoleKind } from './client-role.ts';
import { clientScopeKind } from './client-scope.ts';
import { componentKind } from './component.ts';
import { compositeKind } from './composite.ts';
import { flowKind } from './flow.ts';
import { flowBindingKind } from './flow-binding.ts';
import { groupKind } from './group.ts';
import { identityProviderKind } from './identity-provider.ts';
import { identityProviderMapperKind } from './identity-provider-mapper.ts';
import { realmKind } from './realm.ts';
import { requiredActionKind } from './required-action.ts';
import { roleKind } from './role.ts';
import { userKind } from './user.ts';
import { userAttributeKind } from './user-attribute.ts';

/** Everything that is kept in a realm. */
export const kindsOf = (session: Session): readonly BoundKind[] => [
  bindKind(realmKind, session),
  bindKind(componentKind, session),
  bindKind(flowKind, session),
  bindKind(flowBindingKind, session),
  bindKind(identityProviderKind, session),
  bindKind(requiredActionKind, session),
  bindKind(roleKind, session),
  bindKind(clientScopeKind, session),
  bindKind(clientKind, session),
  bindKind(clientRoleKind, session),
  bindKind(compositeKind, session),
  bindKind(groupKind, session),
  bindKind(identityProviderMapperKind, session),
  bindKind(userAttributeKind, session),
  bindKind(userKind, session),
];
