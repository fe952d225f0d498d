import type { Blueprint, Json } from '../blueprint/types.ts';
import { asSent } from './routing.ts';

/** The facts that policies decide on, `data.<name>.blueprint`: services with their routes, and which role includes which. */
export const policyData = (blueprint: Blueprint): { readonly [key: string]: Json } => ({
  issuer: blueprint.issuer,
  services: Object.fromEntries(
    Object.values(blueprint.services).map((service) => [
      service.id,
      {
        audience: service.audience,
        routes: Object.fromEntries(
          service.routes.map((route) => [
            route.id,
            {
              method: route.verbs,
              methods: [...route.methods].toSorted(),
              path: asSent(route.path),
              ...(route.hosts.length > 0 && { hosts: route.hosts.toSorted() }),
              ...(Object.keys(route.headers).length > 0 && { headers: Object.fromEntries(Object.entries(route.headers).map(([name, values]) => [name.toLowerCase(), [...values]])) }),
              public: route.public,
              scopes: [...route.scopes],
              roles: [...route.roles],
              ...(route.ownedBy !== undefined && { ownedBy: route.ownedBy, anyOwner: [...route.anyOwner] }),
            },
          ]),
        ),
      },
    ]),
  ),
  roles: Object.fromEntries(Object.entries(blueprint.realm.roles).map(([name, { includes }]) => [name, { includes: [...includes] }])),
});
