import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import type { Live } from '../../../core/resource.ts';
import { foreignAttributes, marksOfOthers, ownership } from '../ownership.ts';
import type { RoleRep } from '../representations.ts';
import { putRole } from '../role-writes.ts';
import type { Session } from '../session.ts';
import { nameIn } from '../specs/id.ts';
import { realm } from '../specs/realm.ts';
import { role } from '../specs/role.ts';
import type { RoleSpec } from '../specs/role.ts';

/** A realm role. `composites` are the realm roles it contains; client roles in it are not owned, and stay. */
export const roleKind = defineKind<Session, RoleSpec, RoleRep>()({
  name: role.kind,
  after: [realm.kind],
  immutable: role.immutable,
  list: async (session) => ((await session.snapshot())?.roles ?? []).map((rep) => toLive(rep, session.realm)),
  put: async (session, desired, live) => {
    const name = nameIn(desired.id);
    await putRole(session, { path: `${session.base}/roles`, name, what: `role "${name}"` }, desired, live && refOf(live));
  },
  remove: async (session, live) => {
    const name = nameIn(live.id);
    await session.admin.write('DELETE', `${session.base}/roles/${encodeURIComponent(name)}`, {
      doing: `delete role "${name}"`,
      accept: [404],
    });
    session.roles.forget(name);
  },
  release: async (session, live) => {
    const { name, description = '', attributes } = refOf(live);
    const body = { name, description, attributes: { ...foreignAttributes(attributes), ...marksOfOthers(attributes, session.owner) } };
    await session.admin.write('PUT', `${session.base}/roles/${encodeURIComponent(name)}`, { doing: `let go of role "${name}"`, body, accept: [404] });
  },
});

const toLive = (rep: RoleRep, realm: string): Live<RoleSpec, RoleRep> => ({
  kind: role.kind,
  id: role.id(realm, rep.name),
  spec: role.read({
    description: rep.description,
    // Keycloak takes one that contains itself, which gives nobody anything.
    composites: (rep.composites?.realm ?? []).filter((one) => one !== rep.name),
    attributes: foreignAttributes(rep.attributes),
  }),
  ...ownership(rep.attributes),
  ref: rep,
});
