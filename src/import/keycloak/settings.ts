import { isObject, objectOf, textOf, textsOf } from '../../core/json.ts';
import { fieldAt } from '../../blueprint/declaration/index.ts';
import { realm as realmType } from '../../providers/keycloak/specs/realm.ts';
import { MASK, variableOf } from '../draft.ts';
import { durationOf, filled, same } from './common.ts';
import type { Importing } from './common.ts';

const HOUR = 3600;

/** Fields of other versions of Keycloak, and what is an object in truth. */
const GONE: readonly string[] = [
  'id', 'realm', 'enabled', 'keycloakVersion', 'requiredCredentials', 'certificate', 'publicKey', 'privateKey', 'codeSecret', 'defaultRoles', 'defaultRole',
  'organizations', 'otpSupportedApplications', 'userFederationProviders', 'userFederationMappers', 'userProfile', 'federatedUsers', 'applications', 'oauthClients',
]; // prettier-ignore

const OLD_KEYS = ['certificate', 'publicKey', 'privateKey', 'codeSecret'];

/** Settings that a new realm has none of. */
const FURTHER: readonly string[] = [
  'displayName', 'displayNameHtml', 'passwordPolicy', 'loginTheme', 'accountTheme', 'adminTheme', 'emailTheme', 'supportedLocales', 'defaultLocale',
  'eventsExpiration', 'defaultGroups', 'verifiableCredentialsEnabled', 'scimApiEnabled', 'webAuthnPolicyPasswordlessPasskeysEnabled', 'webAuthnPolicyPasswordlessMediation',
]; // prettier-ignore

/** A realm's settings: in fields of the blueprint where it has them, in Keycloak's own words otherwise, and only what is not as in every new realm. */
export const saySettings = (importing: Importing): void => {
  const { draft, rep, shipped } = importing;
  const usual = shipped.realm;
  const told = (field: string): unknown => rep[field] ?? usual[field];
  const raw = (field: string, value: unknown): void => draft.put(['raw', 'keycloak', 'realm', field], value);
  const said = new Set<string>(GONE);
  const say = (field: string, work: () => void): void => {
    if (said.has(field)) return;
    said.add(field);
    work();
  };

  draft.put(['realm', 'name'], importing.realm);
  sayTokens(importing, raw);
  for (const field of ['accessTokenLifespan', 'defaultSignatureAlgorithm', 'revokeRefreshToken', 'refreshTokenMaxReuse', 'ssoSessionIdleTimeout', 'ssoSessionMaxLifespan']) said.add(field);
  say('bruteForceProtected', () => draft.put(['realm', 'bruteForceProtection'], told('bruteForceProtected') === true));
  if (told('bruteForceProtected') !== true) draft.warn(['realm', 'bruteForceProtection'], 'passwords may be guessed as often as anybody likes', 'Say true when you take the realm over');
  for (const [field, key] of LOGIN) say(field, () => { if (told(field) === true) draft.put(['realm', 'login', key], true); }); // prettier-ignore
  if (told('registrationAllowed') === true && told('verifyEmail') !== true) draft.warn(['realm', 'login', 'selfRegistration'], 'strangers make accounts with an address that nobody proved', 'Add verifyEmail: true');
  say('editUsernameAllowed', () => { if (told('editUsernameAllowed') === true) raw('editUsernameAllowed', true); }); // prettier-ignore
  if (rep.enabled === false) raw('enabled', false);
  say('passwordPolicy', () => { if (textOf(rep.passwordPolicy)) draft.put(['realm', 'passwordPolicy'], rep.passwordPolicy); }); // prettier-ignore
  for (const page of ['login', 'account', 'admin', 'email']) say(`${page}Theme`, () => { if (textOf(rep[`${page}Theme`])) draft.put(['realm', 'themes', page], rep[`${page}Theme`]); }); // prettier-ignore
  sayLocales(importing, said, raw);
  sayMail(importing, said, raw);
  sayEvents(importing, said);
  say('sslRequired', () => {
    const required = String(told('sslRequired')).toLowerCase();
    if (required !== 'external') draft.put(['realm', 'sslRequired'], required);
    if (required === 'none') draft.warn(['realm', 'sslRequired'], 'tokens and passwords travel in the clear', 'Say external, and put https in front of Keycloak');
  });
  sayOthers(importing, said, raw);
};

