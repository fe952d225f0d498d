import type { Spec } from '../../../core/resource.ts';
import { isSpec } from '../../../core/spec.ts';
import { mapperSpecs } from '../mappers.ts';
import { foreignAttributes } from '../ownership.ts';
import { plain, plainSpec } from '../plain.ts';
import type { ClientRep, ClientScopeRep, ComponentRep, PartialExport, RequiredActionRep } from '../representations.ts';

/** A step of a way to sign in, with those inside it: what it is called by its owner does not count. */
export interface Step {
  /** `auth-cookie`; a flow inside the flow has none. */
  readonly by?: string;
  readonly requirement: string;
  readonly config?: Spec;
  readonly steps?: readonly Step[];
}

/** What Keycloak ships in every new realm, of one version. */
export interface Shipped {
  /** `26.7` */
  readonly version: string;
  readonly realm: Spec;
  /** A client that was made with its protocol stated, and nothing else. */
  readonly client: Spec;
  /** The clients of every realm, by clientId. */
  readonly clients: Readonly<Record<string, Spec>>;
  readonly scopes: Readonly<Record<string, Spec>>;
  /** What the roles of every realm contain, by `<role>` or `<client>/<role>`. */
  readonly composites: Readonly<Record<string, readonly string[]>>;
  /** Which roles of clients (`<client>/<role>`) a client's tokens may carry that not all do, by clientId. */
  readonly scopedRoles: Readonly<Record<string, readonly string[]>>;
  readonly flows: Readonly<Record<string, readonly Step[]>>;
  readonly requiredActions: Readonly<Record<string, Spec>>;
  readonly registration: readonly Spec[];
  readonly profile: Spec;
}

/** Stands for the realm's own name. */
const REALM = '<realm>';

/** What is shipped, as it stands in the realm of this name. */
export const asIn = (realm: string, value: Spec): Spec =>
  JSON.parse(JSON.stringify(value), (_, inside: unknown) => (typeof inside === 'string' ? inside.replaceAll(`/${REALM}/`, `/${realm}/`) : inside)) as Spec;

export const clientShape = (rep: ClientRep, realm: string): Spec => {
  const { secret: _secret, protocolMappers, attributes, ...fields } = rep;
  const own = (value: unknown): unknown => (typeof value === 'string' ? value.replaceAll(`/${realm}/`, `/${REALM}/`) : value);
  const named = Object.entries(fields).map(([name, value]) => [name, Array.isArray(value) ? value.map(own) : own(value)] as const);
  return { ...plainSpec(Object.fromEntries(named)), attributes: plain(foreignAttributes(attributes)), mappers: plain(mapperSpecs(protocolMappers)) };
};

export const scopeShape = ({ protocol, description, attributes, protocolMappers }: ClientScopeRep, roles: readonly string[]): Spec =>
  plainSpec({ protocol, description, attributes: foreignAttributes(attributes), mappers: mapperSpecs(protocolMappers), scopeMappings: roles });

export const compositesIn = (exported: PartialExport): ReadonlyMap<string, readonly string[]> => {
  const shown = (composites: NonNullable<NonNullable<PartialExport['roles']>['realm']>[number]['composites']): readonly string[] => [
    ...(composites?.realm ?? []),
    ...Object.entries(composites?.client ?? {}).flatMap(([client, names]) => names.map((name) => `${client}/${name}`)),
  ];
  const ofClients = Object.entries(exported.roles?.client ?? {}).flatMap(([client, roles]) =>
    roles.map((one) => [`${client}/${one.name}`, shown(one.composites)] as const),
  );
  return new Map([...(exported.roles?.realm ?? []).map((one) => [one.name, shown(one.composites)] as const), ...ofClients]);
};

/** The roles of clients in the scope of a client or of a client scope, as `<client>/<role>`. */
export const scopedRoles = (exported: PartialExport, of: 'client' | 'clientScope', name: string): readonly string[] =>
  Object.entries(exported.clientScopeMappings ?? {})
    .flatMap(([owner, mappings]) => mappings.filter((one) => one[of] === name).flatMap(({ roles = [] }) => roles.map((role) => `${owner}/${role}`)))
    .toSorted();

export const flowShape = (exported: PartialExport, alias: string, above: readonly string[] = []): readonly Step[] | undefined => {
  const flow = exported.authenticationFlows?.find((one) => one.alias === alias);
  if (flow === undefined || above.includes(alias)) return undefined;
  return (flow.authenticationExecutions ?? []).map(({ authenticator, flowAlias, requirement = 'DISABLED', authenticatorConfig }) => {
    const config = exported.authenticatorConfig?.find((one) => one.alias === authenticatorConfig)?.config;
    return {
      ...(authenticator !== undefined && { by: authenticator }),
      requirement,
      ...(config && { config: plainSpec(config) }),
      ...(flowAlias !== undefined && { steps: flowShape(exported, flowAlias, [...above, alias]) ?? [] }),
    };
  });
};

