import { backchannelOf } from '../blueprint/issuer.ts';
import type { Authentication, Blueprint, Route, Service } from '../blueprint/types.ts';
import { CLOSED_SCOPE, answerOf, decisionOf, decisionsOf, kongAsks } from '../access/index.ts';
import { packageOf } from '../blueprint/rego.ts';
import { Problem } from '../core/problem.ts';
import { addressOf } from '../core/resource.ts';
import type { Address, Desired } from '../core/resource.ts';
import type { PluginConfig } from '../providers/kong/specs/plugin-config.ts';
import { corsPlugin } from './kong/cors.ts';
import { IDENTITY_HEADERS } from './kong/identity-headers.ts';
import { routeLimits, serviceLimits } from './kong/limits.ts';
import { pluginMaker } from './kong/plugin.ts';
import { kongRoute } from './kong/route.ts';
import { kongService, portOf } from './kong/service.ts';
import { kongName, routeName, routePath, routesBehind, sorted } from './objects.ts';
import { beforeAsking } from './policy.ts';
import { isBound } from './bound.ts';
import type { Group, Part } from './objects.ts';
import { askingClient, introspectionOf } from './opaque.ts';

/** What every command says first about a blueprint for Kong Enterprise. */
export const UNTRIED =
  'Kong Enterprise: openid-connect and opa are written by their documented schema (3.9) and tested against it, but never run on a live one';

/** Beside the decision's own package: it turns the question of Kong's plugin into the policy's. */
const ADAPTER = 'kong_enterprise';

/** Fields of openid-connect, as far as one part of the pattern says them. */
type Oidc = Partial<PluginConfig<'openid-connect'>>;

/** A pattern on Kong Enterprise: who verifies, and how the token gets there. */
interface Manner {
  /** Fields of openid-connect that the pattern decides; `undefined` where the service verifies itself. */
  readonly token: Oidc | undefined;
  readonly desired: readonly Desired[];
}

/**
 * The patterns on Kong Enterprise: `openid-connect` verifies in the place of token guard, jwt, scope guard and phantom token, and `opa` asks
 * in the place of authctl-opa; the issuer's keys come by discovery. Throws `PATTERN_INCOMPLETE` for what these plugins cannot enforce.
 * Fields: https://developer.konghq.com/plugins/openid-connect/reference/ and https://developer.konghq.com/plugins/opa/reference/.
 */
export const enterprisePart = (blueprint: Blueprint, group: Group): Part => {
  const services = group.services.filter(({ gateways }) => gateways.includes('kong'));
  if (services.length === 0) return { desired: [] };
  const { token, desired } = mannerOf(blueprint, group);
  if (token) refuseUnenforced(blueprint, group.authentication);
  return { desired: [...desired, ...services.flatMap((service) => serviceObjects(blueprint, service, token, desired))] };
};

const mannerOf = (blueprint: Blueprint, group: Group): Manner => {
  const { authentication } = group;
  const { pattern, token } = authentication;
  if (pattern === 'sso')
    return { token: { auth_methods: ['bearer'], disable_session: ['bearer'], ...placement(token), ...relayed(token), ...(isBound(authentication, 'dpop') && { proof_of_possession_dpop: 'strict' as const }) }, desired: [] };
  if (pattern === 'opaque') {
    const introspection = introspectionOf(blueprint, authentication);
    return {
      token: {
        auth_methods: ['introspection'],
        disable_session: ['introspection'],
        ...placement(token),
        client_id: [introspection.client],
        client_secret: [introspection.secret],
        client_auth: ['client_secret_basic'],
        introspection_endpoint: backchannelOf(blueprint).introspection,
        introspection_endpoint_auth_method: 'client_secret_basic',
        introspection_check_active: true,
        // Keycloak's lightweight tokens have the form of a JWT; what they say is never believed.
        introspect_jwt_tokens: true,
        cache_introspection: introspection.cache > 0,
        ...(introspection.cache > 0 && cachedFor(introspection.cache)),
        // RFC 9701 in its earlier form, as Keycloak answers it: the JWT behind the token, for the upstream.
        introspection_accept: 'application/jwt',
        upstream_introspection_jwt_header: 'x-introspection-jwt',
        upstream_access_token_header: null,
        hide_credentials: true,
      },
      desired: [askingClient(blueprint, group, introspection)],
    };
  }
  if (pattern === 'jwt') return { token: undefined, desired: [] };
  throw new Problem('PATTERN_UNKNOWN', `${authentication.path}.pattern "${pattern}" cannot be built for Kong Enterprise by this version`, {
    at: blueprint.at(`${authentication.path}.pattern`),
    expected: 'sso, opaque or jwt',
    hint: 'see docs/kong-enterprise.md',
  });
};