const LOGIN = [
  ['registrationAllowed', 'selfRegistration'], ['resetPasswordAllowed', 'resetPassword'], ['rememberMe', 'rememberMe'], ['verifyEmail', 'verifyEmail'],
  ['registrationEmailAsUsername', 'emailAsUsername'],
] as const; // prettier-ignore

type Raw = (field: string, value: unknown) => void;

const sayTokens = ({ draft, rep, shipped }: Importing, raw: Raw): void => {
  const told = (field: string): unknown => rep[field] ?? shipped.realm[field];
  const [lifespan, idle, max] = [told('accessTokenLifespan'), told('ssoSessionIdleTimeout'), told('ssoSessionMaxLifespan')];
  const sessions = [durationOf(idle), durationOf(max)];
  const life = durationOf(lifespan);
  const short = life !== undefined && Number(lifespan) <= HOUR;
  // A blueprint refuses a token that outlives an idle session, the usual one of five minutes too.
  const sound = sessions.every((one) => one !== undefined) && Number(idle) <= Number(max) && Number(idle) >= (short && Number(lifespan) <= Number(idle) ? Number(lifespan) : Number(shipped.realm.accessTokenLifespan));
  const fits = short && Number(lifespan) <= (sound ? Number(idle) : Number(shipped.realm.ssoSessionIdleTimeout));
  const algorithm = String(told('defaultSignatureAlgorithm'));
  const known = (fieldAt(['realm', 'tokens', 'algorithm'])?.enum ?? []).includes(algorithm);
  draft.put(['realm', 'tokens'], { ...(fits && lifespan !== 300 && { accessTokenLifespan: life }), ...(known && algorithm !== 'RS256' && { algorithm }), refreshTokenRotation: told('revokeRefreshToken') === true });
  if (!fits) {
    raw('accessTokenLifespan', lifespan);
    if (Number(lifespan) > HOUR) draft.warn(['raw', 'keycloak', 'realm', 'accessTokenLifespan'], `a token that is stolen is good for ${String(lifespan)} seconds, and nobody can take it back`, 'Make it short (300), and let clients refresh');
  }
  if (!known) {
    raw('defaultSignatureAlgorithm', algorithm);
    draft.warn(['raw', 'keycloak', 'realm', 'defaultSignatureAlgorithm'], `who verifies a token signed by ${algorithm} could make one`, 'Choose RS256 or ES256 under realm.tokens.algorithm');
  }
  if (sound && (idle !== 1800 || max !== 36_000)) draft.put(['realm', 'sessions'], { ...(idle !== 1800 && { idle: sessions[0] }), ...(max !== 36_000 && { max: sessions[1] }) });
  if (!sound) for (const [field, value] of [['ssoSessionIdleTimeout', idle], ['ssoSessionMaxLifespan', max]] as const) raw(field, value); // prettier-ignore
  if (told('refreshTokenMaxReuse') !== 0) raw('refreshTokenMaxReuse', told('refreshTokenMaxReuse'));
};

const sayLocales = ({ draft, rep }: Importing, said: Set<string>, raw: Raw): void => {
  const fields = ['internationalizationEnabled', 'supportedLocales', 'defaultLocale'];
  for (const field of fields) said.add(field);
  const supported = textsOf(rep.supportedLocales);
  const standard = textOf(rep.defaultLocale);
  const known = (locale: string): boolean => /^[a-z]{2,3}(-[A-Za-z0-9]+)*$/.test(locale);
  if (rep.internationalizationEnabled === true && supported.length > 0 && supported.every(known) && (!standard || known(standard)))
    return draft.put(['realm', 'locales'], { supported, ...(standard && { default: standard }) });
  if (rep.internationalizationEnabled === true) raw('internationalizationEnabled', true);
  if (supported.length > 0) raw('supportedLocales', supported);
  if (standard) raw('defaultLocale', standard);
};

/** What a mail server is said by in the blueprint's own fields. */
const MAIL: readonly string[] = ['host', 'from', 'fromDisplayName', 'port', 'user', 'password', 'starttls', 'ssl', 'auth'];

