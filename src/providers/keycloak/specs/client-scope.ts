import { defineSpec, map, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { inRealm } from './id.ts';
import { mappers } from './mapper.ts';

/** A client scope with its mappers and the realm roles it brings. */
export const clientScope = defineSpec('keycloak.client-scope', {
  always: {
    // Keycloak accepts the change of protocol and leaves the mappers of the old one behind.
    protocol: text({ immutable: true, changed: () => 'breaks' }),
  },
  fields: {
    description: text({ default: null }),
    // Who is let in by the name of a scope has to find it in the token.
    attributes: map(text(), { default: {}, changed: ({ inside, live, stated }) => (inside !== 'include.in.token.scope' ? undefined : live === 'true' || stated !== 'true' ? 'weakens' : 'breaks') }),
    mappers,
    scopeMappings: set(text(), { default: [], access: 'the realm roles that let a token carry this scope; none lets everybody' }),
  },
  id: inRealm,
});
export type ClientScopeSpec = SpecOf<typeof clientScope>;
