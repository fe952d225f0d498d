import type { Authentication, Service } from '../../blueprint/types.ts';
import { Secret } from '../../core/secret.ts';
import { mayExchange, scopesOf } from '../../patterns/token-exchange.ts';
import type { Kit } from './index.ts';
import { claimsIfAny, partsOf } from './jws.ts';
import { post } from './tokens.ts';

/** What the issuer says of a token to the client that the gateway asks as (RFC 7662 section 2.2). */
interface Introspected {
  readonly active: boolean;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The signed JWT behind the token, as introspection gives it (Keycloak's member `jwt`, before version 27). */
  readonly jwt: Secret | undefined;
}

/** Asks as the gateway does. An issuer that does not answer throws a Problem; one that refuses the gateway's client says inactive. */
export const introspect = async (kit: Kit, token: string, { introspection }: Authentication): Promise<Introspected> => {
  const { client = '', secret } = introspection ?? {};
  const endpoint = (await kit.tokens.configurationOf(client)).serverMetadata().introspection_endpoint ?? '';
  const form = { token, token_type_hint: 'access_token', client_id: client, client_secret: secret?.reveal() ?? '' };
  const { status, body } = await post(kit.send, endpoint, form, { accept: 'application/jwt' });
  const { jwt, ...claims } = body;
  return { active: status === 200 && body.active === true, claims, jwt: typeof jwt === 'string' ? new Secret(jwt) : undefined };
};

/** The JWT that the gateway hands to a service for an opaque token: by token exchange where the issuer makes one, else in the answer of introspection. */
export const jwtBehind = async (kit: Kit, token: string, service: Pick<Service, 'authentication' | 'audience'>): Promise<Secret | undefined> => {
  const { authentication } = service;
  const jwt = mayExchange(kit.blueprint, authentication) ? await exchanged(kit, token, service) : undefined;
  return jwt ?? (authentication.introspection?.jwt === 'exchange' ? undefined : (await introspect(kit, token, authentication)).jwt);
};

/** Asks for the scopes of the API that the token has, as the gateway does. `undefined` when the issuer makes no exchange. */
export const exchanged = async (kit: Kit, token: string, { authentication, audience }: Pick<Service, 'authentication' | 'audience'>): Promise<Secret | undefined> => {
  const { client = '', secret } = authentication.introspection ?? {};
  const endpoint = (await kit.tokens.configurationOf(client)).serverMetadata().token_endpoint ?? '';
  const held = String(claimsIfAny(token)?.scope ?? '').split(' ');
  const scope = scopesOf(kit.blueprint, audience).filter((one) => held.includes(one)).join(' ');
  const form = { ...exchangeOf(token), scope, client_id: client, client_secret: secret?.reveal() ?? '' };
  const { status, body } = await post(kit.send, endpoint, form);
  return status === 200 && typeof body.access_token === 'string' ? new Secret(body.access_token) : undefined;
};
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/** The question of RFC 8693 section 2.1, without who asks. */
export const exchangeOf = (token: string): Readonly<Record<string, string>> => ({
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token: token, subject_token_type: ACCESS_TOKEN, requested_token_type: ACCESS_TOKEN,
});

/** What the service gets for a token of this kind: the token itself, or the JWT behind an opaque one. */
export const tokenAtService = async (kit: Kit, token: Secret, service: Pick<Service, 'authentication' | 'audience'>): Promise<Secret | undefined> =>
  service.authentication.introspection ? jwtBehind(kit, token.reveal(), service) : token;

/** The claims a token stands for: its own, or what the issuer says of an opaque one. */
export const claimsBehind = async (kit: Kit, token: string, authentication: Authentication): Promise<Readonly<Record<string, unknown>>> =>
  authentication.introspection ? (await introspect(kit, token, authentication)).claims : partsOf(token).payload;
