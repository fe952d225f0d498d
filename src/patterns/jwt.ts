import type { Blueprint, Service } from '../blueprint/types.ts';
import { addressOf } from '../core/resource.ts';
import type { Desired } from '../core/resource.ts';
import { attemptsOf } from './bound.ts';
import { corsPlugin } from './kong/cors.ts';
import { routeLimits, serviceLimits } from './kong/limits.ts';
import { pluginMaker } from './kong/plugin.ts';
import { kongRoute } from './kong/route.ts';
import { kongService } from './kong/service.ts';
import { kongName, routesBehind } from './objects.ts';
import type { Group, Part } from './objects.ts';

/**
 * `jwt` on Kong: the gateway passes the token through, in header and cookie, and each service verifies it with `authctl-service`. The
 * token guard stands there in its public mode alone, to take off headers by which a client could claim an identity.
 */
export const jwtPart = (blueprint: Blueprint, { services }: Group): Part => ({
  desired: services.filter(({ gateways }) => gateways.includes('kong')).flatMap((service) => serviceObjects(blueprint, service)),
});

const serviceObjects = (blueprint: Blueprint, service: Service): readonly Desired[] => {
  const name = kongName(blueprint, service.id);
  const plugins = [
    ...corsPlugin(blueprint, service, name),
    ...serviceLimits(blueprint, service, name),
    pluginMaker(blueprint, `services.${service.id}`)('authctl-token-guard', `${name}.guard`, { service: name }, { public: true, cookie: null, relay: 'header' }),
  ];
  return [
    kongService(blueprint, `services.${service.id}`, name, service.upstream, attemptsOf(blueprint, service)),
    ...plugins,
    ...routesBehind(service, 'kong').flatMap((route) => [kongRoute(blueprint, service, route, name, plugins.map(addressOf)), ...routeLimits(blueprint, route)]),
  ];
};
