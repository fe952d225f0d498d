import { Problem } from '../../../core/problem.ts';
import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import type { Desired, Live } from '../../../core/resource.ts';
import { layered } from '../attributes.ts';
import { foreignAttributes, listMark, ownerOf, ownership } from '../ownership.ts';
import { payloadOf } from '../payload.ts';
import { createPool } from '../pool.ts';
import type { GroupTree, NamedRef, UserRep } from '../representations.ts';
import { changesBetween, mapClientRoles, mapRoles } from '../role-mappings.ts';
import { appeared } from '../session.ts';
import type { Session } from '../session.ts';
import { clientRole } from '../specs/client-role.ts';
import { group } from '../specs/group.ts';
import type { GroupSpec } from '../specs/group.ts';
import { nameIn } from '../specs/id.ts';
import { realm } from '../specs/realm.ts';
import { role } from '../specs/role.ts';

interface GroupState extends GroupTree {
  /** `staff/sales` */
  readonly place: string;
  /** Ids of the users in it that the blueprint knows, by persona. */
  readonly people: ReadonlyMap<string, string>;
}
type Wanted = Desired<GroupSpec>;

/** A group with its roles and the personas in it. Whoever else is in it is not touched. Each waits for the groups above it, and for its people. */
export const groupKind = defineKind<Session, GroupSpec, GroupState>()({
  name: group.kind,
  after: [realm.kind, role.kind, clientRole.kind],
  immutable: group.immutable,
  list: async (session) => ((await session.snapshot()) === undefined ? [] : (await readStates(session)).map((state) => toLive(state, session.realm))),
  put: async (session, desired, live) => {
    const held = live === undefined ? await create(session, desired) : refOf(live);
    if (live !== undefined || !('fresh' in held)) await update(session, desired, held, live);
    const { realmRoles, clientRoles, members } = desired.spec;
    const doing = `give group "${held.place}" its roles`;
    const path = `/groups/${held.id}/role-mappings/realm`;
    if (realmRoles != null) await mapRoles(session, { path, held: held.realmRoles ?? [], wanted: realmRoles, doing, at: desired.origin });
    if (clientRoles != null) await mapClientRoles(session, { path: `/groups/${held.id}/role-mappings`, held: held.clientRoles ?? {}, wanted: clientRoles, doing, at: desired.origin });
    if (members != null) await mapMembers(session, desired, held, members);
  },
  remove: async (session, live) => {
    const { id, name } = refOf(live);
    await session.admin.write('DELETE', `${session.base}/groups/${id}`, { doing: `delete group "${name}"`, accept: [404] });
  },
  release: async (session, live) => {
    const { id, name, description = '', attributes } = refOf(live);
    const body = { name, description, attributes: foreignAttributes(attributes) };
    await session.admin.write('PUT', `${session.base}/groups/${id}`, { doing: `let go of group "${name}"`, body, accept: [404] });
  },
});

const toLive = (state: GroupState, inside: string): Live<GroupSpec, GroupState> => ({
  kind: group.kind,
  id: group.id(inside, state.place),
  spec: group.read({
    description: state.description === '' ? undefined : state.description,
    realmRoles: state.realmRoles ?? [],
    clientRoles: state.clientRoles ?? {},
    members: [...state.people.keys()],
    attributes: foreignAttributes(state.attributes),
  }),
  ...ownership(state.attributes),
  ref: state,
});

type Placed = GroupTree & Pick<GroupState, 'place'>;

/** Every group, those below others included, as an export shows them; without one, those at the top. */
const readGroups = async (session: Session): Promise<readonly Placed[]> => {
  const exported = (await session.snapshot())?.exported?.groups;
  return flat(exported ?? (await session.admin.list<GroupTree>(`${session.base}/groups?briefRepresentation=false`, 'list groups')));
};

const flat = (groups: readonly GroupTree[], above = ''): readonly Placed[] =>
  groups.flatMap((rep) => [{ ...rep, place: `${above}${rep.name}` }, ...flat(rep.subGroups ?? [], `${above}${rep.name}/`)]);

/** One group as it is now, from the top of the realm down. */
const findGroup = async ({ admin, base }: Session, place: string): Promise<Placed | undefined> => {
  const [top, ...below] = place.split('/');
  const named = async (path: string, name: string | undefined): Promise<GroupTree | undefined> =>
    (await admin.list<GroupTree>(`${base}${path}briefRepresentation=false`, 'look for a group')).find((one) => one.name === name);
  let found = await named('/groups?', top);
  for (const name of below) found = found && (await named(`/groups/${found.id}/children?first=0&max=100000&`, name));
  return found && { ...found, place };
};

/** Rows per request. */
const PAGE = 2000;
/** Requests at the same time: as many people are asked in the time of one. */
const ABREAST = 8;

/**
 * Who of ours is in which group is asked of each of them, or of each group where those are fewer: Keycloak shows no memberships in bulk. Who else is in
 * a group is nobody's business here.
 */
