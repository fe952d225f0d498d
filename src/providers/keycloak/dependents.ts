import type { Dependent, Live } from '../../core/resource.ts';
import { addressOf } from '../../core/resource.ts';
import { othersStandingOn } from './authorization-standing.ts';
import { createPool } from './pool.ts';
import type { AuthorizationRep, GroupTree, OrganizationRep, UserRep } from './representations.ts';
import type { Session } from './session.ts';
import { authorization } from './specs/authorization.ts';
import { clientPolicy } from './specs/client-policy.ts';
import { clientProfile } from './specs/client-profile.ts';
import { client } from './specs/client.ts';
import { compositesIn } from './shipped/shape.ts';
import { clientRole } from './specs/client-role.ts';
import type { ClientRoleSpec } from './specs/client-role.ts';
import { clientScope } from './specs/client-scope.ts';
import { BINDINGS, flowBinding } from './specs/flow-binding.ts';
import { flow } from './specs/flow.ts';
import { group } from './specs/group.ts';
import { nameIn } from './specs/id.ts';
import { identityProvider } from './specs/identity-provider.ts';
import { organization } from './specs/organization.ts';
import { realm } from './specs/realm.ts';
import { role } from './specs/role.ts';
import { user } from './specs/user.ts';

/** How many of a role's or group's people are looked at: enough to name some. */
const SOME = 200;

/**
 * Who would lose by the deletion of our objects without being of the blueprint: foreign clients with our scopes, whatever holds our roles beside
 * the personas, people in our groups, holders of the roles that a client of ours defines. What was taken over got all of this from the blueprint.
 */
