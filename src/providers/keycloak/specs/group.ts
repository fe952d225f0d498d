import { defineSpec, list, map, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { inRealm } from './id.ts';

/** A group of a realm, called by its path: `staff`, and `staff/sales` below it. */
export const group = defineSpec('keycloak.group', {
  always: {},
  fields: {
    description: text({ default: null }),
    realmRoles: set(text(), { default: [], access: 'the realm roles of everybody in it' }),
    clientRoles: map(set(text()), { default: {}, access: 'the roles of clients of everybody in it' }),
    members: set(text(), { default: [], access: 'which personas have its roles; other people in it are nobody else’s business' }),
    attributes: map(list(text()), { default: {} }),
  },
  id: inRealm,
});
export type GroupSpec = SpecOf<typeof group>;
