import { describe, expect, it } from 'vitest';
import type { SpecValue } from '../../../../src/core/resource.ts';
import { clientField, realmField } from '../../../../src/providers/keycloak/reach/fields.ts';

const realm = { accessTokenLifespan: 300, ssoSessionMaxLifespan: 36_000, ssoSessionIdleTimeout: 1800 };
const ofClient = (path: string, held: SpecValue, around: typeof realm | Record<string, never> = realm) => clientField('web', { path, held, default: undefined }, around);
const ofRealm = (path: string, held: SpecValue, usual?: SpecValue) => realmField({ path, held, default: usual }, {});

describe('what a field of a client does that nobody stated', () => {
  const A = 'attributes.';
  const rows: readonly (readonly [path: string, held: SpecValue, effect: string | undefined, what?: string])[] = [
    ['clientAuthenticatorType', 'client-jwt', 'opens', 'web proves who it is by client-jwt, and not by its secret'],
    ['authorizationServicesEnabled', true, 'weakens'],
    ['consentRequired', true, 'differs'],
    ['notBefore', 5, 'breaks', 'tokens of web from before 5 (seconds since 1970) are refused'],
    ['adminUrl', 'https://a.test', 'exposes', 'what ends sessions and tokens of web is sent to https://a.test'],
    [`${A}use.jwks.url`, 'true', 'opens', 'who has the key of its key set elsewhere acts as web: it is a proof of it beside what the blueprint states'],
    [`${A}use.jwks.string`, 'true', 'opens', 'who has the key of the key set that stands with it acts as web: it is a proof of it beside what the blueprint states'],
    [`${A}use.jwks.string`, 'false', 'differs'],
    [`${A}jwks.string`, '{"keys":[{"kid":"a"},{"kid":"b"}]}', 'opens', 'who has a key of a set that stands with it (a, b) acts as web: it is a proof of it beside what the blueprint states'],
    [`${A}jwks.string`, ' {"keys":[]}', 'opens', 'who has a key of a set that stands with it acts as web: it is a proof of it beside what the blueprint states'],
    [`${A}jwt.credential.certificate`, 'MIIC', 'opens', 'who has the key of a certificate acts as web: it is a proof of it beside what the blueprint states'],
    [`${A}access.token.signed.response.alg`, 'none', 'breaks', 'access tokens of web are to be signed by nobody (alg none): Keycloak makes none, and who takes one takes a forged one as well'],
    [`${A}id.token.signed.response.alg`, 'HS256', 'breaks', 'ID tokens of web are signed with HS256: who expects the algorithm of the realm refuses them'],
    [`${A}request.object.signature.alg`, 'ES256', 'breaks', 'web must send request objects signed with ES256'],
    [`${A}use.refresh.tokens`, 'false', 'breaks', 'who signs in at web gets no refresh token'],
    [`${A}access.token.lifespan`, '301', 'weakens', 'access tokens of web are good for 301 seconds, those of the realm for 300'],
    [`${A}access.token.lifespan`, '300', 'differs', 'access tokens of web are good for 300 seconds, those of the realm for 300'],
    [`${A}client.session.max.lifespan`, '36001', 'weakens', 'sessions of web are good for 36001 seconds, those of the realm for 36000'],
    [`${A}client.session.idle.timeout`, '60', 'differs', 'idle sessions of web are good for 60 seconds, those of the realm for 1800'],
    ...['client.offline.session.max.lifespan', 'client.offline.session.idle.timeout', 'client_credentials.use_refresh_token', 'request.uris', 'acr.loa.map', 'default.acr.values', 'login_theme'].map((name) => [`${A}${name}`, 'x', 'weakens'] as const),
    ...['client.introspection.response.allow.jwt.claim.enabled', 'allow.token.introspection.without.audience.check', 'allow.userinfo.with.lightweight.access.token'].map((name) => [`${A}${name}`, 'true', 'weakens'] as const),
    ...[
      'jwks.url', 'jwks.string', 'jwt.credential.public.key', 'jwt.credential.certificate', 'jwt.credential.kid', 'jwt.credential.issuer', 'jwt.credential.sub',
      'x509.subjectdn',
    ].map((name) => [`${A}${name}`, 'key', 'opens', 'who has what "key" stands for acts as web: it is a proof of it beside what the blueprint states'] as const),
    [`${A}x509.allow.regex.pattern.comparison`, 'true', 'differs', 'the subject of a certificate that web shows is compared by a pattern, as it is unless "false" is stated'],
    ...['tls.client.certificate.bound.access.tokens', 'dpop.bound.access.tokens', 'require.pushed.authorization.requests', 'access.token.header.type.rfc9068'].map((name) => [`${A}${name}`, 'true', 'breaks'] as const),
    ...['token.endpoint.auth.signing.alg', 'pkce.code.challenge.method'].map((name) => [`${A}${name}`, 'x', 'differs'] as const),
    [`${A}standard.token.exchange.enabled`, 'true', 'opens', 'web gets tokens in exchange for those of others'],
    [`${A}standard.token.exchange.enabled`, 'false', 'differs'],
    [`${A}oauth2.device.authorization.grant.enabled`, 'true', 'opens', 'web gets tokens by the device flow, which can be phished'],
    [`${A}oidc.ciba.grant.enabled`, 'true', 'opens', 'web gets tokens by back-channel sign-in (CIBA)'],
    [`${A}oauth2.jwt.authorization.grant.enabled`, 'true', 'opens', 'web gets tokens for assertions of another issuer'],
    [`${A}oauth2.jwt.authorization.grant.idp`, 'corp', 'opens'],
    [`${A}post.logout.redirect.uris`, 'https://a.test', 'weakens', 'who signs out of web may be sent to https://a.test'],
    [`${A}backchannel.logout.url`, 'https://a.test', 'exposes', 'who signs out of web, and of which session, is told to https://a.test'],
    [`${A}frontchannel.logout.url`, 'https://a.test', 'exposes', 'browsers that sign out of web ask https://a.test'],
    [`${A}minimum.acr.value`, '9', 'breaks'],
    [`${A}novel`, 'x', undefined],
    ['toString', 'x', undefined],
  ]; // prettier-ignore
  it.each(rows.map(([path, held, effect, what]) => ({ path, held, effect, what })))('$path = $held: $effect', ({ path, held, effect, what }) => expect(ofClient(path, held)).toEqual(effect === undefined ? undefined : { effect, ...(what !== undefined && { what }) }));

  it('is the worse where nobody knows how long it is in the realm', () =>
    expect(ofClient(`${A}access.token.lifespan`, '60', {})).toEqual({ effect: 'weakens', what: 'access tokens of web are good for 60 seconds' }));
});

