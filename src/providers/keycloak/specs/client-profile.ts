import { any, defineSpec, list, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { inRealm } from './id.ts';

/** What is demanded of clients, by name: a policy says of which. */
export const clientProfile = defineSpec('keycloak.client-profile', {
  always: {
    /** `{ executor, configuration }` each, in the order in which they are asked. */
    executors: list(any(), { access: 'what is demanded of clients that a policy is for', missing: () => 'weakens' }),
  },
  fields: { description: text({ default: null }) },
  id: inRealm,
});
export type ClientProfileSpec = SpecOf<typeof clientProfile>;
