import { setTimeout as pause } from 'node:timers/promises';
import { CookieJar } from 'tough-cookie';
import { Problem, unreachable } from '../../core/problem.ts';
import type { Blueprint, Persona } from '../../blueprint/types.ts';
import type { Secret } from '../../core/secret.ts';
import { withLength } from './fetch.ts';
import type { HttpAnswer, Send } from './http.ts';
import type { Clock } from './network.ts';
import { oneTimePasswords } from './one-time.ts';
import type { OneTimePasswords } from './one-time.ts';

/** How a sign-in goes wrong is a fixture's failure, not a verdict. */
export const signInFailed = (persona: string, why: string): Problem =>
  new Problem('VERIFY_SIGN_IN_FAILED', `persona "${persona}" could not sign in: ${why}`, {
    hint: 'run authctl apply first; is the password right, and does the account need no further action?',
  });

export interface Person {
  readonly username: string;
  readonly password: Secret;
  /** What it shows where it is asked for a one-time password. */
  readonly oneTime?: OneTimePasswords | undefined;
}

/** A persona, as it signs in. */
export const signingIn = (username: string, { password, otp }: Pick<Persona, 'password' | 'otp'>, clock: Clock): Person => ({ username, password, ...(otp && { oneTime: oneTimePasswords(otp, clock) }) });

/** The one of that name; `undefined` where the blueprint has none. */
export const personOf = ({ personas }: Pick<Blueprint, 'personas'>, username: string, clock: Clock): Person | undefined => {
  const persona = Object.hasOwn(personas, username) ? personas[username] : undefined;
  return persona && signingIn(username, persona, clock);
};

interface Step {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: URLSearchParams;
}

/** Cookies are kept by the rules of RFC 6265 and its prefixes; redirects are not followed. */
export interface Browser {
  readonly jar: CookieJar;
  readonly visit: (url: string, step?: Step) => Promise<HttpAnswer>;
  /** Another one with the same cookies. */
  readonly clone: () => Promise<Browser>;
  /** Sign-ins of this run that were refused, by who and with what: a second try would be a step towards a locked account. */
  readonly refused: Map<string, Problem>;
  /** Sign-ins of this run that were taken, in the same words: their password is right. */
  readonly taken: Set<string>;
}

type SignIns = Pick<Browser, 'refused' | 'taken'>;
const signIns = new WeakMap<Send, SignIns>();
const signInsOf = (send: Send): SignIns => {
  const held = signIns.get(send) ?? { refused: new Map<string, Problem>(), taken: new Set<string>() };
  signIns.set(send, held);
  return held;
};

