import type { Blueprint, Persona, RealmClient, Scope } from '../blueprint/types.ts';
import { textsOf } from '../core/json.ts';
import type { Address, Desired } from '../core/resource.ts';
import { clientOfType, rolesInTokens } from '../providers/keycloak/specs/client-types.ts';
import { realmSettings } from '../providers/keycloak/realm-settings.ts';
import { clientScope } from '../providers/keycloak/specs/client-scope.ts';
import type { ClientScopeSpec } from '../providers/keycloak/specs/client-scope.ts';
import { client } from '../providers/keycloak/specs/client.ts';
import type { ClientSpec } from '../providers/keycloak/specs/client.ts';
import type { MapperSpec } from '../providers/keycloak/specs/mapper.ts';
import { composite, defaultRoleNamed, EVERYBODYS } from '../providers/keycloak/specs/composite.ts';
import type { CompositeSpec } from '../providers/keycloak/specs/composite.ts';
import { group } from '../providers/keycloak/specs/group.ts';
import type { GroupSpec } from '../providers/keycloak/specs/group.ts';
import { realm as realmType } from '../providers/keycloak/specs/realm.ts';
import type { RealmSpec } from '../providers/keycloak/specs/realm.ts';
import { role } from '../providers/keycloak/specs/role.ts';
import { user } from '../providers/keycloak/specs/user.ts';
import type { UserSpec } from '../providers/keycloak/specs/user.ts';
import { rawClient, rawEntities } from './keycloak/raw-entities.ts';
import { everybodysClientRoles } from './keycloak/raw-everybody.ts';
import { withoutBindings } from './keycloak/raw-flows.ts';
import { mapperSpecs } from './keycloak/mappers.ts';
import { furtherSettings } from './keycloak/further-settings.ts';
import { boundAttributes } from './bound.ts';
import { authenticatorOf, proofAttributes } from './client-authentication.ts';
import { made, sorted, withRaw } from './objects.ts';
import type { Part } from './objects.ts';
import { logoutAttributes } from './session-service.ts';
import { cookieSection, sessionAudience } from './token-cookie.ts';
import { beforeClient, levelsAtClient, levelsFlow } from './step-up.ts';
import { exchangingClients } from './token-exchange.ts';

/**
 * The realm that all patterns stand on: what Keycloak's defaults leave open is stated, so that it is owned (facts: a new client may use
 * the implicit and password grants, carries every role and the audience `account`).
 */
export const realmPart = (blueprint: Blueprint): Part => {
  const { realm, personas, foreign } = blueprint;
  if (foreign) return { desired: [] };
  const all: All = {
    roles: sorted(Object.keys(realm.roles)),
    roleAddresses: [realmType.address(realm.name), ...roleAddresses(realm, Object.keys(realm.roles))],
    clientAddresses: Object.keys(realm.clients).map((id) => client.address(realm.name, id)),
    exchanged: Object.fromEntries(exchangingClients(blueprint).map((name) => [`audience ${name}`, audienceOfLightweight(name)])),
  };
  return {
    desired: [
      // What others own, too, is only looked at.
      ...(realm.shared ? [] : [realmObject(blueprint)]),
      ...Object.entries(realm.roles).map(([name, { description, includes }]) =>
        made(
          blueprint,
          `realm.roles.${name}`,
          role,
          [realm.name, name],
          { ...(description !== undefined && { description }), composites: sorted(includes) },
          [realmType.address(realm.name), ...roleAddresses(realm, includes)],
        ),
      ),
      ...everybody(blueprint),
      ...Object.entries(realm.scopes).map(([name, scope]) => scopeObject(blueprint, name, scope)),
      ...levelsFlow(blueprint),
      ...Object.entries(realm.clients).map(([id, one]) => clientObject(blueprint, all, id, one)),
      ...Object.entries(personas).map(([username, persona]) => userObject(blueprint, all, username, persona)),
      ...Object.keys(realm.groups).map((name) => groupObject(blueprint, name)),
      ...rawEntities(blueprint),
    ],
  };
};

