import { clientCredentialsGrant, customFetch, discovery, ClientError, allowInsecureRequests, None } from 'openid-client';
import { isObject } from '../../core/json.ts';
import { furtherClients } from '../../access/index.ts';
import type { Blueprint, FurtherIssuer } from '../../blueprint/types.ts';
import { Problem, unreachable } from '../../core/problem.ts';
import { Secret } from '../../core/secret.ts';
import { claimsGiven, claimsIn, missingFurther, NotGiven, scopesIn } from './given.ts';
import type { FurtherClient } from './given.ts';
import { bySecret, grantFailed, noDiscovery } from './tokens.ts';
import { fetchOver } from './fetch.ts';
import { readJson } from './http.ts';
import type { Network } from './network.ts';

/** Who is called so among the clients of further issuers; `undefined` for everybody else. */
export const furtherClient = (blueprint: Blueprint, who: string): FurtherClient | undefined => furtherClients(blueprint).find(({ name }) => name === who);

const statedOf = ({ issuer, client }: FurtherClient) => issuer.clients[client];

/** Those of whom a token can be had. */
export const askableOf = (blueprint: Blueprint, issuer?: FurtherIssuer): readonly FurtherClient[] =>
  furtherClients(blueprint).filter((one) => (issuer === undefined || one.issuer.name === issuer.name) && missingFurther(one) === undefined);

/**
 * Tokens of clients of further issuers: by client credentials (RFC 6749 section 4.4) at the token endpoint that the issuer's discovery document names, or as they were
 * given. Each is asked for anew when half of its life is over.
 */
export const createFurtherTokens = (blueprint: Blueprint, { send, clock }: Pick<Network, 'send' | 'clock'>) => {
  const held = new Map<string, { readonly from: number; readonly until: number; readonly token: Secret }>();
  const ask = async (one: FurtherClient): Promise<Secret> => {
    const { clientId = '', clientSecret, ask: more = {}, scopes = [] } = statedOf(one) ?? {};
    const { url, name } = one.issuer;
    const options = { [customFetch]: fetchOver(send), ...(url.startsWith('http:') && { execute: [allowInsecureRequests] }) };
    const configuration = await discovery(new URL(url), clientId, undefined, clientSecret ? bySecret(clientSecret.reveal()) : None(), options).catch((thrown: unknown) => {
      if (thrown instanceof ClientError) throw noDiscovery(url, thrown.code ?? thrown.message, `is issuers.${name}.url right, and the issuer well?`);
      throw unreachable(`issuers.${name}`, url, thrown, blueprint.at(`issuers.${name}.url`));
    });
    try {
      return new Secret((await clientCredentialsGrant(configuration, { ...(scopes.length > 0 && { scope: scopes.join(' ') }), ...more })).access_token);
    } catch (thrown) {
      throw grantFailed(one.name, thrown);
    }
  };
  return async (one: FurtherClient): Promise<Secret> => {
    const missing = missingFurther(one);
    if (missing !== undefined) throw new NotGiven(missing);
    const given = statedOf(one)?.token;
    if (given) return heldAgainst(blueprint, one, given, clock.now());
    const known = held.get(one.name);
    if (known && clock.now() < (known.from + known.until) / 2) return known.token;
    const token = await ask(one);
    const { exp } = claimsIn(token.reveal()) ?? {};
    if (typeof exp === 'number') held.set(one.name, { from: clock.now(), until: exp * 1000, token });
    return token;
  };
};

/** What was given for the run is of this issuer, has its scopes, and has not ended; else it says nothing about anything. */
const heldAgainst = (blueprint: Blueprint, { name, issuer, client }: FurtherClient, token: Secret, now: number): Secret => {
  const bad = (what: string, hint?: string): Problem =>
    new Problem('VERIFY_TOKEN_GIVEN', `the token given for ${name} ${what}`, { at: blueprint.at(`issuers.${issuer.name}.clients.${client}.token`), ...(hint !== undefined && { hint }) });
  const claims = claimsGiven(token, { issuer: issuer.url, now, bad });
  const lacking = (issuer.clients[client]?.scopes ?? []).filter((scope) => !scopesIn(claims).includes(scope));
  if (lacking.length > 0) throw bad(`lacks the scope ${lacking.join(', ')}`);
  return token;
};

/** A public key as an issuer publishes it. */
export interface PublishedKey extends Readonly<Record<string, unknown>> {
  readonly kid?: unknown;
}

/** The keys of a further issuer, where its discovery document leads; `undefined` where that cannot be read. */
export const furtherKeys = async ({ send }: Pick<Network, 'send'>, { url }: FurtherIssuer): Promise<readonly PublishedKey[] | undefined> => {
  const read = async (address: string): Promise<Readonly<Record<string, unknown>> | undefined> => {
    const answer = await send({ url: address, method: 'GET', headers: [] });
    return answer.status === 200 ? readJson(answer.body) : undefined;
  };
  const document = await read(`${url.replace(/\/+$/, '')}/.well-known/openid-configuration`);
  const address = document?.['jwks_uri'];
  const keys = document?.['issuer'] === url && typeof address === 'string' ? (await read(address))?.['keys'] : undefined;
  return Array.isArray(keys) ? keys.filter(isObject) : undefined;
};
