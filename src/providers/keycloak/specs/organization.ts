import { defineSpec, flag, letsInWhile, list, map, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { inRealm } from './id.ts';

/** People of a company, called by its alias: they are known by the domain of their address, and tokens say where they belong. */
export const organization = defineSpec('keycloak.organization', {
  always: {
    name: text(),
    enabled: flag({ default: true, access: 'people belong to it, and come in by what vouches for it, while it is on', changed: letsInWhile(true) }),
  },
  fields: {
    description: text({ default: null }),
    redirectUrl: text({ default: null, access: 'where people are sent who accepted an invitation' }),
    domains: map(flag(), { default: {}, whole: true, access: 'whose addresses belong to it', about: 'true where it is proved that the domain is theirs' }),
    identityProviders: set(text(), { default: [], access: 'who vouches for its people' }),
    attributes: map(list(text()), { default: {} }),
  },
  id: inRealm,
});
export type OrganizationSpec = SpecOf<typeof organization>;
