import { isLockName } from '../../core/lock.ts';
import { Problem } from '../../core/problem.ts';
import type { KeycloakAdmin } from './client.ts';
import { ownerOf } from './ownership.ts';
import { createPool } from './pool.ts';
import type { ClientRep, ClientScopeRep, PartialExport, RealmRep, RoleRep, UserRep } from './representations.ts';
import { readUsers } from './read-users.ts';
import type { Interest, Snapshot } from './held.ts';

interface Profile {
  readonly unmanagedAttributePolicy?: string;
}

type Bulk = Omit<Snapshot, 'users' | 'holders' | 'clients'>;

/**
 * Reads a realm with a handful of requests: the partial export, the clients (whose secrets the export masks) and the users. A login that
 * may not export (it needs `manage-realm`) reads the lists instead. `undefined` when there is no such realm; unreadable throws.
 */
export const readSnapshot = async (admin: KeycloakAdmin, interest: Interest): Promise<Snapshot | undefined> => {
  const base = `/${encodeURIComponent(interest.realm)}`;
  // One after the other: what Keycloak has loaded page by page is there for the export, which takes far longer to load it all at once.
  const listed = await readClients(admin, base);
  const whole = await admin.exportRealm<PartialExport>(interest.realm);
  if (whole === undefined || listed === undefined) return undefined;
  const all = isWhole(listed, whole) ? listed.clients : await admin.list<ClientRep>(`${base}/clients`, 'list clients');
  // That somebody is applying is nothing of the realm's.
  const clients = all.filter(notLock);
  const exported = whole === 'forbidden' ? whole : { ...whole, ...(whole.clients && { clients: whole.clients.filter(notLock) }) };
  if (exported === 'forbidden' && interest.whole)
    throw new Problem('KEYCLOAK_FORBIDDEN', `Keycloak does not let this login export realm "${interest.realm}", and nothing else shows what raw.keycloak.entities states`, {
      hint: 'give its service account the roles "manage-realm", "view-clients" and "view-users" of the realm',
    });
  const bulk = exported === 'forbidden' ? await readLists(admin, interest, clients) : fromExport(exported);
  if (bulk === undefined) return undefined;
  if (clients.length === 0)
    throw new Problem('KEYCLOAK_FORBIDDEN', `Keycloak shows no client of realm "${interest.realm}": this login may not view them`, {
      hint: 'give its service account the role "view-clients" of the realm',
    });
  return { ...bulk, clients, ...(await readUsers(admin, interest, bulk)) };
};

/** Clients of a page: Keycloak takes several times as long for twice as many that it has not loaded yet (keycloak#35233). */
export const CLIENTS_OF_A_PAGE = 100;

interface Listed {
  readonly clients: readonly ClientRep[];
  readonly pages: number;
}

const readClients = async (admin: KeycloakAdmin, base: string): Promise<Listed | undefined> => {
  const clients: ClientRep[] = [];
  for (let pages = 1; ; pages += 1) {
    const page = await admin.findList<ClientRep>(`${base}/clients?first=${clients.length}&max=${CLIENTS_OF_A_PAGE}`, 'list clients');
    if (page === undefined) return undefined;
    clients.push(...page);
    if (page.length < CLIENTS_OF_A_PAGE) return { clients, pages };
  }
};

/** One that was made or deleted between two pages moves others past the end of a page: then the export, made at one moment, has others. */
const isWhole = ({ clients, pages }: Listed, exported: PartialExport | 'forbidden'): boolean => {
  if (pages === 1) return true;
  if (exported === 'forbidden' || exported.clients?.length !== clients.length) return false;
  const ids = new Set(clients.map(({ id }) => id));
  return ids.size === clients.length && exported.clients.every(({ id }) => ids.has(id));
};

/** A client of that name that is on, or has a way to tokens, is no lock, whoever called it so. */
const notLock = ({ clientId, enabled, standardFlowEnabled, implicitFlowEnabled, directAccessGrantsEnabled, serviceAccountsEnabled }: ClientRep): boolean =>
  !isLockName(clientId) || enabled !== false || [standardFlowEnabled, implicitFlowEnabled, directAccessGrantsEnabled, serviceAccountsEnabled].includes(true);

