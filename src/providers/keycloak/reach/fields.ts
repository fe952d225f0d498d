import type { Effect, Spec, SpecValue } from '../../../core/resource.ts';
import type { Unstated } from '../../../core/unstated.ts';

export interface Says {
  readonly effect: Effect;
  /** What is so now; the words that all fields share, unless stated. */
  readonly what?: string;
}
type Teller = Effect | ((held: SpecValue, name: string, around: Spec) => Says);

const text = (value: SpecValue): string => (typeof value === 'string' ? value : JSON.stringify(value));
const saying =
  (effect: Effect, what: (held: string, name: string) => string): Teller =>
  (held, name) => ({ effect, what: what(text(held), name) });
const when = (on: Effect, what: (name: string) => string): Teller => (held, name) => (text(held) === 'true' ? { effect: on, what: what(name) } : { effect: 'differs' });

/** Longer than the realm's own is a guard that got thinner; shorter is only other. */
const lifespan =
  (what: string, of: string): Teller =>
  (held, name, around) => {
    const usual = around[of];
    const longer = typeof usual !== 'number' || Number(held) > usual;
    return { effect: longer ? 'weakens' : 'differs', what: `${what} of ${name} are good for ${text(held)} seconds${typeof usual === 'number' ? `, those of the realm for ${usual}` : ''}` };
  };
const proof = saying('opens', (held, name) => `who has ${keysOf(held) ?? `what "${held}" stands for`} acts as ${name}: it is a proof of it beside what the blueprint states`);
/** A switch says nothing of who holds the key; where the key is told as well, it is told with that. */
const proofOn = (what: string): Teller => (held, name) => (text(held) === 'false' ? { effect: 'differs' } : { effect: 'opens', what: `who has the key of ${what} acts as ${name}: it is a proof of it beside what the blueprint states` });
/** Keys that stand there themselves, by what they are called. */
const keysOf = (held: string): string | undefined => {
  if (!held.trimStart().startsWith('{')) return /^(-----BEGIN|MII)/.test(held) ? 'the key of a certificate' : undefined;
  const kids = [...held.matchAll(/"kid"\s*:\s*"([^"]*)"/g)].map(([, kid = '']) => kid);
  return `a key of a set that stands with it${kids.length > 0 ? ` (${kids.join(', ')})` : ''}`;
};
const unlikeTheRealm = (what: string): Teller =>
  (held, name) => ({ effect: 'breaks', what: text(held) === 'none' ? `${what} of ${name} are to be signed by nobody (alg none): Keycloak makes none, and who takes one takes a forged one as well` : `${what} of ${name} are signed with ${text(held)}: who expects the algorithm of the realm refuses them` });
const grant = (how: string): Teller => when('opens', (name) => `${name} gets tokens ${how}`);

