import { audiencesFrom } from '../../access/index.ts';
import { followedTimes, followsKeys, keySetOf } from '../../blueprint/issuer.ts';
import type { Authentication, Blueprint, FurtherIssuer, Service } from '../../blueprint/types.ts';
import type { PluginConfig } from '../../providers/kong/specs/plugin-config.ts';
import { boundConfig } from '../bound.ts';
import { trustedConsumer } from './issuer.ts';

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

/** Further issuers whose tokens the guard takes. Every field of each is stated, for a list is compared as a whole. */
export const furtherIssuers = ({ issuers }: Pick<Blueprint, 'issuers'>, service: Service): PluginConfig<'authctl-token-guard'> => ({
  further_issuers: service.issuers.flatMap((name) => (Object.hasOwn(issuers, name) ? (issuers[name] ?? []) : [])).map((issuer) => asTaken(issuer, audiencesFrom(service, issuer))),
});

const asTaken = ({ url, jwksUri = '', audienceClaim, algorithm, tokenType }: FurtherIssuer, audiences: readonly string[]) => ({
  issuer: url,
  jwks_url: jwksUri,
  jwks_allow_plain_http: jwksUri.startsWith('http:'),
  audience: audiences[0] ?? '',
  audience_claim: audienceClaim,
  clients: audienceClaim === 'client_id' ? [...audiences] : [],
  algorithms: [algorithm],
  typeless: true,
  token_types: tokenType ? [tokenType.value] : [],
  token_type_claim: tokenType?.claim ?? 'typ',
});

/** Stated, or a guard that somebody made follow keys of his own would stay so. */
const noAddress: PluginConfig<'authctl-token-guard'> = { jwks_url: null, jwks_allow_plain_http: false, jwks_refresh: 300, jwks_cool_down: 10, jwks_stale: 3600 };

/** Who verifies signatures. Where keys are followed the guard itself does, by what the issuer publishes: no jwt plugin stands beside it, and no key in Kong. */
const keysConfig = (blueprint: Blueprint): PluginConfig<'authctl-token-guard'> => {
  const { kong } = blueprint.targets;
  if (!kong || !followsKeys(blueprint)) return { keys: 'pinned', pinned_consumer: trustedConsumer(blueprint), ...noAddress };
  const address = keySetOf(blueprint);
  const { refresh, coolDown, stale } = followedTimes(kong);
  return {
    keys: 'followed',
    pinned_consumer: null,
    jwks_url: address,
    // Only an issuer on this machine, or one whose blueprint says so, comes this far with plain http.
    jwks_allow_plain_http: address.startsWith('http:'),
    jwks_refresh: refresh,
    jwks_cool_down: coolDown,
    jwks_stale: stale,
  };
};

/** The token guard: where the token is, and whose tokens for whom are good. */
export const guardConfig = (blueprint: Blueprint, authentication: Authentication, audience: string): PluginConfig<'authctl-token-guard'> => {
  const { token, origins } = authentication;
  return {
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
  // Stated where there are none, too, or one that somebody adds would stay.
  further_issuers: [],
  ...keysConfig(blueprint),
  ...boundConfig(blueprint, authentication),
  };
};
