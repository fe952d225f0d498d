import { defineSpec, map, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { inside } from './id.ts';

/** What an account gets from what an identity provider says of somebody. */
export const identityProviderMapper = defineSpec('keycloak.identity-provider-mapper', {
  always: {
    identityProviderAlias: text({ immutable: true }),
    name: text({ immutable: true }),
    /** The provider's name: `oidc-hardcoded-role-idp-mapper`. */
    identityProviderMapper: text({ access: 'what it does' }),
  },
  fields: {
    config: map(text(), { default: {}, access: 'the roles, groups and attributes that it gives' }),
  },
  id: inside,
});
export type IdentityProviderMapperSpec = SpecOf<typeof identityProviderMapper>;
