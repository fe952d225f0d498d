import type { Blueprint, Service } from '../blueprint/types.ts';
import type { Desired } from '../core/resource.ts';
import { kongName, routesBehind } from './objects.ts';
import type { Group, Part } from './objects.ts';
import { corsPlugin, kongRoute, kongService, pluginMaker } from './sso.ts';

/**
 * `jwt` on Kong: the gateway passes the token through, in header and cookie, and each service verifies it with `authctl-service`. The
 * token guard stands there in its public mode alone, to take off headers by which a client could claim an identity.
 */
export const jwtPart = (blueprint: Blueprint, { services }: Group): Part => ({
  desired: services.filter(({ gateways }) => gateways.includes('kong')).flatMap((service) => serviceObjects(blueprint, service)),
});

const serviceObjects = (blueprint: Blueprint, service: Service): readonly Desired[] => {
  const name = kongName(blueprint, service.id);
  const plugin = pluginMaker(blueprint, `services.${service.id}`);
  return [
    kongService(blueprint, service, name),
    ...corsPlugin(blueprint, service, name),
    plugin('authctl-token-guard', `${name}.guard`, { service: { name } }, { public: true, cookie: null, relay: 'header' }),
    ...routesBehind(service, 'kong').map((route) => kongRoute(blueprint, service, route, name, [`kong.plugin/${name}.guard`])),
  ];
};
