// Made from the files of this folder by `npm run generate`.
import { bindKind } from '../../../core/provider.ts';
import type { BoundKind } from '../../../core/provider.ts';
import type { Session } from '../session.ts';
import { clientKind } from './client.ts';
import { clientScopeKind } from './client-scope.ts';
import { groupKind } from './group.ts';
import { realmKind } from './realm.ts';
import { roleKind } from './role.ts';
import { userKind } from './user.ts';

/** Everything that is kept in a realm. */
export const kindsOf = (session: Session): readonly BoundKind[] => [
  bindKind(realmKind, session),
  bindKind(roleKind, session),
  bindKind(clientScopeKind, session),
  bindKind(clientKind, session),
  bindKind(userKind, session),
  bindKind(groupKind, session),
];
