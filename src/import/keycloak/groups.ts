import { objectOf, textOf, textsOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import { ENTITIES, filled, objectsOf } from './common.ts';
import type { Importing } from './common.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,126}$/;

/** Groups at the top whose roles the blueprint names stand in `realm.groups`, all others by their path. Names of those in `realm.groups`. */
export const sayGroups = ({ draft, rep }: Importing, roles: ReadonlySet<string>): ReadonlySet<string> => {
  const typed = new Set<string>();
  const seen = new Set<string>();
  const say = (group: JsonObject, above: string): void => {
    const name = textOf(group.name);
    if (name === undefined) return;
    const path = `${above}/${name}`;
    const { realmRoles, clientRoles, attributes, description } = filled(group);
    const below = objectsOf(group.subGroups);
    // A file may have one twice, in two forms.
    if (seen.has(path)) return draft.leave(`group ${path}`, 'it is there more than once: the first is what the blueprint says');
    seen.add(path);
    if (name.includes('/')) return draft.leave(`group ${path}`, 'a name with a slash cannot be told from a path');
    if (above === '' && NAME.test(name) && clientRoles === undefined && Object.keys(filled(objectOf(attributes))).length === 0 && textsOf(realmRoles).every((role) => roles.has(role))) {
      typed.add(name);
      draft.put(['realm', 'groups', name], filled({ roles: textsOf(realmRoles), description }));
    } else draft.put([...ENTITIES, 'groups', path], filled({ description, attributes: filled(objectOf(attributes)), realmRoles: textsOf(realmRoles), clientRoles: filled(objectOf(clientRoles)) }));
    for (const inside of below) say(inside, path);
  };
  for (const group of objectsOf(rep.groups)) say(group, '');
  return typed;
};
