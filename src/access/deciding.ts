import type { Blueprint } from '../blueprint/types.ts';
import { hasPolicy } from './decides.ts';
import { givenRoles, roleClosure } from './roles.ts';

/**
 * The realm roles by which the blueprint lets somebody in: demanded by a route, needed for a scope, had by a persona. All of them where a policy
 * judges: what it asks for is known to itself alone. A role that is only there for others to use is none of them.
 */
export const decidingRoles = (blueprint: Pick<Blueprint, 'authorization' | 'personas' | 'realm' | 'services'>): Pick<ReadonlySet<string>, 'has'> => {
  const { realm, personas, services } = blueprint;
  if (hasPolicy(blueprint)) return { has: () => true };
  const demanded = Object.values(services).flatMap(({ routes }) => routes.flatMap(({ roles, anyOwner }) => [...roles, ...anyOwner]));
  // Who has a role that is included in the gate of a scope has the scope.
  const gates = roleClosure(Object.values(realm.scopes).flatMap(({ roles }) => roles), realm);
  const had = Object.keys(personas).flatMap((name) => givenRoles(blueprint, { what: 'persona', name }));
  return new Set([...demanded, ...gates, ...had]);
};
