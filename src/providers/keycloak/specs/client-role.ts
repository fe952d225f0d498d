import { defineSpec, list, map, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { inside } from './id.ts';

/** A role that a client defines, and what it contains. */
export const clientRole = defineSpec('keycloak.client-role', {
  always: {
    client: text({ immutable: true }),
    name: text({ immutable: true }),
  },
  fields: {
    description: text({ default: null }),
    composites: set(text(), { default: [], access: 'the realm roles that whoever has this one has as well' }),
    clientComposites: map(set(text()), { default: {}, access: 'the roles of clients that whoever has this one has as well' }),
    attributes: map(list(text()), { default: {} }),
  },
  id: inside,
});
export type ClientRoleSpec = SpecOf<typeof clientRole>;