/** What many objects name, put together once. */
interface All {
  readonly roles: readonly string[];
  /** The realm's own, and those of its roles. */
  readonly roleAddresses: readonly Address[];
  readonly clientAddresses: readonly Address[];
  /** What tokens that a gateway exchanges name it by. */
  readonly exchanged: Readonly<Record<string, MapperSpec>>;
}

/** What every account has: in the role of Keycloak's that it has. */
const everybody = (blueprint: Blueprint): readonly Desired<CompositeSpec>[] => {
  const { name, defaultRoles } = blueprint.realm;
  const ofClients = everybodysClientRoles(blueprint);
  if (defaultRoles.length === 0 && ofClients === undefined) return [];
  const spec: CompositeSpec = { ...(defaultRoles.length > 0 && { realmRoles: sorted([...EVERYBODYS, ...defaultRoles]) }), ...(ofClients && { clientRoles: ofClients.clientRoles }) };
  const path = defaultRoles.length > 0 ? 'realm.defaultRoles' : (ofClients?.path ?? '');
  return [made(blueprint, path, composite, [name, defaultRoleNamed(name)], spec, [...roleAddresses(blueprint.realm, defaultRoles), ...(ofClients?.after ?? [])])];
};

const roleAddresses = (realm: Blueprint['realm'], names: readonly string[]): readonly Address[] =>
  names.map((name) => role.address(realm.name, name));

const realmObject = (blueprint: Blueprint): Desired<RealmSpec> => {
  const { realm, raw } = blueprint;
  return made(blueprint, 'realm', realmType, [realm.name], withRaw(realmType, { ...realmSettings(realm), ...furtherSettings(realm) }, withoutBindings(raw.keycloak.realm)));
};

const scopeObject = (blueprint: Blueprint, name: string, { audience, description, roles, mappers: own }: Scope): Desired<ClientScopeSpec> => {
  const { realm } = blueprint;
  const spec: ClientScopeSpec = {
    protocol: 'openid-connect',
    ...(description !== undefined && { description }),
    attributes: { 'include.in.token.scope': 'true', 'display.on.consent.screen': 'true' },
    mappers: {
      [`audience ${audience}`]: audienceMapper(audience),
      ...(knowsOwners(blueprint, audience) && { username: usernameMapper }),
      ...mapperSpecs(own),
    },
    scopeMappings: sorted(roles),
  };
  return made(blueprint, `realm.scopes.${name}`, clientScope, [realm.name, name], spec, [
    realmType.address(realm.name),
    ...roleAddresses(realm, roles),
  ]);
};

const clientObject = (blueprint: Blueprint, all: All, id: string, one: RealmClient): Desired<ClientSpec> => {
  const { realm, raw } = blueprint;
  const stated = clientSpec(blueprint, all, id, one);
  const inRaw = raw.keycloak.clients[id] ?? {};
  const spec = withRaw(client, stated, rawClient(stated, inRaw));
  const scopes = [...one.scopes, ...textsOf(inRaw.defaultClientScopes), ...textsOf(inRaw.optionalClientScopes)];
  const further = [...textsOf(inRaw.scopeMappings), ...textsOf(inRaw.serviceAccountRoles)];
  const after = [...all.roleAddresses, ...roleAddresses(realm, further), ...scopes.map((scope) => clientScope.address(realm.name, scope)), ...beforeClient(blueprint, id)];
  return { ...made(blueprint, `realm.clients.${id}`, client, [realm.name, id], spec, after), protected: one.protected };
};

const userObject = (blueprint: Blueprint, all: All, username: string, persona: Persona): Desired<UserSpec> => {
  const { realm } = blueprint;
  const spec: UserSpec = {
    enabled: true,
    emailVerified: true,
    // Keycloak keeps addresses in lower case.
    email: (persona.email ?? (username.includes('@') ? username : `${username}@${blueprint.name}.test`)).toLowerCase(),
    firstName: persona.firstName ?? username,
    lastName: persona.lastName ?? 'Persona',
    requiredActions: [],
    realmRoles: sorted(persona.roles),
    password: persona.password,
    ...(persona.otp && { otp: persona.otp }),
    ...(Object.keys(persona.attributes).length > 0 && { attributes: persona.attributes }),
  };
  const after = [...all.roleAddresses, ...all.clientAddresses];
  return { ...made(blueprint, `personas.${username}`, user, [realm.name, username], spec, after), initial: MADE_UP.filter((field) => !STATED.some((one) => one === field && persona[one] !== undefined)) };
};

