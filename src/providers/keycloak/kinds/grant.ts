import { defineKind } from '../../../core/provider.ts';
import { addressOf, refOf } from '../../../core/resource.ts';
import type { Desired, Live } from '../../../core/resource.ts';
import { ownerOf } from '../ownership.ts';
import type { NamedRef, PartialExport, UserRep } from '../representations.ts';
import { mapClientRoles } from '../role-mappings.ts';
import type { Session } from '../session.ts';
import { clientRole } from '../specs/client-role.ts';
import { clientScope } from '../specs/client-scope.ts';
import { client } from '../specs/client.ts';
import { grant } from '../specs/grant.ts';
import type { GrantedTo, GrantSpec } from '../specs/grant.ts';
import { group } from '../specs/group.ts';
import { nameIn } from '../specs/id.ts';

interface Held {
  readonly to: GrantedTo;
  readonly name: string;
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** Paths of the groups that an account is in. */
  readonly groups?: readonly string[];
}

/**
 * Roles of clients, of whoever has them. On a client or scope of ours they are given without asking; on anybody else's they are taken over. An export
 * shows them all at once.
 */
export const grantKind = defineKind<Session, GrantSpec, Held>()({
  name: grant.kind,
  after: [client.kind, clientScope.kind, clientRole.kind, group.kind],
  immutable: grant.immutable,
  list: async (session) => {
    const snapshot = await session.snapshot();
    if (snapshot?.exported === undefined) return [];
    const owners = {
      client: new Map(snapshot.clients.map(({ clientId, attributes }) => [clientId, ownerOf(attributes)])),
      scope: new Map(snapshot.scopes.map(({ name, attributes }) => [name, ownerOf(attributes)])),
    };
    return heldIn(snapshot.exported).flatMap((held) => {
      const live = toLive(session, held);
      const ours = owners[held.to === 'scope' ? 'scope' : 'client'].get(held.name) === session.owner;
      return live.owner === undefined && ours ? [] : [live];
    });
  },
  put: async (session, desired, live) => {
    const [to, name] = placeIn(desired.id);
    if (live !== undefined && live.owner === undefined) await session.notes.hold(addressOf(desired), 'takenOver', desired.origin);
    const doing = `give ${wordsFor(to, name)} roles of clients`;
    const path = await pathOf(session, to, name, doing);
    const held = live === undefined ? await read(session, path, doing) : refOf(live).roles;
    await mapClientRoles(session, { path, held, wanted: desired.spec.clientRoles, doing, at: desired.origin });
    if (to === 'account' && desired.spec.groups != null) await joinGroups(session, desired, { account: path.replace('/role-mappings', ''), name, held: live === undefined ? undefined : (refOf(live).groups ?? []) });
    if (live === undefined) await session.notes.hold(addressOf(desired), 'ours', desired.origin);
  },
  remove: async (session, live) => {
    const { to, name, roles } = refOf(live);
    const doing = `take the roles of clients from ${wordsFor(to, name)}`;
    await mapClientRoles(session, { path: await pathOf(session, to, name, doing), held: roles, wanted: Object.fromEntries(Object.keys(roles).map((owner) => [owner, []])), doing, at: undefined });
    await session.notes.hold(addressOf(live), null);
  },
  release: (session, live) => session.notes.hold(addressOf(live), null),
});

interface Joining {
  /** `/users/<id>` */
  readonly account: string;
  readonly name: string;
  /** `undefined` where nobody has looked. */
  readonly held: readonly string[] | undefined;
}

const joinGroups = async ({ admin, base }: Session, { spec, origin }: Desired<GrantSpec>, { account, name, held }: Joining): Promise<void> => {
  const doing = `say in which groups the account of client "${name}" is`;
  const now = new Set(held ?? (await admin.list<{ readonly path: string }>(`${base}${account}/groups?briefRepresentation=true&max=2000`, doing)).map(({ path }) => path));
  const wanted = spec.groups ?? [];
  const idOf = async (path: string): Promise<string> => (await admin.read<NamedRef>(`${base}/group-by-path/${path.split('/').filter((part) => part !== '').map(encodeURIComponent).join('/')}`, `look for the group "${path}"`)).id;
  for (const path of now) if (!wanted.includes(path)) await admin.write('DELETE', `${base}${account}/groups/${await idOf(path)}`, { doing, at: origin, accept: [404] });
  for (const path of wanted) if (!now.has(path)) await admin.write('PUT', `${base}${account}/groups/${await idOf(path)}`, { doing, at: origin });
};

const wordsFor = (to: GrantedTo, name: string): string => ({ account: `the account of client "${name}"`, client: `the tokens of client "${name}"`, scope: `tokens with the scope "${name}"` })[to];

const placeIn = (id: string): [GrantedTo, string] => {
  const place = nameIn(id);
  const to = place.slice(0, place.indexOf('/'));
  if (to !== 'account' && to !== 'client' && to !== 'scope') throw new Error(`${to} has no roles of clients`);
  return [to, nameIn(place)];
};

const pathOf = async (session: Session, to: GrantedTo, name: string, doing: string): Promise<string> => {
  const [found] = await (to === 'scope' ? session.scopes : session.clients).refs([name], undefined);
  if (to === 'scope') return `/client-scopes/${found?.id}/scope-mappings`;
  if (to === 'client') return `/clients/${found?.id}/scope-mappings`;
  const account = await session.admin.read<UserRep>(`${session.base}/clients/${found?.id}/service-account-user`, doing);
  return `/users/${account.id}/role-mappings`;
};

/** Of what is ours and nobody has said anything of. */
const read = async ({ admin, base }: Session, path: string, doing: string): Promise<Held['roles']> => {
  const { clientMappings = {} } = await admin.read<{ readonly clientMappings?: Readonly<Record<string, { readonly mappings: readonly NamedRef[] }>> }>(`${base}${path}`, doing);
  return Object.fromEntries(Object.entries(clientMappings).map(([owner, { mappings }]) => [owner, mappings.map(({ name }) => name)]));
};

const heldIn = ({ users = [], clientScopeMappings = {} }: PartialExport): readonly Held[] => {
  const accounts = users.flatMap(({ serviceAccountClientId: name, clientRoles = {}, groups = [] }) => (name === undefined || (groups.length === 0 && Object.values(clientRoles).every((roles) => roles.length === 0)) ? [] : [{ to: 'account' as const, name, roles: clientRoles, groups }]));
  const scoped = new Map<string, { to: GrantedTo; name: string; roles: Record<string, readonly string[]> }>();
  for (const [owner, mappings] of Object.entries(clientScopeMappings))
    for (const { client: of, clientScope: scope, roles = [] } of mappings) {
      const [to, name] = of === undefined ? (['scope', scope ?? ''] as const) : (['client', of] as const);
      const held = scoped.get(`${to}/${name}`) ?? { to, name, roles: {} };
      held.roles[owner] = [...(held.roles[owner] ?? []), ...roles];
      scoped.set(`${to}/${name}`, held);
    }
  return [...accounts, ...scoped.values()];
};

const toLive = (session: Session, held: Held): Live<GrantSpec, Held> => {
  const id = grant.id(session.realm, held.to, held.name);
  return { kind: grant.kind, id, spec: grant.read({ clientRoles: held.roles, ...(held.groups && { groups: held.groups }) }), ...session.notes.holder(addressOf({ kind: grant.kind, id })), ref: held };
};