/** What a navigation says of itself: a session service may answer what says less of itself otherwise. */
const NAVIGATION = { 'accept': 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

export const newBrowser = (send: Send, jar = new CookieJar()): Browser => ({
  jar,
  ...signInsOf(send),
  visit: async (url, { method = 'GET', headers = {}, form } = {}) => {
    const cookies = await jar.getCookieString(url);
    const body = form?.toString();
    const type = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const all = Object.entries({ ...NAVIGATION, ...(cookies !== '' && { cookie: cookies }), ...headers, ...type });
    const answer = await send({ url, method, headers: withLength(method, all, body), ...(body !== undefined && { body }), timeout: 15_000 });
    if (answer.status === 0) throw unreachable('keycloak', new URL(url).origin, new Error(answer.failure ?? 'no answer'));
    for (const cookie of answer.setCookies) await jar.setCookie(cookie, url, { ignoreError: true });
    return answer;
  },
  clone: async () => newBrowser(send, await jar.clone()),
});

/** Where the login form of a page is sent; `undefined` where it has none. */
export const loginActionIn = (page: string): string | undefined => /<form[^>]*id="kc-form-login"[^>]*action="([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&');

/** The same of the page that asks for a one-time password. */
const oneTimeActionIn = (page: string): string | undefined => /<form[^>]*id="kc-otp-login-form"[^>]*action="([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&');

export const asksOneTime = (page: string): boolean => oneTimeActionIn(page) !== undefined;

/** How often a one-time password is tried: one that another run has shown is refused. */
const ONE_TIME_TRIES = 4;

/** Longer than Keycloak takes two refusals for a guess (`quickLoginCheckMilliSeconds`, 1,000 unless set). */
const SETTLED_MS = 1500;

/**
 * From Keycloak's authorization endpoint through its login page to the redirect URI, which is not followed. The page is known by its form's
 * id `kc-form-login`; success is a redirect to the redirect URI that carries a code, and nothing else is. A browser that Keycloak knows
 * already gets there without the page. A password that is known to be right (`known`, or it was taken before) is tried once more when it is refused: a
 * busy Keycloak may not be done yet with the sign-in before. Throws `VERIFY_SIGN_IN_FAILED`.
 */
export const throughTheLoginPage = async (browser: Browser, start: string, redirectUri: string, { username, password, oneTime }: Person, known = false): Promise<URL> => {
  const back = ({ status, headers: { location = '' } }: HttpAnswer): URL | undefined =>
    status === 302 && location.startsWith(redirectUri) && new URL(location).searchParams.has('code') ? new URL(location) : undefined;
  /** From the page that asks for a one-time password, if it is one, to what comes after it. */
  const shown = async (answer: HttpAnswer, left = ONE_TIME_TRIES): Promise<HttpAnswer> => {
    const action = answer.status === 200 ? oneTimeActionIn(answer.body) : undefined;
    if (action === undefined || oneTime === undefined || left === 0) return answer;
    if (left < ONE_TIME_TRIES) await pause(SETTLED_MS);
    return shown(await browser.visit(action, { method: 'POST', form: new URLSearchParams({ otp: await oneTime() }) }), left - 1);
  };
  // Whom Keycloak knows already may still be asked for more.
  const page = await shown(await browser.visit(start));
  const signedIn = back(page);
  if (signedIn) return signedIn;
  const tried = `${username}\u0000${password.reveal()}`;
  const before = browser.refused.get(tried);
  if (before) throw before;
  const submit = async ({ status, body }: HttpAnswer): Promise<HttpAnswer> => {
    const action = loginActionIn(body);
    if (status !== 200 || action === undefined) throw signInFailed(username, `the login page answered ${status} without its form`);
    const form = new URLSearchParams({ username, password: password.reveal(), credentialId: '' });
    return shown(await browser.visit(action, { method: 'POST', form }));
  };
  let answer = await submit(page);
  if (answer.status === 200 && loginActionIn(answer.body) !== undefined && (known || browser.taken.has(tried))) {
    await pause(SETTLED_MS);
    answer = await submit(await browser.visit(start));
  }
  const landed = back(answer);
  if (landed) {
    browser.taken.add(tried);
    return landed;
  }
  const problem = signInFailed(username, whyNotIn(answer));
  browser.refused.set(tried, problem);
  throw problem;
};

/** Pages of Keycloak that stand between a right password and a code, by the id of their form. */
const PAGES: Readonly<Record<string, string>> = {
  'kc-otp-login-form': 'the account asks for a one-time code (OTP)',
  'kc-totp-settings-form': 'the account has to set up a one-time code first (required action CONFIGURE_TOTP)',
  'kc-passwd-update-form': 'the account has to choose a new password first (required action UPDATE_PASSWORD)',
  'kc-update-profile-form': 'the account has to complete its profile first (required action UPDATE_PROFILE or VERIFY_PROFILE)',
  'kc-verify-email-form': 'the account has to verify its e-mail address first (required action VERIFY_EMAIL)',
  'kc-terms-text': 'the account has to accept terms first (required action TERMS_AND_CONDITIONS)',
  'kc-oauth': 'the client asks for consent',
  'webauth': 'the account asks for a passkey (WebAuthn)',
};

/** By name why there is no code: from where Keycloak leads to, the form it shows, or its own words. */
const whyNotIn = ({ status, headers: { location = '' }, body }: HttpAnswer): string => {
  const action = /\/login-actions\/required-action\?(?:[^#]*&)?execution=([A-Za-z_]{1,40})/.exec(location)?.[1];
  if (action !== undefined) return `the account has a required action: ${action}`;
  const form = [...body.matchAll(/\bid="([\w-]+)"/g)].map((match) => match[1] ?? '').find((id) => id in PAGES);
  if (form !== undefined) return PAGES[form] ?? '';
  const said = (/id="input-error[\w-]*"[^>]*>\s*([^<\s][^<]{0,119})/.exec(body)?.[1] ?? /kc-feedback-text"[^>]*>\s*([^<\s][^<]{0,119})/.exec(body)?.[1] ?? '').trim();
  if (/temporarily disabled/i.test(said)) return 'the account is locked for a while, after too many wrong passwords';
  if (/disabled/i.test(said)) return 'the account is disabled';
  if (/invalid (username|user|credentials|password)/i.test(said || body))
    return 'wrong password, or an account that is locked after wrong ones: Keycloak says the same of both';
  return `the login page answered ${status} and no code${said === '' ? '' : `, and says: ${said}`}`;
};

/** One sign-in of a person at a time: brute force protection refuses a second one that is under way beside the first. */
export const inTurn = <Result>(key: string, work: () => Promise<Result>): Promise<Result> => {
  const turn = (turns.get(key) ?? Promise.resolve()).catch(() => undefined).then(work);
  turns.set(key, turn);
  return turn;
};
const turns = new Map<string, Promise<unknown>>();