export const actionShape = ({ providerId, enabled, defaultAction, config }: RequiredActionRep): Spec => plainSpec({ providerId, enabled, defaultAction, config });

export const componentShape = ({ name, providerId, subType, config, subComponents }: ComponentRep): Spec => ({
  // Whoever saves a component in the admin console leaves empty what is not set.
  ...plainSpec({ name, providerId, subType, config: Object.fromEntries(Object.entries(config ?? {}).filter(([, values]) => values.some((value) => value !== ''))) }),
  ...(subComponents &&
    Object.keys(subComponents).length > 0 && {
      subComponents: Object.fromEntries(
        Object.entries(subComponents).map(([type, inside]) => [type, inside.map(componentShape).toSorted((a, b) => (String(a.name) < String(b.name) ? -1 : 1))]),
      ),
    }),
});

export const REGISTRATION = 'org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy';
export const KEYS = 'org.keycloak.keys.KeyProvider';
export const STORAGE = 'org.keycloak.storage.UserStorageProvider';
export const PROFILE = 'org.keycloak.userprofile.UserProfileProvider';

export interface ProfileAttribute {
  readonly name: string;
  readonly annotations?: Readonly<Record<string, unknown>>;
}
/** The user profile as it was written; `undefined` where nobody did. */
export const storedProfile = (exported: PartialExport): { readonly attributes?: readonly ProfileAttribute[] } | undefined => {
  const stored = exported.components?.[PROFILE]?.[0]?.config?.['kc.user.profile.config']?.[0];
  // Keycloak's own document.
  return stored === undefined ? undefined : (JSON.parse(stored) as { readonly attributes?: readonly ProfileAttribute[] });
};

/** The user profile, where somebody has written one; the server's own otherwise. */
export const profileIn = (exported: PartialExport): Spec | undefined => {
  const profile = plain(storedProfile(exported));
  return isSpec(profile) ? profile : undefined;
};

/** A new realm with one client that states its protocol alone, as the server showed them. */
export interface NewRealm {
  readonly exported: PartialExport;
  readonly client: ClientRep;
  readonly profile: Readonly<Record<string, unknown>>;
}

/** Settings that are objects in truth, or are compared as such. */
const APART = new Set([
  'realm', 'enabled', 'keycloakVersion', 'defaultRole', 'roles', 'groups', 'clients', 'clientScopes', 'users', 'components', 'scopeMappings', 'clientScopeMappings',
  'authenticationFlows', 'authenticatorConfig', 'requiredActions', 'identityProviders', 'identityProviderMappers', 'localizationTexts',
]); // prettier-ignore

export const shippedFrom = ({ exported, client, profile }: NewRealm): Shipped => {
  const { realm } = exported;
  const rolesOf = (scope: string): readonly string[] => exported.scopeMappings?.find((one) => one.clientScope === scope)?.roles ?? [];
  const { clientId: _id, ...bare } = clientShape(client, realm);
  return {
    version: String(exported.keycloakVersion).split('.').slice(0, 2).join('.'),
    realm: plainSpec(Object.fromEntries(Object.entries(exported).filter(([name]) => !APART.has(name)))),
    client: bare,
    clients: sortedBy((exported.clients ?? []).map((one) => [one.clientId, clientShape(one, realm)] as const)),
    scopes: sortedBy((exported.clientScopes ?? []).map((one) => [one.name, scopeShape(one, rolesOf(one.name))] as const)),
    composites: sortedBy([...compositesIn(exported)].map(([name, inside]) => [name.replace(`-${realm}`, `-${REALM}`), inside.toSorted()] as const)),
    scopedRoles: sortedBy((exported.clients ?? []).flatMap(({ clientId }) => { const roles = scopedRoles(exported, 'client', clientId); return roles.length > 0 ? [[clientId, roles] as const] : []; })),
    flows: sortedBy((exported.authenticationFlows ?? []).map(({ alias }) => [alias, flowShape(exported, alias) ?? []] as const)),
    requiredActions: sortedBy((exported.requiredActions ?? []).map((one) => [one.alias, actionShape(one)] as const)),
    registration: (exported.components?.[REGISTRATION] ?? []).map(componentShape).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    profile: plainSpec(profile),
  };
};

const keyOf = (component: Spec): string => JSON.stringify([component.subType, component.providerId, component.name]);
const sortedBy = <Value>(entries: readonly (readonly [string, Value])[]): Record<string, Value> =>
  Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
