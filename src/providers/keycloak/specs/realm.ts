import { any, defineSpec, flag, letsInWhile, map, number, offBreaks, record, secret, set, text } from '../../../core/spec.ts';
import type { FieldChange, SpecOf } from '../../../core/spec.ts';
import type { Effect } from '../../../core/resource.ts';

/** What a realm's export shows beside its settings: `PUT` of a realm ignores it without a word. */
const apart = any({ readOnly: true });

const TLS: readonly unknown[] = ['none', 'external', 'all'];
const stricterTls = ({ live, stated }: FieldChange): Effect | undefined => (TLS.indexOf(live) > TLS.indexOf(stated) ? 'breaks' : undefined);
/** Who counts on the time that the blueprint says is locked out before. */
const endsSooner = ({ live, stated }: FieldChange): Effect | undefined => (Number(live) < Number(stated) ? 'breaks' : undefined);

/** A realm's settings. What decides who gets in is always stated, never left to Keycloak. */
export const realm = defineSpec('keycloak.realm', {
  always: {
    enabled: flag({ default: false, access: 'nobody signs in while it is off', changed: letsInWhile(true) }),
    sslRequired: text({ default: 'external', access: 'from where tokens may be asked for without TLS', changed: stricterTls }),
    registrationAllowed: flag({ default: false, access: 'whether strangers make accounts for themselves', changed: offBreaks }),
    resetPasswordAllowed: flag({ default: false, access: 'whether who reads the mail of an account may set its password', changed: offBreaks }),
    editUsernameAllowed: flag({ default: false, access: 'whether somebody can take the name that others are known by', changed: offBreaks }),
    bruteForceProtected: flag({ default: false, access: 'how often a password may be guessed' }),
    defaultSignatureAlgorithm: text({ default: 'RS256', access: 'what tokens are signed with, unless a client says otherwise' }),
    accessTokenLifespan: number({ default: 300, access: 'how long a token is good, in seconds', changed: endsSooner }),
    revokeRefreshToken: flag({ default: false, access: 'whether a refresh token is good once only' }),
    refreshTokenMaxReuse: number({ default: 0, access: 'how often a refresh token that is good once may be used again' }),
    ssoSessionIdleTimeout: number({ default: 1800, access: 'after how many idle seconds a session ends', changed: endsSooner }),
    ssoSessionMaxLifespan: number({ default: 36_000, access: 'after how many seconds a session ends', changed: endsSooner }),
  },
  fields: {
    // Lists that Keycloak keeps as sets, and what it takes but hides: stated through `raw` alone.
    eventsListeners: set(text(), { default: ['jboss-logging'] }),
    enabledEventTypes: set(text(), { default: [] }),
    supportedLocales: set(text(), { default: null }),
    otpSupportedApplications: set(text(), { default: ['totpAppFreeOTPName', 'totpAppGoogleName', 'totpAppMicrosoftAuthenticatorName'] }),
    smtpServer: record({ host: text(), from: text(), user: text(), password: secret() }, { default: {} }),
    attributes: map(text()),

    id: apart, realm: apart, keycloakVersion: apart, defaultRole: apart, roles: apart, groups: apart, clients: apart, clientScopes: apart,
    users: apart, components: apart, scopeMappings: apart, clientScopeMappings: apart, protocolMappers: apart,
    defaultDefaultClientScopes: apart, defaultOptionalClientScopes: apart, identityProviders: apart, identityProviderMappers: apart,
    authenticationFlows: apart, authenticatorConfig: apart, requiredActions: apart, localizationTexts: apart, clientProfiles: apart, clientPolicies: apart, defaultGroups: apart,
  }, // prettier-ignore
});
export type RealmSpec = SpecOf<typeof realm>;
