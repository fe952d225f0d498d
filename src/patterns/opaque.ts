import { isLoopback } from '../blueprint/checks/addresses.ts';
import { backchannelOf, followsKeys } from '../blueprint/issuer.ts';
import type { Authentication, Blueprint, Introspection } from '../blueprint/types.ts';
import { Problem } from '../core/problem.ts';
import { addressOf } from '../core/resource.ts';
import type { Desired } from '../core/resource.ts';
import { client } from '../providers/keycloak/specs/client.ts';
import type { ClientSpec } from '../providers/keycloak/specs/client.ts';
import { realm } from '../providers/keycloak/specs/realm.ts';
import type { PluginConfig } from '../providers/kong/specs/plugin-config.ts';
import { pluginMaker } from './kong/plugin.ts';
import { tokenChain } from './kong/token-chain.ts';
import { closedClient } from './keycloak/closed-client.ts';
import { made } from './objects.ts';
import type { Group, Part } from './objects.ts';

/**
 * `opaque` on open-source Kong, the phantom token: the client's token says nothing, and the gateway changes it on every request into the
 * JWT behind it by introspection (RFC 7662), which then goes through token guard, jwt and scope guard like any other.
 * Throws `PATTERN_INCOMPLETE` for a blueprint that does not say what this needs.
 */
export const opaquePart = (blueprint: Blueprint, group: Group): Part => {
  const { token, origins } = group.authentication;
  const introspection = introspectionOf(blueprint, group.authentication);
  const asking = askingClient(blueprint, group.authentication, introspection);
  const configFor = (audience: string): PluginConfig<'authctl-phantom-token'> => ({
    introspection_url: backchannelOf(blueprint).introspection,
    // Only an issuer on this machine, or one whose blueprint says so, comes this far with plain http.
    allow_plain_http: backchannelOf(blueprint).introspection.startsWith('http:'),
    ssl_verify: true,
    client_id: introspection.client,
    client_secret: introspection.secret,
    auth_method: 'client_secret_basic',
    issuer: blueprint.issuer,
    header: token.header,
    cookie: token.cookie ?? null,
    // Keycloak's lightweight tokens have the form of a JWT; what they say is never believed.
    by_value: 'introspect',
    handle_store: 'none',
    cache_ttl: introspection.cache,
    negative_ttl: introspection.cache,
    max_failures_per_minute: introspection.maxFailuresPerMinute,
    allowed_origins: [...origins],
    audience,
  });
  const { desired } = tokenChain(blueprint, group, {
    plugins: (service, name) => [
      pluginMaker(blueprint, `services.${service.id}`)(
        'authctl-phantom-token',
        `${name}.phantom`,
        { service: name },
        configFor(service.audience),
        [addressOf(asking)],
      ),
    ],
    // The plugin has taken the cookie and asked about its origin: what is left is the JWT in the header.
    guard: { header: true, cookie: null, allowed_origins: [] },
  });
  return { desired: [asking, ...desired] };
};

/** The gateway's client can do nothing but ask: it signs nobody in and gets no token. */
export const askingClient = (blueprint: Blueprint, { path }: Authentication, { client: name, secret }: Introspection): Desired<ClientSpec> =>
  made(
    blueprint,
    `${path}.introspection`,
    client,
    [blueprint.realm.name, name],
    {
      ...closedClient,
      attributes: {
        // The asking client decides the algorithm of the JWT in the answer, not the client of the token.
        'access.token.signed.response.alg': blueprint.realm.tokens.algorithm,
        'oauth2.device.authorization.grant.enabled': 'false',
        'oidc.ciba.grant.enabled': 'false',
        'client.introspection.response.allow.jwt.claim.enabled': 'true',
        // Tokens name the API as their audience, not the gateway; the plugin looks for the API in the answer.
        'allow.token.introspection.without.audience.check': 'true',
      },
      secret,
      defaultClientScopes: [],
      optionalClientScopes: [],
      mappers: {},
      scopeMappings: [],
    },
    [realm.address(blueprint.realm.name)],
  );

/** How the gateway asks. Throws `PATTERN_INCOMPLETE`. */
export const introspectionOf = (blueprint: Blueprint, { client, introspection, path: section }: Authentication): Introspection => {
  const { realm, targets } = blueprint;
  const incomplete = (path: string, message: string, expected: string): Problem =>
    new Problem('PATTERN_INCOMPLETE', message, { at: blueprint.at(path), expected, hint: 'see docs/patterns/opaque.md' });
  if (!introspection)
    throw incomplete(
      section,
      'the gateway must ask the issuer about every token, and no client is named for it',
      `${section}.introspection: { client: gateway, secret: "\${GATEWAY_SECRET}" }`,
    );
  if (Object.hasOwn(realm.clients, introspection.client))
    throw incomplete(
      `${section}.introspection`,
      `"${introspection.client}" is a client of its own: the gateway's does nothing but ask about tokens`,
      'a name that realm.clients does not have',
    );
  if (realm.clients[client]?.lightweightTokens !== true)
    throw incomplete(
      `realm.clients.${client}`,
      'its tokens say everything to whoever holds them: that is not opaque',
      `lightweightTokens: true on realm.clients.${client}`,
    );
  const asked = new URL(backchannelOf(blueprint).introspection);
  if (asked.protocol !== 'https:' && !isLoopback(asked) && !(targets.keycloak?.backchannel !== undefined && targets.keycloak.insecure))
    throw incomplete(
      `targets.keycloak.${targets.keycloak?.backchannel === undefined ? 'url' : 'backchannel'}`,
      'the gateway would send its secret and every token to the issuer over plain http',
      'an https URL (RFC 7662 section 4)',
    );
  if (targets.kong?.edition === 'oss' && !followsKeys(blueprint) && realm.tokens.algorithm.startsWith('PS'))
    throw incomplete(
      'realm.tokens',
      `the jwt plugin of open-source Kong cannot be relied on to verify ${realm.tokens.algorithm}`,
      'RS256, RS384, RS512, ES256, ES384, ES512 or EdDSA, or targets.kong.keys: followed',
    );
  return introspection;
};