const cachedFor = (seconds: number): Oidc => ({ cache_ttl: seconds, cache_ttl_max: seconds, cache_ttl_neg: seconds });

const placement = ({ header, cookie }: Authentication['token']): Oidc => ({
  bearer_token_param_type: [...(cookie === undefined ? [] : ['cookie' as const]), ...(header ? ['header' as const] : [])],
  bearer_token_cookie_name: cookie ?? null,
});

const relayed = ({ cookie, relay }: Authentication['token']): Oidc => ({
  upstream_access_token_header: relay === 'header' ? 'authorization:bearer' : null,
  hide_credentials: relay === 'none' || cookie !== undefined,
});

const serviceObjects = (blueprint: Blueprint, service: Service, token: Oidc | undefined, before: readonly Desired[]): readonly Desired[] => {
  const routes = routesBehind(service, 'kong');
  const closed = token ? routes.filter((route) => !route.public) : [];
  const open = routes.filter((route) => !closed.includes(route));
  const closedName = kongName(blueprint, service.id);
  const openName = token ? kongName(blueprint, service.id, 'public') : closedName;
  const upstream = (name: string): readonly Desired[] => [
    kongService(blueprint, `services.${service.id}`, name, service.upstream, service),
    ...corsPlugin(blueprint, service, name),
    ...serviceLimits(blueprint, service, name),
  ];
  const guarded = token ? protectingPlugins(blueprint, service, closedName, token, before) : [];
  const bare = [headerPlugin(blueprint, service, openName)];
  return [
    ...(closed.length > 0 ? [...upstream(closedName), ...guarded] : []),
    ...closed.flatMap((route) => protectedRoute(blueprint, service, route, closedName, token ?? {}, guarded.map(addressOf))),
    ...(open.length > 0 ? [...upstream(openName), ...bare] : []),
    ...open.flatMap((route) => [kongRoute(blueprint, service, route, openName, bare.map(addressOf)), ...routeLimits(blueprint, route)]),
  ];
};

/** No header by which a client could claim an identity. */
const headerPlugin = (blueprint: Blueprint, service: Service, name: string): Desired =>
  pluginMaker(blueprint, `services.${service.id}`)('request-transformer', `${name}.headers`, { service: name }, {
    remove: { headers: [...IDENTITY_HEADERS], querystring: [], body: [] },
  });

/** Closed from its first moment: a route's own plugin stands in the place of the one on its service. */
const protectingPlugins = (blueprint: Blueprint, service: Service, name: string, token: Oidc, before: readonly Desired[]): readonly Desired[] => [
  headerPlugin(blueprint, service, name),
  pluginMaker(blueprint, `services.${service.id}`)(
    'openid-connect',
    `${name}.oidc`,
    { service: name },
    { ...verification(blueprint, service, [CLOSED_SCOPE], []), ...token },
    before.map(addressOf),
  ),
];

const protectedRoute = (
  blueprint: Blueprint,
  service: Service,
  route: Route,
  serviceName: string,
  token: Oidc,
  before: readonly Address[],
): readonly Desired[] => {
  const name = routeName(blueprint, route);
  const plugin = pluginMaker(blueprint, routePath(route));
  const central = kongAsks(blueprint);
  const opa = central ? [plugin('opa', `${name}.opa`, { route: name }, question(blueprint, route), beforeAsking(blueprint))] : [];
  return [
    kongRoute(blueprint, service, route, serviceName, before),
    ...routeLimits(blueprint, route),
    ...opa,
    plugin(
      'openid-connect',
      `${name}.oidc`,
      { route: name },
      { ...verification(blueprint, service, route.scopes, central ? [] : route.roles), ...token },
      opa.map(addressOf),
    ),
  ];
};

