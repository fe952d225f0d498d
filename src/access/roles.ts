import type { Realm } from '../blueprint/types.ts';

/** A role and everything it includes, however deep; safe on cycles. */
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
