import { defineSpec, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';

/** The groups that every new account joins, by path: a setting of the realm that needs the groups to be there, so that it is an object of its own. */
export const defaultGroups = defineSpec('keycloak.default-groups', {
  always: { groups: set(text(), { access: 'the groups, and so the roles, of every new account', missing: () => 'breaks' }) },
  fields: {},
});
export type DefaultGroupsSpec = SpecOf<typeof defaultGroups>;