/** The fields of openid-connect that say whose tokens are good, and for what. Its defaults would take more. */
const verification = (blueprint: Blueprint, service: Service, scopes: readonly string[], roles: readonly string[]): PluginConfig<'openid-connect'> => ({
  issuer: backchannelOf(blueprint).discovery,
  issuers_allowed: [blueprint.issuer],
  using_pseudo_issuer: false,
  // What discovery says of the keys may be an address for browsers.
  extra_jwks_uris: blueprint.targets.keycloak?.backchannel === undefined ? null : [backchannelOf(blueprint).keys],
  ssl_verify: backchannelOf(blueprint).discovery.startsWith('https:'),
  verify_signature: true,
  verify_claims: true,
  ignore_signature: [],
  enable_hs_signatures: false,
  anonymous: null,
  leeway: service.authentication.token.leeway,
  audience_claim: ['aud'],
  audience_required: [service.audience],
  // Words in one text must all be there, and one of several texts is enough.
  scopes_claim: ['scope'],
  scopes_required: scopes.length > 0 ? [scopes.join(' ')] : null,
  roles_claim: ['realm_access', 'roles'],
  roles_required: roles.length > 0 ? sorted(roles) : null,
  run_on_preflight: true,
  display_errors: false,
});

/** What the opa plugin asks: the adapter's answer, which is a plain yes or no. */
const question = (blueprint: Blueprint, route: Route): PluginConfig<'opa'> => {
  const asItAsks = blueprint.authorization.input === 'kong';
  const decision = decisionOf(blueprint, route.service);
  const url = new URL(blueprint.targets.opa?.decisionUrl ?? '');
  return {
    opa_protocol: url.protocol === 'https:' ? 'https' : 'http',
    opa_host: url.hostname,
    opa_port: portOf(url),
    opa_path: `/v1/data/${asItAsks ? decision : `${adapterOf(decision)}/allow`}`,
    ssl_verify: true,
    include_route_in_opa_input: true,
    include_service_in_opa_input: asItAsks,
    include_consumer_in_opa_input: false,
    include_uri_captures_in_opa_input: false,
    include_body_in_opa_input: false,
    include_parsed_json_body_in_opa_input: false,
  };
};

/** `shop/authz` is asked through `shop/kong_enterprise`. */
const adapterOf = (decision: string): string => [...decision.split('/').slice(0, -1), ADAPTER].join('/');

/** What the blueprint asks and these plugins have no field for. */
const refuseUnenforced = (blueprint: Blueprint, { path, pattern, token }: Authentication): void => {
  const incomplete = (at: string, message: string, expected: string): Problem =>
    new Problem('PATTERN_INCOMPLETE', message, { at: blueprint.at(at), expected, hint: 'see docs/kong-enterprise.md' });
  if (token.maxLifetime !== undefined)
    throw incomplete(`${path}.token`, 'openid-connect has no limit for the lifetime of a token', 'no maxLifetime, or edition: oss');
  if (!kongAsks(blueprint)) return;
  if (pattern === 'opaque' || token.relay === 'none')
    throw incomplete(path, 'the opa plugin sees no token: it sends only what goes upstream', 'pattern sso with token.relay: header');
  if (blueprint.targets.opa?.token !== undefined)
    throw incomplete('targets.opa', 'the opa plugin sends no credential to OPA', 'no token: let only the gateway reach OPA');
  const { input, policyFiles, bundle } = blueprint.authorization;
  if (input === 'envoy' || input === 'mapping')
    throw incomplete('authorization.input', `the opa plugin asks in its own shape, and not in that of "${input}"`, 'input: kong, or edition: oss');
  if (answerOf(blueprint) !== 'allow') throw incomplete('authorization.answer', 'the opa plugin reads "allow" of an answer', 'no answer, or edition: oss');
  // What a bundle of somebody else holds is seen when it is asked.
  if (input === 'kong' || bundle) return;
  for (const decision of decisionsOf(blueprint)) {
    const adapter = adapterOf(decision);
    if (!Object.values(policyFiles).some((text) => packageOf(text) === adapter))
      throw incomplete(
        'authorization',
        `the policy has no package ${adapter.replaceAll('/', '.')}, which understands what the opa plugin asks`,
        `policies/kong-enterprise/${ADAPTER}.rego in the policy's directory, or "input: kong" for a policy that does`,
      );
  }
};
