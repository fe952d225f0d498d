import type { JsonFields } from '../../blueprint/types.ts';
import { textsOf } from '../../core/json.ts';
import { Problem } from '../../core/problem.ts';
import type { Desired } from '../../core/resource.ts';
import { isSpec } from '../../core/spec.ts';
import { keycloak } from '../../providers/keycloak/specs/index.ts';
import { section } from './raw-entity.ts';
import type { Making } from './raw-entity.ts';

/** Fields of clients and scopes that are objects of their own: roles of clients, by the client that defines them, and groups of accounts, by path. */
export const GRANTS = ['clientScopeMappings', 'serviceAccountClientRoles', 'serviceAccountGroups'] as const;

/** Roles of clients in the tokens of clients and of scopes, and those of the accounts of clients. */
export const grants = (making: Making): readonly Desired[] => {
  const { realm, raw } = making.blueprint;
  const changed = Object.entries(raw.keycloak.clients).map(([name, fields]) => [name, fields, `raw.keycloak.clients.${name}`] as const);
  return [
    ...[...changed, ...section(making, 'clients')].flatMap(([name, fields, path]) => [
      ...granted(making, { to: 'client', name, field: 'clientScopeMappings', fields, path }),
      ...granted(making, { to: 'account', name, field: 'serviceAccountClientRoles', fields, path }),
    ]),
    ...section(making, 'clientScopes').flatMap(([name, fields, path]) => granted(making, { to: 'scope', name, field: 'clientScopeMappings', fields, path })),
  ].map((one) => ({ ...one, after: [...one.after, keycloak.realm.address(realm.name)] }));
};

interface Stated {
  readonly to: 'account' | 'client' | 'scope';
  readonly name: string;
  readonly field: 'clientScopeMappings' | 'serviceAccountClientRoles';
  readonly fields: JsonFields;
  readonly path: string;
}

const granted = ({ blueprint, problems }: Making, { to, name, field, fields, path }: Stated): readonly Desired[] => {
  const inGroups = to === 'account' ? fields.serviceAccountGroups : undefined;
  if (inGroups !== undefined && !Array.isArray(inGroups)) {
    problems.push(new Problem('RAW_FIELD', '"serviceAccountGroups" is no list', { at: blueprint.at(`${path}.serviceAccountGroups`), expected: '[/staff, /staff/sales]' }));
    return [];
  }
  const groups = textsOf(inGroups).map((one) => (one.startsWith('/') ? one : `/${one}`)).toSorted();
  const stated = fields[field] ?? (inGroups === undefined ? undefined : {});
  if (stated === undefined) return [];
  const at = blueprint.at(`${path}.${fields[field] === undefined ? 'serviceAccountGroups' : field}`);
  if (!isSpec(stated) || Object.values(stated).some((names) => !Array.isArray(names))) {
    problems.push(new Problem('RAW_FIELD', `"${field}" is not said by client`, { at, expected: '{ app: [names of its roles] }' }));
    return [];
  }
  const { name: realm } = blueprint.realm;
  const clientRoles = Object.fromEntries(Object.entries(stated).map(([owner, names]) => [owner, textsOf(names).toSorted()]));
  const holder = to === 'scope' ? keycloak.clientScope.address(realm, name) : keycloak.client.address(realm, name);
  const after = [holder, ...Object.entries(clientRoles).flatMap(([owner, names]) => [keycloak.client.address(realm, owner), ...names.map((role) => keycloak.clientRole.address(realm, owner, role))]), ...groups.map((one) => keycloak.group.address(realm, one.slice(1)))];
  return [keycloak.grant.desired([realm, to, name], { spec: { clientRoles, ...(inGroups !== undefined && { groups }) }, after, origin: at })];
};
