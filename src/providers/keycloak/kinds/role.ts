import { defineKind } from '../../../core/provider.ts';
import type { Desired, Live, Spec } from '../../../core/resource.ts';
import { foreignAttributes, listMark, mergedAttributes, ownerOf, ownership } from '../mark.ts';
import type { RoleRep } from '../representations.ts';
import { appeared } from '../session.ts';
import type { Session } from '../session.ts';
import { changesBetween, isSpec, nameIn, payloadOf, strings } from '../specs.ts';

/** A realm role. `composites` are the realm roles it contains; client roles in it are not owned, and stay. */
export const role = defineKind<Session>()({
  name: 'keycloak.role',
  after: ['keycloak.realm'],
  immutable: [],
  list: async (session) => ((await session.snapshot())?.roles ?? []).map((rep) => toLive(rep, session.realm)),
  put: async (session, desired, live) => {
    const name = nameIn(desired.id);
    const held = live === undefined ? await create(session, name, desired) : (live.ref as RoleRep);
    if (held !== undefined) await update(session, name, desired, held);
  },
  remove: async (session, live) => {
    const name = nameIn(live.id);
    await session.admin.write('DELETE', `${session.base}/roles/${encodeURIComponent(name)}`, {
      doing: `delete role "${name}"`,
      accept: [404],
    });
    session.roles.forget(name);
  },
});

const toLive = (rep: RoleRep, realm: string): Live => ({
  kind: 'keycloak.role',
  id: `${realm}/${rep.name}`,
  spec: {
    description: rep.description ?? null,
    composites: (rep.composites?.realm ?? []).toSorted(),
    attributes: foreignAttributes(rep.attributes) as Spec,
  },
  ...ownership(rep.attributes),
  ref: rep,
});

const attributesOf = (session: Session, desired: Desired, held: RoleRep['attributes']): Record<string, unknown> =>
  mergedAttributes(
    held,
    isSpec(desired.spec.attributes) ? (payloadOf(desired.spec.attributes) as Record<string, unknown>) : {},
    listMark(session.owner, desired),
  );

/** Answers the role when it is there already and ours, for `update`. */
const create = async (session: Session, name: string, desired: Desired): Promise<RoleRep | undefined> => {
  const included = strings(desired.spec.composites) ?? [];
  // Keycloak leaves out an included role that does not exist, without a word.
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

const update = async (session: Session, name: string, desired: Desired, held: RoleRep): Promise<void> => {
  const description = 'description' in desired.spec ? (desired.spec.description ?? '') : (held.description ?? '');
  await session.admin.write('PUT', `${session.base}/roles/${encodeURIComponent(name)}`, {
    doing: `change role "${name}"`,
    at: desired.origin,
    body: { name, description, attributes: attributesOf(session, desired, held.attributes) },
  });
  const wanted = strings(desired.spec.composites);
  if (wanted === undefined) return;
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