const fromExport = (exported: PartialExport): Bulk => {
  const rolesOf = (of: 'client' | 'clientScope', names: readonly string[]): ReadonlyMap<string, readonly string[]> => {
    const found = new Map<string, readonly string[]>(names.map((name) => [name, []]));
    for (const mapping of exported.scopeMappings ?? []) {
      const name = mapping[of];
      if (name !== undefined) found.set(name, [...(found.get(name) ?? []), ...(mapping.roles ?? [])]);
    }
    return found;
  };
  const stored = exported.components?.['org.keycloak.userprofile.UserProfileProvider']?.[0]?.config?.['kc.user.profile.config']?.[0];
  const profile: Profile = stored === undefined ? {} : JSON.parse(stored);
  const {
    roles, clientScopes = [], clients = [], users = [], scopeMappings: _scope, clientScopeMappings: _clientScope, components: _components, groups: _groups,
    authenticationFlows: _flows, authenticatorConfig: _config, requiredActions: _actions, identityProviders: _idps, identityProviderMappers: _mappers,
    clientProfiles: _profiles, clientPolicies: _policies, localizationTexts: _texts, ...realm
  } = exported; // prettier-ignore
  return {
    realm,
    roles: roles?.realm ?? [],
    scopes: clientScopes,
    clientRoles: rolesOf(
      'client',
      clients.map(({ clientId }) => clientId),
    ),
    scopeRoles: rolesOf(
      'clientScope',
      clientScopes.map(({ name }) => name),
    ),
    accountRoles: new Map(
      users.flatMap(({ serviceAccountClientId: id, realmRoles = [] }) => (id === undefined ? [] : [[id, realmRoles] as const])),
    ),
    unmanagedAttributePolicy: profile.unmanagedAttributePolicy,
    exported,
  };
};

/** The same from lists. What has no list (roles in a scope, of a composite, of a service account) is read for our own objects only. */
const readLists = async (admin: KeycloakAdmin, interest: Interest, clients: readonly ClientRep[]): Promise<Bulk | undefined> => {
  const base = `/${encodeURIComponent(interest.realm)}`;
  const [realm, roles, scopes, profile] = await Promise.all([
    admin.find<RealmRep>(base, 'read the realm'),
    admin.list<RoleRep>(`${base}/roles?briefRepresentation=false`, 'list roles'),
    admin.list<ClientScopeRep>(`${base}/client-scopes`, 'list client scopes'),
    admin.read<Profile>(`${base}/users/profile`, 'read the user profile'),
  ]);
  if (realm === undefined) return undefined;
  const pool = createPool(8);
  const names = (path: string, doing: string): Promise<readonly string[]> =>
    pool(async () => (await admin.list<{ name: string }>(`${base}${path}`, doing)).map(({ name }) => name));
  const ourClients = clients.filter((client) => interest.clients.has(client.clientId) || ownerOf(client.attributes) === interest.owner);
  const ourScopes = scopes.filter((scope) => interest.scopes.has(scope.name) || ownerOf(scope.attributes) === interest.owner);

  const [composites, clientRoles, scopeRoles, accountRoles] = await Promise.all([
    Promise.all(
      roles.map(async (role) => ({
        ...role,
        composites: { realm: role.composite ? await names(`/roles-by-id/${role.id}/composites/realm`, 'read a composite role') : [] },
      })),
    ),
    entries(
      ourClients,
      ({ clientId }) => clientId,
      ({ id }) => names(`/clients/${id}/scope-mappings/realm`, 'read the roles in scope of a client'),
    ),
    entries(
      ourScopes,
      ({ name }) => name,
      ({ id }) => names(`/client-scopes/${id}/scope-mappings/realm`, 'read the roles of a client scope'),
    ),
    entries(
      ourClients.filter(({ serviceAccountsEnabled }) => serviceAccountsEnabled === true),
      ({ clientId }) => clientId,
      async ({ id }) => {
        const account = await pool(() => admin.read<UserRep>(`${base}/clients/${id}/service-account-user`, 'find a service account'));
        return names(`/users/${account.id}/role-mappings/realm`, 'read the roles of a service account');
      },
    ),
  ]);
  return {
    realm,
    roles: composites,
    scopes,
    clientRoles,
    scopeRoles,
    accountRoles,
    unmanagedAttributePolicy: profile.unmanagedAttributePolicy,
    exported: undefined,
  };
};

const entries = async <Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  read: (item: Item) => Promise<readonly string[]>,
): Promise<ReadonlyMap<string, readonly string[]>> =>
  new Map(await Promise.all(items.map(async (item) => [keyOf(item), await read(item)] as const)));
