import { objectOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import { masker } from '../../core/mask.ts';
import { Problem } from '../../core/problem.ts';
import type { KeycloakTarget } from '../../blueprint/types.ts';
import { createAdmin } from '../../providers/keycloak/client.ts';
import type { KeycloakAdmin } from '../../providers/keycloak/client.ts';
import { isTorn } from '../../providers/keycloak/not-keycloak.ts';
import type { IdentityProviderRep, PartialExport, UserRep } from '../../providers/keycloak/representations.ts';
import { createHttp } from '../../providers/http.ts';
import { FEW } from './people.ts';

interface LiveRealm {
  readonly rep: JsonObject;
  /** There are people who are not in it, because there are many. */
  readonly more: boolean;
}

/** A realm as its server shows it: an export, the clients with their secrets, and people where there are few. Nothing is written. */
export const readRealm = async (target: KeycloakTarget, realm: string): Promise<LiveRealm> => {
  const http = createHttp({ target: 'keycloak', url: target.admin ?? target.url, timeoutMs: 120_000, torn: isTorn });
  try {
    const admin = createAdmin(http, { target, mask: masker([target.credentials.clientSecret]) });
    const base = `/${encodeURIComponent(realm)}`;
    const [exported, clients] = await Promise.all([admin.exportRealm<PartialExport>(realm), admin.findList<object>(`${base}/clients`, 'list clients')]);
    if (exported === 'forbidden') throw new Problem('KEYCLOAK_FORBIDDEN', `Keycloak does not let this login export realm "${realm}"`, { hint: 'give its service account the roles "manage-realm", "view-clients" and "view-users" of the realm' });
    if (exported === undefined || clients === undefined) throw new Problem('IMPORT_REALM', `there is no realm "${realm}" at ${target.url}`, { hint: '--realm names it as its address does: /realms/<name>' });
    const [people, organizations] = await Promise.all([readPeople(admin, base), exported.organizationsEnabled === true ? readOrganizations(admin, base) : []]);
    return { rep: { ...exported, clients, organizations, users: [...(exported.users ?? []), ...(people ?? [])] }, more: people === undefined };
  } finally {
    http.close();
  }
};

/** As a full export has them. */
const readOrganizations = async (admin: KeycloakAdmin, base: string): Promise<readonly JsonObject[]> => {
  const [all, providers] = await Promise.all([admin.list<JsonObject>(`${base}/organizations?briefRepresentation=false&max=2000`, 'list organizations'), admin.list<IdentityProviderRep>(`${base}/identity-provider/instances`, 'list identity providers')]);
  return all.map((one) => ({ ...one, identityProviders: providers.filter(({ organizationId }) => organizationId === one.id).map(({ alias }) => ({ alias })) }));
};

/** Each with what it has; nothing where there are many. */
const readPeople = async (admin: KeycloakAdmin, base: string): Promise<readonly JsonObject[] | undefined> => {
  const users = await admin.list<UserRep>(`${base}/users?briefRepresentation=false&max=${FEW + 1}`, 'list users');
  if (users.length > FEW) return undefined;
  return Promise.all(
    users.map(async (user) => {
      const [mappings, groups] = await Promise.all([
        admin.read<JsonObject>(`${base}/users/${user.id}/role-mappings`, 'read the roles of a user'),
        admin.list<JsonObject>(`${base}/users/${user.id}/groups`, 'read the groups of a user'),
      ]);
      const names = (roles: unknown): readonly unknown[] => (Array.isArray(roles) ? roles.map((role) => objectOf(role).name) : []);
      return {
        ...user,
        realmRoles: names(mappings.realmMappings),
        clientRoles: Object.fromEntries(Object.entries(objectOf(mappings.clientMappings)).map(([client, held]) => [client, names(objectOf(held).mappings)])),
        groups: groups.map(({ path }) => path),
      };
    }),
  );
};
