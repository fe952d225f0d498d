import { followsKeys } from '../blueprint/issuer.ts';
import { serviceVerifies } from '../access/index.ts';
import type { Authentication, Blueprint, Service } from '../blueprint/types.ts';
import { Problem } from '../core/problem.ts';
import type { PluginConfig } from '../providers/kong/specs/plugin-config.ts';
import { certificateConfig } from './certificates.ts';
import type { Group } from './objects.ts';
import { asksNonces, nonceConfig, proofStore, remembersTogether } from './proof-store.ts';

/** What tokens are bound to, where they are. */
export type Binding = Exclude<Authentication['token']['bound'], 'none'>;

/** Tokens come with a proof of the key that they are bound to (DPoP, RFC 9449), or with the certificate (RFC 8705). */
export const isBound = ({ token }: Pick<Authentication, 'token'>, to: Binding): boolean => token.bound === to;

/**
 * Clients of the realm whose access tokens are bound: those with a scope of an API behind which tokens are. A client of both sorts of API is refused
 * (`refuseUnbindable`).
 */
export const hasBoundTokens = (blueprint: Blueprint, client: string, to: Binding): boolean => {
  const audiences = new Set(Object.values(blueprint.services).flatMap(({ authentication, audience }) => (isBound(authentication, to) ? [audience] : [])));
  const scopes = blueprint.realm.clients[client]?.scopes ?? [];
  return scopes.some((scope) => audiences.has(blueprint.realm.scopes[scope]?.audience ?? ''));
};

/** What a proof may name: the proxy as clients reach it. */
export const proofOrigins = ({ targets }: Pick<Blueprint, 'targets'>): readonly string[] => {
  const { url = '', origins = [] } = targets.kong?.proxy ?? {};
  return [...new Set([...(URL.canParse(url) ? [new URL(url).origin] : []), ...origins])];
};

/** The guard's part of it: stated, or a guard that somebody made take other tokens would stay so. */
export const boundConfig = (blueprint: Blueprint, authentication: Authentication): PluginConfig<'authctl-token-guard'> => {
  const { path, token } = authentication;
  if (token.bound === 'dpop')
    // Keycloak calls an access token that is bound to a key by what it is bound with.
    return { bound: 'dpop', dpop_origins: [...proofOrigins(blueprint)], dpop_window: PROOF_WINDOW, token_types: ['DPoP'], ...proofStore(blueprint, path, token), ...nonceConfig(token) };
  return token.bound === 'mtls' ? certificateConfig(token) : { bound: 'none' };
};
/** Seconds since a proof was made, at most. */
export const PROOF_WINDOW = 60;

/** What the attributes of a client say of its tokens (Keycloak 26). */
export const boundAttributes = (blueprint: Blueprint, client: string): Readonly<Record<string, string>> => ({
  ...(hasBoundTokens(blueprint, client, 'dpop') && { 'dpop.bound.access.tokens': 'true' }),
  ...(hasBoundTokens(blueprint, client, 'mtls') && { 'tls.client.certificate.bound.access.tokens': 'true' }),
});

/** Says what bound tokens cannot be built with. Throws `PATTERN_INCOMPLETE`. */
export const refuseUnbindable = (blueprint: Blueprint, { authentication, services }: Group): void => {
  const { path, pattern, token } = authentication;
  const { realm } = blueprint;
  const refuse = (at: string, message: string, expected: string): Problem =>
    new Problem('PATTERN_INCOMPLETE', message, { at: blueprint.at(at), expected, hint: 'see docs/bound-tokens.md' });
  if (token.proofs && token.bound !== 'dpop') throw refuse(`${path}.token.proofs`, 'no proof is shown where tokens are not bound to a key', 'token.bound: dpop');
  if (token.certificates && token.bound !== 'mtls') throw refuse(`${path}.token.certificates`, 'no certificate is looked at where tokens are not bound to one', 'token.bound: mtls');
  if (token.bound === 'none') return;
  const unsound = unsoundWith(pattern, token.bound);
  if (unsound !== undefined) throw refuse(`${path}.token.bound`, unsound, token.bound === 'dpop' ? 'the pattern sso or jwt' : 'the pattern sso');
  if (blueprint.foreign) throw refuse(`${path}.token.bound`, 'whether the tokens of another issuer are bound is for that issuer to say', 'no bound, or the realm of targets.keycloak');
  const atAws = services.find(({ gateways }) => gateways.includes('aws'));
  if (atAws)
    throw refuse(`services.${atAws.id}.gateways`, 'an authorizer of API Gateway looks at no proof, and compares no certificate with a token (mutual TLS of a custom domain says whose certificates are let in): whoever stole a bound token would get in', 'kong alone');
  const fault = unjudged(blueprint, services, token.bound) ?? (token.bound === 'dpop' ? unprovable(blueprint, authentication) : uncertifiable(blueprint, authentication));
  if (fault) throw refuse(fault.at, fault.message, fault.expected);
  const to = token.bound;
  const audiences = new Set(Object.values(blueprint.services).flatMap((service) => (isBound(service.authentication, to) ? [] : [service.audience])));
  for (const [id, { scopes }] of Object.entries(realm.clients)) {
    const loose = scopes.find((scope) => audiences.has(realm.scopes[scope]?.audience ?? ''));
    if (loose !== undefined && hasBoundTokens(blueprint, id, to))
      throw refuse(`realm.clients.${id}.scopes`, `its tokens would be bound, and "${loose}" is of an API where tokens are not, or otherwise`, 'a client for each, or the same token.bound for both APIs');
  }
};

