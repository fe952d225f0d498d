import { any, defineSpec, flag, map, record, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { inRealm } from './id.ts';

/** An attribute of the user profile: what accounts have, who sees and writes it. */
export const userAttribute = defineSpec('keycloak.user-attribute', {
  always: {},
  fields: {
    displayName: text(),
    group: text(),
    multivalued: flag(),
    defaultValue: text(),
    required: record({ roles: set(text()), scopes: set(text()) }),
    permissions: record({ view: set(text()), edit: set(text()) }, { access: 'whether people write it themselves' }),
    selector: record({ scopes: set(text()) }),
    validations: map(any()),
    annotations: map(any()),
  },
  id: inRealm,
});
export type UserAttributeSpec = SpecOf<typeof userAttribute>;
