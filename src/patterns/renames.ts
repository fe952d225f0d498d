import type { Blueprint } from '../blueprint/types.ts';
import type { Rename } from '../core/renames.ts';

/**
 * What was called otherwise before, as addresses: everything of a service has its name behind the blueprint's, everything of a route that behind it. The
 * more special ones come first.
 */
export const renamesOf = ({ name, services, realm }: Blueprint): readonly Rename[] => {
  const ofServices = Object.entries(services).flatMap(([id, { renamedFrom: was, routes }]) => {
    const ofRoutes = routes.flatMap(({ id: route, renamedFrom }) => (renamedFrom === undefined ? [] : ([[`${was ?? id}.${renamedFrom}`, `${id}.${route}`]] as const)));
    return [...ofRoutes, ...(was === undefined ? [] : ([[was, id]] as const))];
  });
  return [
    ...ofServices.flatMap(([from, to]) => [
      { kinds: /^kong\./, from: `${name}.${from}`, to: `${name}.${to}` },
      { kinds: /^aws\.(?:authorizer|integration)$/, from: `${name}/${from}`, to: `${name}/${to}` },
    ]),
    ...Object.entries(realm.clients).flatMap(([client, { renamedFrom }]) =>
      renamedFrom === undefined ? [] : [{ kinds: /^keycloak\.(?:client|client-role|grant)$/, from: `${realm.name}/${renamedFrom}`, to: `${realm.name}/${client}` }],
    ),
  ];
};
