import { defineSpec, map, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { inRealm } from './id.ts';

/** Texts of pages and mail in one language, in place of those of the theme. */
export const texts = defineSpec('keycloak.texts', {
  always: { texts: map(text(), { whole: true, access: 'what stands on the pages where people type their passwords', missing: () => 'differs' }) },
  fields: {},
  id: (realm: string, locale: string) => inRealm(realm, locale),
});
export type TextsSpec = SpecOf<typeof texts>;
