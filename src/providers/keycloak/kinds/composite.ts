import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import type { Desired, Live } from '../../../core/resource.ts';
import { attributeOf, layered } from '../attributes.ts';
import { COMPOSITES_MARK, ownerOf } from '../ownership.ts';
import { defaultRoleOf } from '../representations.ts';
import type { RoleRep } from '../representations.ts';
import { putComposites, readComposites } from '../role-writes.ts';
import type { Session } from '../session.ts';
import { shippedWith } from '../shipped/index.ts';
import { clientRole } from '../specs/client-role.ts';
import { composite, defaultRoleNamed, EVERYBODYS } from '../specs/composite.ts';
import type { CompositeSpec } from '../specs/composite.ts';
import { nameIn } from '../specs/id.ts';
import { role } from '../specs/role.ts';

/** Who stated what the role contains, what that was (`app/reader`), and whether the role was somebody else's. */
const MARK = COMPOSITES_MARK;
const GIVEN = `${MARK}.given`;
const ADOPTED = `${MARK}.adopted`;

/**
 * What a role contains beyond what the role itself states. On a role of ours, and on the one that every account of a realm of ours has, it is made
 * without asking; on anybody else's it is taken over. What goes with it is what was stated, and nothing else.
 */
export const compositeKind = defineKind<Session, CompositeSpec, RoleRep>()({
  name: composite.kind,
  after: [role.kind, clientRole.kind],
  immutable: composite.immutable,
  list: async (session) => {
    const snapshot = await session.snapshot();
    if (snapshot?.exported === undefined) return [];
    const everybody = ownerOf(snapshot.realm.attributes) === session.owner ? defaultRoleOf(snapshot.realm) : undefined;
    return snapshot.roles.flatMap((rep) => {
      const owner = attributeOf(rep.attributes, MARK);
      const ours = ownerOf(rep.attributes) === session.owner || rep.name === everybody;
      return owner === undefined && ours ? [] : [toLive(rep, owner, session.realm)];
    });
  },
  put: async (session, desired, live) => {
    const name = nameIn(desired.id);
    const path = `${session.base}/roles/${encodeURIComponent(name)}`;
    const what = `role "${name}"`;
    const rep = live === undefined ? await readComposites(session, path, what) : refOf(live);
    const mark = { [MARK]: [session.owner], [GIVEN]: givenBy(desired, shippedIn(session, name)), ...(live !== undefined && live.owner === undefined && { [ADOPTED]: ['true'] }) };
    await session.admin.write('PUT', path, { doing: `change what ${what} contains`, at: desired.origin, body: { name, description: rep.description ?? '', attributes: layered(rep.attributes, mark) } });
    await putComposites(session, { id: rep.id, what, held: rep.composites ?? {}, at: desired.origin }, desired.spec.realmRoles, desired.spec.clientRoles);
  },
  remove: async (session, live) => {
    const rep = refOf(live);
    const given: unknown = rep.attributes?.[GIVEN];
    const names = new Set(Array.isArray(given) ? given : []);
    const kept = (held: readonly string[], prefix = ''): string[] => held.filter((one) => !names.has(`${prefix}${one}`) || (prefix === '' && EVERYBODYS.includes(one)));
    const { realm = [], client = {} } = rep.composites ?? {};
    const clients = Object.fromEntries(Object.entries(client).map(([owner, roles]) => [owner, kept(roles, `${owner}/`)]));
    await putComposites(session, { id: rep.id, what: `role "${rep.name}"`, held: rep.composites ?? {}, at: undefined }, kept(realm), clients);
    await unmark(session, rep);
  },
  release: (session, live) => unmark(session, refOf(live)),
});

const unmark = async (session: Session, { name, description = '', attributes }: RoleRep): Promise<void> => {
  const body = { name, description, attributes: Object.fromEntries(Object.entries(attributes ?? {}).filter(([field]) => ![MARK, GIVEN, ADOPTED].includes(field))) };
  await session.admin.write('PUT', `${session.base}/roles/${encodeURIComponent(name)}`, { doing: `let go of what role "${name}" contains`, body, accept: [404] });
};

/** What Keycloak puts into the role of every account is nobody's to take away with what was stated. */
const shippedIn = (session: Session, name: string): readonly string[] => (name === defaultRoleNamed(session.realm) ? (shippedWith(session.version()).shipped.composites['default-roles-<realm>'] ?? []) : []);

const givenBy = ({ spec }: Desired<CompositeSpec>, shipped: readonly string[]): string[] => [
  ...(spec.realmRoles ?? []),
  ...Object.entries(spec.clientRoles ?? {}).flatMap(([owner, names]) => (names ?? []).map((name) => `${owner}/${name}`).filter((one) => !shipped.includes(one))),
];

const toLive = (rep: RoleRep, owner: string | undefined, realmName: string): Live<CompositeSpec, RoleRep> => ({
  kind: composite.kind,
  id: composite.id(realmName, rep.name),
  spec: composite.read({ realmRoles: rep.composites?.realm ?? [], clientRoles: rep.composites?.client ?? {} }),
  owner,
  ...(attributeOf(rep.attributes, ADOPTED) === 'true' && { adopted: true as const }),
  ref: rep,
});