const CLIENT: Readonly<Record<string, Teller>> = {
  clientAuthenticatorType: saying('opens', (held, name) => `${name} proves who it is by ${held}, and not by its secret`),
  authorizationServicesEnabled: 'weakens',
  consentRequired: 'differs',
  notBefore: saying('breaks', (held, name) => `tokens of ${name} from before ${held} (seconds since 1970) are refused`),
  adminUrl: saying('exposes', (held, name) => `what ends sessions and tokens of ${name} is sent to ${held}`),
  'attributes.access.token.lifespan': lifespan('access tokens', 'accessTokenLifespan'),
  'attributes.client.session.max.lifespan': lifespan('sessions', 'ssoSessionMaxLifespan'),
  'attributes.client.session.idle.timeout': lifespan('idle sessions', 'ssoSessionIdleTimeout'),
  'attributes.client.offline.session.max.lifespan': 'weakens',
  'attributes.client.offline.session.idle.timeout': 'weakens',
  'attributes.jwks.url': proof,
  'attributes.use.jwks.url': proofOn('its key set elsewhere'),
  'attributes.jwks.string': proof,
  'attributes.use.jwks.string': proofOn('the key set that stands with it'),
  'attributes.jwt.credential.public.key': proof,
  'attributes.jwt.credential.certificate': proof,
  'attributes.jwt.credential.kid': proof,
  'attributes.jwt.credential.issuer': proof,
  'attributes.jwt.credential.sub': proof,
  'attributes.x509.subjectdn': proof,
  // As it is where nobody says so.
  'attributes.x509.allow.regex.pattern.comparison': (_held, name) => ({ effect: 'differs', what: `the subject of a certificate that ${name} shows is compared by a pattern, as it is unless "false" is stated` }),
  'attributes.token.endpoint.auth.signing.alg': 'differs',
  'attributes.standard.token.exchange.enabled': grant('in exchange for those of others'),
  'attributes.oauth2.device.authorization.grant.enabled': grant('by the device flow, which can be phished'),
  'attributes.oidc.ciba.grant.enabled': grant('by back-channel sign-in (CIBA)'),
  'attributes.oauth2.jwt.authorization.grant.enabled': grant('for assertions of another issuer'),
  'attributes.oauth2.jwt.authorization.grant.idp': 'opens',
  'attributes.client_credentials.use_refresh_token': 'weakens',
  'attributes.post.logout.redirect.uris': saying('weakens', (held, name) => `who signs out of ${name} may be sent to ${held}`),
  'attributes.backchannel.logout.url': saying('exposes', (held, name) => `who signs out of ${name}, and of which session, is told to ${held}`),
  'attributes.frontchannel.logout.url': saying('exposes', (held, name) => `browsers that sign out of ${name} ask ${held}`),
  'attributes.request.uris': 'weakens',
  'attributes.client.introspection.response.allow.jwt.claim.enabled': 'weakens',
  'attributes.allow.token.introspection.without.audience.check': 'weakens',
  'attributes.allow.userinfo.with.lightweight.access.token': 'weakens',
  'attributes.access.token.signed.response.alg': unlikeTheRealm('access tokens'),
  'attributes.id.token.signed.response.alg': unlikeTheRealm('ID tokens'),
  'attributes.user.info.response.signature.alg': unlikeTheRealm('answers about people (userinfo)'),
  'attributes.authorization.signed.response.alg': unlikeTheRealm('answers of a sign-in'),
  'attributes.id.token.encrypted.response.alg': 'breaks',
  'attributes.id.token.encrypted.response.enc': 'breaks',
  'attributes.user.info.encrypted.response.alg': 'breaks',
  'attributes.authorization.encrypted.response.alg': 'breaks',
  'attributes.request.object.signature.alg': saying('breaks', (held, name) => `${name} must send request objects signed with ${held}`),
  'attributes.request.object.required': 'breaks',
  'attributes.use.refresh.tokens': (held, name) => ({ effect: 'breaks', what: text(held) === 'false' ? `who signs in at ${name} gets no refresh token` : `${name} gets refresh tokens` }),
  'attributes.pkce.code.challenge.method': 'differs',
  'attributes.tls.client.certificate.bound.access.tokens': 'breaks',
  'attributes.dpop.bound.access.tokens': 'breaks',
  'attributes.require.pushed.authorization.requests': 'breaks',
  'attributes.access.token.header.type.rfc9068': 'breaks',
  'attributes.acr.loa.map': 'weakens',
  'attributes.default.acr.values': 'weakens',
  'attributes.minimum.acr.value': 'breaks',
  'attributes.login_theme': 'weakens',
};

/** More is a thinner guard, less is only other; what is less than `least`, and than half of what is usual, is too little for anybody. */
const more =
  (what: (held: string) => string, least = 0): Teller =>
  (held, _name, around) => {
    const usual = Number(around['']);
    if (Number(held) > 0 && Number(held) < Math.min(least, usual / 2)) return { effect: 'breaks', what: what(text(held)) };
    return { effect: Number(held) > usual || (Number(held) === 0 && usual > 0) ? 'weakens' : 'differs', what: what(text(held)) };
  };
