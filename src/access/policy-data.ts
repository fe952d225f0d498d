import { groupBy } from '../core/collections.ts';
import type { Blueprint, Json, Route } from '../blueprint/types.ts';
import { asSent } from './routing.ts';

const taken = ({ verbs, methods, path }: Route): { readonly [key: string]: Json } => ({ method: verbs, methods: [...methods].toSorted(), path: asSent(path) });

/** The facts that policies decide on, `data.<name>.blueprint`: services with their routes, and which role includes which. */
export const policyData = (blueprint: Blueprint): { readonly [key: string]: Json } => ({
  issuer: blueprint.issuer,
  services: Object.fromEntries(
    Object.values(blueprint.services).map((service) => [
      service.id,
      {
        audience: service.audience,
        routes: Object.fromEntries(
          [...groupBy(service.routes, ({ id }) => id).values()].flatMap(([route, ...others]) => (route === undefined ? [] : [[
            route.id,
            {
              ...taken(route),
              ...(others.length > 0 && { also: others.map(taken) }),
              ...(route.hosts.length > 0 && { hosts: route.hosts.toSorted() }),
              ...(Object.keys(route.headers).length > 0 && { headers: Object.fromEntries(Object.entries(route.headers).map(([name, values]) => [name.toLowerCase(), [...values]])) }),
              public: route.public,
              scopes: [...route.scopes],
              roles: [...route.roles],
              ...(route.ownedBy !== undefined && { ownedBy: route.ownedBy, anyOwner: [...route.anyOwner] }),
            },
          ]])),
        ),
      },
    ]),
  ),
  roles: Object.fromEntries(Object.entries(blueprint.realm.roles).map(([name, { includes }]) => [name, { includes: [...includes] }])),
});
