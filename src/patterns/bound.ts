import { followsKeys } from '../blueprint/issuer.ts';
import type { Authentication, Blueprint } from '../blueprint/types.ts';
import { Problem } from '../core/problem.ts';
import type { PluginConfig } from '../providers/kong/specs/plugin-config.ts';
import type { Group } from './objects.ts';
import { proofStore, remembersTogether } from './proof-store.ts';

/** Tokens come with a proof of the key that they are bound to (DPoP, RFC 9449). */
export const isBound = ({ token }: Authentication): boolean => token.bound === 'dpop';

/**
 * Clients of the realm whose access tokens are bound: those with a scope of an API behind which tokens are. A client of both sorts of API is refused
 * (`refuseUnbindable`).
 */
export const hasBoundTokens = (blueprint: Blueprint, client: string): boolean => {
  const audiences = new Set(Object.values(blueprint.services).flatMap(({ authentication, audience }) => (isBound(authentication) ? [audience] : [])));
  const scopes = blueprint.realm.clients[client]?.scopes ?? [];
  return scopes.some((scope) => audiences.has(blueprint.realm.scopes[scope]?.audience ?? ''));
};

/** What a proof may name: the proxy as clients reach it. */
export const proofOrigins = ({ targets }: Pick<Blueprint, 'targets'>): readonly string[] => {
  const { url = '', origins = [] } = targets.kong?.proxy ?? {};
  return [...new Set([...(URL.canParse(url) ? [new URL(url).origin] : []), ...origins])];
};

/** The guard's part of it: stated, or a guard that somebody made take other tokens would stay so. */
export const boundConfig = (blueprint: Blueprint, authentication: Authentication): PluginConfig<'authctl-token-guard'> =>
  isBound(authentication)
    // Keycloak calls an access token that is bound by what it is bound with.
    ? { bound: 'dpop', dpop_origins: [...proofOrigins(blueprint)], dpop_window: PROOF_WINDOW, token_types: ['DPoP'], ...proofStore(blueprint, authentication.path, authentication.token) }
    : { bound: 'none' };
const PROOF_WINDOW = 60;

/** Says what bound tokens cannot be built with. Throws `PATTERN_INCOMPLETE`. */
export const refuseUnbindable = (blueprint: Blueprint, { authentication, services }: Group): void => {
  const { path, pattern, token } = authentication;
  const refuse = (at: string, message: string, expected: string): Problem =>
    new Problem('PATTERN_INCOMPLETE', message, { at: blueprint.at(at), expected, hint: 'see docs/bound-tokens.md' });
  if (token.proofs && !isBound(authentication)) throw refuse(`${path}.token.proofs`, 'no proof is shown where tokens are not bound to a key', 'token.bound: dpop');
  if (!isBound(authentication)) return;
  if (remembersTogether(token) && blueprint.targets.kong?.edition === 'enterprise')
    throw refuse(`${path}.token.proofs.store`, 'openid-connect has a memory of its own for proofs, and no field that shares it', 'no proofs, or targets.kong.edition: oss');
  if (pattern !== 'sso') throw refuse(`${path}.token.bound`, `the pattern ${pattern} has no verifier of proofs`, 'the pattern sso');
  if (token.cookie !== undefined) throw refuse(`${path}.token.cookie`, 'a bound token comes in the Authorization header, beside its proof: no cookie carries it', 'token.in: [header]');
  if (blueprint.foreign) throw refuse(`${path}.token.bound`, 'whether the tokens of another issuer are bound is for that issuer to say', 'no bound, or the realm of targets.keycloak');
  const atAws = services.find(({ gateways }) => gateways.includes('aws'));
  if (atAws) throw refuse(`services.${atAws.id}.gateways`, 'an authorizer of API Gateway looks at no proof: whoever stole a bound token would get in', 'kong alone');
  if (blueprint.targets.kong?.edition === 'oss' && !followsKeys(blueprint))
    throw refuse('targets.kong', 'a proof is judged when the signature of the token holds, which the guard knows where it follows keys', 'targets.kong.keys: followed');
  const { realm } = blueprint;
  const audiences = new Set(Object.values(blueprint.services).flatMap((service) => (isBound(service.authentication) ? [] : [service.audience])));
  for (const [id, { scopes }] of Object.entries(realm.clients)) {
    const loose = scopes.find((scope) => audiences.has(realm.scopes[scope]?.audience ?? ''));
    if (loose !== undefined && hasBoundTokens(blueprint, id))
      throw refuse(`realm.clients.${id}.scopes`, `its tokens would be bound, and "${loose}" is of an API where tokens are not`, 'a client for each, or token.bound for both APIs');
  }
};
