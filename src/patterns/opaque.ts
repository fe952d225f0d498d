import { isLoopback } from '../blueprint/checks/addresses.ts';
import { backchannelOf, followsKeys } from '../blueprint/issuer.ts';
import type { Authentication, Blueprint, Introspection, RealmClient } from '../blueprint/types.ts';
import { Problem } from '../core/problem.ts';
import { addressOf } from '../core/resource.ts';
import type { Desired } from '../core/resource.ts';
import { BASE_SCOPES } from '../providers/keycloak/specs/client-types.ts';
import { clientScope } from '../providers/keycloak/specs/client-scope.ts';
import { client } from '../providers/keycloak/specs/client.ts';
import type { ClientSpec } from '../providers/keycloak/specs/client.ts';
import { realm as realmType } from '../providers/keycloak/specs/realm.ts';
import { role as roleType } from '../providers/keycloak/specs/role.ts';
import type { PluginConfig } from '../providers/kong/specs/plugin-config.ts';
import { pluginMaker } from './kong/plugin.ts';
import { tokenChain } from './kong/token-chain.ts';
import { closedClient } from './keycloak/closed-client.ts';
import { mapperSpecs } from './keycloak/mappers.ts';
import { made, sorted } from './objects.ts';
import type { Group, Part } from './objects.ts';
import { usernameMapper } from './realm.ts';
import { mayExchange, scopesOf } from './token-exchange.ts';

/**
 * `opaque` on open-source Kong, the phantom token: the client's token says nothing, and the gateway changes it on every request into the
 * JWT behind it, by token exchange (RFC 8693) or in the answer of introspection (RFC 7662); that goes through token guard, jwt and scope guard
 * like any other.
 * Throws `PATTERN_INCOMPLETE` for a blueprint that does not say what this needs.
 */
export const opaquePart = (blueprint: Blueprint, group: Group): Part => {
  const { token, origins } = group.authentication;
  const introspection = introspectionOf(blueprint, group.authentication);
  const asking = askingClient(blueprint, group, introspection);
  const configFor = (audience: string): PluginConfig<'authctl-phantom-token'> => ({
    obtain: introspection.jwt,
    introspection_url: backchannelOf(blueprint).introspection,
    exchange_url: mayExchange(blueprint, group.authentication) ? backchannelOf(blueprint).token : null,
    scopes: mayExchange(blueprint, group.authentication) ? [...scopesOf(blueprint, audience)] : [],
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

/**
 * The gateway's client can do nothing but ask: it signs nobody in, and gets no token but in exchange for one that somebody showed. Keycloak would put any
 * scope and role of it into that one, so it has those of the APIs that ask, and the plugin asks for no more than the token has.
 */
export const askingClient = (blueprint: Blueprint, { authentication, services }: Group, { client: name, secret, jwt, cache }: Introspection): Desired<ClientSpec> => {
  const { realm } = blueprint;
  const exchanges = mayExchange(blueprint, authentication);
  const scopes = exchanges ? sorted(services.flatMap(({ audience }) => scopesOf(blueprint, audience))) : [];
  return made(
    blueprint,
    `${authentication.path}.introspection`,
    client,
    [realm.name, name],
    {
      ...closedClient,
      attributes: {
        // The asking client decides the algorithm of the JWT in the answer, not the client of the token.
        'access.token.signed.response.alg': realm.tokens.algorithm,
        'oauth2.device.authorization.grant.enabled': 'false',
        'oidc.ciba.grant.enabled': 'false',
        'client.introspection.response.allow.jwt.claim.enabled': String(!exchanges || jwt === 'auto'),
        // Tokens name the API as their audience, not the gateway; the plugin looks for the API in the answer.
        'allow.token.introspection.without.audience.check': 'true',
        'standard.token.exchange.enabled': String(exchanges),
        // Keycloak keeps what was exchanged when the token behind it is revoked or ends: it is good for little longer than the gateway keeps it.
        'access.token.lifespan': exchanges ? String(cache + LONGER_THAN_KEPT) : null,
      },
      secret,
      defaultClientScopes: exchanges ? sorted(BASE_SCOPES) : [],
      optionalClientScopes: scopes,
      // A service account is told by its name: what else tells it in a token of its own (client_id) is not in one that was exchanged.
      mappers: exchanges ? { username: usernameMapper, ...mapperSpecs(soleMappers(blueprint, authentication)) } : {},
      scopeMappings: exchanges ? sorted(Object.keys(realm.roles)) : [],
    },
    [
      realmType.address(realm.name),
      ...(exchanges ? Object.keys(realm.roles).map((role) => roleType.address(realm.name, role)) : []),
      ...scopes.map((scope) => clientScope.address(realm.name, scope)),
    ],
  );
};

/** Seconds for the way to the service, and for its clock. */
const LONGER_THAN_KEPT = 30;

/** The mappers of a client are those of its own tokens alone: what was exchanged has the gateway's, which can be those of one client. */
const soleMappers = ({ realm, at }: Blueprint, { path }: Authentication): RealmClient['mappers'] => {
  const clients = Object.entries(realm.clients).filter(([, { lightweightTokens }]) => lightweightTokens);
  const [[id, { mappers }] = ['', { mappers: {} }]] = clients.filter((entry) => Object.keys(entry[1].mappers).length > 0);
  if (clients.length > 1 && Object.keys(mappers).length > 0)
    throw new Problem('PATTERN_INCOMPLETE', `the JWT that the gateway gets by token exchange would have the mappers of "${id}" whoever's token it was for`, {
      at: at(`realm.clients.${id}.mappers`),
      expected: `mappers of a scope, or ${path}.introspection.jwt: introspection`,
      hint: 'see docs/patterns/opaque.md',
    });
  return mappers;
};

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
  if (introspection.jwt === 'exchange' && targets.kong?.edition === 'enterprise')
    throw incomplete(`${section}.introspection.jwt`, 'the openid-connect plugin gets the JWT in the answer of introspection', 'introspection');
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