/** Why a pattern has nobody who could judge that a token is shown by whom it is bound to; `undefined` where it has. */
const unsoundWith = (pattern: Authentication['pattern'], to: Binding): string | undefined => {
  if (pattern === 'opaque') return 'the gateway changes the token into another, which is bound to nothing: a service that gets it could not tell who shows it, and the proof is of the token that was changed';
  if (pattern === 'session') return 'the browser shows a cookie, and its token stays at the session service: there is no key and no certificate of a client';
  if (pattern === 'jwt' && to === 'mtls') return 'the connection of the client ends at the gateway: a service that verifies for itself sees no certificate, and must believe no header that says one';
  return pattern === 'sso' || pattern === 'jwt' ? undefined : `the pattern ${pattern} has no verifier of bound tokens`;
};

/** How often Kong tries a service again: not at all where that one remembers the proof that the first try carried. */
export const attemptsOf = (blueprint: Blueprint, service: Service): Pick<Service, 'timeouts' | 'retries'> =>
  isBound(service.authentication, 'dpop') && serviceVerifies(blueprint, service) ? { ...service, retries: 0 } : service;

interface Fault {
  readonly message: string;
  readonly at: string;
  readonly expected: string;
}

/** With what a service that verifies for itself would refuse every token that is bound. */
const unjudged = (blueprint: Blueprint, services: readonly Service[], to: Binding): Fault | undefined => {
  for (const service of services.filter((one) => serviceVerifies(blueprint, one))) {
    const at = `services.${service.id}`;
    if (to === 'mtls')
      return { message: 'its connection is the gateway\'s, which shows it no certificate of the client: verifying for itself, it would refuse every bound token', at, expected: 'bound: dpop, or no policy that services decide by (authorization.pattern centralised or none)' };
    if ((service.retries ?? 0) > 0)
      return { message: 'another try of the gateway carries the same proof: a service that has seen it takes it for a copy', at: `${at}.retries`, expected: 'retries: 0, which is the default here' };
    if (new URL(service.upstream).pathname !== '/')
      return { message: 'a proof is for the path that its client asked for: verifying for itself, a service that gets another one would refuse every bound token', at: `${at}.upstream`, expected: 'an upstream without a path' };
  }
  return undefined;
};

const unprovable = (blueprint: Blueprint, { path, pattern, token }: Authentication): Fault | undefined => {
  const { kong } = blueprint.targets;
  if (pattern === 'jwt' && token.proofs)
    return { message: 'each service remembers proofs, and makes nonces, as its own configuration says: the gateway looks at none', at: `${path}.token.proofs`, expected: 'no proofs; createVerifier({ dpop: { memory, nonce } }) in the service' };
  if (remembersTogether(token) && kong?.edition === 'enterprise')
    return { message: 'openid-connect has a memory of its own for proofs, and no field that shares it', at: `${path}.token.proofs.store`, expected: 'no proofs, or targets.kong.edition: oss' };
  if (asksNonces(token) && kong?.edition === 'enterprise')
    return { message: 'openid-connect makes nonces of its own (dpop_use_nonce), which no other node and no service is told of; that was never tried here', at: `${path}.token.proofs.nonce`, expected: 'no nonce, or targets.kong.edition: oss' };
  const { secret, lifetime = 300 } = token.proofs?.nonce ?? {};
  if (secret && secret.reveal().length < 24) return { message: 'whoever guesses the secret of nonces makes them: it is too short', at: `${path}.token.proofs.nonce.secret`, expected: '24 characters or more' };
  if (lifetime < 10 || lifetime > 3600) return { message: 'a nonce that ends sooner is asked for again and again, and one that lasts longer is no bound', at: `${path}.token.proofs.nonce.lifetime`, expected: '10s to 1h' };
  if (token.cookie !== undefined) return { message: 'a bound token comes in the Authorization header, beside its proof: no cookie carries it', at: `${path}.token.cookie`, expected: 'token.in: [header]' };
  if (pattern !== 'jwt' && kong?.edition === 'oss' && !followsKeys(blueprint))
    return { message: 'a proof is judged when the signature of the token holds, which the guard knows where it follows keys', at: 'targets.kong', expected: 'targets.kong.keys: followed' };
  return undefined;
};

const uncertifiable = (blueprint: Blueprint, { path, token }: Authentication): Fault | undefined => {
  const { kong } = blueprint.targets;
  if (kong?.edition === 'enterprise')
    return { message: 'openid-connect compares certificates beside tls-handshake-modifier or mtls-auth, which was never tried here', at: `${path}.token.bound`, expected: 'targets.kong.edition: oss, or bound: dpop' };
  const { from = 'tls', proxies = [] } = token.certificates ?? {};
  if (from === 'header' && proxies.length === 0) return { message: 'a header is believed of no one who is not named', at: `${path}.token.certificates`, expected: 'proxies: [10.0.0.0/24]' };
  if (from === 'tls' && ![kong?.proxy.mtls, kong?.proxy.url].some((url) => url?.startsWith('https:')))
    return { message: 'no certificate is shown where clients do not come by TLS', at: 'targets.kong.proxy', expected: 'targets.kong.proxy.mtls: https://…, or certificates: { from: header }' };
  return undefined;
};
