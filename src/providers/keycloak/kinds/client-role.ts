import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import type { Live } from '../../../core/resource.ts';
import { foreignAttributes, marksOfOthers } from '../ownership.ts';
import type { RoleRep } from '../representations.ts';
import { putRole } from '../role-writes.ts';
import type { Session } from '../session.ts';
import { isShippedHere, ownedHere } from '../shipped-here.ts';
import { clientRole } from '../specs/client-role.ts';
import type { ClientRoleSpec } from '../specs/client-role.ts';
import { client } from '../specs/client.ts';
import { realm } from '../specs/realm.ts';
import { role } from '../specs/role.ts';

/** A role that a client defines. Realm roles and roles of clients in it are of the blueprint where it states them. */
export const clientRoleKind = defineKind<Session, ClientRoleSpec, RoleRep>()({
  name: clientRole.kind,
  after: [realm.kind, role.kind, client.kind],
  immutable: clientRole.immutable,
  list: async (session) => {
    const exported = (await session.snapshot())?.exported;
    return Object.entries(exported?.roles?.client ?? {}).flatMap(([owner, roles]) => roles.map((rep) => toLive(rep, owner, session)));
  },
  put: async (session, desired, live) => {
    const { client: owner, name } = desired.spec;
    const path = await rolesOf(session, owner, desired.origin);
    await putRole(session, { path, name, what: `role "${name}" of client "${owner}"`, isShipped: isShippedHere(session, 'clientRoles', `${owner}/${name}`) }, desired, live && refOf(live));
  },
  remove: async (session, live) => {
    const { client: owner, name } = live.spec;
    await session.admin.write('DELETE', `${session.base}/roles-by-id/${refOf(live).id}`, { doing: `delete role "${name}" of client "${owner}"`, accept: [404] });
    session.clientRoles(owner).forget(name);
  },
  release: async (session, live) => {
    const { id, name, description = '', attributes } = refOf(live);
    const body = { name, description, attributes: { ...foreignAttributes(attributes), ...marksOfOthers(attributes, session.owner) } };
    await session.admin.write('PUT', `${session.base}/roles-by-id/${id}`, { doing: `let go of role "${name}" of client "${live.spec.client}"`, body, accept: [404] });
  },
});

const rolesOf = async (session: Session, owner: string, at: Parameters<Session['clients']['refs']>[1]): Promise<string> => {
  const [found] = await session.clients.refs([owner], at);
  return `${session.base}/clients/${found?.id}/roles`;
};

const toLive = (rep: RoleRep, owner: string, session: Session): Live<ClientRoleSpec, RoleRep> => ({
  kind: clientRole.kind,
  id: clientRole.id(session.realm, owner, rep.name),
  spec: clientRole.read({
    client: owner,
    name: rep.name,
    description: rep.description,
    composites: rep.composites?.realm ?? [],
    // As a role of the realm: not that it contains itself.
    clientComposites: Object.fromEntries(Object.entries(rep.composites?.client ?? {}).map(([client, names]) => [client, client === owner ? names.filter((one) => one !== rep.name) : names])),
    attributes: foreignAttributes(rep.attributes),
  }),
  ...ownedHere(session, rep.attributes, { section: 'clientRoles', name: `${owner}/${rep.name}`, stated: session.raw.entities.clientRoles?.[owner]?.[rep.name] !== undefined }),
  ref: rep,
});
