import { isObject, objectOf, textOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import { userAttribute } from '../../providers/keycloak/specs/user-attribute.ts';
import { ENTITIES, filled, objectsOf, same } from './common.ts';
import type { Importing } from './common.ts';

export const PROFILE = 'org.keycloak.userprofile.UserProfileProvider';

/** Attributes of the user profile that are not as in every new realm. */
export const sayProfile = (importing: Importing): void => {
  const { draft, shipped } = importing;
  const profile = profileOf(importing);
  if (profile === undefined) return;
  const usual = objectsOf(shipped.profile.attributes);
  const attributes = objectsOf(profile.attributes);
  for (const attribute of attributes) {
    const name = textOf(attribute.name);
    if (name === undefined || same(attribute, usual.find((one) => one.name === name))) continue;
    const known = Object.entries(attribute).filter(([field]) => Object.hasOwn(userAttribute.fields, field));
    draft.put([...ENTITIES, 'userAttributes', name], filled(Object.fromEntries(known)));
    for (const field of Object.keys(filled(attribute))) if (field !== 'name' && !Object.hasOwn(userAttribute.fields, field)) draft.leave(`user profile ${name}, ${field}`, 'no field of an attribute that is known here');
  }
  for (const one of usual) if (!attributes.some(({ name }) => name === one.name)) draft.leave(`user profile ${String(one.name)}`, 'every new realm has it, and this one does not');
  if (profile.groups !== undefined && !same(profile.groups, shipped.profile.groups)) draft.leave('user profile, groups', 'how its attributes are put together on the page');
  // A realm of a blueprint has ADMIN_EDIT, or what somebody chose: accounts carry marks.
  if (textOf(profile.unmanagedAttributePolicy) && !['DISABLED', 'ADMIN_EDIT'].includes(String(profile.unmanagedAttributePolicy))) draft.leave('user profile, unmanagedAttributePolicy', `${String(profile.unmanagedAttributePolicy)}: who writes attributes that it does not declare`);
};

/** Of an export it is a text inside a component; keycloak-config-cli has it in the open. */
const profileOf = ({ rep }: Importing): JsonObject | undefined => {
  if (isObject(rep.userProfile)) return rep.userProfile;
  const [component] = objectsOf(objectOf(rep.components)[PROFILE]);
  const stored: unknown = objectOf(component?.config)['kc.user.profile.config'];
  const text = Array.isArray(stored) ? textOf(stored[0]) : undefined;
  if (text === undefined) return undefined;
  try {
    const profile: unknown = JSON.parse(text);
    return isObject(profile) ? profile : undefined;
  } catch {
    return undefined;
  }
};
