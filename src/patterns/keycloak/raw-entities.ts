import type { Blueprint, Json, JsonFields } from '../../blueprint/types.ts';
import { textsOf } from '../../core/json.ts';
import { Problem, Problems } from '../../core/problem.ts';
import { addressOf } from '../../core/resource.ts';
import type { Address, Desired, Spec } from '../../core/resource.ts';
import { isSpec } from '../../core/spec.ts';
import { defaultRoleNamed } from '../../providers/keycloak/specs/composite.ts';
import { listsIn, statedComponents } from '../../providers/keycloak/specs/component.ts';
import { keycloak } from '../../providers/keycloak/specs/index.ts';
import { closedClient } from './closed-client.ts';
import { AUTHORIZATION, authorizations } from './raw-authorization.ts';
import { circleProblems } from './raw-circles.ts';
import { rawProblems } from './raw-checks.ts';
import { everybodysProblems } from './raw-everybody.ts';
import { beside } from './raw-beside.ts';
import { CLIENT_SETTINGS } from '../../providers/keycloak/specs/settings.ts';
import { one, section, PATH } from './raw-entity.ts';
import type { Making } from './raw-entity.ts';
import { flowBindings, flows } from './raw-flows.ts';
import { GRANTS, grants } from './raw-grants.ts';

/** Everything that `raw.keycloak.entities` asks for, as objects like any other: marked, planned, pruned. Throws the problems of all of it together. */
export const rawEntities = (blueprint: Blueprint): readonly Desired[] => {
  const making: Making = { blueprint, problems: [...rawProblems(blueprint), ...everybodysProblems(blueprint), ...circleProblems(blueprint)] };
  const made = [roles, clientRoles, flows, flowBindings, identityProviders, groups, requiredActions, userAttributes, clientScopes, clients, users, components, ...beside, grants, authorizations].flatMap((make) => make(making));
  if (making.problems.length > 0) throw new Problems(making.problems);
  return made;
};

/** The entries of a mapping inside an entity. */
const inside = (value: Json | undefined): readonly (readonly [string, JsonFields])[] =>
  isSpec(value) ? Object.entries(value).map(([name, fields]) => [name, isSpec(fields) ? fields : {}]) : [];

interface Composites {
  readonly ofRealm: readonly string[];
  readonly ofClients: Readonly<Record<string, readonly string[]>>;
  /** What must be there before. */
  readonly after: readonly Address[];
}

/** `composites: { realm: [...], client: { app: [...] } }`, as an export says it. */
const compositesIn = ({ blueprint, problems }: Making, fields: JsonFields, path: string): Composites => {
  const stated = isSpec(fields.composites) ? fields.composites : {};
  for (const name of Object.keys(stated))
    if (name !== 'realm' && name !== 'client')
      problems.push(new Problem('RAW_UNKNOWN_FIELD', `roles are contained by realm or by client, not by "${name}"`, { at: blueprint.at(`${path}.composites.${name}`), expected: '{ realm: [names], client: { app: [names] } }' }));
  const ofRealm = textsOf(stated.realm).toSorted();
  const ofClients = Object.fromEntries(Object.entries(isSpec(stated.client) ? stated.client : {}).map(([client, names]) => [client, textsOf(names).toSorted()]));
  const realm = blueprint.realm.name;
  return {
    ofRealm,
    ofClients,
    after: [
      ...ofRealm.map((name) => keycloak.role.address(realm, name)),
      ...Object.entries(ofClients).flatMap(([client, names]) => names.map((name) => keycloak.clientRole.address(realm, client, name))),
    ],
  };
};

/** A role, and what it contains of clients: those may need the role themselves, so that it comes after both. */
const roles = (making: Making): readonly Desired[] =>
  section(making, 'roles').flatMap(([name, fields, path]) => {
    const realm = making.blueprint.realm.name;
    // What everybody has stands with realm.defaultRoles.
    if (name === defaultRoleNamed(realm)) return [];
    const { ofRealm, ofClients, after } = compositesIn(making, fields, path);
    const stated = 'composites' in fields;
    const inRealm = [keycloak.realm.address(realm), ...ofRealm.map((included) => keycloak.role.address(realm, included))];
    const made = one(making, { type: keycloak.role, parts: [realm, name], path, fields, apart: ['composites'], and: stated ? { composites: ofRealm } : {}, after: inRealm });
    if (Object.keys(ofClients).length === 0) return [made];
    const contained = keycloak.composite.desired([realm, name], { spec: { clientRoles: ofClients }, after: [keycloak.role.address(realm, name), ...after], origin: making.blueprint.at(path) });
    return [made, contained];
  });