/** The other way about; what is more than `most` keeps out whoever was meant to get in. */
const less =
  (what: (held: string) => string, most = Infinity): Teller =>
  (held, _name, around) => ({ effect: Number(held) < Number(around['']) ? 'weakens' : Number(held) > most ? 'breaks' : 'differs', what: what(text(held)) });
/** 0 is as long as the realm says. */
const ends: Teller = (held) => ({ effect: Number(held) > 0 && Number(held) < MINUTE ? 'breaks' : 'differs' });

const [MINUTE, DAY] = [60, 86_400];

const REALM: Readonly<Record<string, Teller>> = {
  failureFactor: more((held) => `a password may be guessed ${held} times before anybody has to wait`),
  waitIncrementSeconds: less((held) => `who guessed too often waits ${held} seconds more`, DAY),
  maxFailureWaitSeconds: less((held) => `who guesses passwords waits ${held} seconds at most`, DAY),
  minimumQuickLoginWaitSeconds: less((held) => `who guesses fast waits ${held} seconds`, DAY),
  quickLoginCheckMilliSeconds: less((held) => `guesses are fast when they come within ${held} milliseconds`),
  maxDeltaTimeSeconds: less((held) => `wrong passwords are forgotten after ${held} seconds`),
  bruteForceStrategy: 'weakens',
  permanentLockout: 'breaks',
  maxTemporaryLockouts: 'differs',
  maxSecondaryAuthFailures: 'weakens',
  rememberMe: when('weakens', () => 'who signs in may stay signed in on that browser ("remember me")'),
  verifyEmail: 'differs',
  loginWithEmailAllowed: 'differs',
  duplicateEmailsAllowed: when('weakens', () => 'two accounts may have one email address'),
  registrationEmailAsUsername: 'weakens',
  passwordPolicy: (held) => (/\bhash/i.test(text(held)) ? { effect: 'weakens', what: `passwords are stored as ${text(held)} says, and not as Keycloak does by itself` } : { effect: 'differs' }),
  notBefore: saying('breaks', (held) => `tokens from before ${held} (seconds since 1970) are refused`),
  accessTokenLifespanForImplicitFlow: more((held) => `access tokens of the implicit flow are good for ${held} seconds`),
  ssoSessionIdleTimeoutRememberMe: 'weakens',
  ssoSessionMaxLifespanRememberMe: 'weakens',
  offlineSessionIdleTimeout: more((held) => `an offline token is good for ${held} seconds after its last use`),
  offlineSessionMaxLifespan: more((held) => `an offline token is good for ${held} seconds`),
  clientSessionIdleTimeout: ends,
  clientSessionMaxLifespan: ends,
  clientOfflineSessionIdleTimeout: 'differs',
  clientOfflineSessionMaxLifespan: 'differs',
  accessCodeLifespan: more((held) => `an authorization code is good for ${held} seconds`, 5),
  accessCodeLifespanUserAction: more((held) => `a required action may take ${held} seconds`, MINUTE),
  accessCodeLifespanLogin: more((held) => `a sign-in may take ${held} seconds`, MINUTE),
  actionTokenGeneratedByAdminLifespan: more((held) => `a link that an administrator sends is good for ${held} seconds`),
  actionTokenGeneratedByUserLifespan: more((held) => `a link that somebody asked for is good for ${held} seconds`),
  oauth2DeviceCodeLifespan: more((held) => `a device code is good for ${held} seconds`),
  otpPolicyCodeReusable: when('weakens', () => 'a one-time password may be used again'),
  otpPolicyLookAheadWindow: more((held) => `${held} one-time passwords are good at once`),
  otpPolicyDigits: less((held) => `one-time passwords have ${held} digits`),
  otpPolicyPeriod: more((held) => `a one-time password is good for ${held} seconds`),
  webAuthnPolicyUserVerificationRequirement: 'weakens',
  webAuthnPolicyPasswordlessUserVerificationRequirement: saying('weakens', (held) => `a passkey signs in without proof of who holds it (user verification: ${held})`),
  webAuthnPolicyExtraOrigins: saying('opens', (held) => `passkeys of the pages ${held} sign in here`),
  webAuthnPolicyPasswordlessExtraOrigins: saying('opens', (held) => `passkeys of the pages ${held} sign in here`),
  webAuthnPolicyRpId: 'breaks',
  webAuthnPolicyPasswordlessRpId: 'breaks',
  webAuthnPolicyPasswordlessPasskeysEnabled: when('weakens', () => 'people sign in with passkeys, without a password'),
  smtpServer: saying('exposes', () => 'mail to people, with links that set passwords, goes through a server that the blueprint does not state'),
  eventsListeners: (held, _name, around) => {
    const [now, usual] = [held, around['']].map((names) => (Array.isArray(names) ? names.map(String) : names ? [text(names)] : []));
    return now?.every((one) => usual?.includes(one)) ? { effect: 'differs', what: 'nobody is told who signs in' } : { effect: 'exposes', what: `who signs in, and where from, is told to ${text(held)}` };
  },
  userManagedAccessAllowed: 'weakens',
  adminPermissionsEnabled: when('weakens', () => 'rights over people and clients are given one by one (admin permissions)'),
  scimApiEnabled: when('weakens', () => 'people and groups can be changed by SCIM'),
  organizationsEnabled: 'differs',
  verifiableCredentialsEnabled: 'weakens',
  'browserSecurityHeaders.contentSecurityPolicy': saying('weakens', (held) => `pages where people sign in are shown with the content policy ${held}`),
  'browserSecurityHeaders.xFrameOptions': saying('weakens', (held) => `pages where people sign in may be framed (x-frame-options: ${held})`),
  'browserSecurityHeaders.strictTransportSecurity': 'weakens',
  'browserSecurityHeaders.xContentTypeOptions': 'weakens',
  'browserSecurityHeaders.referrerPolicy': 'exposes',
  'attributes.realmReusableOtpCode': when('weakens', () => 'a one-time password may be used again'),
  'attributes.frontendUrl': saying('breaks', (held) => `tokens say that ${held} made them`),
  'attributes.acr.loa.map': 'weakens',
  displayNameHtml: saying('weakens', (held) => `pages where people type their passwords are headed by ${held}`),
  loginTheme: saying('weakens', (held) => `pages where people type their passwords are made by the theme ${held}`),
  emailTheme: saying('weakens', (held) => `mail to people, with links that set passwords, is written by the theme ${held}`),
  accountTheme: saying('weakens', (held) => `pages where people change their accounts are made by the theme ${held}`),
  adminTheme: saying('weakens', (held) => `pages where administrators work are made by the theme ${held}`),
  identityProviders: 'differs',
};

