import type { KeycloakAdmin } from './client.ts';
import { ownerOf } from './ownership.ts';
import { credentialsOf } from './credentials.ts';
import { createPool } from './pool.ts';
import { defaultRoleOf } from './representations.ts';
import type { RoleRep, UserRep } from './representations.ts';
import { KEEPS_ATTRIBUTES } from './user-profile.ts';
import type { Interest, Snapshot } from './held.ts';

/** Rows per request: 2,000 users are some 700 kB. */
const PAGE = 2000;
/** More personas than this are real people: nobody asks for the credentials of each. */
export const MOST_ASKED = 100;
/** With attributes, which hold the mark. */
const FULL = 'briefRepresentation=false';

/**
 * The users that matter: those with our mark, found by Keycloak itself whatever the size of the realm, and those that have the name of a persona or a seed
 * without it. Their realm roles, but for those of seeds, come user by user or role by role, whichever takes fewer requests.
 */
export const readUsers = async (
  admin: KeycloakAdmin,
  interest: Interest,
  { realm, roles, unmanagedAttributePolicy: policy }: Omit<Snapshot, 'users' | 'holders' | 'clients'>,
): Promise<Pick<Snapshot, 'users' | 'holders'>> => {
  const defaultRole = defaultRoleOf(realm);
  const base = `/${encodeURIComponent(interest.realm)}`;
  const pool = createPool(8);
  const mark = encodeURIComponent(`authctl.owner:${interest.owner}`);
  const found = await pages<UserRep>(admin, `${base}/users?${FULL}&q=${mark}`, 'list users');
  // A user profile that drops our attributes also hides them, yet Keycloak still finds by them: then its word is the mark.
  const hidden = !KEEPS_ATTRIBUTES.includes(policy);
  const marked = found.flatMap((user) => (hidden || ownerOf(user.attributes) === interest.owner ? { ...user, owner: interest.owner } : []));
  const names = new Set(marked.map(({ username }) => username));
  const seeds = new Set(interest.seeds.map((name) => name.toLowerCase()));
  const wanted = [...interest.personas.map((name) => name.toLowerCase()), ...seeds];
  const missing = wanted.filter((name) => !names.has(name));
  const others = await Promise.all(
    missing.map((name) =>
      pool(() =>
        admin.list<UserRep>(`${base}/users?${FULL}&exact=true&username=${encodeURIComponent(name)}`, 'look for a user'),
      ),
    ),
  );
  const users = [...marked, ...others.flat().map((user) => ({ ...user, owner: ownerOf(user.attributes) }))];
  const asked = new Set(wanted.length > MOST_ASKED ? [] : wanted);
  const credentials = Promise.all(users.map(({ id, username }) => (asked.has(username) ? pool(() => credentialsOf(admin, base, id)) : undefined)));
  const granted = roles.filter(({ name }) => name !== defaultRole);

  const holders = new Map<string, readonly UserRep[]>();
  const compared = users.filter(({ username }) => !seeds.has(username));
  const rolesOf = new Map<string, string[]>(compared.map(({ id }) => [id, []]));
  const readRoles = async (): Promise<void> => {
    if (compared.length <= granted.length) {
      await Promise.all(
        compared.map(({ id }) =>
          pool(async () => {
            const held = await admin.list<RoleRep>(`${base}/users/${id}/role-mappings/realm`, 'read the roles of a user');
            rolesOf.set(
              id,
              held.map(({ name }) => name),
            );
          }),
        ),
      );
    } else {
      await Promise.all(
        granted.map(({ name }) =>
          pool(async () => {
            const path = `${base}/roles/${encodeURIComponent(name)}/users?briefRepresentation=true`;
            const found = await pages<UserRep>(admin, path, 'list the users of a role');
            holders.set(name, found);
            for (const { id } of found) rolesOf.get(id)?.push(name);
          }),
        ),
      );
    }
  };
  const [held] = await Promise.all([credentials, readRoles()]);
  return {
    users: users.map((user, at) => {
      const given = rolesOf.get(user.id);
      return { ...user, proofs: held[at], ...(given && { realmRoles: given.filter((name) => name !== defaultRole).toSorted() }) };
    }),
    holders,
  };
};

const pages = async <Row>(admin: KeycloakAdmin, path: string, doing: string): Promise<Row[]> => {
  const rows: Row[] = [];
  for (;;) {
    const page = await admin.list<Row>(`${path}&first=${rows.length}&max=${PAGE}`, doing);
    rows.push(...page);
    if (page.length < PAGE) return rows;
  }
};
