import { isObject, textsOf } from '../../../core/json.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { Spec, SpecValue } from '../../../core/resource.ts';
import { Secret } from '../../../core/secret.ts';
import { any, defineSpec, flag, map, record, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { keyOf, modeChanged, policiesChanged, resourcesChanged, strategyChanged } from './authorization-effects.ts';
import { inRealm } from './id.ts';

const scope = record({ displayName: text(), iconUri: text() });
const resource = record({
  type: text(),
  displayName: text(),
  icon_uri: text(),
  ownerManagedAccess: flag({ about: 'people who own it may share it' }),
  uris: set(text()),
  scopes: set(text()),
  attributes: map(set(text())),
});
const policy = record({
  /** `role`, `user`, `time`, …; `resource` and `scope` are permissions. */
  type: text(),
  description: text(),
  logic: text(),
  decisionStrategy: text(),
  /** Lists stand in it as lists, which Keycloak keeps as texts of JSON. */
  config: map(any()),
});

/** What the authorization services of a client decide by: an object of its own, because it names roles, groups, people and other clients. By name, each of them. */
export const authorization = defineSpec('keycloak.authorization', {
  always: {},
  fields: {
    policyEnforcementMode: text({ default: 'ENFORCING', access: 'what no permission is about is refused, granted, or nothing is decided at all', changed: modeChanged }),
    decisionStrategy: text({ default: 'UNANIMOUS', access: 'whether one permission is enough, or all of them must grant', changed: strategyChanged }),
    allowRemoteResourceManagement: flag({ default: true, access: 'the client itself may make and delete resources' }),
    scopes: map(scope, { default: {}, about: 'what may be done with resources' }),
    resources: map(resource, { default: {}, access: 'what permissions are about', changed: resourcesChanged }),
    policies: map(policy, { default: {}, access: 'who is granted what', changed: policiesChanged }),
  },
  id: inRealm,
});
export type AuthorizationSpec = SpecOf<typeof authorization>;
export type PolicySpec = NonNullable<NonNullable<AuthorizationSpec['policies']>[string]>;

/** Fields of the three, as an export has them; what an entry states beside them is refused. */
export const ENTRY_FIELDS = {
  scopes: ['name', 'displayName', 'iconUri'],
  resources: ['name', 'type', 'displayName', 'icon_uri', 'ownerManagedAccess', 'uris', 'scopes', 'attributes'],
  policies: ['name', 'type', 'description', 'logic', 'decisionStrategy', 'config'],
} as const;
/** Fields of the whole. */
export const SETTINGS = ['policyEnforcementMode', 'decisionStrategy', 'allowRemoteResourceManagement'] as const;

/** What a policy of a type is configured by, as Keycloak 26 has it: what is not stated of it is not there. */
const CONFIGURED: Readonly<Record<string, readonly string[]>> = {
  role: ['roles', 'fetchRoles'],
  user: ['users'],
  group: ['groups', 'groupsClaim'],
  client: ['clients'],
  'client-scope': ['clientScopes'],
  time: ['nbf', 'noa', 'dayMonth', 'dayMonthEnd', 'month', 'monthEnd', 'year', 'yearEnd', 'hour', 'hourEnd', 'minute', 'minuteEnd'],
  regex: ['targetClaim', 'pattern', 'targetContextAttributes'],
  aggregate: ['applyPolicies'],
  resource: ['resources', 'defaultResourceType', 'applyPolicies'],
  scope: ['resources', 'scopes', 'defaultResourceType', 'applyPolicies'],
};
const configuredBy = (type: string | null): readonly string[] => (type !== null && Object.hasOwn(CONFIGURED, type) ? CONFIGURED[type] : undefined) ?? [];
/** Lists that stay as they are where Keycloak is not told that they are empty. */
export const KEPT_LISTS = ['resources', 'scopes', 'applyPolicies'] as const;
/** What a policy is configured by that is a list; any other text that looks like one is a text: `[0]` is a pattern. */
const LISTS: readonly string[] = ['roles', 'users', 'groups', 'clients', 'clientScopes', ...KEPT_LISTS];
/** Switches that are off where they are not there. */
const OFF = ['fetchRoles', 'targetContextAttributes'];

const entriesOf = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
const named = (value: unknown, specOf: (entry: JsonObject) => Spec): Spec => Object.fromEntries(entriesOf(value).flatMap((entry) => (typeof entry.name === 'string' ? [[entry.name, specOf(entry)] as const] : [])));

/** An empty text is none. */
const textIn = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

const scopeSpec = ({ displayName, iconUri }: JsonObject): Spec => ({ displayName: textIn(displayName), iconUri: textIn(iconUri) });
const resourceSpec = ({ type, displayName, icon_uri: icon, ownerManagedAccess, uris, scopes, attributes }: JsonObject): Spec => ({
  type: textIn(type),
  displayName: textIn(displayName),
  icon_uri: textIn(icon),
  ownerManagedAccess: ownerManagedAccess === true,
  uris: textsOf(uris),
  scopes: [...textsOf(scopes), ...entriesOf(scopes).flatMap(({ name }) => (typeof name === 'string' ? [name] : []))],
  ...(isObject(attributes) && { attributes: Object.fromEntries(Object.entries(attributes).map(([name, values]) => [name, [values].flat().flatMap((value) => (typeof value === 'string' || value instanceof Secret ? [value] : []))])) }),
});
const policySpec = ({ type, description, logic, decisionStrategy, config }: JsonObject): Spec => ({
  type: textIn(type),
  description: textIn(description),
  logic: textIn(logic) ?? 'POSITIVE',
  decisionStrategy: textIn(decisionStrategy) ?? 'UNANIMOUS',
  config: { ...Object.fromEntries(configuredBy(textIn(type)).map((name) => [name, null])), ...configSpec(isObject(config) ? config : {}) },
});

const configSpec = (config: JsonObject): Spec =>
  Object.fromEntries(
    Object.entries(config).flatMap(([name, value]): readonly (readonly [string, SpecValue])[] => {
      const list = Array.isArray(value) || LISTS.includes(name) ? listIn(value) : undefined;
      if (list !== undefined) return list.length === 0 ? [] : [[name, list.map(itemOf(name)).toSorted(byKey)] as const];
      if (value === null || value === undefined || value === '' || (OFF.includes(name) && String(value) === 'false')) return [];
      return [[name, typeof value === 'string' || value instanceof Secret ? value : JSON.stringify(value)] as const];
    }),
  );

/** A list, or the text of one. */
const listIn = (value: unknown): readonly unknown[] | undefined => {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string' || !value.startsWith('[')) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
};

/** What Keycloak fills in where an entry of a list does not say it. */
const FILLED: Readonly<Record<string, Spec>> = { roles: { required: false }, clientScopes: { required: false }, groups: { extendChildren: false } };
const itemOf = (list: string) => (item: unknown): SpecValue => {
  if (isObject(item)) return { ...FILLED[list], ...Object.fromEntries(Object.entries(item).filter((entry): entry is [string, string | boolean] => typeof entry[1] === 'string' || typeof entry[1] === 'boolean')) };
  return typeof item === 'string' || item instanceof Secret ? item : JSON.stringify(item);
};
const byKey = (left: SpecValue, right: SpecValue): number => (keyOf(left) < keyOf(right) ? -1 : keyOf(left) > keyOf(right) ? 1 : 0);

/** Settings as an export has them, or as a blueprint states them; what people have made theirs by UMA is theirs, and no part of it. */
export const authorizationSpec = (settings: JsonObject): AuthorizationSpec =>
  authorization.read({
    ...Object.fromEntries(SETTINGS.flatMap((name) => (settings[name] === undefined || settings[name] === null ? [] : [[name, settings[name]] as const]))),
    ...('scopes' in settings && { scopes: named(settings.scopes, scopeSpec) }),
    ...('resources' in settings && { resources: named(entriesOf(settings.resources).filter((one) => !isObject(one.owner)), resourceSpec) }),
    ...('policies' in settings && { policies: named(settings.policies, policySpec) }),
  });

/** An entry by the name that somebody gave it, which may be one that every object of JavaScript knows (`constructor`). */
export const entryOf = <Entry>(entries: Readonly<Record<string, Entry | null>> | null | undefined, name: string): Entry | null | undefined => (entries && Object.hasOwn(entries, name) ? entries[name] : undefined);

/** The names in a list of a policy's configuration. */
export const namesIn = (policy: PolicySpec | null | undefined, list: string): readonly string[] => {
  const held = policy?.config?.[list];
  return Array.isArray(held) ? held.map(keyOf) : [];
};
