import type { Authentication, Blueprint } from '../../blueprint/types.ts';
import type { PluginConfig } from '../../providers/kong/specs/plugin-config.ts';

/** The bundled jwt plugin beside the guards. */
export const jwtConfig: PluginConfig<'jwt'> = {
  key_claim_name: 'kid',
  // The plugin refuses a token that lacks a claim it verifies, and Keycloak sends no nbf: the guard looks at nbf when it is there.
  claims_to_verify: ['exp'],
  header_names: ['authorization'],
  cookie_names: [],
  uri_param_names: [],
  run_on_preflight: true,
  secret_is_base64: false,
  anonymous: null,
};

/** What differs where the issuer is not ours: not every one types its tokens as Keycloak does, or names an audience. */
export const foreignTokens = ({ foreign }: Blueprint, audiences: readonly string[]): PluginConfig<'authctl-token-guard'> => {
  if (!foreign) return {};
  const { audienceClaim, tokenType } = foreign;
  return {
    typeless: true,
    token_types: tokenType ? [tokenType.value] : [],
    ...(tokenType && { token_type_claim: tokenType.claim }),
    ...(audienceClaim === 'client_id' && { audience_claim: 'client_id', clients: [...audiences] }),
  };
};

/** The token guard: where the token is, and whose tokens for whom are good. */
export const guardConfig = (blueprint: Blueprint, { token, origins }: Authentication, audience: string): PluginConfig<'authctl-token-guard'> => ({
  public: false,
  issuer: blueprint.issuer,
  audience,
  algorithms: [blueprint.realm.tokens.algorithm],
  types: ['JWT', 'at+jwt'],
  token_types: ['Bearer'],
  header: token.header,
  cookie: token.cookie ?? null,
  relay: token.relay,
  leeway: token.leeway,
  max_lifetime: token.maxLifetime ?? null,
  allowed_origins: [...origins],
});
