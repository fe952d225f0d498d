import type { Blueprint } from '../../blueprint/types.ts';
import { addressOf } from '../../core/resource.ts';
import type { Desired } from '../../core/resource.ts';
import { kong } from '../../providers/kong/specs/index.ts';
import { kongName, routeName, routesBehind } from '../objects.ts';

/**
 * Which of Kong's own objects are to be those of the blueprint. A service is two in Kong where it has public routes as well: what is there becomes the one that
 * asks for a token. Of a `match` that is a list the first is the route that is there.
 */
export const withAdopted = (blueprint: Blueprint, made: readonly Desired[]): readonly Desired[] => {
  const named = new Map<string, string>();
  for (const service of Object.values(blueprint.services)) {
    const routes = routesBehind(service, 'kong');
    const name = kongName(blueprint, service.id, ...(routes.some((route) => !route.public) ? [] : ['public']));
    if (service.adopts !== undefined) named.set(kong.service.address(name), service.adopts);
    for (const route of routes) if (route.adopts !== undefined && (route.nth ?? 0) === 0) named.set(kong.route.address(routeName(blueprint, route)), route.adopts);
  }
  return made.map((object) => {
    const adopts = named.get(addressOf(object));
    return adopts === undefined ? object : { ...object, adopts };
  });
};