const readStates = async (session: Session): Promise<readonly GroupState[]> => {
  const [groups, snapshot] = await Promise.all([readGroups(session), session.snapshot()]);
  // An account that is made once is in the groups that it is in.
  const known = (snapshot?.users ?? []).filter(({ username, attributes }) => session.persona(username) !== undefined || ownership(attributes).adopted !== true);
  const names = new Map(known.map(({ id, username }) => [id, session.persona(username)?.name ?? username]));
  const members = groups.length === 0 ? [] : ((names.size > Math.max(groups.length, ABREAST) ? await askedOfGroups(session, groups) : undefined) ?? (await askedOfPeople(session, [...names.keys()])));
  const people = new Map(groups.map(({ id }) => [id, new Map<string, string>()]));
  for (const [group, user] of members) {
    const name = names.get(user);
    if (name !== undefined) people.get(group)?.set(name, user);
  }
  return groups.map((rep) => ({ ...rep, people: people.get(rep.id) ?? new Map<string, string>() }));
};

/** A group, and somebody in it, by their ids. */
type Member = readonly [group: string, user: string];

/** Nothing where a group has more people in it than one request shows: it may have everybody. */
const askedOfGroups = async ({ admin, base, members }: Session, groups: readonly Placed[]): Promise<readonly Member[] | undefined> => {
  const pool = createPool(ABREAST);
  const path = (id: string): string => `${base}/groups/${id}/members?briefRepresentation=true&first=0&max=${PAGE}`;
  const pages = await Promise.all(groups.map(({ id }) => pool(async () => [id, await admin.list<UserRep>(path(id), 'list the members of a group')] as const)));
  const whole = pages.filter(([, { length }]) => length < PAGE);
  for (const [id, users] of whole) members.set(id, users);
  return whole.length < pages.length ? undefined : whole.flatMap(([id, users]) => users.map((user): Member => [id, user.id]));
};

const askedOfPeople = async ({ admin, base }: Session, people: readonly string[]): Promise<readonly Member[]> => {
  const pool = createPool(ABREAST);
  const path = (id: string): string => `${base}/users/${id}/groups?briefRepresentation=true&max=${PAGE}`;
  return (await Promise.all(people.map((id) => pool(async () => (await admin.list<NamedRef>(path(id), 'list the groups of a user')).map((group): Member => [group.id, id]))))).flat();
};

const fieldsOf = (session: Session, desired: Wanted, held: Partial<GroupTree>, live?: Pick<Live, 'owner'>): object => ({
  name: nameIn(desired.id).split('/').at(-1),
  description: 'description' in desired.spec ? (desired.spec.description ?? '') : (held.description ?? ''),
  attributes: layered(held.attributes, payloadOf(desired.spec.attributes ?? {}), listMark(session.owner, desired, live)),
});

/** The group made just now (`fresh`), or the one that is there already and ours, with its roles and people. */
const create = async (session: Session, desired: Wanted): Promise<GroupState & { fresh?: true }> => {
  const place = nameIn(desired.id);
  const above = place.includes('/') ? await findGroup(session, place.slice(0, place.lastIndexOf('/'))) : undefined;
  if (place.includes('/') && above === undefined)
    throw new Problem('KEYCLOAK_NO_SUCH_NAME', `Keycloak has no group to put "${place}" into`, { at: desired.origin, hint: 'declare the group above it in the blueprint, or make it in Keycloak first' });
  const status = await session.admin.write('POST', above === undefined ? `${session.base}/groups` : `${session.base}/groups/${above.id}/children`, {
    doing: `create group "${place}"`,
    at: desired.origin,
    accept: [409],
    body: fieldsOf(session, desired, {}),
  });
  const held = await findGroup(session, place);
  if (status !== 409 && held !== undefined) return { ...held, people: new Map(), fresh: true };
  if (held === undefined || ownerOf(held.attributes) !== session.owner) throw appeared(`group "${place}"`, desired.origin);
  const state = (await readStates(session)).find(({ id }) => id === held.id);
  return { ...held, people: state?.people ?? new Map<string, string>() };
};

/** Attributes are replaced as a whole: what others put there is sent along. */
const update = (session: Session, desired: Wanted, held: GroupTree, live: Pick<Live, 'owner'> | undefined): Promise<number> =>
  session.admin.write('PUT', `${session.base}/groups/${held.id}`, {
    doing: `change group "${held.name}"`,
    at: desired.origin,
    body: fieldsOf(session, desired, held, live),
  });

const mapMembers = async (session: Session, { origin }: Wanted, held: GroupState, wanted: readonly string[]): Promise<void> => {
  const { admin, base } = session;
  const { add, drop } = changesBetween([...held.people.keys()], wanted);
  for (const name of drop)
    await admin.write('DELETE', `${base}/users/${held.people.get(name)}/groups/${held.id}`, {
      doing: `take "${name}" out of group "${held.name}"`,
      at: origin,
      accept: [404],
    });
  for (const name of add) {
    const doing = `put "${name}" into group "${held.name}"`;
    const path = `${base}/users?briefRepresentation=false&exact=true&username=${encodeURIComponent(name.toLowerCase())}`;
    const [account] = await admin.list<UserRep>(path, 'look for a user');
    await admin.write('PUT', `${base}/users/${account?.id ?? name}/groups/${held.id}`, { doing, at: origin });
  }
};
