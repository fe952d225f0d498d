import type { Blueprint, JsonFields } from '../../blueprint/types.ts';
import { textsOf } from '../../core/json.ts';
import { Problem } from '../../core/problem.ts';
import type { Address } from '../../core/resource.ts';
import { isSpec } from '../../core/spec.ts';
import { defaultRoleNamed } from '../../providers/keycloak/specs/composite.ts';
import { keycloak } from '../../providers/keycloak/specs/index.ts';
import { PATH } from './raw-entity.ts';

/** What every account has of clients, by the role of Keycloak's that it has. */
interface Everybodys {
  readonly clientRoles: Readonly<Record<string, readonly string[]>>;
  readonly after: readonly Address[];
  readonly path: string;
}

const statedOf = ({ realm, raw }: Blueprint): JsonFields | undefined => raw.keycloak.entities.roles?.[defaultRoleNamed(realm.name)];
const clientsIn = ({ composites }: JsonFields): JsonFields => (isSpec(composites) && isSpec(composites.client) ? composites.client : {});

/** `raw.keycloak.entities.roles.default-roles-<realm>`: the role itself is Keycloak's, so that only what it contains of clients is stated. */
export const everybodysClientRoles = (blueprint: Blueprint): Everybodys | undefined => {
  const stated = Object.entries(clientsIn(statedOf(blueprint) ?? {}));
  if (stated.length === 0) return undefined;
  const realm = blueprint.realm.name;
  return {
    clientRoles: Object.fromEntries(stated.map(([client, names]) => [client, textsOf(names).toSorted()])),
    after: stated.flatMap(([client, names]) => [keycloak.client.address(realm, client), ...textsOf(names).map((name) => keycloak.clientRole.address(realm, client, name))]),
    path: `${PATH}.roles.${defaultRoleNamed(realm)}`,
  };
};

/** Who may pass is worked out of realm.defaultRoles: a realm role that everybody has by another word would be missed. */
export const everybodysProblems = (blueprint: Blueprint): readonly Problem[] => {
  const fields = statedOf(blueprint);
  if (fields === undefined) return [];
  const path = `${PATH}.roles.${defaultRoleNamed(blueprint.realm.name)}`;
  const told = (at: string, what: string, hint: string): Problem => new Problem('RAW_FIELD', `"${what}" cannot be stated of the role that every account has`, { at: blueprint.at(at), expected: 'composites: { client: { app: [names of its roles] } }', hint });
  const inside = isSpec(fields.composites) ? Object.keys(fields.composites) : [];
  return [
    ...Object.keys(fields).filter((field) => field !== 'composites').map((field) => told(`${path}.${field}`, field, 'the role is Keycloak’s own')),
    ...inside.filter((field) => field !== 'client').map((field) => told(`${path}.composites.${field}`, field, 'state realm roles under realm.defaultRoles')),
  ];
};
