import type { Effect } from '../../../core/resource.ts';
import { any, defineSpec, flag, isOn, isSpec, letsInWhile, map, text } from '../../../core/spec.ts';
import type { FieldChange, SpecOf } from '../../../core/spec.ts';
import { inRealm } from './id.ts';

/**
 * Who can answer at these says who signed in, and so does whoever holds the key, or what is taken that was said to another application (`clientId`); who
 * can answer at the others is given passwords, or is told who left.
 */
const SETTINGS: ReadonlyMap<string, Effect> = new Map([
  ...['tokenUrl', 'jwksUrl', 'userInfoUrl', 'issuer', 'signingCertificate', 'publicKeySignatureVerifier', 'metadataDescriptorUrl', 'idpEntityId', 'clientId'].map((name) => [name, 'opens'] as const),
  ...['authorizationUrl', 'logoutUrl', 'singleSignOnServiceUrl', 'singleLogoutServiceUrl'].map((name) => [name, 'exposes'] as const),
]);

/** Switches that keep somebody out while they are on, and the key that is looked for where it is not asked for. */
const ofSetting = ({ inside, live, stated, held }: FieldChange): Effect | undefined => {
  if ((inside === 'validateSignature' || inside === 'filteredByClaim') && isOn(stated)) return isOn(live) ? undefined : 'opens';
  if (inside === 'useJwksUrl' || inside === 'useMetadataDescriptorUrl') {
    const config = isSpec(held.config) ? held.config : {};
    // Without keys nobody's word is good.
    const other = isOn(live) ? [config.jwksUrl, config.metadataDescriptorUrl] : [config.publicKeySignatureVerifier, config.signingCertificate];
    return other.some((key) => typeof key === 'string' && key !== '') ? 'opens' : 'breaks';
  }
  return SETTINGS.get(inside);
};

/** Another server that vouches for people. Keycloak shows flags that are off by leaving them out. */
export const identityProvider = defineSpec('keycloak.identity-provider', {
  always: {
    // What it is configured by is another thing then.
    providerId: text({ immutable: true, missing: () => 'breaks', made: () => 'opens' }),
  },
  fields: {
    displayName: text({ default: null }),
    enabled: flag({ default: true, access: 'people come in by it while it is on', changed: letsInWhile(true) }),
    trustEmail: flag({ default: false, access: 'whether who comes in takes over the account with the same mail address', changed: ({ live }) => (isOn(live) ? 'opens' : undefined) }),
    storeToken: flag({ default: false }),
    addReadTokenRoleOnCreate: flag({ default: false }),
    authenticateByDefault: flag({ default: false }),
    linkOnly: flag({ default: false, access: 'whether nobody gets an account by it, and it is only linked to one', changed: letsInWhile(false) }),
    hideOnLogin: flag({ default: false }),
    firstBrokerLoginFlowAlias: text({ default: null, access: 'what somebody passes who comes in for the first time' }),
    postBrokerLoginFlowAlias: text({ default: null, access: 'what somebody passes who came in' }),
    config: map(text(), { default: {}, access: 'which server vouches, and how it is known that it was the one', changed: ofSetting }),
    internalId: any({ readOnly: true }),
    types: any({ readOnly: true }),
  },
  id: inRealm,
});
export type IdentityProviderSpec = SpecOf<typeof identityProvider>;
