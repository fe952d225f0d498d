import { createHash, randomBytes } from 'node:crypto';
import { CookieJar } from 'tough-cookie';
import type { Blueprint } from '../../blueprint/types.ts';
import { Problem, unreachable } from '../../core/problem.ts';
import { Secret } from '../../core/secret.ts';

/** What a sign-in gave; secrets all three. */
export interface TokenSet {
  readonly access: Secret;
  readonly id?: Secret;
  readonly refresh?: Secret;
}

/** How one hidden-form sign-in goes wrong is a fixture's failure, not a verdict. */
const signInFailed = (persona: string, why: string): Problem =>
  new Problem('VERIFY_SIGN_IN_FAILED', `persona "${persona}" could not sign in: ${why}`, {
    hint: 'run authctl apply first; is the password right, and does the account need no further action?',
  });

/**
 * Tokens as real people and services get them: authorization code with PKCE through Keycloak's own login page (RFC 7636), and client
 * credentials (RFC 6749 section 4.4). Each is fetched once per subject and scope set, and kept until it is near its end.
 */
export const createTokens = (blueprint: Blueprint) => {
  const cache = new Map<string, { readonly until: number; readonly tokens: Promise<TokenSet> }>();
  const endpoint = `${blueprint.issuer}/protocol/openid-connect`;
  const cached = (key: string, fetchTokens: () => Promise<TokenSet>): Promise<TokenSet> => {
    const held = cache.get(key);
    if (held && held.until > Date.now()) return held.tokens;
    const lifespan = blueprint.realm.tokens.accessTokenLifespan * 1000;
    const tokens = fetchTokens();
    tokens.catch(() => cache.delete(key));
    cache.set(key, { until: Date.now() + lifespan / 2, tokens });
    return tokens;
  };

  /** Signs a persona in with the scopes asked for; all of the client's own when none are named. */
  const persona = (name: string, scopes?: readonly string[]): Promise<TokenSet> => {
    const client = blueprint.authentication.client;
    const asked = ['openid', ...(scopes ?? blueprint.realm.clients[client]?.scopes ?? [])].join(' ');
    return cached(`persona ${name} ${asked}`, () => signIn(blueprint, endpoint, name, asked));
  };

  /** A service client's own token (client credentials). */
  const client = (id: string): Promise<TokenSet> =>
    cached(`client ${id}`, async () => {
      const secret = blueprint.realm.clients[id]?.secret;
      if (!secret) throw new Problem('VERIFY_NO_SECRET', `client "${id}" has no secret in the blueprint`, { at: blueprint.at(`realm.clients.${id}`) });
      return tokensFrom(await post(`${endpoint}/token`, { grant_type: 'client_credentials', client_id: id, client_secret: secret.reveal() }), id);
    });

  return { persona, client, forget: (): void => cache.clear() };
};
export type Tokens = ReturnType<typeof createTokens>;

const signIn = async (blueprint: Blueprint, endpoint: string, name: string, scope: string): Promise<TokenSet> => {
  const clientId = blueprint.authentication.client;
  const redirectUri = blueprint.realm.clients[clientId]?.redirectUris[0];
  const who = blueprint.personas[name];
  if (!who || redirectUri === undefined) throw signInFailed(name, 'it is not in the blueprint, or its client has no redirect URI');
  const { code, verifier } = await authorize({ endpoint, clientId, redirectUri, scope, username: name, password: who.password });
  const secret = blueprint.realm.clients[clientId]?.secret;
  const answer = await post(`${endpoint}/token`, {
    grant_type: 'authorization_code',
    client_id: clientId,
    ...(secret && { client_secret: secret.reveal() }),
    code: code.reveal(),
    redirect_uri: redirectUri,
    code_verifier: verifier.reveal(),
  });
  return tokensFrom(answer, name);
};

interface AuthorizeInput {
  readonly endpoint: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scope: string;
  readonly username: string;
  readonly password: Secret;
}

/**
 * Through the login page to an authorization code, without following the last redirect. Keycloak's page is known by its form's id
 * `kc-form-login`; success is a redirect to the redirect URI that carries a code, and nothing else is.
 */
export const authorize = async (input: AuthorizeInput): Promise<{ readonly code: Secret; readonly verifier: Secret; readonly location: URL }> => {
  const jar = new CookieJar();
  const verifier = new Secret(randomBytes(32).toString('base64url'));
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: input.clientId,
    redirect_uri: input.redirectUri,
    scope: input.scope,
    state: randomBytes(12).toString('base64url'),
    nonce: randomBytes(12).toString('base64url'),
    code_challenge: createHash('sha256').update(verifier.reveal()).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const page = await browse(jar, `${input.endpoint}/auth?${query.toString()}`);
  const action = /<form[^>]*id="kc-form-login"[^>]*action="([^"]+)"/.exec(await page.text())?.[1];
  if (page.status !== 200 || action === undefined) throw signInFailed(input.username, `the login page answered ${page.status} without its form`);
  const form = new URLSearchParams({ username: input.username, password: input.password.reveal(), credentialId: '' });
  const answer = await browse(jar, action.replaceAll('&amp;', '&'), { method: 'POST', body: form });
  const location = answer.headers.get('location');
  const target = location === null ? undefined : new URL(location);
  const code = target?.searchParams.get('code');
  if (answer.status !== 302 || !target || !code || !location?.startsWith(input.redirectUri))
    throw signInFailed(input.username, `the login page answered ${answer.status} and no code`);
  return { code: new Secret(code), verifier, location: target };
};

/** One step of a browser: cookies kept by the rules of RFC 6265, redirects not followed. */
const browse = async (jar: CookieJar, url: string, init: RequestInit = {}): Promise<Response> => {
  let answer: Response;
  try {
    answer = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: await jar.getCookieString(url) },
      signal: AbortSignal.timeout(15_000),
    });
  } catch (thrown) {
    throw unreachable('keycloak', new URL(url).origin, thrown);
  }
  for (const cookie of answer.headers.getSetCookie()) await jar.setCookie(cookie, url);
  return answer;
};

/** A form POST to an OAuth endpoint: status and JSON members, never thrown for an OAuth error. */
export const post = async (
  url: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> => {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(15_000),
    });
    const text = await answer.text();
    const body: unknown = text.startsWith('{') ? JSON.parse(text) : {};
    return { status: answer.status, body: body as Record<string, unknown> };
  } catch (thrown) {
    throw unreachable('keycloak', new URL(url).origin, thrown);
  }
};

const tokensFrom = ({ status, body }: Awaited<ReturnType<typeof post>>, who: string): TokenSet => {
  if (status !== 200 || typeof body.access_token !== 'string')
    throw signInFailed(who, `the token endpoint answered ${status} ${typeof body.error === 'string' ? body.error : ''}`.trim());
  return {
    access: new Secret(body.access_token),
    ...(typeof body.id_token === 'string' && { id: new Secret(body.id_token) }),
    ...(typeof body.refresh_token === 'string' && { refresh: new Secret(body.refresh_token) }),
  };
};
