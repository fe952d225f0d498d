import type { Danger, Unseen } from '../../../core/resource.ts';
import type { UserRep } from '../representations.ts';
import type { List } from './lists.ts';
import { RULING } from './rule.ts';
import { ADMINISTRATORS, found } from './scene.ts';
import type { Scene } from './scene.ts';

/** The realm whose people rule the server, and every realm of it. */
const MASTER = 'master';
const BRIEF = 'briefRepresentation=true';

/** The login of authctl, which is one of them. */
export interface Login {
  readonly realm: string;
  readonly clientId: string;
}

/**
 * Who rules this realm from the realm `master`: whoever has its role `admin`, or a role of the client that stands for this realm there.
 * Every server has some, so they are a number, to be accepted once; authctl's own login is not counted.
 */
export const administrators = async (scene: Scene, login: Login, list: List): Promise<{ readonly dangers: readonly Danger[]; readonly unseen: readonly Unseen[] }> => {
  if (scene.name === MASTER) return { dangers: [], unseen: [] };
  if (login.realm !== MASTER)
    return { dangers: [], unseen: [{ target: 'keycloak', what: `who rules realm "${scene.name}" from realm "${MASTER}"`, why: `this login is of realm "${login.realm}"` }] };
  const ask = <Row>(path: string): Promise<readonly Row[]> => list<Row>(`/${MASTER}${path}`, `list who rules realm "${scene.name}" from realm "${MASTER}"`, `view-users of realm "${MASTER}"`);
  const [direct, people] = await Promise.all([ask<UserRep>(`/roles/admin/users?${BRIEF}`), ask<UserRep>(`/users?${BRIEF}&first=0&max=1`)]);
  const own = `service-account-${login.clientId}`.toLowerCase();
  const beyond = (accounts: readonly UserRep[]): readonly string[] => accounts.map(({ username }) => username).filter((username) => username !== own);
  // Where nobody else is, nobody else has a right there: a server that authctl has to itself costs two requests.
  const others = people.length === 0 && beyond(direct).length === 0 ? [] : await rightsHere(scene, ask);
  const who = [...new Set(beyond([...direct, ...others]))].toSorted();
  if (who.length === 0) return { dangers: [], unseen: [] };
  return {
    dangers: [
      found(scene, ADMINISTRATORS, '', {
        effect: 'opens',
        what: `${who.length === 1 ? '1 account' : `${who.length} accounts`} of realm "${MASTER}" may change everything here, or part of it${who.length <= 3 ? ` (${who.join(', ')})` : ''}`,
        hint: `Keycloak lists them in realm "${MASTER}" under the role admin, and under the roles of the client ${scene.name}-realm: take the role away, or accept it`,
        field: 'holders',
        held: who,
      }),
    ],
    unseen: [],
  };
};

const rightsHere = async (scene: Scene, ask: <Row>(path: string) => Promise<readonly Row[]>): Promise<readonly UserRep[]> => {
  const [groups, [here]] = await Promise.all([
    ask<{ readonly id: string }>(`/roles/admin/groups?${BRIEF}`),
    ask<{ readonly id: string; readonly clientId: string }>(`/clients?clientId=${encodeURIComponent(`${scene.name}-realm`)}`),
  ]);
  const found = await Promise.all([
    ...groups.map(({ id }) => ask<UserRep>(`/groups/${id}/members?${BRIEF}`)),
    ...(here ? ROLES.map((role) => ask<UserRep>(`/clients/${here.id}/roles/${role}/users?${BRIEF}`)) : []),
  ]);
  return found.flat();
};

/** `realm-admin` is a role of the realm's own client alone. */
const ROLES = Object.keys(RULING).filter((name) => name !== 'realm-admin' && RULING[name]?.effect === 'opens');
