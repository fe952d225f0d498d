/** Fields of RealmRepresentation that nothing more is known about than that Keycloak 26 takes them; it refuses a representation with any that it does not know. */
export const REALM_SETTINGS: readonly string[] = [
  'accessCodeLifespan', 'accessCodeLifespanLogin', 'accessCodeLifespanUserAction', 'accessTokenLifespanForImplicitFlow', 'accountTheme',
  'actionTokenGeneratedByAdminLifespan', 'actionTokenGeneratedByUserLifespan', 'adminEventsDetailsEnabled', 'adminEventsEnabled',
  'adminPermissionsEnabled', 'adminTheme', 'browserFlow', 'browserSecurityHeaders', 'bruteForceStrategy', 'clientAuthenticationFlow',
  'clientOfflineSessionIdleTimeout', 'clientOfflineSessionMaxLifespan', 'clientSessionIdleTimeout', 'clientSessionMaxLifespan', 'defaultLocale',
  'directGrantFlow', 'displayName', 'displayNameHtml', 'dockerAuthenticationFlow', 'duplicateEmailsAllowed', 'emailTheme', 'eventsEnabled',
  'eventsExpiration', 'failureFactor', 'firstBrokerLoginFlow', 'internationalizationEnabled', 'loginTheme', 'loginWithEmailAllowed',
  'maxDeltaTimeSeconds', 'maxFailureWaitSeconds', 'maxSecondaryAuthFailures', 'maxTemporaryLockouts', 'minimumQuickLoginWaitSeconds', 'notBefore',
  'oauth2DeviceCodeLifespan', 'oauth2DevicePollingInterval', 'offlineSessionIdleTimeout', 'offlineSessionMaxLifespan',
  'offlineSessionMaxLifespanEnabled', 'organizationsEnabled', 'otpPolicyAlgorithm', 'otpPolicyCodeReusable', 'otpPolicyDigits',
  'otpPolicyInitialCounter', 'otpPolicyLookAheadWindow', 'otpPolicyPeriod', 'otpPolicyType', 'passwordPolicy', 'permanentLockout',
  'quickLoginCheckMilliSeconds', 'registrationEmailAsUsername', 'registrationFlow', 'rememberMe', 'resetCredentialsFlow', 'scimApiEnabled',
  'ssoSessionIdleTimeoutRememberMe', 'ssoSessionMaxLifespanRememberMe', 'userManagedAccessAllowed', 'verifiableCredentialsEnabled', 'verifyEmail',
  'waitIncrementSeconds', 'webAuthnPolicyAcceptableAaguids', 'webAuthnPolicyAttestationConveyancePreference', 'webAuthnPolicyAuthenticatorAttachment',
  'webAuthnPolicyAvoidSameAuthenticatorRegister', 'webAuthnPolicyCreateTimeout', 'webAuthnPolicyExtraOrigins',
  'webAuthnPolicyPasswordlessAcceptableAaguids', 'webAuthnPolicyPasswordlessAttestationConveyancePreference',
  'webAuthnPolicyPasswordlessAuthenticatorAttachment', 'webAuthnPolicyPasswordlessAvoidSameAuthenticatorRegister',
  'webAuthnPolicyPasswordlessCreateTimeout', 'webAuthnPolicyPasswordlessExtraOrigins', 'webAuthnPolicyPasswordlessMediation',
  'webAuthnPolicyPasswordlessPasskeysEnabled', 'webAuthnPolicyPasswordlessRequireResidentKey', 'webAuthnPolicyPasswordlessResidentKey',
  'webAuthnPolicyPasswordlessRpEntityName', 'webAuthnPolicyPasswordlessRpId', 'webAuthnPolicyPasswordlessSignatureAlgorithms',
  'webAuthnPolicyPasswordlessUserVerificationRequirement', 'webAuthnPolicyRequireResidentKey', 'webAuthnPolicyResidentKey',
  'webAuthnPolicyRpEntityName', 'webAuthnPolicyRpId', 'webAuthnPolicySignatureAlgorithms', 'webAuthnPolicyUserVerificationRequirement',
]; // prettier-ignore

/** Fields of ClientRepresentation, the same. */
export const CLIENT_SETTINGS: readonly string[] = [
  'name', 'description', 'type', 'rootUrl', 'adminUrl', 'baseUrl', 'surrogateAuthRequired', 'alwaysDisplayInConsole', 'notBefore', 'consentRequired',
  'frontchannelLogout', 'nodeReRegistrationTimeout', 'authorizationServicesEnabled',
]; // prettier-ignore

/** Fields of ClientRepresentation that it takes and does nothing with (measured with 26.7.4). */
export const CLIENT_IGNORED: readonly string[] = ['access', 'defaultRoles', 'directGrantsOnly', 'origin', 'registrationAccessToken'];
