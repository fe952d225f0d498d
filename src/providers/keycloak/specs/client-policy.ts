import { any, defineSpec, flag, list, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { inRealm } from './id.ts';

/** Of which clients what profiles say is demanded. */
export const clientPolicy = defineSpec('keycloak.client-policy', {
  always: {
    enabled: flag({ access: 'it demands nothing while it is off' }),
    /** `{ condition, configuration }` each: all of them must hold. */
    conditions: list(any(), { access: 'which clients it is for', missing: () => 'weakens' }),
    profiles: set(text(), { access: 'what is demanded of them' }),
  },
  fields: { description: text({ default: null }) },
  id: inRealm,
});
export type ClientPolicySpec = SpecOf<typeof clientPolicy>;
