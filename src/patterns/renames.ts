import type { Blueprint } from '../blueprint/types.ts';
import type { Rename } from '../core/renames.ts';
import { aws } from '../providers/aws/specs/index.ts';
import { keycloak } from '../providers/keycloak/specs/index.ts';
import { kong } from '../providers/kong/specs/index.ts';

/** What a service or a route is made of. Other kinds have names of their own behind the blueprint's (`raw.kong.entities`), which may be the same. */
const OF_KONG: ReadonlySet<string> = new Set([kong.service.kind, kong.route.kind, kong.plugin.kind]);
/** Of a service its routes and plugins (`shop.orders.list`), of a route its plugins and its other matches (`shop.orders.list~2`). */
const PARTS = '.~';
const OF_AWS: ReadonlySet<string> = new Set([aws.authorizer.kind, aws.integration.kind]);

/**
 * What was called otherwise before, as addresses: everything of a service has its name behind the blueprint's, everything of a route that behind it. The
 * more special ones come first. A route may be renamed later than its service, whose former name stays in the file: it is looked for below both. A client's
 * name may hold dots, and is no part of another's.
 */
export const renamesOf = ({ name, services, realm }: Blueprint): readonly Rename[] => {
  const ofServices = Object.entries(services).flatMap(([id, { renamedFrom: was, routes }]) => {
    const names = was === undefined ? [id] : [was, id];
    const ofRoutes = routes.flatMap(({ id: route, renamedFrom }) => (renamedFrom === undefined ? [] : names.map((service) => [`${service}.${renamedFrom}`, `${id}.${route}`] as const)));
    return [...ofRoutes, ...(was === undefined ? [] : [[was, id] as const])];
  });
  return [
    ...ofServices.flatMap(([from, to]) => [
      { kinds: OF_KONG, from: `${name}.${from}`, to: `${name}.${to}`, parts: PARTS },
      { kinds: OF_AWS, from: aws.integration.id(name, from), to: aws.integration.id(name, to), parts: PARTS },
    ]),
    ...Object.entries(realm.clients).flatMap(([client, { renamedFrom }]) => (renamedFrom === undefined ? [] : ofClient(realm.name, renamedFrom, client))),
  ];
};

/** A client, the roles that it defines, and what its tokens and its account have. */
const ofClient = (realm: string, from: string, to: string): readonly Rename[] => [
  { kinds: new Set([keycloak.client.kind]), from: keycloak.client.id(realm, from), to: keycloak.client.id(realm, to) },
  { kinds: new Set([keycloak.clientRole.kind]), from: keycloak.client.id(realm, from), to: keycloak.client.id(realm, to), parts: '/' },
  { kinds: new Set([keycloak.authorization.kind]), from: keycloak.authorization.id(realm, from), to: keycloak.authorization.id(realm, to) },
  ...(['client', 'account'] as const).map((of) => ({ kinds: new Set([keycloak.grant.kind]), from: keycloak.grant.id(realm, of, from), to: keycloak.grant.id(realm, of, to) })),
];
