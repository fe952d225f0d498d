import type { Authentication } from '../../blueprint/types.ts';
import { Secret } from '../../core/secret.ts';
import type { Kit } from './index.ts';
import { partsOf } from './jws.ts';
import { post } from './tokens.ts';

/** What the issuer says of a token to the client that the gateway asks as (RFC 7662 section 2.2). */
interface Introspected {
  readonly active: boolean;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The signed JWT behind the token, as the gateway gets it (Keycloak's member `jwt`). */
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

/** What the service gets for a token of this kind: the token itself, or the JWT behind an opaque one. */
export const tokenAtService = async (kit: Kit, token: Secret, authentication: Authentication): Promise<Secret | undefined> =>
  authentication.introspection ? (await introspect(kit, token.reveal(), authentication)).jwt : token;

/** The claims a token stands for: its own, or what the issuer says of an opaque one. */
export const claimsBehind = async (kit: Kit, token: string, authentication: Authentication): Promise<Readonly<Record<string, unknown>>> =>
  authentication.introspection ? (await introspect(kit, token, authentication)).claims : partsOf(token).payload;
