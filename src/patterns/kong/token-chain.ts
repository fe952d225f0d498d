import { answerOf, decisionOf, kongAsks, shapeOf } from '../../access/index.ts';
import { followsKeys } from '../../blueprint/issuer.ts';
import type { Blueprint, Route, Service } from '../../blueprint/types.ts';
import { addressOf } from '../../core/resource.ts';
import type { Address, Desired } from '../../core/resource.ts';
import type { PluginConfig } from '../../providers/kong/specs/plugin-config.ts';
import { kongName, routeName, routePath, routesBehind } from '../objects.ts';
import type { Group, Part } from '../objects.ts';
import { corsPlugin } from './cors.ts';
import { foreignTokens, furtherIssuers, guardConfig, jwtConfig } from './guards.ts';
import { routeLimits, serviceLimits } from './limits.ts';
import { trustedConsumer } from './issuer.ts';
import { pluginMaker } from './plugin.ts';
import { beforeAsking } from '../policy.ts';
import { signInConfig } from '../step-up.ts';
import { kongRoute } from './route.ts';
import { attemptsOf } from '../bound.ts';
import { kongService } from './service.ts';

type GuardConfig = PluginConfig<'authctl-token-guard'>;

/** What stands before the token guard of a protected service. */
interface Intake {
  /** Plugins that must be there before the service's routes are. */
  readonly plugins: (service: Service, name: string) => readonly Desired[];
  /** Fields of the token guard that differ, because the intake has read them already. */
  readonly guard: GuardConfig;
  /** The same for the guard of public routes. */
  readonly open?: GuardConfig;
}

/**
 * The chain on open-source Kong behind an intake: token guard, jwt (where keys are pinned), scope guard. Each service becomes two Kong services on the same
 * upstream: the protected one carries the chain with a scope guard that refuses everything, so that a route without plugins of its own is
 * closed from its first moment; the public one carries only the guard that strips identity headers. A route opens exactly its own scopes.
 */
export const tokenChain = (blueprint: Blueprint, { services }: Group, intake: Intake): Part => ({
  desired: services.filter(({ gateways }) => gateways.includes('kong')).flatMap((service) => serviceObjects(blueprint, service, intake)),
});

const serviceObjects = (blueprint: Blueprint, service: Service, intake: Intake): readonly Desired[] => {
  const routes = routesBehind(service, 'kong');
  const open = routes.filter((route) => route.public);
  const closed = routes.filter((route) => !route.public);
  const closedName = kongName(blueprint, service.id);
  const openName = kongName(blueprint, service.id, 'public');
  const guarded = chain(blueprint, service, closedName, intake);
  const bare = [publicGuard(blueprint, service, openName, intake.open)];
  const upstream = (name: string): readonly Desired[] => [
    kongService(blueprint, `services.${service.id}`, name, service.upstream, attemptsOf(blueprint, service)),
    ...corsPlugin(blueprint, service, name),
    ...serviceLimits(blueprint, service, name),
  ];
  return [
    ...(closed.length > 0 ? [...upstream(closedName), ...guarded] : []),
    ...closed.flatMap((route) => protectedRoute(blueprint, service, route, closedName, guarded.map(addressOf))),
    ...(open.length > 0 ? [...upstream(openName), ...bare] : []),
    ...open.flatMap((route) => [kongRoute(blueprint, service, route, openName, bare.map(addressOf)), ...routeLimits(blueprint, route)]),
  ];
};

const chain = (blueprint: Blueprint, service: Service, name: string, intake: Intake): readonly Desired[] => {
  const plugin = pluginMaker(blueprint, `services.${service.id}`);
  return [
    plugin('authctl-token-guard', `${name}.guard`, { service: name }, { ...guardConfig(blueprint, service.authentication, service.audience), ...foreignTokens(blueprint, service.audiences), ...furtherIssuers(blueprint, service), ...intake.guard }),
    ...(followsKeys(blueprint) ? [] : [plugin('jwt', `${name}.jwt`, { service: name }, jwtConfig)]),
    plugin('authctl-scope-guard', `${name}.scope`, { service: name }, { deny_all: true }),
    ...intake.plugins(service, name),
  ];
};

const publicGuard = (blueprint: Blueprint, service: Service, name: string, guard: GuardConfig = {}): Desired => {
  const config = { public: true, cookie: service.authentication.token.cookie ?? null, ...guard };
  return pluginMaker(blueprint, `services.${service.id}`)('authctl-token-guard', `${name}.guard`, { service: name }, config);
};

const protectedRoute = (blueprint: Blueprint, service: Service, route: Route, serviceName: string, before: readonly Address[]): readonly Desired[] => {
  const name = routeName(blueprint, route);
  const plugin = pluginMaker(blueprint, routePath(route));
  const opa = kongAsks(blueprint) ? [plugin('authctl-opa', `${name}.opa`, { route: name }, question(blueprint, route), beforeAsking(blueprint))] : [];
  return [
    kongRoute(blueprint, service, route, serviceName, before),
    ...routeLimits(blueprint, route),
    ...opa,
    plugin(
      'authctl-scope-guard',
      `${name}.scope`,
      { route: name },
      {
        deny_all: false,
        consumer_username: trustedConsumer(blueprint),
        scopes: [...route.scopes],
        roles: opa.length > 0 ? [] : [...route.roles],
        ...signInConfig(blueprint, service, route),
      },
      opa.map(addressOf),
    ),
  ];
};

const question = (blueprint: Blueprint, route: Route): PluginConfig<'authctl-opa'> => ({
  url: blueprint.targets.opa?.decisionUrl ?? '',
  decision: decisionOf(blueprint, route.service),
  service: route.service,
  route: route.id,
  path_template: route.path,
  ...shapeConfig(blueprint),
  ...timingOf(blueprint),
});

/** In which shape it asks, and where it finds the yes: each stated, so that nothing is left of another shape. */
const shapeConfig = (blueprint: Blueprint): Partial<PluginConfig<'authctl-opa'>> => {
  const { input = 'authctl', fields, blueprint: name = null } = shapeOf(blueprint);
  return {
    input,
    fields: fields ? Object.entries(fields).map(([field, place]) => `${field}=${place}`).toSorted() : null,
    blueprint: name,
    answer: answerOf(blueprint),
  };
};

const timingOf = ({ targets, authorization }: Blueprint): Partial<PluginConfig<'authctl-opa'>> => ({
  ...(authorization.timeout !== undefined && { timeout_ms: authorization.timeout * 1000 }),
  ...(targets.opa?.token && { token: targets.opa.token }),
});
