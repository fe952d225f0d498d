import { defineSpec, flag, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';

/** Link the server's documentation here. Say of each field what is known: the form, the server's default, who gets in by it. */
export const thing = defineSpec('template.thing', {
  always: { name: text({ immutable: true }) },
  fields: {
    open: flag({ default: false, access: 'who may come without a token' }),
    tags: set(text(), { default: [] }),
  },
});
export type ThingSpec = SpecOf<typeof thing>;
