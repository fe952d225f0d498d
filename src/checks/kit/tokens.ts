import {
  ClientError,
  ClientSecretBasic,
  ClientSecretPost,
  ResponseBodyError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  clientCredentialsGrant,
  customFetch,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import type { ClientAuth, Configuration, TokenEndpointResponse } from 'openid-client';
import type { Authentication, Blueprint } from '../../blueprint/types.ts';
import { Problem, unreachable } from '../../core/problem.ts';
import { Secret } from '../../core/secret.ts';
import { createCertificates } from './certificates.ts';
import { createClientAuth } from './client-auth.ts';
import type { ClientAuthentication } from './client-auth.ts';
import { fetchOver, withLength } from './fetch.ts';
import { NotGiven, givenTokens, missingProof, missingToken } from './given.ts';
import { readJson } from './http.ts';
import type { Send, ShownTls } from './http.ts';
import type { Clock, Network } from './network.ts';
import { createProofs } from './proofs.ts';
import type { Proofs } from './proofs.ts';
import { inTurn, newBrowser, personOf, signInFailed, throughTheLoginPage } from './browser.ts';
import { lastsFor, levelAsked } from './levels.ts';
import type { Ask } from './levels.ts';
import type { Person } from './browser.ts';

/** What a sign-in gave; both are secrets. */
export interface TokenSet {
  readonly access: Secret;
  readonly id?: Secret;
}

/**
 * Tokens as real people and services get them: authorization code with PKCE through Keycloak's own login page (RFC 7636), and client
 * credentials (RFC 6749 section 4.4). Each is fetched once per subject and scope set, and kept until it is near its end.
 */
export const createTokens = (blueprint: Blueprint, { send, clock }: Network) => {
  const cache = new Map<string, { readonly until: number; readonly tokens: Promise<TokenSet> }>();
  const certificates = createCertificates(blueprint, clock);
  const clientAuth = createClientAuth(blueprint, clock);
  const configurationOf = configurations(blueprint, certificates.beside(send), clientAuth);
  const proofs = createProofs(blueprint, clock);
  const cached = (key: string, fetchTokens: () => Promise<TokenSet>, atMost = Infinity): Promise<TokenSet> => {
    const held = cache.get(key);
    if (held && held.until > clock.now()) return held.tokens;
    const lifespan = blueprint.realm.tokens.accessTokenLifespan * 1000;
    const tokens = fetchTokens();
    tokens.catch(() => cache.delete(key));
    cache.set(key, { until: clock.now() + Math.min(lifespan, atMost) / 2, tokens });
    return tokens;
  };

  return {
    /** The relying party of a client, from the issuer's discovery document (OpenID Connect Discovery section 4). */
    configurationOf,
    proofs,
    certificates,
    clientAuth,
    /**
     * Signs a persona in with the scopes asked for; all of the client's own when none are named, and then as strongly as some route of the client demands
     * and the persona can. `ask` says what else is asked of the sign-in (`acr_values`, `max_age`).
     */
    persona: async (name: string, scopes?: readonly string[], authentication: Authentication = blueprint.authentication, ask: Ask = scopes === undefined ? levelAsked(blueprint, name, authentication.client) : {}): Promise<TokenSet> => {
      const { client } = authentication;
      if (blueprint.foreign) {
        if (scopes !== undefined) throw new NotGiven('a token with other scopes: nobody signs in for it at an issuer that is not ours');
        return givenTokens(blueprint, name, { authentication, now: clock.now() });
      }
      const asked = ['openid', ...(scopes ?? blueprint.realm.clients[client]?.scopes ?? [])].join(' ');
      const key = ['persona', name, client, asked, ...Object.entries(ask).flat()].join(' ');
      return cached(key, async () => signIn({ blueprint, send, clock, proofs, client, configuration: await configurationOf(client), name, scope: asked, ask }), lastsFor(blueprint));
    },
    /** A service client's own token (client credentials). */
    client: (id: string): Promise<TokenSet> =>
      cached(`client ${id}`, async () => {
        const missing = missingToken(blueprint, id);
        if (missing !== undefined) throw new NotGiven(missing);
        const configuration = await configurationOf(id);
        try {
          return tokensFrom(await clientCredentialsGrant(configuration, wishesOf(blueprint, id), await proofs.options(id, configuration)));
        } catch (thrown) {
          throw grantFailed(id, thrown);
        }
      }),
  };
};

/** Keycloak gives a client all its scopes; others want them named, and what else they want is said by the blueprint. */
export const wishesOf = ({ realm }: Blueprint, id: string): Readonly<Record<string, string>> => {
  const { abroad, scopes = [] } = realm.clients[id] ?? {};
  return abroad ? { ...(scopes.length > 0 && { scope: scopes.join(' ') }), ...abroad.ask } : {};
};

/** As the issuer takes it (RFC 8414 section 2). */
export const bySecret = (secret: string): ClientAuth => {
  const [post, basic] = [ClientSecretPost(secret), ClientSecretBasic(secret)];
  return (server, ...rest) => (server.token_endpoint_auth_methods_supported?.includes('client_secret_post') === false ? basic : post)(server, ...rest);
};

export const noDiscovery = (issuer: string, why: string, hint = 'is the issuer well?'): Problem => new Problem('VERIFY_NO_DISCOVERY', `${issuer} gives no discovery document that can be used (${why})`, { hint });

const configurations = (blueprint: Blueprint, send: Send, clientAuth: ClientAuthentication) => {
  const held = new Map<string, Promise<Configuration>>();
  const discover = async (id: string): Promise<Configuration> => {
    const { secret, abroad } = blueprint.realm.clients[id] ?? {};
    const missing = missingProof(blueprint, id);
    if (missing !== undefined) throw new NotGiven(missing);
    const authentication = secret && abroad ? bySecret(secret.reveal()) : clientAuth.authentication(id);
    // A local issuer speaks plain http; whether that may be is said by the checks, not by the one who signs in.
    const options = { [customFetch]: fetchOver(send), ...(blueprint.issuer.startsWith('http:') && { execute: [allowInsecureRequests] }) };
    try {
      return await discovery(new URL(blueprint.issuer), abroad?.clientId ?? id, undefined, authentication, options);
    } catch (thrown) {
      if (thrown instanceof ClientError)
        throw noDiscovery(blueprint.issuer, thrown.code ?? thrown.message, blueprint.foreign ? 'is issuer.url right, and the issuer well?' : 'run authctl apply first: does the realm exist?');
      throw unreachable(blueprint.foreign ? 'issuer' : 'keycloak', blueprint.issuer, thrown, blueprint.at('targets.keycloak'));
    }
  };
  return (id: string): Promise<Configuration> => {
    const configuration = held.get(id) ?? discover(id);
    configuration.catch(() => held.delete(id));
    held.set(id, configuration);
    return configuration;
  };
};
export type Tokens = ReturnType<typeof createTokens>;

interface SignIn {
  readonly blueprint: Blueprint;
  readonly send: Send;
  readonly clock: Clock;
  readonly ask: Ask;
  readonly proofs: Proofs;
  readonly client: string;
  readonly configuration: Configuration;
  readonly name: string;
  readonly scope: string;
}

const signIn = async ({ blueprint, send, clock, proofs, client, configuration, name, scope, ask }: SignIn): Promise<TokenSet> => {
  const who = personOf(blueprint, name, clock);
  const redirectUri = blueprint.realm.clients[client]?.redirectUris[0];
  if (!who || redirectUri === undefined) throw signInFailed(name, 'it is not in the blueprint, or its client has no redirect URI');
  const signedIn = await authorize(send, { ...who, configuration, redirectUri, scope, ask });
  try {
    const { verifier, state, nonce, location } = signedIn;
    const checks = { pkceCodeVerifier: verifier.reveal(), expectedState: state, expectedNonce: nonce, idTokenExpected: true };
    return tokensFrom(await authorizationCodeGrant(configuration, location, checks, undefined, await proofs.options(client, configuration)));
  } catch (thrown) {
    throw grantFailed(name, thrown);
  }
};

interface AuthorizeInput extends Person {
  readonly configuration: Configuration;
  readonly redirectUri: string;
  readonly scope: string;
  readonly ask?: Ask;
}

/** Where the sign-in led, with the code in it, and what redeeming that code needs. */
interface SignedIn {
  readonly location: URL;
  readonly code: Secret;
  readonly verifier: Secret;
  readonly state: string;
  readonly nonce: string;
}

/** Through the login page to an authorization code, without following the last redirect. */
export const authorize = (send: Send, input: AuthorizeInput): Promise<SignedIn> =>
  inTurn(`${input.configuration.serverMetadata().issuer} ${input.username}`, async () => {
    const { configuration, redirectUri, scope, ask = {} } = input;
    const verifier = new Secret(randomPKCECodeVerifier());
    const [state, nonce] = [randomState(), randomNonce()];
    const asked = { redirect_uri: redirectUri, scope, state, nonce, code_challenge: await calculatePKCECodeChallenge(verifier.reveal()), code_challenge_method: 'S256', ...ask };
    const start = authorizationUrl(configuration, asked);
    const location = await throughTheLoginPage(newBrowser(send), start.href, redirectUri, input);
    return { location, code: new Secret(location.searchParams.get('code') ?? ''), verifier, state, nonce };
  });

/** A discovery document need not name one (OpenID Connect Discovery section 3 does, RFC 8414 section 2 for whom it serves), nor name one that is a URL. */
const authorizationUrl = (configuration: Configuration, asked: Readonly<Record<string, string>>): URL => {
  try {
    return buildAuthorizationUrl(configuration, asked);
  } catch {
    throw noDiscovery(configuration.serverMetadata().issuer, 'it names no authorization endpoint');
  }
};

/** A form POST to an OAuth endpoint: status and JSON members, never thrown for an OAuth error. Throws `TARGET_UNREACHABLE`. */
export const post = async (
  send: Send,
  url: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
  tls?: ShownTls,
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> => {
  const body = new URLSearchParams(form).toString();
  const all = Object.entries({ 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8', ...headers });
  const answer = await send({ url, method: 'POST', headers: withLength('POST', all, body), body, timeout: 15_000, ...(tls && { tls }) });
  if (answer.status === 0) throw unreachable('keycloak', new URL(url).origin, new Error(answer.failure ?? 'no answer'));
  return { status: answer.status, body: readJson(answer.body) ?? {} };
};

const tokensFrom = ({ access_token, id_token }: TokenEndpointResponse): TokenSet => ({
  access: new Secret(access_token),
  ...(id_token !== undefined && { id: new Secret(id_token) }),
});

/** What the token endpoint said, by its OAuth error code alone: a description could repeat what was sent. */
export const grantFailed = (who: string, thrown: unknown): unknown => {
  if (thrown instanceof ResponseBodyError) return signInFailed(who, `the token endpoint answered ${thrown.status} ${thrown.error}`);
  if (thrown instanceof ClientError) return signInFailed(who, `the tokens are not as they must be (${thrown.code ?? thrown.message})`);
  return thrown instanceof TypeError ? unreachable('keycloak', who, thrown) : thrown;
};
