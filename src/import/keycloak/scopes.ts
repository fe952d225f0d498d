import { objectOf, textOf, textsOf } from '../../core/json.ts';
import { ENTITIES, filled, mappersByName, objectsOf, rolesInScope, same, textsIn } from './common.ts';
import type { Importing } from './common.ts';

/** Client scopes that are not as in every new realm. */
export const sayScopes = ({ draft, rep, shipped, exact }: Importing): void => {
  for (const scope of objectsOf(rep.clientScopes)) {
    const name = textOf(scope.name);
    if (name === undefined) continue;
    const roles = objectsOf(rep.scopeMappings).filter((one) => one.clientScope === name).flatMap((one) => textsOf(one.roles));
    const usual = shipped.scopes[name];
    const mappers = mappersByName(scope.protocolMappers);
    const held = { protocol: scope.protocol ?? 'openid-connect', description: scope.description, attributes: textsIn(scope.attributes), mappers };
    if (usual === undefined)
      draft.put([...ENTITIES, 'clientScopes', name], filled({
        ...(held.protocol !== 'openid-connect' && { protocol: held.protocol }), description: held.description, attributes: held.attributes,
        protocolMappers: mappers, scopeMappings: roles, clientScopeMappings: rolesInScope(rep, 'clientScope', name),
      })); // prettier-ignore
    else if (isChanged(mappers, usual.mappers, exact)) draft.put([...ENTITIES, 'clientScopes', name], filled({ ...(held.protocol !== 'openid-connect' && { protocol: held.protocol }), protocolMappers: mappers }));
    const ofClients = rolesInScope(rep, 'clientScope', name);
    if (usual !== undefined && Object.keys(ofClients).length > 0) draft.put([...ENTITIES, 'clientScopes', name, 'clientScopeMappings'], ofClients);
    if (usual !== undefined && (roles.length > 0 || exact) && !same(roles, usual.scopeMappings)) draft.put([...ENTITIES, 'clientScopes', name, 'scopeMappings'], roles);
  }
  if (exact) for (const name of Object.keys(shipped.scopes)) if (!objectsOf(rep.clientScopes).some((one) => one.name === name)) draft.leave(`client scope ${name}`, 'every new realm has it, and this one does not');
  sayDefaultScopes({ draft, rep, shipped, exact });
};

/** Other versions of Keycloak ship other settings of the same mappers: there, a mapper that none ships is somebody's doing. */
const isChanged = (held: Readonly<Record<string, unknown>>, usual: unknown, exact: boolean): boolean =>
  exact ? !same(held, usual) : Object.keys(held).some((name) => !Object.hasOwn(objectOf(usual), name));

const sayDefaultScopes = ({ draft, rep, shipped, exact }: Pick<Importing, 'draft' | 'rep' | 'shipped' | 'exact'>): void => {
  for (const field of ['defaultDefaultClientScopes', 'defaultOptionalClientScopes']) {
    const usual = textsOf(shipped.realm[field]);
    const [list, held] = [field === 'defaultDefaultClientScopes' ? 'default' : 'optional', textsOf(rep[field])];
    // A realm that came with scopes has only the lists that came with it.
    if (exact) for (const name of usual.filter((one) => !held.includes(one))) draft.leave(`${list} client scope ${name}`, 'a client that is made anew begins with it in every new realm, and not in this one');
    for (const name of held.filter((one) => !usual.includes(one)))
      draft.leave(`${list} client scope ${name}`, 'which scopes a new client begins with is not said by a blueprint: each client states its own');
  }
};
