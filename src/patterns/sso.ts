import type { Authentication, Blueprint, Route, Service } from '../blueprint/types.ts';
import type { Desired, Spec } from '../core/resource.ts';
import { realm } from '../providers/keycloak/specs/realm.ts';
import { kongName, object, routePath, routesBehind, servicesBehind } from './objects.ts';
import type { Group, Part } from './objects.ts';
import { gatewayVerifies } from '../access/decides.ts';

/** What Keycloak publishes, as the provider's output `keys` gives it. */
export interface PublishedKey {
  readonly kid: string;
  readonly alg: string;
  /** SubjectPublicKeyInfo, PEM. */
  readonly pem: string;
}

/**
 * `sso` on open-source Kong. Each service becomes two Kong services on the same upstream: the protected one carries token guard, jwt and a
 * scope guard that refuses everything, so that a route without plugins of its own is closed from its first moment; the public one
 * carries only the guard that strips identity headers. A route opens exactly its own scopes.
 */
export const ssoPart = (blueprint: Blueprint, group: Group): Part => tokenPart(blueprint, group, { plugins: () => [], guard: {} });

/** What stands before the token guard of a protected service. */
interface Intake {
  /** Plugins that must be there before the service's routes are. */
  readonly plugins: (service: Service, name: string) => readonly Desired[];
  /** Fields of the token guard that differ, because the intake has read them already. */
  readonly guard: Spec;
  /** The same for the guard of public routes. */
  readonly open?: Spec;
}

/** The chain of `sso` behind an intake: token guard, jwt, scope guard. */
export const tokenPart = (blueprint: Blueprint, { services }: Group, intake: Intake): Part => ({
  desired: services.filter(({ gateways }) => gateways.includes('kong')).flatMap((service) => serviceObjects(blueprint, service, intake)),
});

/** The issuer as open-source Kong's jwt plugin knows it: one consumer, one credential per published key. */
export const issuerPart = (blueprint: Blueprint): Part => {
  // On Enterprise the keys come by discovery.
  if (blueprint.targets.kong?.edition === 'enterprise' || !servicesBehind(blueprint, 'kong').some(gatewayVerifies)) return { desired: [] };
  const issuer = kongName(blueprint, 'issuer');
  return {
    desired: [object(blueprint, 'realm', 'kong.consumer', issuer, { username: issuer })],
    deferred: [
      {
        kind: 'kong.jwt_secret',
        id: `${issuer}/<one per key of ${blueprint.issuer}>`,
        after: [realm.address(blueprint.realm.name), `kong.consumer/${issuer}`],
        origin: blueprint.at('realm'),
        needs: { provider: 'keycloak', output: 'keys' },
        expand: (keys) =>
          (keys as readonly PublishedKey[])
            .filter(({ alg }) => alg === blueprint.realm.tokens.algorithm)
            .map(({ kid, alg, pem }) =>
              object(
                blueprint,
                'realm',
                'kong.jwt_secret',
                `${issuer}/${kid}`,
                { consumer: { username: issuer }, key: kid, algorithm: alg, rsa_public_key: pem },
                [`kong.consumer/${issuer}`],
              ),
            ),
      },
    ],
  };
};

const serviceObjects = (blueprint: Blueprint, service: Service, intake: Intake): readonly Desired[] => {
  const routes = routesBehind(service, 'kong');
  const open = routes.filter((route) => route.public);
  const closed = routes.filter((route) => !route.public);
  const closedName = kongName(blueprint, service.id);
  const openName = kongName(blueprint, service.id, 'public');
  const before = closed.length > 0 ? intake.plugins(service, closedName) : [];
  return [
    ...(closed.length > 0 ? protectedService(blueprint, service, closedName, intake.guard) : []),
    ...before,
    ...closed.flatMap((route) => protectedRoute(blueprint, service, route, closedName, before)),
    ...(open.length > 0 ? publicService(blueprint, service, openName, intake.open) : []),
    ...open.map((route) => kongRoute(blueprint, service, route, openName, [`kong.plugin/${openName}.guard`])),
  ];
};

const protectedService = (blueprint: Blueprint, service: Service, name: string, guard: Spec): readonly Desired[] => {
  const plugin = pluginMaker(blueprint, `services.${service.id}`);
  return [
    kongService(blueprint, service, name),
    ...corsPlugin(blueprint, service, name),
    plugin('authctl-token-guard', `${name}.guard`, { service: { name } }, { ...guardConfig(blueprint, service.authentication, service.audience), ...guard }),
    plugin('jwt', `${name}.jwt`, { service: { name } }, jwtConfig),
    plugin('authctl-scope-guard', `${name}.scope`, { service: { name } }, { deny_all: true }),
  ];
};

const publicService = (blueprint: Blueprint, service: Service, name: string, guard: Spec = {}): readonly Desired[] => [
  kongService(blueprint, service, name),
  ...corsPlugin(blueprint, service, name),
  pluginMaker(blueprint, `services.${service.id}`)('authctl-token-guard', `${name}.guard`, { service: { name } }, { public: true, cookie: service.authentication.token.cookie ?? null, ...guard }),
];

