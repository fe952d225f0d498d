import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { CookieJar } from 'tough-cookie';
import { Problem, unreachable } from '../../core/problem.ts';
import type { Secret } from '../../core/secret.ts';

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

/** Not fetch: that says of itself that it is no navigation (Sec-Fetch-Mode: cors), and a session service may answer such a request otherwise. */
const send = (url: string, { method = 'GET', headers = {}, form }: Step): Promise<Response> =>
  new Promise((settle, fail) => {
    const body = form?.toString();
    const all = {
      accept: 'text/html',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      ...headers,
      ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(Buffer.byteLength(body)) }),
    };
    const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, { method, headers: all, timeout: 15_000 }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', fail).on('end', () => {
        const received = new Headers();
        for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) received.append(answer.rawHeaders[at] ?? '', answer.rawHeaders[at + 1] ?? '');
        const status = answer.statusCode ?? 0;
        settle(new Response(status === 204 || status === 304 ? null : Buffer.concat(chunks), { status, headers: received }));
      });
    });
    request.on('timeout', () => request.destroy(new Error('no answer in 15 s'))).on('error', fail).end(body);
  });

/** One step of a browser: cookies kept by the rules of RFC 6265 and its prefixes, redirects not followed. */
export const browse = async (jar: CookieJar, url: string, step: Step = {}): Promise<Response> => {
  let answer: Response;
  try {
    const cookies = await jar.getCookieString(url);
    answer = await send(url, { ...step, headers: { ...(cookies !== '' && { cookie: cookies }), ...step.headers } });
  } catch (thrown) {
    throw unreachable('keycloak', new URL(url).origin, thrown);
  }
  for (const cookie of answer.headers.getSetCookie()) await jar.setCookie(cookie, url, { ignoreError: true });
  return answer;
};

export const newBrowser = (): CookieJar => new CookieJar();

/**
 * From Keycloak's authorization endpoint through its login page to the redirect URI, which is not followed. The page is known by its form's
 * id `kc-form-login`; success is a redirect to the redirect URI that carries a code, and nothing else is. A browser that Keycloak knows
 * already gets there without the page. Throws `VERIFY_SIGN_IN_FAILED`.
 */
export const throughTheLoginPage = async (jar: CookieJar, start: string, redirectUri: string, { username, password }: Person): Promise<URL> => {
  const back = (answer: Response): URL | undefined => {
    const location = answer.headers.get('location') ?? '';
    return answer.status === 302 && location.startsWith(redirectUri) && new URL(location).searchParams.has('code') ? new URL(location) : undefined;
  };
  const page = await browse(jar, start);
  const known = back(page);
  if (known) return known;
  const action = /<form[^>]*id="kc-form-login"[^>]*action="([^"]+)"/.exec(await page.text())?.[1];
  if (page.status !== 200 || action === undefined) throw signInFailed(username, `the login page answered ${page.status} without its form`);
  const form = new URLSearchParams({ username, password: password.reveal(), credentialId: '' });
  const answer = await browse(jar, action.replaceAll('&amp;', '&'), { method: 'POST', form });
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
