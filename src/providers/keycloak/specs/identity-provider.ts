import type { Effect } from '../../../core/resource.ts';
import { any, defineSpec, flag, map, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { inRealm } from './id.ts';

/** Who can answer at these says who signed in; who can answer at the others is given passwords, or is told who left. */
const SETTINGS: ReadonlyMap<string, Effect> = new Map([
  ...['tokenUrl', 'jwksUrl', 'userInfoUrl', 'issuer', 'signingCertificate', 'publicKeySignatureVerifier', 'metadataDescriptorUrl', 'idpEntityId'].map((name) => [name, 'opens'] as const),
  ...['authorizationUrl', 'logoutUrl', 'singleSignOnServiceUrl', 'singleLogoutServiceUrl'].map((name) => [name, 'exposes'] as const),
]);

/** Another server that vouches for people. Keycloak shows flags that are off by leaving them out. */
export const identityProvider = defineSpec('keycloak.identity-provider', {
  always: {
    // What it is configured by is another thing then.
    providerId: text({ immutable: true, missing: () => 'breaks' }),
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
    config: map(text(), { default: {}, access: 'which server vouches, and how it is known that it was the one', changed: ({ inside }) => SETTINGS.get(inside) }),
    internalId: any({ readOnly: true }),
    types: any({ readOnly: true }),
  },
  id: inRealm,
});
export type IdentityProviderSpec = SpecOf<typeof identityProvider>;
