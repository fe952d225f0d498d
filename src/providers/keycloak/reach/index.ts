import type { Reach } from '../../../core/provider.ts';
import type { Desired, Live, Unseen } from '../../../core/resource.ts';
import type { Session } from '../session.ts';
import { realm } from '../specs/realm.ts';
import { composites } from './composites.ts';
import { registration, requiredActions, userProfile } from './doors.ts';
import { flowOverrides, flows } from './flows.ts';
import { foreignClients, realmScopes } from './foreign-clients.ts';
import { holders } from './holders.ts';
import { federations, identityProviders } from './identity-providers.ts';
import { keys } from './keys.ts';
import { sceneOf } from './scene.ts';
import type { Scene } from './scene.ts';
import { scopesInReach } from './scopes.ts';
import { oursWhole, rawWhole } from './whole.ts';

/** Every way to a token that the blueprint's services take, and all that changes what a token says: one file each. */
const ways: readonly ((scene: Scene) => Reach['dangers'])[] = [
  oursWhole, rawWhole, scopesInReach, foreignClients, realmScopes, composites, flows, flowOverrides, identityProviders, federations, keys, registration, userProfile, requiredActions,
]; // prettier-ignore

export const reachOf = async (session: Session, desired: readonly Desired[], live: readonly Live[], login?: string): Promise<Reach> => {
  const nothing: Reach = { dangers: [], unseen: [] };
  if (!desired.some(realm.is)) return nothing;
  const snapshot = await session.snapshot();
  const scene = snapshot && sceneOf(snapshot, desired, live, login);
  if (scene === undefined) return nothing;
  const people = await holders(scene, session);
  return { dangers: [...ways.flatMap((way) => way(scene)), ...people.dangers], unseen: [...notLookedAt(scene), ...people.unseen] };
};

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
