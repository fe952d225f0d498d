import type { Danger } from '../../../core/resource.ts';
import type { Session } from '../session.ts';
import type { List } from './lists.ts';
import { found, INITIAL_ACCESS } from './scene.ts';
import type { Scene } from './scene.ts';

/** A token that makes clients, as Keycloak lists it: without the token. Times in seconds. */
interface InitialAccess {
  readonly id: string;
  readonly timestamp?: number;
  readonly expiration?: number;
  readonly count?: number;
  readonly remainingCount?: number;
}

/** Who holds an initial access token makes clients in the realm without an administrator. Keycloak lists only those that are still good. */
export const registrationTokens = async (scene: Scene, { base }: Session, list: List): Promise<readonly Danger[]> =>
  (await list<InitialAccess>(`${base}/clients-initial-access`, 'list tokens that make clients', 'view-clients'))
    .filter(({ remainingCount = 1 }) => remainingCount > 0)
    .map(({ id, timestamp = 0, expiration = 0, count = 0, remainingCount = count }) =>
      found(scene, INITIAL_ACCESS, id, {
        effect: 'opens',
        what: `who holds the initial access token of ${moment(timestamp)} makes ${remainingCount === 1 ? 'a client' : `${remainingCount} clients`} in this realm${expiration > 0 ? `, until ${moment(timestamp + expiration)}` : ''}`,
        hint: 'delete it in Keycloak (Clients, Initial access token), or accept it',
        held: { timestamp, expiration, count },
      }),
    );

const moment = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ');
