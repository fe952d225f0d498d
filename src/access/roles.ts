import type { Blueprint, Persona, Realm, RealmClient } from '../blueprint/types.ts';

/**
 * Where somebody's realm roles come from. Every field is named: a field that is added to the blueprint does not compile until it is said
 * here whether roles come by it, and everything that knows roles (tokens, the matrix, checks, drawings) then knows these, too.
 */
type Ways<Part> = { readonly [Field in keyof Part]-?: 'none' | ((part: Part, realm: Realm) => readonly string[]) };

const PERSONA: Ways<Persona> = {
  roles: ({ roles }, { defaultRoles }) => [...roles, ...defaultRoles],
  groups: ({ groups }, realm) => groups.flatMap((name) => (Object.hasOwn(realm.groups, name) ? (realm.groups[name]?.roles ?? []) : [])),
  password: 'none',
  otp: 'none',
  token: 'none',
  idToken: 'none',
  email: 'none',
  firstName: 'none',
  lastName: 'none',
  attributes: 'none',
  at: 'none',
};

const CLIENT: Ways<RealmClient> = {
  // Of the service account, which has what every account has; nobody acts for himself through another client.
  roles: ({ type, roles }, { defaultRoles }) => (type === 'service' ? [...roles, ...defaultRoles] : []),
  type: 'none',
  redirectUris: 'none',
  webOrigins: 'none',
  postLogoutRedirectUris: 'none',
  scopes: 'none',
  secret: 'none',
  authentication: 'none',
  abroad: 'none',
  lightweightTokens: 'none',
  mappers: 'none',
  // What was there by that name goes, whoever had what by it.
  renamedFrom: 'none',
  protected: 'none',
};

/** Who asks: somebody with a password, or a program. */
export interface Principal {
  readonly what: 'persona' | 'client' | 'anonymous';
  readonly name: string;
  /** The further issuer that its tokens are of; none for ours. It has no role here. */
  readonly issuer?: string;
}

/** The realm roles that somebody was given, by every way there is, before composites are expanded; none for who is not known. */
export const givenRoles = ({ personas, realm }: Pick<Blueprint, 'personas' | 'realm'>, { what, name, issuer }: Principal): readonly string[] => {
  if (issuer !== undefined) return [];
  if (what === 'persona') return Object.hasOwn(personas, name) ? by(PERSONA, personas[name], realm) : [];
  if (what === 'client') return Object.hasOwn(realm.clients, name) ? by(CLIENT, realm.clients[name], realm) : [];
  return [];
};

const by = <Part>(ways: Ways<Part>, part: Part | undefined, realm: Realm): readonly string[] => {
  if (part === undefined) return [];
  const found = (Object.keys(ways) as (keyof Part)[]).flatMap((field) => {
    const way = ways[field];
    return way === 'none' ? [] : way(part, realm);
  });
  return [...new Set(found)];
};

/** The realm roles that somebody's token carries: given, or included in one that is. */
export const rolesOf = (blueprint: Pick<Blueprint, 'personas' | 'realm'>, principal: Principal): ReadonlySet<string> =>
  roleClosure(givenRoles(blueprint, principal), blueprint.realm);

/** Roles and everything they include, however deep; safe on cycles. */
export const roleClosure = (roles: readonly string[], realm: Realm): ReadonlySet<string> => {
  const all = new Set<string>();
  const open = [...roles];
  for (let role = open.pop(); role !== undefined; role = open.pop()) {
    if (all.has(role)) continue;
    all.add(role);
    if (Object.hasOwn(realm.roles, role)) open.push(...(realm.roles[role]?.includes ?? []));
  }
  return all;
};

/**
 * Keycloak grants a scope that has roles when the user holds one of them *or one that they include*: it expands both sides
 * (DefaultClientSessionContext.isClientScopePermittedForUser). A scope for `admin` is a scope for everything `admin` contains.
 */
export const isGranted = (realm: Realm, scope: string, roles: ReadonlySet<string>): boolean => {
  const gate = gateOf(realm, scope);
  if (gate.length === 0) return true;
  const known = CLOSURES.get(realm) ?? new Map<string, ReadonlySet<string>>();
  CLOSURES.set(realm, known);
  const key = gate.join('\n');
  const all = known.get(key) ?? roleClosure(gate, realm);
  known.set(key, all);
  for (const role of all) if (roles.has(role)) return true;
  return false;
};
/** Many scopes of a realm are for the same roles. */
const CLOSURES = new WeakMap<Realm, Map<string, ReadonlySet<string>>>();

/** The roles that a scope is granted to; empty: to everybody. */
export const gateOf = ({ scopes }: Realm, scope: string): readonly string[] => (Object.hasOwn(scopes, scope) ? (scopes[scope]?.roles ?? []) : []);
