import type { Blueprint, JsonFields } from '../../blueprint/types.ts';
import { closingEdges } from '../../core/circles.ts';
import { objectOf, textsOf } from '../../core/json.ts';
import { Problem } from '../../core/problem.ts';
import { PATH } from './raw-entity.ts';

/** Roles that contain each other in a circle: none of them could be made first. Those of the realm, with those that the blueprint's own fields say, and those of clients. */
export const circleProblems = ({ realm, raw, at }: Blueprint): readonly Problem[] => {
  const { roles = {}, clientRoles = {} } = raw.keycloak.entities;
  const ofRealm = [
    ...Object.entries(realm.roles).map(([name, { includes }]) => [name, includes, `realm.roles.${name}`] as const),
    ...Object.entries(roles).map(([name, fields]) => [name, textsOf(composites(fields).realm), `${PATH}.roles.${name}`] as const),
  ];
  const ofClients = Object.entries(clientRoles).flatMap(([client, defined]) =>
    Object.entries(defined).map(([name, fields]) => [`${client}/${name}`, Object.entries(objectOf(composites(fields).client)).flatMap(([owner, names]) => textsOf(names).map((one) => `${owner}/${one}`)), `${PATH}.clientRoles.${client}.${name}`] as const),
  );
  return [ofRealm, ofClients].flatMap((all) => {
    const paths = new Map(all.map(([name, , path]) => [name, path]));
    return closingEdges(new Map(all.map(([name, inside]) => [name, inside])))
      .filter(({ way }) => way.some((name) => paths.get(name)?.startsWith('raw.')))
      .map(({ from, to, way }) => new Problem('BLUEPRINT_ROLE_CYCLE', `the role includes itself: ${[...way, to].join(' -> ')}`, { at: at(paths.get(from) ?? PATH), hint: 'take one step out of the circle' }));
  });
};

const composites = (fields: JsonFields): Readonly<Record<string, unknown>> => objectOf(fields.composites);
