import { diffSpec } from '../../core/diff.ts';
import { Problem } from '../../core/problem.ts';
import type { Position } from '../../core/problem.ts';
import type { Desired, Spec, SpecValue } from '../../core/resource.ts';
import { isSpec } from '../../core/spec.ts';
import { entriesOf as entries, standingOn } from './authorization-standing.ts';
import type { Names } from './authorization-standing.ts';
import { payloadOf } from './payload.ts';
import type { AuthorizationRep, ClientRep, UserRep } from './representations.ts';
import type { Session } from './session.ts';
import { isPermission } from './specs/authorization-effects.ts';
import { authorizationSpec, entryOf, KEPT_LISTS, namesIn } from './specs/authorization.ts';
import type { AuthorizationSpec, PolicySpec } from './specs/authorization.ts';

type ClientRef = Pick<ClientRep, 'id' | 'clientId'>;

interface Writing extends ClientRef {
  readonly desired: Desired<AuthorizationSpec>;
  readonly held: AuthorizationRep;
}

const serverOf = ({ base }: Session, { id }: Pick<ClientRep, 'id'>): string => `${base}/clients/${id}/authz/resource-server`;

/** What is there, as an export has it. */
export const readSettings = async (session: Session, client: ClientRef, at: Position | undefined): Promise<AuthorizationRep> => {
  const held = await session.admin.find<AuthorizationRep>(`${serverOf(session, client)}/settings`, `read the authorization settings of client "${client.clientId}"`);
  if (held === undefined) throw new Problem('KEYCLOAK_CONFLICT', `the authorization services of client "${client.clientId}" were switched off since the plan`, { at, hint: 'plan again' });
  return held;
};

/**
 * Makes the settings what is stated: everything that is new, and every policy, by one import, which Keycloak does whole or not at all, so that no permission
 * is there before what it stands on; resources that are there by one request each, because an import leaves them as they are (measured with 26.7.4). What
 * goes is deleted after that. `noted` says which entries are ours: before the first write those that were, too, so that nothing of ours is ever nobody's.
 */
export const writeSettings = async (session: Session, writing: Writing, noted: (names: Names) => Promise<void>): Promise<void> => {
  const { desired, held } = writing;
  const { spec, origin: at } = desired;
  const there = authorizationSpec({ ...held });
  const doing = `change the authorization settings of client "${writing.clientId}"`;
  const path = serverOf(session, writing);
  const gone = { scopes: absentIn(spec.scopes, there.scopes), resources: absentIn(spec.resources, there.resources), policies: absentIn(spec.policies, there.policies) };
  refuse(writing, there, gone);
  await namesAreThere(session, Object.values(spec.policies ?? {}), at);
  const ours = { scopes: statedIn(spec.scopes), resources: statedIn(spec.resources), policies: statedIn(spec.policies) };
  const going = Object.values(gone).some((names) => names.length > 0);
  await noted(going ? { scopes: [...ours.scopes, ...gone.scopes], resources: [...ours.resources, ...gone.resources], policies: [...ours.policies, ...gone.policies] } : ours);

  const resources = entries(spec.resources);
  const fresh = resources.filter(([name]) => !entryOf(there.resources, name));
  await session.admin.write('POST', `${path}/import`, {
    doing,
    at,
    body: {
      // An import sets each of these, stated or not.
      policyEnforcementMode: spec.policyEnforcementMode ?? held.policyEnforcementMode ?? 'ENFORCING',
      decisionStrategy: spec.decisionStrategy ?? held.decisionStrategy ?? 'UNANIMOUS',
      allowRemoteResourceManagement: spec.allowRemoteResourceManagement ?? held.allowRemoteResourceManagement ?? true,
      scopes: entries(spec.scopes).map(([name, one]) => ({ name, ...payloadOf(one) })),
      resources: fresh.map(([name, one]) => resourceBody(name, one)),
      policies: entries(spec.policies).map(([name, one]) => policyBody(name, one, entryOf(there.policies, name))),
    },
  });
  for (const [name, one] of resources) {
    const now = entryOf(there.resources, name);
    if (!now || diffSpec(one, now).length === 0) continue;
    const id = (await idsIn(session, writing, 'resources')).get(name);
    const attributes = isSpec(one.attributes) ? { ...now.attributes, ...one.attributes } : (now.attributes ?? {});
    if (id !== undefined) await session.admin.write('PUT', `${path}/resource/${encodeURIComponent(id)}`, { doing, at, body: resourceBody(name, { ...one, attributes }) });
  }
  if (!going) return;
  await deleteEntries(session, writing, gone, at);
  await noted(ours);
};

const statedIn = (all: Readonly<Record<string, Spec | null>> | null | undefined): readonly string[] => entries(all).map(([name]) => name).toSorted();
/** Those that are said to be absent, and are there. */
const absentIn = (all: Readonly<Record<string, Spec | null>> | null | undefined, there: Readonly<Record<string, Spec | null>> | null | undefined): readonly string[] => Object.entries(all ?? {}).flatMap(([name, one]) => (one === null && entryOf(there, name) ? [name] : []));

const resourceBody = (name: string, { scopes, attributes, ...one }: Spec): object => ({
  name,
  ...payloadOf(one),
  scopes: (Array.isArray(scopes) ? scopes : []).map((scope: SpecValue) => ({ name: scope })),
  attributes: Object.fromEntries(Object.entries(payloadOf(isSpec(attributes) ? attributes : {})).filter(([, values]) => values !== null)),
});