describe('what a setting of the realm does that nobody stated', () => {
  /** Thinner the more, by its words. */
  const MORE: Readonly<Record<string, string>> = {
    failureFactor: 'a password may be guessed # times before anybody has to wait',
    accessTokenLifespanForImplicitFlow: 'access tokens of the implicit flow are good for # seconds',
    offlineSessionIdleTimeout: 'an offline token is good for # seconds after its last use',
    offlineSessionMaxLifespan: 'an offline token is good for # seconds',
    accessCodeLifespan: 'an authorization code is good for # seconds',
    accessCodeLifespanUserAction: 'a required action may take # seconds',
    accessCodeLifespanLogin: 'a sign-in may take # seconds',
    actionTokenGeneratedByAdminLifespan: 'a link that an administrator sends is good for # seconds',
    actionTokenGeneratedByUserLifespan: 'a link that somebody asked for is good for # seconds',
    oauth2DeviceCodeLifespan: 'a device code is good for # seconds',
    otpPolicyLookAheadWindow: '# one-time passwords are good at once',
    otpPolicyPeriod: 'a one-time password is good for # seconds',
  };
  const LESS: Readonly<Record<string, string>> = {
    waitIncrementSeconds: 'who guessed too often waits # seconds more',
    maxFailureWaitSeconds: 'who guesses passwords waits # seconds at most',
    minimumQuickLoginWaitSeconds: 'who guesses fast waits # seconds',
    quickLoginCheckMilliSeconds: 'guesses are fast when they come within # milliseconds',
    maxDeltaTimeSeconds: 'wrong passwords are forgotten after # seconds',
    otpPolicyDigits: 'one-time passwords have # digits',
  };
  const rows = [
    ...Object.entries(MORE).flatMap(([path, words]) => ([[11, 'weakens'], [10, 'differs'], [9, 'differs'], [0, 'weakens']] as const).map(([held, effect]) => ({ path, words, held, effect }))),
    ...Object.entries(LESS).flatMap(([path, words]) => ([[11, 'differs'], [10, 'differs'], [9, 'weakens'], [0, 'weakens']] as const).map(([held, effect]) => ({ path, words, held, effect }))),
  ];
  it.each(rows)('$path is $held and usually 10: $effect', ({ path, words, held, effect }) => expect(ofRealm(path, held, 10)).toEqual({ effect, what: words.replace('#', String(held)) }));
  it('is not thinner by being for ever where it usually is', () => expect(ofRealm('failureFactor', 0, 0)?.effect).toBe('differs'));
  it.each([
    ['accessCodeLifespanLogin', 1, 1800, 'breaks'],
    ['accessCodeLifespanLogin', 900, 1800, 'differs'],
    ['accessCodeLifespan', 1, 60, 'breaks'],
    ['waitIncrementSeconds', 31_536_000, 60, 'breaks'],
    ['minimumQuickLoginWaitSeconds', 31_536_000, 60, 'breaks'],
    ['clientSessionIdleTimeout', 1, 0, 'breaks'],
    ['clientSessionMaxLifespan', 36_000, 0, 'differs'],
    ['attributes.actionTokenGeneratedByUserLifespan.reset-credentials', '31536000', undefined, 'weakens'],
    ['attributes.actionTokenGeneratedByUserLifespan.reset-credentials', '200', undefined, 'differs'],
    ['displayNameHtml', '<b>Send us your password</b>', null, 'weakens'],
  ] as const)('%s %s, usually %s, %s', (path, held, usual, effect) => expect(ofRealm(path, held, usual)?.effect).toBe(effect));
  it('is thinner than nothing', () => expect(ofRealm('failureFactor', 1)?.effect).toBe('weakens'));

  it.each<readonly [path: string, what: string]>([
    ['rememberMe', 'who signs in may stay signed in on that browser ("remember me")'],
    ['duplicateEmailsAllowed', 'two accounts may have one email address'],
    ['otpPolicyCodeReusable', 'a one-time password may be used again'],
    ['attributes.realmReusableOtpCode', 'a one-time password may be used again'],
    ['webAuthnPolicyPasswordlessPasskeysEnabled', 'people sign in with passkeys, without a password'],
    ['adminPermissionsEnabled', 'rights over people and clients are given one by one (admin permissions)'],
    ['scimApiEnabled', 'people and groups can be changed by SCIM'],
  ])('%s weakens by being on', (path, what) => {
    expect(ofRealm(path, true)).toEqual({ effect: 'weakens', what });
    expect(ofRealm(path, 'true')).toEqual({ effect: 'weakens', what });
    expect(ofRealm(path, false)).toEqual({ effect: 'differs' });
  });

  const others: readonly (readonly [path: string, effect: string, what?: string])[] = [
    ['bruteForceStrategy', 'weakens'],
    ['permanentLockout', 'breaks'],
    ['maxTemporaryLockouts', 'differs'],
    ['maxSecondaryAuthFailures', 'weakens'],
    ['verifyEmail', 'differs'],
    ['loginWithEmailAllowed', 'differs'],
    ['registrationEmailAsUsername', 'weakens'],
    ['passwordPolicy', 'differs'],
    ['notBefore', 'breaks', 'tokens from before x (seconds since 1970) are refused'],
    ['ssoSessionIdleTimeoutRememberMe', 'weakens'],
    ['ssoSessionMaxLifespanRememberMe', 'weakens'],
    ['clientSessionIdleTimeout', 'differs'],
    ['clientSessionMaxLifespan', 'differs'],
    ['clientOfflineSessionIdleTimeout', 'differs'],
    ['clientOfflineSessionMaxLifespan', 'differs'],
    ['webAuthnPolicyUserVerificationRequirement', 'weakens'],
    ['webAuthnPolicyPasswordlessUserVerificationRequirement', 'weakens', 'a passkey signs in without proof of who holds it (user verification: x)'],
    ['webAuthnPolicyExtraOrigins', 'opens', 'passkeys of the pages x sign in here'],
    ['webAuthnPolicyPasswordlessExtraOrigins', 'opens', 'passkeys of the pages x sign in here'],
    ['webAuthnPolicyRpId', 'breaks'],
    ['webAuthnPolicyPasswordlessRpId', 'breaks'],
    ['smtpServer', 'exposes', 'mail to people, with links that set passwords, goes through a server that the blueprint does not state'],
    ['smtpServer.host', 'exposes', 'mail to people, with links that set passwords, goes through a server that the blueprint does not state'],
    ['eventsListeners', 'exposes', 'who signs in, and where from, is told to x'],
    ['userManagedAccessAllowed', 'weakens'],
    ['organizationsEnabled', 'differs'],
    ['verifiableCredentialsEnabled', 'weakens'],
    ['browserSecurityHeaders.contentSecurityPolicy', 'weakens', 'pages where people sign in are shown with the content policy x'],
    ['browserSecurityHeaders.xFrameOptions', 'weakens', 'pages where people sign in may be framed (x-frame-options: x)'],
    ['browserSecurityHeaders.strictTransportSecurity', 'weakens'],
    ['browserSecurityHeaders.xContentTypeOptions', 'weakens'],
    ['browserSecurityHeaders.referrerPolicy', 'exposes'],
    ['attributes.frontendUrl', 'breaks', 'tokens say that x made them'],
    ['attributes.acr.loa.map', 'weakens'],
    ['loginTheme', 'weakens', 'pages where people type their passwords are made by the theme x'],
    ['identityProviders', 'differs'],
  ];
  it.each(others.map(([path, effect, what]) => ({ path, effect, what })))('$path $effect', ({ path, effect, what }) => expect(ofRealm(path, 'x')).toEqual({ effect, ...(what !== undefined && { what }) }));

  it.each(['novel', 'smtpServerX', 'toString'])('is nothing that is known: %s', (path) => expect(ofRealm(path, 'x')).toBeUndefined());
  it('is told by its value where it is no text', () => expect(ofRealm('eventsListeners', ['a', 'b'])?.what).toBe('who signs in, and where from, is told to ["a","b"]'));
});