const clientRoles = (making: Making): readonly Desired[] => {
  const { realm, raw } = making.blueprint;
  return Object.entries(raw.keycloak.entities.clientRoles ?? {}).flatMap(([client, defined]) =>
    Object.entries(defined).map(([name, fields]) => {
      const path = `${PATH}.clientRoles.${client}.${name}`;
      const { ofRealm, ofClients, after } = compositesIn(making, fields, path);
      const and = { client, name, ...('composites' in fields && { composites: ofRealm, clientComposites: ofClients }) };
      const before = [keycloak.realm.address(realm.name), keycloak.client.address(realm.name, client), ...after];
      return one(making, { type: keycloak.clientRole, parts: [realm.name, client, name], path, fields, apart: ['composites'], and, after: before });
    }),
  );
};

const identityProviders = (making: Making): readonly Desired[] =>
  section(making, 'identityProviders').flatMap(([alias, fields, path]) => {
    const realm = making.blueprint.realm.name;
    if (typeof fields.providerId !== 'string')
      making.problems.push(new Problem('RAW_MISSING_FIELD', `"${alias}" does not say which provider it is`, { at: making.blueprint.at(path), expected: 'providerId, such as oidc, saml or github' }));
    const provider = one(making, { type: keycloak.identityProvider, parts: [realm, alias], path, fields, apart: ['mappers'], after: [keycloak.realm.address(realm)] });
    return [
      provider,
      ...inside(fields.mappers).map(([name, own]) => {
        const at = `${path}.mappers.${name}`;
        if (typeof own.identityProviderMapper !== 'string')
          making.problems.push(new Problem('RAW_MISSING_FIELD', `"${name}" does not say what it does`, { at: making.blueprint.at(at), expected: 'identityProviderMapper, such as oidc-hardcoded-role-idp-mapper' }));
        const config = isSpec(own.config) ? own.config : {};
        const after = [keycloak.identityProvider.address(realm, alias), ...rolesIn(making, config)];
        return one(making, { type: keycloak.identityProviderMapper, parts: [realm, alias, name], path: at, fields: own, and: { identityProviderAlias: alias, name }, after });
      }),
    ];
  });

/** A mapper names a role of the realm, or one of a client as `client.role`. */
const rolesIn = ({ blueprint: { realm, raw } }: Making, { role: stated }: JsonFields): readonly Address[] => {
  if (typeof stated !== 'string') return [];
  const owner = Object.keys(raw.keycloak.entities.clientRoles ?? {}).find((client) => stated.startsWith(`${client}.`));
  return owner === undefined ? [keycloak.role.address(realm.name, stated)] : [keycloak.clientRole.address(realm.name, owner, stated.slice(owner.length + 1))];
};

/** `/staff/sales` stands below `/staff`, which the blueprint states, or which is there. */
const groups = (making: Making): readonly Desired[] =>
  section(making, 'groups').map(([stated, fields, path]) => {
    const realm = making.blueprint.realm.name;
    const place = stated.slice(1);
    const above = place.includes('/') ? [keycloak.group.address(realm, place.slice(0, place.lastIndexOf('/')))] : [];
    const after = [keycloak.realm.address(realm), ...above, ...textsOf(fields.realmRoles).map((name) => keycloak.role.address(realm, name)), ...addressesOf(realm, fields.clientRoles)];
    return one(making, { type: keycloak.group, parts: [realm, place], path, fields: without(fields, ['members'], making, path), after });
  });

/** Fields of ours that are none of Keycloak's there. */
const without = (fields: JsonFields, names: readonly string[], { blueprint, problems }: Making, path: string): JsonFields => {
  for (const name of names)
    if (name in fields) problems.push(new Problem('RAW_UNKNOWN_FIELD', `"${name}" is none of Keycloak's fields`, { at: blueprint.at(`${path}.${name}`) }));
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
};

const addressesOf = (realm: string, byClient: Json | undefined): readonly Address[] =>
  isSpec(byClient) ? Object.entries(byClient).flatMap(([client, names]) => textsOf(names).map((name) => keycloak.clientRole.address(realm, client, name))) : [];

const requiredActions = (making: Making): readonly Desired[] =>
  section(making, 'requiredActions').map(([alias, fields, path]) => {
    const realm = making.blueprint.realm.name;
    return one(making, { type: keycloak.requiredAction, parts: [realm, alias], path, fields, after: [keycloak.realm.address(realm)] });
  });

const userAttributes = (making: Making): readonly Desired[] =>
  section(making, 'userAttributes').map(([name, fields, path]) => {
    const realm = making.blueprint.realm.name;
    return one(making, { type: keycloak.userAttribute, parts: [realm, name], path, fields, after: [keycloak.realm.address(realm)] });
  });

/** Mappers by name as a spec has them; nothing of Keycloak's own. */
const mappersIn = (fields: JsonFields): Spec => {
  const stated = inside(fields.protocolMappers).map(([name, { protocolMapper, config }]) => [name, { protocolMapper: protocolMapper ?? null, config: isSpec(config) ? config : {} }]);
  return 'protocolMappers' in fields ? { mappers: Object.fromEntries(stated) } : {};
};