const protectedRoute = (
  blueprint: Blueprint,
  service: Service,
  route: Route,
  serviceName: string,
  before: readonly Desired[],
): readonly Desired[] => {
  const name = kongName(blueprint, service.id, route.id);
  const plugin = pluginMaker(blueprint, routePath(route));
  const central = blueprint.authorization.pattern === 'centralised' || blueprint.authorization.pattern === 'hybrid';
  const opa = central
    ? [
        plugin(
          'authctl-opa',
          `${name}.opa`,
          { route: { name } },
          {
            url: blueprint.targets.opa?.decisionUrl ?? '',
            decision: blueprint.authorization.decision ?? '',
            service: service.id,
            route: route.id,
            path_template: route.path,
            ...(blueprint.targets.opa?.token && { token: blueprint.targets.opa.token }),
          },
          [`opa.bundle/${blueprint.name}`],
        ),
      ]
    : [];
  return [
    kongRoute(blueprint, service, route, serviceName, [
      ...['guard', 'jwt', 'scope'].map((part) => `kong.plugin/${serviceName}.${part}`),
      ...before.map(({ kind, id }) => `${kind}/${id}`),
    ]),
    ...opa,
    plugin(
      'authctl-scope-guard',
      `${name}.scope`,
      { route: { name } },
      {
        deny_all: false,
        // A key of another consumer of a shared Kong must not sign for our issuer.
        consumer_username: kongName(blueprint, 'issuer'),
        scopes: [...route.scopes],
        roles: central ? [] : [...route.roles],
      },
      opa.map(({ kind, id }) => `${kind}/${id}`),
    ),
  ];
};

export const kongService = (blueprint: Blueprint, service: Service, name: string): Desired => {
  const url = new URL(service.upstream);
  return object(blueprint, `services.${service.id}`, 'kong.service', name, {
    name,
    protocol: url.protocol.slice(0, -1),
    host: url.hostname,
    port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
    path: url.pathname === '/' ? null : url.pathname,
    enabled: true,
  });
};

/** A path of Kong is a prefix, so every path is an anchored regular expression; the more literal one is tried first. */
export const kongRoute = (blueprint: Blueprint, service: Service, route: Route, serviceName: string, after: readonly string[]): Desired => {
  const name = kongName(blueprint, route.service, route.id);
  const segments = route.path.split('/').slice(1);
  const pattern = segments.map((segment) => (isVariable(segment) ? '[^/]+' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))).join('/');
  return object(
    blueprint,
    routePath(route),
    'kong.route',
    name,
    {
      name,
      paths: [`~/${pattern}$`],
      hosts: null,
      headers: null,
      snis: null,
      methods: [route.method, ...(service.authentication.origins.length > 0 ? ['OPTIONS'] : [])].toSorted(),
      protocols: ['http', 'https'],
      strip_path: false,
      preserve_host: false,
      regex_priority: 10 * segments.filter((segment) => !isVariable(segment)).length,
      service: { name: serviceName },
    },
    [`kong.service/${serviceName}`, ...after],
  );
};

const isVariable = (segment: string): boolean => /^\{.+\}$/.test(segment);

/** The bundled jwt plugin beside the guards. */
export const jwtConfig: Spec = {
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

export const guardConfig = (blueprint: Blueprint, { token, origins }: Authentication, audience: string): Spec => ({
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

export const corsPlugin = (blueprint: Blueprint, service: Service, name: string): readonly Desired[] => {
  const { origins, token, session } = service.authentication;
  if (origins.length === 0) return [];
  const methods = [...new Set(service.routes.map(({ method }) => method))].toSorted();
  return [
    pluginMaker(blueprint, `services.${service.id}`)('cors', `${name}.cors`, { service: { name } }, {
      origins: [...origins],
      methods,
      headers: ['Authorization', 'Content-Type', 'X-Requested-With'],
      credentials: token.cookie !== undefined || session !== undefined,
      max_age: 600,
      preflight_continue: false,
    }),
  ];
};

type PluginMaker = (plugin: string, instance: string, scope: Spec, config: Spec, after?: readonly string[]) => Desired;

export const pluginMaker =
  (blueprint: Blueprint, path: string): PluginMaker =>
  (plugin, instance, scope, config, after = []) =>
    object(
      blueprint,
      path,
      'kong.plugin',
      instance,
      {
        name: plugin,
        instance_name: instance,
        enabled: true,
        protocols: ['grpc', 'grpcs', 'http', 'https'],
        route: null,
        service: null,
        consumer: null,
        ...scope,
        config,
      },
      [
        ...('route' in scope ? [`kong.route/${(scope.route as Spec).name as string}`] : []),
        ...('service' in scope ? [`kong.service/${(scope.service as Spec).name as string}`] : []),
        ...after,
      ],
    );
