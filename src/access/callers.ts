import { roleClosure } from './roles.ts';
import type { Authentication, Blueprint, Json } from '../blueprint/types.ts';

/** Who a column of the matrix is, and what the token it would show carries. */
export interface Caller {
  readonly name: string;
  readonly what: 'persona' | 'client' | 'anonymous';
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

/** Personas, then service clients, then anonymous: everybody the blueprint knows, with the tokens they get where people sign in as `authentication` says. */
export const callersOf = (blueprint: Blueprint, { client }: Authentication = blueprint.authentication): readonly Caller[] => {
  const { personas, realm, expect } = blueprint;
  const services = Object.entries(realm.clients).flatMap(([id, { type }]) => (type === 'service' ? [id] : []));
  const none = { roles: [], scopes: [], withheld: [], audiences: [] };
  return [
    ...Object.keys(personas).map((name) =>
      callerOf(blueprint, { name, what: 'persona', client, own: personas[name]?.roles ?? [] }),
    ),
    ...services.map((name) => callerOf(blueprint, { name, what: 'client', client: name, own: realm.clients[name]?.roles ?? [] })),
    // Verify tries anonymous whether or not `expect` states it.
    { name: 'anonymous', what: 'anonymous' as const, ...none, stated: true },
  ].map((caller) => ({ ...caller, stated: caller.stated || Object.hasOwn(expect, caller.name) }));
};

interface Identity {
  readonly name: string;
  readonly what: 'persona' | 'client';
  readonly client: string;
  readonly own: readonly string[];
}

const callerOf = ({ realm }: Blueprint, { own, ...identity }: Identity): Caller => {
  const roles = roleClosure(own, realm);
  const asked = (Object.hasOwn(realm.clients, identity.client) ? realm.clients[identity.client]?.scopes : undefined) ?? [];
  /**
   * Keycloak grants a scope that has roles when the user holds one of them *or one that they include*: it expands both sides
   * (DefaultClientSessionContext.isClientScopePermittedForUser). A scope for `admin` is a scope for everything `admin` contains.
   */
  const granted = (scope: string): boolean => {
    const gate = realm.scopes[scope]?.roles ?? [];
    return gate.length === 0 || [...roleClosure(gate, realm)].some((role) => roles.has(role));
  };
  const scopes = asked.filter(granted);
  return {
    ...identity,
    roles: [...roles].toSorted(),
    scopes,
    withheld: asked.filter((scope) => !granted(scope)),
    audiences: [...new Set(scopes.flatMap((scope) => realm.scopes[scope]?.audience ?? []))],
    stated: false,
  };
};

/**
 * The claims of the caller's access token as Keycloak 26 writes them for the clients authctl makes (client scopes basic, roles, acr), or
 * `null` for anonymous. `now` in seconds.
 */
export const claimsOf = (blueprint: Blueprint, caller: Caller, now: number): { readonly [claim: string]: Json } | null => {
  if (caller.client === undefined) return null;
  const [only, ...more] = caller.audiences;
  return {
    iss: blueprint.issuer,
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
