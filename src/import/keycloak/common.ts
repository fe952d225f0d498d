import { isObject, objectOf, textOf, textsOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Shipped } from '../../providers/keycloak/shipped/shape.ts';
import { plain } from '../../providers/keycloak/plain.ts';
import type { Draft } from '../draft.ts';

/** What one realm is imported with. */
export interface Importing {
  readonly draft: Draft;
  /** A realm's export, whoever made it. */
  readonly rep: JsonObject;
  readonly realm: string;
  readonly shipped: Shipped;
  /** What is shipped was recorded of this very version: every difference is somebody's doing. */
  readonly exact: boolean;
  /** Keycloak is asked over TLS, without which no client shows a certificate. */
  readonly mtls: boolean;
}

export const ENTITIES = ['raw', 'keycloak', 'entities'] as const;

export const objectsOf = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** The same, whatever the order of lists of texts and of fields. */
export const same = (one: unknown, other: unknown): boolean => canonical(plain(one)) === canonical(plain(other));

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) => (isObject(item) ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1))) : item)) ?? 'null';

/** Keycloak keeps texts in every configuration, whatever a file has there. */
export const textsIn = (config: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(objectOf(config)).flatMap(([name, value]) => (value === null || value === undefined ? [] : [[name, typeof value === 'string' ? value : JSON.stringify(value)]])),
  );

/** Without what is empty: Keycloak keeps none of it. */
export const filled = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0) && !(isObject(value) && Object.keys(value).length === 0)));

export const mappersByName = (mappers: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(objectsOf(mappers).flatMap((one) => {
    const name = textOf(one.name);
    return name === undefined ? [] : [[name, { protocolMapper: one.protocolMapper, config: textsIn(one.config) }]];
  })); // prettier-ignore

/** Roles of clients in the tokens of a client or scope, by the client that defines them. */
export const rolesInScope = (rep: JsonObject, of: 'client' | 'clientScope', name: string): Readonly<Record<string, unknown>> =>
  filled(Object.fromEntries(Object.entries(objectOf(rep.clientScopeMappings)).map(([owner, mappings]) => [owner, [...new Set(objectsOf(mappings).filter((one) => one[of] === name).flatMap((one) => textsOf(one.roles)))].toSorted()])));

/** A role that Keycloak makes of a client which has authorization services, and gives to its account. */
export const isOwnRole = (rep: JsonObject, owner: string, name: string): boolean => name === 'uma_protection' && objectsOf(rep.clients).some(({ clientId, authorizationServicesEnabled }) => clientId === owner && authorizationServicesEnabled === true);

/** `1h`; nothing of what a blueprint cannot say. */
export const durationOf = (seconds: unknown): string | undefined => {
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds <= 0 || seconds >= 1e9) return undefined;
  const [unit, factor] = ([['d', 86_400], ['h', 3600], ['m', 60]] as const).find(([, size]) => seconds % size === 0) ?? ['s', 1]; // prettier-ignore
  return `${seconds / factor}${unit}`;
};
