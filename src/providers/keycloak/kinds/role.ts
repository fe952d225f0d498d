import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import type { Desired, Live } from '../../../core/resource.ts';
import { layered } from '../attributes.ts';
import { foreignAttributes, listMark, ownerOf, ownership } from '../ownership.ts';
import { payloadOf } from '../payload.ts';
import type { RoleRep } from '../representations.ts';
import { changesBetween } from '../role-mappings.ts';
import { appeared } from '../session.ts';
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
    const held = live === undefined ? await create(session, name, desired) : refOf(live);
    if (held !== undefined) await update(session, name, desired, held, live);
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
    const body = { name, description, attributes: foreignAttributes(attributes) };
    await session.admin.write('PUT', `${session.base}/roles/${encodeURIComponent(name)}`, { doing: `let go of role "${name}"`, body, accept: [404] });
  },
});

const toLive = (rep: RoleRep, realm: string): Live<RoleSpec, RoleRep> => ({
  kind: role.kind,
  id: role.id(realm, rep.name),
  spec: role.read({
    description: rep.description,
    composites: rep.composites?.realm ?? [],
    attributes: foreignAttributes(rep.attributes),
  }),
  ...ownership(rep.attributes),
  ref: rep,
});

const attributesOf = (session: Session, desired: Desired<RoleSpec>, held: RoleRep['attributes'], live?: Pick<Live, 'owner'>): Record<string, unknown> =>
  layered(held, payloadOf(desired.spec.attributes ?? {}), listMark(session.owner, desired, live));

/** Answers the role when it is there already and ours, for `update`. */
const create = async (session: Session, name: string, desired: Desired<RoleSpec>): Promise<RoleRep | undefined> => {
  const included = desired.spec.composites ?? [];
  // Keycloak refuses an included role that does not exist, too, and knows no blueprint line.
  await session.roles.refs(included, desired.origin);
  const status = await session.admin.write('POST', `${session.base}/roles`, {
    doing: `create role "${name}"`,
    at: desired.origin,
    accept: [409],
    body: {
      name,
      description: desired.spec.description ?? '',
      attributes: attributesOf(session, desired, {}),
      ...(included.length > 0 && { composite: true, composites: { realm: included } }),
    },
  });
  if (status !== 409) return undefined;
  const path = `${session.base}/roles/${encodeURIComponent(name)}`;
  const [held, inside] = await Promise.all([
    session.admin.read<RoleRep>(path, `read role "${name}"`),
    session.admin.read<readonly RoleRep[]>(`${path}/composites/realm`, `read role "${name}"`),
  ]);
  if (ownerOf(held.attributes) !== session.owner) throw appeared(`role "${name}"`, desired.origin);
  return { ...held, composites: { realm: inside.map((item) => item.name) } };
};

const update = async (session: Session, name: string, desired: Desired<RoleSpec>, held: RoleRep, live: Pick<Live, 'owner'> | undefined): Promise<void> => {
  const description = 'description' in desired.spec ? (desired.spec.description ?? '') : (held.description ?? '');
  await session.admin.write('PUT', `${session.base}/roles/${encodeURIComponent(name)}`, {
    doing: `change role "${name}"`,
    at: desired.origin,
    body: { name, description, attributes: attributesOf(session, desired, held.attributes, live) },
  });
  const wanted = desired.spec.composites;
  if (wanted == null) return;
  const { add, drop } = changesBetween(held.composites?.realm ?? [], wanted);
  for (const [method, names] of [
    ['POST', add],
    ['DELETE', drop],
  ] as const) {
    if (names.length === 0) continue;
    const body = await session.roles.refs(names, desired.origin);
    await session.admin.write(method, `${session.base}/roles-by-id/${held.id}/composites`, {
      doing: `change what role "${name}" contains`,
      at: desired.origin,
      body,
    });
  }
};
