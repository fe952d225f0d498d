import type { Reach } from '../../../core/provider.ts';
import type { Desired, Live, Unseen } from '../../../core/resource.ts';
import type { Session } from '../session.ts';
import { realm } from '../specs/realm.ts';
import { administrators } from './administrators.ts';
import type { Login } from './administrators.ts';
import { authorizationServices } from './authorization.ts';
import { clientPolicies } from './client-policies.ts';
import { composites, lesserComposites } from './composites.ts';
import { credentials } from './credentials.ts';
import { registration, requiredActions, userProfile } from './doors.ts';
import { flowOverrides, flows } from './flows.ts';
import { foreignClients, lesserScopes, realmScopes } from './foreign-clients.ts';
import { holders } from './holders.ts';
import { federations, identityProviders } from './identity-providers.ts';
import { keys } from './keys.ts';
import { listsOf } from './lists.ts';
import { organizations } from './organizations.ts';
import { registrationTokens } from './registration-tokens.ts';
import { sceneOf } from './scene.ts';
import type { Scene } from './scene.ts';
import { rolesInScope } from './scoped-roles.ts';
import { scopesInReach } from './scopes.ts';
import { texts } from './texts.ts';
import { oursWhole, rawWhole } from './whole.ts';
import { unknownComponents, workflows } from './workflows.ts';

/** Every way to a token that the blueprint's services take, and all that changes what a token says: one file each. */
const ways: readonly ((scene: Scene) => Reach['dangers'])[] = [
  oursWhole, rawWhole, scopesInReach, rolesInScope, foreignClients, realmScopes, lesserScopes, composites, lesserComposites, flows, flowOverrides, identityProviders, federations, registration, userProfile, requiredActions,
  authorizationServices, unknownComponents, clientPolicies, organizations, texts,
]; // prettier-ignore

export const reachOf = async (session: Session, desired: readonly Desired[], live: readonly Live[], login: Login): Promise<Reach> => {
  const nothing: Reach = { dangers: [], unseen: [] };
  if (!desired.some(realm.is)) return nothing;
  const snapshot = await session.snapshot();
  const scene = snapshot && sceneOf(snapshot, desired, live, login.realm === session.realm ? login.clientId : undefined);
  if (scene === undefined) return nothing;
  const { list, unseen } = listsOf(session);
  const [keyed, held, ...asked] = await Promise.all([keys(scene, session), holders(scene, session, list), registrationTokens(scene, session, list), workflows(scene, session, list)]);
  const [proofs, masters] = await Promise.all([credentials(scene, session), administrators(scene, login, session, list)]);
  return {
    dangers: [...ways.flatMap((way) => way(scene)), ...keyed, ...held.dangers, ...asked.flat(), ...proofs.dangers, ...masters.dangers],
    unseen: [...notLookedAt(scene), ...notJudged(session), ...unseen, ...held.unseen, ...refusedIn(session), ...proofs.unseen, ...masters.unseen],
  };
};

const refusedIn = ({ refused }: Session): readonly Unseen[] => [...refused].map(([what, right]) => ({ target: 'keycloak', what, why: `this login may not see them (${right})` }));

/** Another login set them, and left no key to judge them by. */
const notJudged = ({ unjudged }: Session): readonly Unseen[] =>
  unjudged.size === 0
    ? []
    : [{ target: 'keycloak', what: `whether they are as stated: ${[...unjudged].toSorted().join(', ')}`, why: 'another login set them; they are compared where both logins have the same targets.keycloak.fingerprintKey' }];

const notLookedAt = (scene: Scene): readonly Unseen[] => {
  const target = 'keycloak';
  const { keycloakVersion: version } = scene.exported;
  return [
    ...(scene.whole
      ? []
      : [{ target, what: 'flows, identity providers, keys, registration, groups, and roles of clients', why: `this login may not export realm "${scene.name}" (manage-realm and view-users)` }]),
    ...(scene.whole && !scene.sameVersion
      ? [{ target, what: `what version ${version ?? 'unknown'} ships`, why: `it is compared with what ${scene.shipped.version} ships: a difference may be the version's own` }]
      : []),
  ];
};