/** Lists become the texts that they are in Keycloak; of those that it would keep, the empty ones as well. */
const policyBody = (name: string, { config, ...one }: PolicySpec, there: PolicySpec | null | undefined): object => {
  const stated = Object.fromEntries(Object.entries(payloadOf(config ?? {})).flatMap(([field, value]) => (value === null ? [] : [[field, typeof value === 'string' ? value : JSON.stringify(value)] as const])));
  const emptied = KEPT_LISTS.filter((list) => stated[list] === undefined && namesIn(there, list).length > 0);
  return { name, ...payloadOf(one), config: { ...stated, ...Object.fromEntries(emptied.map((list) => [list, '[]'])) } };
};

/** What Keycloak would do in silence: keep the type of a policy, delete what stays with what goes, or break on a scope that a resource still has (26.7.4). */
const refuse = ({ clientId, held, desired: { spec, origin: at } }: Writing, there: AuthorizationSpec, gone: Names): void => {
  for (const [name, { type }] of entries(spec.policies)) {
    const now = entryOf(there.policies, name);
    if (now && now.type !== type)
      throw new Problem('KEYCLOAK_POLICY_TYPE', `"${name}" of client "${clientId}" is of the type ${String(now.type)}, and Keycloak makes none of the type ${String(type)} of it`, { at, hint: 'give it another name, or delete it in Keycloak' });
  }
  const [standing] = standingOn(held, spec, gone);
  if (standing !== undefined)
    throw new Problem('KEYCLOAK_IN_USE', `"${standing.name}" of client "${clientId}" is stated no more, and "${standing.above}", which stays, stands on it`, { at, hint: `state "${standing.name}" again, or take it out of "${standing.above}"` });
};

/** Keycloak leaves a role or a group that is not there out of a policy, without a word: what is granted to everybody else is granted to all then. */
const namesAreThere = async (session: Session, policies: readonly (PolicySpec | null)[], at: Position | undefined): Promise<void> => {
  const stated = (type: string, list: string): readonly string[] => [...new Set(policies.flatMap((one) => (one?.type === type ? namesIn(one, list) : [])))];
  await session.clients.refs(stated('client', 'clients'), at);
  await session.scopes.refs(stated('client-scope', 'clientScopes'), at);
  for (const name of stated('role', 'roles')) await roleIsThere(session, name, at);
  for (const path of stated('group', 'groups')) {
    const encoded = path.split('/').filter((part) => part !== '').map(encodeURIComponent).join('/');
    if ((await session.admin.find(`${session.base}/group-by-path/${encoded}`, `look for the group "${path}"`)) === undefined) throw absent('group', path, at);
  }
  for (const name of stated('user', 'users'))
    if ((await session.admin.list<UserRep>(`${session.base}/users?briefRepresentation=false&exact=true&username=${encodeURIComponent(name)}`, `look for the account "${name}"`)).length === 0) throw absent('account', name, at);
};

/** `reader` of the realm, or `app/reader` of a client. */
const roleIsThere = async (session: Session, name: string, at: Position | undefined): Promise<void> => {
  const slash = name.indexOf('/');
  if (slash < 0) await session.roles.refs([name], at);
  else await session.clientRoles(name.slice(0, slash)).refs([name.slice(slash + 1)], at);
};

const absent = (what: string, name: string, at: Position | undefined): Problem => new Problem('KEYCLOAK_NO_SUCH_NAME', `Keycloak has no ${what} "${name}"`, { at, hint: 'declare it in the blueprint, or make it in Keycloak first' });

interface Listed {
  readonly id?: string;
  readonly _id?: string;
  readonly name?: string;
  readonly type?: string;
  /** Of a resource: the client, or an account that has made it its own, under a name that one of ours may have, too. */
  readonly owner?: { readonly id?: string };
}
const PLACES = { policies: 'policy', resources: 'resource', scopes: 'scope' } as const;

const listed = async (session: Session, client: ClientRef, field: keyof typeof PLACES): Promise<readonly Listed[]> =>
  ((await session.admin.findList<Listed>(`${serverOf(session, client)}/${PLACES[field]}?deep=false&first=0&max=${MOST}`, 'list what authorization services decide by')) ?? []).filter(({ owner }) => owner?.id === undefined || owner.id === client.id);
/** More than anybody has. */
const MOST = 1_000_000;

const idsIn = async (session: Session, client: ClientRef, field: keyof typeof PLACES): Promise<ReadonlyMap<string, string>> =>
  new Map((await listed(session, client, field)).flatMap(({ id, _id, name }) => (name === undefined ? [] : [[name, id ?? _id ?? ''] as const])));

/** What stands on others goes before them: permissions, what is made of policies, policies, resources, scopes. */
export const deleteEntries = async (session: Session, client: ClientRef, names: Partial<Names>, at: Position | undefined): Promise<void> => {
  const path = serverOf(session, client);
  const doing = `delete authorization settings of client "${client.clientId}"`;
  for (const field of ['policies', 'resources', 'scopes'] as const) {
    const going = names[field] ?? [];
    if (going.length === 0) continue;
    const there = (await listed(session, client, field)).filter(({ name }) => going.includes(name ?? ''));
    const rank = ({ type = '' }: Listed): number => (isPermission({ type }) ? 0 : type === 'aggregate' ? 1 : 2);
    for (const { id, _id } of field === 'policies' ? there.toSorted((a, b) => rank(a) - rank(b)) : there) await session.admin.write('DELETE', `${path}/${PLACES[field]}/${encodeURIComponent(id ?? _id ?? '')}`, { doing, at, accept: [404] });
  }
};