export const dependentsOf = async (session: Session, deleted: readonly Live[], staying: readonly Live[]): Promise<readonly Dependent[]> => {
  const snapshot = await session.snapshot();
  if (snapshot === undefined) return [];
  const pool = createPool(8);
  const foreign = staying.filter((one) => one.owner !== session.owner && !one.adopted);
  const clientsOf = new Set(foreign.filter(client.is).map(({ id }) => nameIn(id)));
  const our = new Set(snapshot.users.filter(({ owner }) => owner === session.owner).map(({ id }) => id));
  const accounts = new Set(snapshot.clients.filter(({ clientId }) => !clientsOf.has(clientId)).map(({ clientId }) => `service-account-${clientId}`.toLowerCase()));
  const named = (kind: { readonly address: (realm: string, name: string) => string }, names: readonly string[], harm: string) => names.map((name) => ({ dependent: kind.address(session.realm, name), harm }));
  const people = async (path: string, harm: string) => {
    const found = await pool(() => session.admin.findList<UserRep>(`${session.base}${path}?briefRepresentation=true&first=0&max=${SOME}`, 'look who would lose by a deletion'));
    return named(user, (found ?? []).filter(({ id, username }) => !our.has(id) && !accounts.has(username)).map(({ username }) => username), harm);
  };

  const ofScope = (name: string) => {
    const having = foreign.filter(client.is).filter(({ spec }) => [...(spec.defaultClientScopes ?? []), ...(spec.optionalClientScopes ?? [])].includes(name));
    const { defaultDefaultClientScopes: always = [], defaultOptionalClientScopes: optional = [] } = snapshot.realm;
    return [
      ...named(client, having.map(({ id }) => nameIn(id)), 'has this scope, and its tokens would no longer carry it'),
      ...([...always, ...optional].includes(name) ? [{ dependent: realm.address(session.realm), harm: 'gives this scope to every new client' }] : []),
    ];
  };

  const ofRole = async (name: string) => {
    const holders = (held: ReadonlyMap<string, readonly string[]>, among: ReadonlySet<string>): string[] => [...held].filter(([id, roles]) => among.has(id) && roles.includes(name)).map(([id]) => id);
    const scopesOf = new Set(foreign.filter(clientScope.is).map(({ id }) => nameIn(id)));
    const containing = foreign.filter(role.is).filter(({ spec }) => (spec.composites ?? []).includes(name));
    const groups = foreign.filter(group.is).filter(({ spec }) => (spec.realmRoles ?? []).includes(name));
    return [
      ...named(role, containing.map(({ id }) => nameIn(id)), 'contains this role'),
      ...named(group, groups.map(({ id }) => nameIn(id)), 'gives this role to everybody in it'),
      ...named(client, holders(snapshot.clientRoles, clientsOf), 'has this role in its scope'),
      ...named(client, holders(snapshot.accountRoles, clientsOf), 'has this role for its service account'),
      ...named(clientScope, holders(snapshot.scopeRoles, scopesOf), 'is for those who have this role, and might be for everybody without it'),
      ...(await people(`/roles/${encodeURIComponent(name)}/users`, 'has this role')),
    ];
  };

  const going = new Set(deleted.map(addressOf));
  const ofGroup = async ({ ref, id: of }: Live) => {
    const { id, subGroups = [] } = Object(ref) as Partial<GroupTree>;
    const staying = subGroups.filter(({ name }) => !going.has(group.address(session.realm, `${nameIn(of)}/${name}`)));
    const below = staying.length > 0 ? [{ dependent: `${group.address(session.realm, nameIn(of))}/*`, harm: 'is below it, and would be deleted with it' }] : [];
    return [...below, ...(await people(`/groups/${String(id)}/members`, 'is in this group, and has its roles by it'))];
  };

  const ofClientRole = async ({ client: owner, name }: ClientRoleSpec) => {
    const id = snapshot.clients.find((one) => one.clientId === owner)?.id ?? '';
    const containing = [...compositesIn(snapshot.exported ?? { realm: session.realm })].filter(([, inside]) => inside.includes(`${owner}/${name}`)).map(([holder]) => holder);
    const theirs = new Set(foreign.filter(role.is).map(({ id: holder }) => nameIn(holder)));
    return [
      ...named(role, containing.filter((holder) => theirs.has(holder)), 'contains this role'),
      ...(await people(`/clients/${id}/roles/${encodeURIComponent(name)}/users`, 'has this role')),
    ];
  };

  const ofClient = async (clientId: string) => {
    const id = snapshot.clients.find((one) => one.clientId === clientId)?.id ?? '';
    const roles = await pool(() => session.admin.findList<{ name: string }>(`${session.base}/clients/${id}/roles`, 'list the roles that a client defines'));
    const composites = foreign.filter(role.is).filter(({ ref }) => clientId in (clientComposites(ref) ?? {}));
    const holders = (roles ?? []).map(({ name }) => people(`/clients/${id}/roles/${encodeURIComponent(name)}/users`, `has role "${name}" of this client`));
    return [...named(role, composites.map(({ id: holder }) => nameIn(holder)), 'contains a role of this client'), ...(await Promise.all(holders)).flat()];
  };

  /** Keycloak deletes accounts that an organization manages with it. */
  const ofOrganization = ({ ref }: Live) => people(`/organizations/${String((Object(ref) as Partial<OrganizationRep>).id)}/members`, 'belongs to this organization, and may be deleted with it');

  const ofProfile = (name: string) => {
    const using = foreign.filter(clientPolicy.is).filter(({ spec }) => spec.profiles.includes(name));
    return named(clientPolicy, using.map(({ id }) => nameIn(id)), 'demands this of clients, and none could be made or changed without it');
  };

  /** Keycloak deletes no flow that something leads to. */
  const ofFlow = (alias: string) => {
    const harm = 'leads people through this flow';
    const ids = new Set((snapshot.exported?.authenticationFlows ?? []).flatMap((one) => (one.alias === alias ? [one.id] : [])));
    const clients = snapshot.clients.filter(({ clientId, authenticationFlowBindingOverrides: own = {} }) => clientsOf.has(clientId) && Object.values(own).some((id) => ids.has(String(id))));
    const ours = new Set(staying.filter(({ owner }) => owner === session.owner).map(addressOf));
    const bound = BINDINGS.map((field) => ({ field, address: flowBinding.address(session.realm, field) })).filter(({ field, address }) => snapshot.realm[field] === alias && !going.has(address) && !ours.has(address));
    const vouching = foreign.filter(identityProvider.is).filter(({ spec }) => [spec.firstBrokerLoginFlowAlias, spec.postBrokerLoginFlowAlias].includes(alias));
    return [...named(client, clients.map(({ clientId }) => clientId), harm), ...bound.map(({ address }) => ({ dependent: address, harm })), ...named(identityProvider, vouching.map(({ id }) => nameIn(id)), harm)];
  };

  const ofAuthorization = ({ made, ref, id }: Live) => {
    const { settings = {} } = Object(ref) as { readonly settings?: AuthorizationRep };
    return named({ address: (realmName, name) => `${authorization.address(realmName, nameIn(id))}/${name}` }, othersStandingOn(made, settings).map(({ above }) => above), 'stands on what would be deleted');
  };

  const found = await Promise.all(
    deleted.map(async (one) => {
      const of = addressOf(one);
      const name = nameIn(one.id);
      const dependents = clientScope.is(one) ? ofScope(name) : role.is(one) ? await ofRole(name) : group.is(one) ? await ofGroup(one) : clientRole.is(one) ? await ofClientRole(one.spec) : client.is(one) ? await ofClient(name) : flow.is(one) ? ofFlow(name) : organization.is(one) ? await ofOrganization(one) : clientProfile.is(one) ? ofProfile(name) : authorization.is(one) ? ofAuthorization(one) : [];
      return dependents.map((dependent) => ({ of, ...dependent }));
    }),
  );
  return found.flat();
};

/** What the kind of roles keeps of a role beside its spec: the client roles in it. */
const clientComposites = (ref: unknown): object | undefined => {
  const { composites } = Object(ref) as { readonly composites?: { readonly client?: object } };
  return composites?.client;
};