const told = (tellers: Readonly<Record<string, Teller>>, path: string, held: SpecValue, name: string, around: Spec): Says | undefined => {
  const teller = Object.hasOwn(tellers, path) ? tellers[path] : undefined;
  return typeof teller === 'string' ? { effect: teller } : teller?.(held, name, around);
};

/** How long a link is good that somebody asked for, as Keycloak ships it. */
const LINK = 300;

/** What a field of a client does that the blueprint does not state; `realm` is what the blueprint says of the realm. */
export const clientField = (name: string, { path, held }: Unstated, realm: Spec): Says | undefined => told(CLIENT, path, held, name, realm);

export const realmField = ({ path, held, default: usual }: Unstated, _realm: Spec): Says | undefined =>
  path.startsWith('attributes.actionTokenGeneratedByUserLifespan.') ? told(REALM, 'actionTokenGeneratedByUserLifespan', held, '', { '': LINK }) : path === 'smtpServer' || path.startsWith('smtpServer.') ? told(REALM, 'smtpServer', held, '', {}) : told(REALM, path, held, '', { '': usual ?? null });

/** What a field of an account does that the blueprint does not state. */
export const userField = (name: string, { path, held }: Unstated): Says | undefined =>
  path === 'notBefore' ? { effect: 'breaks', what: `tokens of ${name} from before ${text(held)} (seconds since 1970) are refused` } : undefined;
