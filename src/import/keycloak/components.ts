import { objectOf, textOf, textsOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import { componentShape, KEYS, REGISTRATION, STORAGE } from '../../providers/keycloak/shipped/shape.ts';
import { usualMappers } from '../../providers/keycloak/usual-mappers.ts';
import type { ComponentRep } from '../../providers/keycloak/representations.ts';
import { ENTITIES, filled, objectsOf, same } from './common.ts';
import type { Importing } from './common.ts';
import { PROFILE } from './profile.ts';

/** Keys that every new realm makes for itself. */
const OWN_KEYS = ['rsa-generated', 'rsa-enc-generated', 'hmac-generated', 'hmac-generated-hs512', 'aes-generated', 'fallback-RS256', 'fallback-HS512'];

/** What is plugged into the realm: directories with their mappers, keys, policies for clients that people make themselves. */
export const sayComponents = (importing: Importing): void => {
  const taken = new Set<string>();
  for (const [providerType, components] of Object.entries(objectOf(importing.rep.components)))
    for (const component of objectsOf(components)) {
      const name = textOf(component.name) ?? textOf(component.providerId);
      if (name === undefined || isShipped(importing, providerType, component)) continue;
      // Two of different types may have one name.
      const key = taken.has(name) ? `${name} (${textOf(component.subType) ?? providerType.split('.').at(-1) ?? providerType})` : name;
      taken.add(key);
      const parts = Object.entries(objectOf(component.subComponents)).flatMap(([type, inside]) => objectsOf(inside).flatMap((part) => (textOf(part.name) === undefined ? [] : [[String(part.name), fieldsOf(type, part)] as const])));
      const inside = new Set(parts.map(([part]) => part));
      const absent = providerType === STORAGE && component.providerId === 'ldap' ? usualMappers(configOf(component)).filter((one) => !inside.has(one.name)) : [];
      if (absent.length > 0) importing.draft.leave(`component ${key}, mappers`, `a directory that is made anew has them, and this one has not: ${absent.map((one) => one.name).join(', ')}`);
      importing.draft.put([...ENTITIES, 'components', key], { ...(key !== name && { name }), ...fieldsOf(providerType, component), ...filled({ subComponents: Object.fromEntries(parts) }) });
    }
};

const configOf = ({ config }: JsonObject): Readonly<Record<string, readonly string[]>> => Object.fromEntries(Object.entries(objectOf(config)).map(([name, value]) => [name, textsOf(value)]));

const isShipped = ({ shipped, exact }: Importing, type: string, component: JsonObject): boolean => {
  if (type === PROFILE || (type === KEYS && OWN_KEYS.includes(textOf(component.providerId) ?? ''))) return true;
  // An export's component has more in it than is compared.
  const shape = componentShape(component as unknown as ComponentRep);
  return type === REGISTRATION && (exact ? shipped.registration.some((one) => same(shape, one)) : shipped.registration.some(({ name, subType }) => name === component.name && subType === component.subType));
};

/** One text is a list of one. */
const fieldsOf = (providerType: string, { providerId, subType, config }: JsonObject): Readonly<Record<string, unknown>> => ({
  providerId,
  providerType,
  ...filled({ subType }),
  ...filled({ config: filled(Object.fromEntries(Object.entries(objectOf(config)).map(([name, value]) => [name, lone(textsOf(value).filter((text) => text !== ''))]))) }),
});
const lone = (texts: readonly string[]): string | readonly string[] => (texts.length === 1 ? (texts[0] ?? '') : texts);
