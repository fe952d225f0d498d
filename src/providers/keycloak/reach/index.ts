import type { Reach } from '../../../core/provider.ts';
import type { Desired, Live } from '../../../core/resource.ts';
import { realm } from '../specs/realm.ts';
import type { Session } from '../session.ts';
import { composites } from './composites.ts';
import { foreignClients, realmScopes } from './foreign-clients.ts';
import { sceneOf } from './scene.ts';
import type { Scene } from './scene.ts';
import { scopesInReach } from './scopes.ts';
import { oursWhole } from './whole.ts';

/** Every way to a token that the blueprint's services take, and all that changes what a token says: one file each. */
const ways: readonly ((scene: Scene) => Reach['dangers'])[] = [oursWhole, scopesInReach, foreignClients, realmScopes, composites];

export const reachOf = async (session: Session, desired: readonly Desired[], live: readonly Live[], login?: string): Promise<Reach> => {
  const nothing: Reach = { dangers: [], unseen: [] };
  if (!desired.some(realm.is)) return nothing;
  const snapshot = await session.snapshot();
  const scene = snapshot && sceneOf(snapshot, desired, live, login);
  if (scene === undefined) return nothing;
  return { dangers: ways.flatMap((way) => way(scene)), unseen: [] };
};
