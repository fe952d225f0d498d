import type { Blueprint } from '../../blueprint/types.ts';
import { isObject, objectOf } from '../../core/json.ts';
import { Problem } from '../../core/problem.ts';
import type { Desired } from '../../core/resource.ts';
import type { Session } from './session.ts';
import { shippedWith } from './shipped/index.ts';
import { profileIn } from './shipped/shape.ts';
import { nameIn } from './specs/id.ts';
import { realm } from './specs/realm.ts';
import { user } from './specs/user.ts';
import type { UserSpec } from './specs/user.ts';

interface Limits {
  readonly min: number;
  readonly max: number;
}

/** Which new accounts Keycloak would refuse by the user profile: names and attributes that are shorter or longer than it lets them be. */
export const checkUsers = async (session: Session, blueprint: Blueprint, desired: readonly Desired[]): Promise<readonly Problem[]> => {
  const users = desired.filter(user.is);
  if (users.length === 0) return [];
  const snapshot = await session.snapshot();
  const there = new Set(snapshot?.users.map(({ username }) => username.toLowerCase()));
  // Who may not export does not see what the realm's profile is: then only what is stated is known.
  const profile = snapshot === undefined ? shipped(undefined) : snapshot.exported === undefined ? {} : (profileIn(snapshot.exported) ?? shipped(snapshot.exported.keycloakVersion));
  const limits = limitsOf(blueprint, profile);
  const made = users.filter(({ id }) => !there.has(nameIn(id).toLowerCase()));
  const renamed = snapshot?.realm.registrationEmailAsUsername === true && !desired.some((one) => realm.is(one) && one.spec.registrationEmailAsUsername === false) ? made.flatMap(calledByEmail) : [];
  return [...renamed, ...made.flatMap((one) => {
    const name = nameIn(one.id);
    return valuesOf(name, one.spec).flatMap(([field, value]) => {
      const { min, max } = limits(field) ?? { min: 0, max: Infinity };
      const { length } = value.trim();
      if (length === 0 || (length >= min && length <= max)) return [];
      return [
        new Problem('KEYCLOAK_LENGTH', `Keycloak would refuse user "${name}": its ${field} has ${length} ${length === 1 ? 'character' : 'characters'}, and the user profile takes ${max === Infinity ? `${min} and more` : `${min} to ${max}`}`, {
          at: one.origin,
          hint: `choose another, or state raw.keycloak.entities.userAttributes.${field}.validations.length`,
        }),
      ];
    });
  })]; // prettier-ignore
};

/** Where a realm has it so, and the blueprint need not say it, as in one that others own. */
const calledByEmail = ({ id, spec: { email }, origin }: Desired<UserSpec>): readonly Problem[] =>
  email === undefined || email?.toLowerCase() === nameIn(id).toLowerCase()
    ? []
    : [new Problem('BLUEPRINT_EMAIL_AS_USERNAME', `Keycloak would call "${nameIn(id)}" by its e-mail address, ${String(email)}: accounts of this realm are`, { at: origin, expected: 'an account whose name is its e-mail address' })];

const valuesOf = (name: string, { email, firstName, lastName, attributes }: UserSpec): readonly (readonly [field: string, value: string])[] =>
  Object.entries({ username: name, email, firstName, lastName, ...attributes }).flatMap(([field, value]) => [value].flat().flatMap((one) => (typeof one === 'string' ? [[field, one] as const] : [])));

const shipped = (version: string | undefined): unknown => shippedWith(version).shipped.profile;

/** As the blueprint states an attribute, and as the profile has it where it does not. */
const limitsOf = ({ raw }: Blueprint, profile: unknown): ((field: string) => Limits | undefined) => {
  const { attributes } = objectOf(profile);
  const declared = new Map((Array.isArray(attributes) ? attributes : []).map((one) => [objectOf(one).name, objectOf(objectOf(one).validations)] as const));
  return (field) => {
    const stated = raw.keycloak.entities.userAttributes?.[field]?.validations;
    const { length } = isObject(stated) ? stated : (declared.get(field) ?? {});
    if (!isObject(length)) return undefined;
    const number = (value: unknown, otherwise: number): number => (Number.isFinite(Number(value ?? NaN)) ? Number(value) : otherwise);
    return { min: number(length.min, 0), max: number(length.max, Infinity) };
  };
};
