import { defineSpec, map, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { inRealm } from './id.ts';

/**
 * The roles of clients that a realm role contains: an object of its own, because a client may need the role that contains its roles. Of the role
 * that every account has, the realm roles as well: the role itself is Keycloak's.
 */
export const composite = defineSpec('keycloak.composite', {
  always: {},
  fields: {
    realmRoles: set(text(), { default: [], access: 'the realm roles of whoever has this one' }),
    clientRoles: map(set(text()), { default: {}, access: 'the roles of clients of whoever has this one' }),
  },
  id: inRealm,
});
/** The role that every account of a realm has. */
export const defaultRoleNamed = (realm: string): string => `default-roles-${realm.toLowerCase()}`;
/** What Keycloak itself puts into it. */
export const EVERYBODYS: readonly string[] = ['offline_access', 'uma_authorization'];

export type CompositeSpec = SpecOf<typeof composite>;
