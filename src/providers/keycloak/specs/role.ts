import { defineSpec, list, map, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { inRealm } from './id.ts';

/** A realm role. */
export const role = defineSpec('keycloak.role', {
  always: {},
  fields: {
    description: text({ default: null }),
    composites: set(text(), { default: [], access: 'the realm roles that whoever has this one has as well' }),
    attributes: map(list(text()), { default: {} }),
  },
  id: inRealm,
});
export type RoleSpec = SpecOf<typeof role>;