/** What a new persona needs to sign in, and a person who was there has: no line of the blueprint says it. */
const MADE_UP: readonly (keyof UserSpec)[] = ['emailVerified', 'email', 'firstName', 'lastName', 'requiredActions'];

/** Of these, what a line of the blueprint says. */
const STATED = ['email', 'firstName', 'lastName'] as const;

const groupObject = (blueprint: Blueprint, name: string): Desired<GroupSpec> => {
  const { realm, personas } = blueprint;
  const { roles = [], description } = realm.groups[name] ?? {};
  const members = Object.keys(personas).filter((username) => personas[username]?.groups.includes(name));
  const spec: GroupSpec = { ...(description !== undefined && { description }), realmRoles: sorted(roles), members: sorted(members) };
  return made(blueprint, `realm.groups.${name}`, group, [realm.name, name], spec, [
    realmType.address(realm.name),
    ...roleAddresses(realm, roles),
    ...members.map((username) => user.address(realm.name, username)),
  ]);
};

/** Some route of the API is for the owner of an object, so that its tokens must say who their bearer is. */
const knowsOwners = ({ services }: Blueprint, audience: string): boolean =>
  Object.values(services).some((service) => service.audience === audience && service.routes.some(({ ownedBy }) => ownedBy !== undefined));

export const usernameMapper: MapperSpec = {
  protocolMapper: 'oidc-usermodel-attribute-mapper',
  config: {
    'user.attribute': 'username',
    'claim.name': 'preferred_username',
    'jsonType.label': 'String',
    'access.token.claim': 'true',
    'id.token.claim': 'false',
    'userinfo.token.claim': 'false',
    'introspection.token.claim': 'true',
  },
};

const sessionMapper = (blueprint: Blueprint): Readonly<Record<string, MapperSpec>> => ({
  [`audience ${sessionAudience(blueprint)}`]: audienceMapper(sessionAudience(blueprint)),
});

const audienceMapper = (audience: string) => ({
  protocolMapper: 'oidc-audience-mapper',
  config: { 'included.custom.audience': audience, 'access.token.claim': 'true', 'id.token.claim': 'false', 'introspection.token.claim': 'true' },
}) satisfies MapperSpec;

/** In the token itself, which says nothing else of whom it is for. */
const audienceOfLightweight = (audience: string): MapperSpec => ({ ...audienceMapper(audience), config: { ...audienceMapper(audience).config, 'lightweight.claim': 'true' } });

const clientSpec = (blueprint: Blueprint, all: All, id: string, client: RealmClient): ClientSpec => {
  const interactive = client.type !== 'service';
  const { attributes: levels, ...flowOfLevels } = levelsAtClient(blueprint, id);
  const { attributes, defaultClientScopes, optionalClientScopes, ...flags } = clientOfType(client, blueprint.realm.tokens);
  return {
    ...flowOfLevels,
    ...flags,
    redirectUris: sorted(client.redirectUris),
    webOrigins: sorted(client.webOrigins),
    attributes: {
      ...attributes,
      ...boundAttributes(blueprint, id),
      ...proofAttributes(client),
      ...(interactive && { 'post.logout.redirect.uris': client.postLogoutRedirectUris.length > 0 ? sorted(client.postLogoutRedirectUris).join('##') : null }),
      ...logoutAttributes(blueprint, id),
      ...levels,
    },
    // Whoever may change it lets others act as the client, by keys of theirs.
    ...authenticatorOf(client),
    ...(client.secret && { secret: client.secret }),
    defaultClientScopes: sorted(defaultClientScopes),
    optionalClientScopes: sorted(optionalClientScopes),
    mappers: {
      ...(cookieSection(blueprint)?.client === id && sessionMapper(blueprint)),
      ...(client.lightweightTokens && all.exchanged),
      ...mapperSpecs(client.mappers),
    },
    scopeMappings: sorted(rolesInTokens(client, { roles: all.roles, defaultRoles: blueprint.realm.defaultRoles })),
    ...(client.type === 'service' && { serviceAccountRoles: sorted(client.roles) }),
  };
};
