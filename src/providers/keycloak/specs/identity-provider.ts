import { any, defineSpec, flag, map, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { inRealm } from './id.ts';

/** Another server that vouches for people. Keycloak shows flags that are off by leaving them out. */
export const identityProvider = defineSpec('keycloak.identity-provider', {
  always: {
    // What it is configured by is another thing then.
    providerId: text({ immutable: true }),
  },
  fields: {
    displayName: text({ default: null }),
    enabled: flag({ default: true, access: 'people come in by it while it is on' }),
    trustEmail: flag({ default: false, access: 'whether who comes in takes over the account with the same mail address' }),
    storeToken: flag({ default: false }),
    addReadTokenRoleOnCreate: flag({ default: false }),
    authenticateByDefault: flag({ default: false }),
    linkOnly: flag({ default: false, access: 'whether nobody gets an account by it, and it is only linked to one' }),
    hideOnLogin: flag({ default: false }),
    firstBrokerLoginFlowAlias: text({ default: null, access: 'what somebody passes who comes in for the first time' }),
    postBrokerLoginFlowAlias: text({ default: null, access: 'what somebody passes who came in' }),
    organizationId: text({ default: null }),
    config: map(text(), { default: {}, access: 'which server vouches, and how it is known that it was the one' }),
    internalId: any({ readOnly: true }),
    types: any({ readOnly: true }),
  },
  id: inRealm,
});
export type IdentityProviderSpec = SpecOf<typeof identityProvider>;
