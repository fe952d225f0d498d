import { isObject, objectOf, textOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import { authorizationSpec, ENTRY_FIELDS, SETTINGS } from '../../providers/keycloak/specs/authorization.ts';
import { filled, objectsOf } from './common.ts';

const isOn = (client: JsonObject): boolean => client.authorizationServicesEnabled === true && isObject(client.authorizationSettings);

/** What the authorization services of a client decide by, as `raw.keycloak` takes it: lists as lists, everything by name. */
export const authorizationOf = (client: JsonObject): Readonly<Record<string, unknown>> => {
  if (!isOn(client)) return {};
  const settings = objectOf(client.authorizationSettings);
  // Keycloak takes what a file does not say for the safe one of each, except that the client itself may make resources.
  const { scopes, resources, policies } = authorizationSpec({ scopes: [], resources: [], policies: [], ...settings });
  const inResources = Object.values(resources ?? {}).flatMap((one) => one?.scopes ?? []);
  const all = { ...Object.fromEntries(inResources.map((name) => [name, {}])), ...scopes };
  const usual: Readonly<Record<string, unknown>> = { policyEnforcementMode: 'ENFORCING', decisionStrategy: 'UNANIMOUS', allowRemoteResourceManagement: true };
  return {
    authorizationSettings: {
      ...Object.fromEntries(SETTINGS.map((name) => [name, settings[name] ?? usual[name]])),
      ...filled({ scopes: listed(all), resources: listed(resources), policies: listed(policies) }),
    },
  };
};

/** Entries by name, without what says nothing: no text, no list, and the strategy and logic that Keycloak takes anyway. */
const listed = (entries: Readonly<Record<string, unknown>> | null | undefined): readonly object[] =>
  Object.entries(entries ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, entry]) => {
    const { config, ownerManagedAccess, ...rest } = objectOf(entry);
    return { name, ...filled(rest), ...(ownerManagedAccess === true && { ownerManagedAccess }), ...(config !== undefined && { config: filled(objectOf(config)) }) };
  });

/** What is not said of it, and why. */
export const authorizationLeft = (client: JsonObject): readonly string[] => {
  if (!isObject(client.authorizationSettings)) return [];
  if (!isOn(client)) return ['its authorization services are off, and then Keycloak keeps none of it'];
  const settings = client.authorizationSettings;
  const ofPeople = objectsOf(settings.resources).filter(({ owner }) => isObject(owner)).length;
  const known: Readonly<Record<string, readonly string[]>> = ENTRY_FIELDS;
  const further = Object.entries(known).flatMap(([list, fields]) => objectsOf(settings[list]).flatMap((one) => Object.keys(filled(one)).filter((field) => !fields.includes(field) && !['id', '_id', 'owner'].includes(field)).map((field) => `${list}, ${textOf(one.name) ?? '?'}: ${field}, which an import of Keycloak does not take`)));
  return [...(ofPeople > 0 ? [`${ofPeople} resource${ofPeople === 1 ? '' : 's'} of people, which they have made theirs (UMA)`] : []), ...further];
};
