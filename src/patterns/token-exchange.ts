import type { Authentication, Blueprint } from '../blueprint/types.ts';
import { groupsOf } from './objects.ts';

/**
 * Whether a gateway may take the JWT behind a token by standard token exchange (RFC 8693). Kong Enterprise's plugin knows introspection alone.
 */
export const mayExchange = ({ targets }: Pick<Blueprint, 'targets'>, { pattern, introspection }: Pick<Authentication, 'pattern' | 'introspection'>): boolean =>
  pattern === 'opaque' && introspection !== undefined && introspection.jwt !== 'introspection' && targets.kong?.edition === 'oss';

/** The gateways' own clients that exchange tokens: Keycloak lets a client exchange those tokens alone that name it in their `aud`. */
export const exchangingClients = (blueprint: Blueprint): readonly string[] => [
  ...new Set(groupsOf(blueprint).flatMap(({ authentication }) => (mayExchange(blueprint, authentication) && authentication.introspection ? [authentication.introspection.client] : []))),
];

/** The scopes of an API: what is asked of an exchange is those of them that the token has. */
export const scopesOf = ({ realm }: Pick<Blueprint, 'realm'>, audience: string): readonly string[] =>
  Object.entries(realm.scopes).flatMap(([name, scope]) => (scope.audience === audience ? [name] : [])).toSorted();
