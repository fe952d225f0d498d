import { defineSpec, flag, map, number, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { inRealm } from './id.ts';

/** Something that people are asked to do before they are in. What it is when nobody states it is another for each. */
export const requiredAction = defineSpec('keycloak.required-action', {
  always: {},
  fields: {
    name: text(),
    providerId: text(),
    enabled: flag({ access: 'whether people can be asked for it' }),
    defaultAction: flag({ access: 'whether every new account must do it first', changed: ({ live }) => (live === true ? 'breaks' : undefined) }),
    priority: number(),
    config: map(text()),
  },
  id: inRealm,
});
export type RequiredActionSpec = SpecOf<typeof requiredAction>;
