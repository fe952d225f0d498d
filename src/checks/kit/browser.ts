import { CookieJar } from 'tough-cookie';
import { Problem, unreachable } from '../../core/problem.ts';
import type { Secret } from '../../core/secret.ts';
import { withLength } from './fetch.ts';
import type { HttpAnswer, Send } from './http.ts';

/** How a sign-in goes wrong is a fixture's failure, not a verdict. */
export const signInFailed = (persona: string, why: string): Problem =>
  new Problem('VERIFY_SIGN_IN_FAILED', `persona "${persona}" could not sign in: ${why}`, {
    hint: 'run authctl apply first; is the password right, and does the account need no further action?',
  });

export interface Person {
  readonly username: string;
  readonly password: Secret;
}

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
}

/** What a navigation says of itself: a session service may answer what says less of itself otherwise. */
const NAVIGATION = { 'accept': 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

export const newBrowser = (send: Send, jar = new CookieJar()): Browser => ({
  jar,
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

/**
 * From Keycloak's authorization endpoint through its login page to the redirect URI, which is not followed. The page is known by its form's
 * id `kc-form-login`; success is a redirect to the redirect URI that carries a code, and nothing else is. A browser that Keycloak knows
 * already gets there without the page. Throws `VERIFY_SIGN_IN_FAILED`.
 */
export const throughTheLoginPage = async (browser: Browser, start: string, redirectUri: string, { username, password }: Person): Promise<URL> => {
  const back = ({ status, headers: { location = '' } }: HttpAnswer): URL | undefined =>
    status === 302 && location.startsWith(redirectUri) && new URL(location).searchParams.has('code') ? new URL(location) : undefined;
  const page = await browser.visit(start);
  const known = back(page);
  if (known) return known;
  const action = /<form[^>]*id="kc-form-login"[^>]*action="([^"]+)"/.exec(page.body)?.[1];
  if (page.status !== 200 || action === undefined) throw signInFailed(username, `the login page answered ${page.status} without its form`);
  const form = new URLSearchParams({ username, password: password.reveal(), credentialId: '' });
  const answer = await browser.visit(action.replaceAll('&amp;', '&'), { method: 'POST', form });
  const landed = back(answer);
  if (!landed) throw signInFailed(username, `the login page answered ${answer.status} and no code`);
  return landed;
};

/** One sign-in of a person at a time: brute force protection refuses a second one that is under way beside the first. */
export const inTurn = <Result>(key: string, work: () => Promise<Result>): Promise<Result> => {
  const turn = (turns.get(key) ?? Promise.resolve()).catch(() => undefined).then(work);
  turns.set(key, turn);
  return turn;
};
const turns = new Map<string, Promise<unknown>>();