const sayMail = ({ draft, rep, realm }: Importing, said: Set<string>, raw: Raw): void => {
  said.add('smtpServer');
  const held = Object.fromEntries(Object.entries(filled(objectOf(rep.smtpServer))).map(([name, value]) => [name, String(value)]));
  if (Object.keys(held).length === 0) return;
  const { host, from, fromDisplayName, port, user, password, starttls, ssl, auth } = held;
  if (password === MASK) draft.leave('realm.smtp.password', `Keycloak does not show it: say \${${variableOf(realm)}_SMTP_PASSWORD} there when you take it over`);
  const reference = password === undefined || password === MASK || auth !== 'true' ? undefined : draft.secret(`${realm}_SMTP_PASSWORD`, 'the mail server', password);
  const typed = host !== undefined && from !== undefined && Object.entries(held).every(([name, value]) => MAIL.includes(name) || value === 'false') && (port === undefined || /^\d{1,5}$/.test(port)) && (user !== undefined || auth !== 'true');
  if (!typed) {
    const { user, password: _password, ...open } = held;
    return raw('smtpServer', { ...open, ...(auth === 'true' && user !== undefined && { user }), ...(reference !== undefined && { password: reference }) });
  }
  draft.put(['realm', 'smtp'], {
    host, from,
    ...(fromDisplayName !== undefined && { fromDisplayName }),
    ...(port !== undefined && { port }),
    ...(auth === 'true' && user !== undefined && { user }),
    ...(reference !== undefined && { password: reference }),
    ...(starttls === 'true' && { starttls: true }),
    ...(ssl === 'true' && { ssl: true }),
  }); // prettier-ignore
};

const sayEvents = ({ draft, rep }: Importing, said: Set<string>): void => {
  for (const field of ['eventsEnabled', 'adminEventsEnabled', 'adminEventsDetailsEnabled']) said.add(field);
  const expiration = durationOf(rep.eventsExpiration);
  const on = { ...(rep.eventsEnabled === true && { login: true }), ...(rep.adminEventsEnabled === true && { admin: true }), ...(rep.adminEventsDetailsEnabled === true && { adminDetails: true }) };
  if (Object.keys(on).length === 0 && expiration === undefined) return;
  if (expiration !== undefined || !rep.eventsExpiration) said.add('eventsExpiration');
  draft.put(['realm', 'events'], { ...on, ...(expiration !== undefined && { expiration }) });
};

/** Everything else, in Keycloak's own words. */
const sayOthers = ({ draft, rep, shipped }: Importing, said: ReadonlySet<string>, raw: Raw): void => {
  for (const field of OLD_KEYS) if (textOf(rep[field])) draft.leave(`realm.${field}`, 'old versions keep a key of the realm there, newer ones as a component: tokens that were signed by it are refused where the realm is made anew');
  const usual = shipped.realm;
  for (const [field, value] of Object.entries(rep)) {
    if (said.has(field) || value === null || value === undefined || (field !== 'defaultGroups' && Object.hasOwn(realmType.fields, field) && realmType.fields[field]?.readOnly)) continue;
    if (!Object.hasOwn(usual, field) && !FURTHER.includes(field)) {
      draft.leave(`realm.${field}`, 'no setting of a realm that this version of Keycloak shows');
      continue;
    }
    if (same(value, usual[field]) || value === '' || (Array.isArray(value) && value.length === 0 && !Array.isArray(usual[field]))) continue;
    if (field === 'attributes') sayAttributes({ draft, rep, shipped }, value);
    else if (isObject(value) && isObject(usual[field])) {
      const other = Object.entries(value).filter(([name, inside]) => inside !== null && !same(inside, objectOf(usual[field])[name]));
      if (other.length > 0) raw(field, Object.fromEntries(other));
    } else raw(field, value);
  }
  const otp = Object.keys(rep).some((field) => field.startsWith('otpPolicy') && field !== 'otpPolicyCodeReusable' && !same(rep[field], usual[field]));
  // Keycloak takes the policy for one-time passwords only together with its type.
  if (otp) raw('otpPolicyType', rep.otpPolicyType ?? usual.otpPolicyType);
};

/** Of those that say what a field says as well, the field counts. */
const sayAttributes = ({ draft, rep, shipped }: Pick<Importing, 'draft' | 'rep' | 'shipped'>, value: unknown): void => {
  const usual = objectOf(shipped.realm.attributes);
  for (const [name, inside] of Object.entries(objectOf(value))) {
    if (inside === null || inside === '' || same(String(inside), usual[name]) || Object.hasOwn(shipped.realm, name) || Object.hasOwn(rep, name)) continue;
    if (name.startsWith('_browser_header.') || name.startsWith('authctl.') || name.startsWith('client-policies.')) continue;
    // What is off or unset is as if it were not there.
    if (inside === '0' && name.startsWith('client')) continue;
    draft.put(['raw', 'keycloak', 'realm', 'attributes', name], typeof inside === 'string' ? inside : JSON.stringify(inside));
  }
};
