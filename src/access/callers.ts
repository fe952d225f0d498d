import type { Authentication, Blueprint, Json } from '../blueprint/types.ts';
import { isStated } from './expect.ts';
import { furtherClients } from './further.ts';
import { audiencesOfClient } from './meant-for.ts';
import { isGranted, rolesOf } from './roles.ts';
import type { Principal } from './roles.ts';

/** Who a column of the matrix is, and what the token it would show carries. */
export interface Caller extends Principal {
  /** The client the token is issued to; none for anonymous. */
  readonly client?: string;
  /** Realm roles in the token, composites expanded. */
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  /** Scopes the client may ask for and this caller does not get. */
  readonly withheld: readonly string[];
  readonly audiences: readonly string[];
  /** `expect` has a row for it: without one it is shown and not judged. */
  readonly stated: boolean;
}

/** Personas, then service clients, then clients of further issuers, then anonymous: everybody that could ask for something. */
export const principalsOf = ({ personas, realm, issuers }: Blueprint): readonly Principal[] => [
  ...Object.keys(personas).map((name): Principal => ({ name, what: 'persona' })),
  ...Object.entries(realm.clients).flatMap(([name, { type }]): readonly Principal[] => (type === 'service' ? [{ name, what: 'client' }] : [])),
  ...furtherClients({ issuers }).map(({ name, issuer }): Principal => ({ name, what: 'client', issuer: issuer.name })),
  { name: 'anonymous', what: 'anonymous' },
];

/** Everybody the blueprint knows, with the tokens they get where people sign in as `authentication` says. */
export const callersOf = (blueprint: Blueprint, authentication: Authentication = blueprint.authentication): readonly Caller[] =>
  principalsOf(blueprint).map((principal) => callerOf(blueprint, principal, authentication));

/** The caller that a row of `expect` is about; undefined when nobody is called so. A persona goes before a client of the same name. */
export const callerNamed = (blueprint: Blueprint, name: string, authentication: Authentication): Caller | undefined => {
  const principal = principalsOf(blueprint).find((candidate) => candidate.name === name);
  return principal && callerOf(blueprint, principal, authentication);
};

const callerOf = (blueprint: Blueprint, { name, what }: Principal, { client: signIn }: Authentication): Caller => {
  // Verify tries anonymous whether or not `expect` states it.
  if (what === 'anonymous') return { name, what, roles: [], scopes: [], withheld: [], audiences: [], stated: true };
  const { realm } = blueprint;
  const further = furtherClients(blueprint).find((one) => one.name === name);
  if (further) return ofFurther(blueprint, further);
  const client = what === 'client' ? name : signIn;
  const roles = rolesOf(blueprint, { name, what });
  const asked = (Object.hasOwn(realm.clients, client) ? realm.clients[client]?.scopes : undefined) ?? [];
  const scopes = asked.filter((scope) => isGranted(realm, scope, roles));
  const granted = new Set(scopes);
  return {
    name,
    what,
    client,
    roles: [...roles].toSorted(),
    scopes,
    withheld: asked.filter((scope) => !granted.has(scope)),
    audiences: [...new Set([...scopes.flatMap((scope) => realm.scopes[scope]?.audience || []), ...ownAudiences(blueprint, client)])],
    stated: isStated(blueprint, name),
  };
};

/** Its scopes are what its issuer grants, as the blueprint says; whom that issuer calls what has no meaning here. */
const ofFurther = (blueprint: Blueprint, { name, issuer, client }: ReturnType<typeof furtherClients>[number]): Caller => {
  const { clientId = client, scopes = [] } = issuer.clients[client] ?? {};
  return { name, what: 'client', issuer: issuer.name, client: clientId, roles: [], scopes, withheld: [], audiences: audiencesOfClient(issuer, client), stated: isStated(blueprint, name) };
};

/** For whom a client's tokens are whatever their scopes: said of an issuer that is not ours alone, which may name the client in an audience's place. */
export const ownAudiences = ({ foreign, realm }: Pick<Blueprint, 'foreign' | 'realm'>, client: string): readonly string[] => {
  const abroad = Object.hasOwn(realm.clients, client) ? realm.clients[client]?.abroad : undefined;
  if (!abroad) return [];
  return foreign?.audienceClaim === 'client_id' ? [abroad.clientId] : abroad.audiences;
};

/**
 * The claims of the caller's access token as Keycloak 26 writes them for the clients authctl makes (client scopes basic, roles, acr), or
 * `null` for anonymous. `now` in seconds.
 */
export const claimsOf = (blueprint: Blueprint, caller: Caller, now: number): { readonly [claim: string]: Json } | null => {
  if (caller.client === undefined) return null;
  const further = caller.issuer === undefined ? undefined : blueprint.issuers[caller.issuer];
  const [only, ...more] = further?.audienceClaim === 'client_id' ? [] : caller.audiences;
  return {
    iss: further?.url ?? blueprint.issuer,
    sub: caller.name,
    typ: 'Bearer',
    azp: caller.client,
    acr: '1',
    iat: now,
    exp: now + blueprint.realm.tokens.accessTokenLifespan,
    ...(only !== undefined && { aud: more.length === 0 ? only : caller.audiences }),
    scope: [...(caller.what === 'persona' ? ['openid'] : []), ...caller.scopes].join(' '),
    ...(namesItsBearer(blueprint, caller) && { preferred_username: caller.what === 'client' ? `service-account-${caller.name}` : caller.name }),
    ...(caller.roles.length > 0 && { realm_access: { roles: caller.roles } }),
    ...(caller.what === 'client' && { client_id: caller.client }),
  };
};

/** A scope for an API that knows owners puts the username into the token. */
const namesItsBearer = ({ services }: Blueprint, { audiences }: Caller): boolean =>
  Object.values(services).some(({ audience, routes }) => audiences.includes(audience) && routes.some(({ ownedBy }) => ownedBy !== undefined));
