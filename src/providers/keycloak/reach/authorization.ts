import type { Danger } from '../../../core/resource.ts';
import { client } from '../specs/client.ts';
import { plain } from '../plain.ts';
import { RULES } from './rule.ts';
import { found } from './scene.ts';
import type { Scene } from './scene.ts';

/** The client whose permissions say who may change which people, groups and clients. */
const ADMIN_PERMISSIONS = 'admin-permissions';

/** What Keycloak itself decides for a client by its authorization services: the blueprint says nothing of it, so all of it is told, once a client. */
export const authorizationServices = (scene: Scene): readonly Danger[] =>
  [...scene.authorization].flatMap(([clientId, settings]) => {
    const ruling = clientId === ADMIN_PERMISSIONS || clientId === RULES;
    const stated = scene.clients.get(clientId);
    const [permissions, rest] = partition(settings.policies ?? [], ({ type }) => ['resource', 'scope', 'uma'].includes(type ?? ''));
    // The rights of administrators begin with none, as a resource server of its own.
    if (!stated && (!ruling || permissions.length === 0)) return [];
    return [
      found(scene, client.kind, clientId, {
        effect: ruling ? 'opens' : 'weakens',
        what: ruling
          ? `who may change which people, groups and clients of this realm is given one by one: ${counted(permissions.length, 'permission')} by ${counted(rest.length, 'policy', 'policies')}`
          : `Keycloak decides itself what may be done at ${clientId}, by ${counted(permissions.length, 'permission')} over ${counted((settings.resources ?? []).length, 'resource')}: tokens can say so, and the blueprint does not`,
        hint: 'switch authorization off in Keycloak, or accept it',
        field: 'authorizationSettings',
        held: plain(settings),
        origin: stated?.origin,
      }),
    ];
  });

const counted = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`;

const partition = <Item>(items: readonly Item[], fits: (item: Item) => boolean): readonly [readonly Item[], readonly Item[]] => [items.filter(fits), items.filter((item) => !fits(item))];