const clientScopes = (making: Making): readonly Desired[] =>
  section(making, 'clientScopes').map(([name, fields, path]) => {
    const realm = making.blueprint.realm.name;
    const after = [keycloak.realm.address(realm), ...textsOf(fields.scopeMappings).map((role) => keycloak.role.address(realm, role))];
    const base = { protocol: 'openid-connect' };
    return one(making, { type: keycloak.clientScope, parts: [realm, name], path, fields, apart: ['protocolMappers', ...GRANTS], base, and: mappersIn(fields), after });
  });

const clients = (making: Making): readonly Desired[] =>
  section(making, 'clients').map(([clientId, fields, path]) => {
    const realm = making.blueprint.realm.name;
    const scopes = [...textsOf(fields.defaultClientScopes), ...textsOf(fields.optionalClientScopes)];
    const roleNames = [...textsOf(fields.scopeMappings), ...textsOf(fields.serviceAccountRoles)];
    const after = [keycloak.realm.address(realm), ...scopes.map((name) => keycloak.clientScope.address(realm, name)), ...roleNames.map((name) => keycloak.role.address(realm, name))];
    // That it is insecure is said to whoever reads the blueprint.
    const shape = { apart: ['protocolMappers', 'insecure', AUTHORIZATION, ...GRANTS], beside: CLIENT_SETTINGS, base: closedClient, and: mappersIn(fields) };
    return one(making, { type: keycloak.client, parts: [realm, clientId], path, fields, ...shape, after });
  });

/** What is said of an account is what it begins with. */
const users = (making: Making): readonly Desired[] =>
  section(making, 'users').map(([username, fields, path]) => {
    const realm = making.blueprint.realm.name;
    const after = [
      keycloak.realm.address(realm),
      ...textsOf(fields.realmRoles).map((name) => keycloak.role.address(realm, name)),
      ...addressesOf(realm, fields.clientRoles),
      ...textsOf(fields.groups).map((group) => keycloak.group.address(realm, group.replace(/^\//, ''))),
    ];
    const made = one(making, { type: keycloak.user, parts: [realm, username], path, fields: without(fields, ['password'], making, path), base: { enabled: true }, after });
    return { ...made, initial: Object.keys(made.spec) };
  });

/** What is plugged into the realm, and what is part of it in turn. The key is the name, unless `name` says another: two may have one. */
const components = (making: Making): readonly Desired[] => {
  const { blueprint, problems } = making;
  const realm = blueprint.realm.name;
  const seen = new Map<string, string>();
  return statedComponents(blueprint.raw.keycloak.entities.components, realm).map(({ path: below, name, place, parent, id, aboveId, fields: stated }) => {
    const path = `${PATH}.components.${below}`;
    const at = blueprint.at(path);
    const fields = Object.fromEntries(Object.entries(stated).filter(([field, value]) => field !== 'name' || typeof value !== 'string'));
    for (const field of ['providerId', 'providerType'])
      if (typeof fields[field] !== 'string')
        problems.push(new Problem('RAW_MISSING_FIELD', `"${name}" does not say what it is`, { at, expected: `${field}, such as ${field === 'providerId' ? 'ldap' : 'org.keycloak.storage.UserStorageProvider'}` }));
    const before = seen.get(id);
    if (before !== undefined) problems.push(new Problem('RAW_FIELD', `"${name}" is stated twice`, { at, hint: `components.${before} is the same one: its name, providerType and subType are` }));
    seen.set(id, below);
    const and = { name, ...(parent !== undefined && { parent }), ...('config' in fields && { config: listsIn(fields.config) }) };
    const after = [aboveId === undefined ? keycloak.realm.address(realm) : addressOf({ kind: keycloak.component.kind, id: aboveId })];
    return one(making, { type: keycloak.component, parts: [realm, place, name], path, fields, apart: parent === undefined ? ['config', 'subComponents'] : ['config'], and, after });
  });
};

/** What `raw.keycloak.clients` says, over what the client is: attributes and mappers are added to those that it has. */
export const rawClient = (spec: Spec, fields: JsonFields): Spec => {
  const { protocolMappers: _mappers, clientScopeMappings: _inScope, serviceAccountClientRoles: _ofAccount, serviceAccountGroups: _inGroups, authorizationSettings: _decides, attributes, ...rest } = fields;
  const added = mappersIn(fields).mappers;
  return {
    ...rest,
    ...(isSpec(attributes) && { attributes: { ...(isSpec(spec.attributes) ? spec.attributes : {}), ...attributes } }),
    ...(isSpec(added) && { mappers: { ...(isSpec(spec.mappers) ? spec.mappers : {}), ...added } }),
  };
};
