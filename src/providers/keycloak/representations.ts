import type ClientRepresentation from '@keycloak/keycloak-admin-client/lib/defs/clientRepresentation.js';
import type ClientScopeRepresentation from '@keycloak/keycloak-admin-client/lib/defs/clientScopeRepresentation.js';
import type ProtocolMapperRepresentation from '@keycloak/keycloak-admin-client/lib/defs/protocolMapperRepresentation.js';
import type RealmRepresentation from '@keycloak/keycloak-admin-client/lib/defs/realmRepresentation.js';
import type RoleRepresentation from '@keycloak/keycloak-admin-client/lib/defs/roleRepresentation.js';
import type UserRepresentation from '@keycloak/keycloak-admin-client/lib/defs/userRepresentation.js';

import { defaultRoleNamed } from './specs/composite.ts';

/** Keycloak's own representations, with the fields that are always there in an answer. */
export type RealmRep = RealmRepresentation & { readonly realm: string };
export type RoleRep = Omit<RoleRepresentation, 'composites'> & NamedRef & { readonly composites?: Composites };
interface Composites {
  readonly realm?: readonly string[];
  /** Roles of clients by clientId: an export shows them, a list does not. */
  readonly client?: Readonly<Record<string, readonly string[]>>;
}
export type MapperRep = ProtocolMapperRepresentation & { readonly name: string; readonly protocolMapper: string };
export type ClientScopeRep = Omit<ClientScopeRepresentation, 'protocolMappers'> &
  NamedRef & { readonly protocolMappers?: readonly MapperRep[] };
export type ClientRep = Omit<ClientRepresentation, 'protocolMappers'> & {
  readonly id: string;
  readonly clientId: string;
  readonly protocolMappers?: readonly MapperRep[];
};
export type UserRep = Omit<UserRepresentation, 'realmRoles'> & {
  readonly id: string;
  readonly username: string;
  readonly realmRoles?: readonly string[];
};

/** Something that an account proves itself by, without what is secret of it. */
export interface CredentialRep {
  readonly id: string;
  /** `password`, `otp`, `webauthn`...; plugins bring others. */
  readonly type: string;
  readonly userLabel?: string;
  /** When it was set, in milliseconds since 1970. A password that is set anew keeps its id. */
  readonly createdDate?: number;
}

/** What the authorization services of a client decide by. */
export type AuthorizationRep = NonNullable<ClientRepresentation['authorizationSettings']>;

/** Something that was done through the Admin API, as the realm has noted it. */
export interface AdminEventRep {
  /** Milliseconds since 1970. */
  readonly time?: number;
  readonly realmId?: string;
  readonly authDetails?: { readonly realmId?: string; readonly clientId?: string; readonly userId?: string; readonly ipAddress?: string };
  /** `CREATE`, `UPDATE`, `DELETE`, `ACTION` */
  readonly operationType?: string;
  /** `CLIENT`, `REALM_ROLE`, ... */
  readonly resourceType?: string;
  /** Below the realm: `clients/<id>/protocol-mappers/models/<id>`; none for the realm itself. */
  readonly resourcePath?: string;
  readonly representation?: string;
}

/** What a role or scope is called in requests that link it: Keycloak wants both. */
export interface NamedRef {
  readonly id: string;
  readonly name: string;
}

/** A group with those below it, which have its roles as well. */
export interface GroupTree extends NamedRef {
  readonly path?: string;
  readonly description?: string;
  readonly attributes?: Readonly<Record<string, readonly string[]>>;
  readonly realmRoles?: readonly string[];
  readonly clientRoles?: Readonly<Record<string, readonly string[]>>;
  readonly subGroups?: readonly GroupTree[];
}

export interface ExecutionRep {
  readonly authenticator?: string;
  readonly authenticatorFlow?: boolean;
  readonly flowAlias?: string;
  readonly requirement?: string;
  /** The alias of its configuration. */
  readonly authenticatorConfig?: string;
  readonly priority?: number;
}
export interface FlowRep {
  readonly id?: string;
  readonly alias: string;
  readonly description?: string;
  /** `basic-flow`, `client-flow`, `form-flow` */
  readonly providerId?: string;
  /** False for one that is a step of another. */
  readonly topLevel?: boolean;
  readonly builtIn?: boolean;
  readonly authenticationExecutions?: readonly ExecutionRep[];
}

type Config = Readonly<Record<string, string>>;
export interface AuthenticatorConfigRep {
  readonly id?: string;
  readonly alias: string;
  readonly config?: Config;
}
export interface ComponentRep {
  readonly id?: string;
  readonly name?: string;
  readonly providerId: string;
  readonly subType?: string;
  readonly config?: Readonly<Record<string, readonly string[]>>;
  readonly subComponents?: Components;
}
type Components = Readonly<Record<string, readonly ComponentRep[]>>;
export interface RequiredActionRep {
  readonly alias: string;
  readonly providerId?: string;
  readonly enabled?: boolean;
  readonly defaultAction?: boolean;
  readonly config?: Config;
}
export interface IdentityProviderRep {
  readonly alias: string;
  readonly internalId?: string;
  readonly providerId?: string;
  readonly enabled?: boolean;
  readonly trustEmail?: boolean;
  readonly linkOnly?: boolean;
  /** The organization that it vouches for. */
  readonly organizationId?: string;
  readonly firstBrokerLoginFlowAlias?: string;
  readonly postBrokerLoginFlowAlias?: string;
  readonly config?: Config;
}
export interface IdentityProviderMapperRep {
  readonly id: string;
  readonly name: string;
  readonly identityProviderAlias: string;
  readonly identityProviderMapper: string;
  readonly config?: Config;
}
export interface OrganizationRep {
  readonly id: string;
  readonly name?: string;
  readonly alias?: string;
  readonly enabled?: boolean;
  readonly description?: string;
  readonly redirectUrl?: string;
  readonly domains?: readonly { readonly name: string; readonly verified?: boolean }[];
  readonly attributes?: Readonly<Record<string, readonly string[]>>;
}
/** What is demanded of clients, by name. */
export interface ClientProfileRep {
  readonly name: string;
  readonly description?: string;
  readonly executors?: readonly { readonly executor: string; readonly configuration?: Readonly<Record<string, unknown>> }[];
}
/** Of which clients. */
export interface ClientPolicyRep {
  readonly name: string;
  readonly description?: string;
  readonly enabled?: boolean;
  readonly conditions?: readonly { readonly condition: string; readonly configuration?: Readonly<Record<string, unknown>> }[];
  readonly profiles?: readonly string[];
}
/** The account of a client, as an export shows it. */
export type ServiceAccountRep = UserRep & {
  readonly serviceAccountClientId?: string;
  readonly clientRoles?: Readonly<Record<string, readonly string[]>>;
  /** Paths. */
  readonly groups?: readonly string[];
};

type Apart =
  | 'roles' | 'clientScopes' | 'clients' | 'users' | 'groups' | 'components' | 'scopeMappings' | 'clientScopeMappings' | 'authenticationFlows'
  | 'authenticatorConfig' | 'requiredActions' | 'identityProviders' | 'identityProviderMappers' | 'clientProfiles' | 'clientPolicies' | 'localizationTexts'; // prettier-ignore

/** A realm without the objects in it. */
export type RealmSettings = Omit<RealmRep, Apart> & { readonly firstBrokerLoginFlow?: string };

/** A realm's partial export: its settings, and everything in it but people and secrets. */
export type PartialExport = RealmSettings & {
  readonly roles?: { readonly realm?: readonly RoleRep[]; readonly client?: Readonly<Record<string, readonly RoleRep[]>> };
  readonly clientScopes?: readonly ClientScopeRep[];
  readonly clients?: readonly ClientRep[];
  readonly groups?: readonly GroupTree[];
  readonly scopeMappings?: readonly { readonly client?: string; readonly clientScope?: string; readonly roles?: readonly string[] }[];
  /** Roles of a client in the scope of others, by its clientId. */
  readonly clientScopeMappings?: Readonly<Record<string, NonNullable<PartialExport['scopeMappings']>>>;
  /** Service accounts only. */
  readonly users?: readonly ServiceAccountRep[];
  readonly components?: Components;
  readonly authenticationFlows?: readonly FlowRep[];
  readonly authenticatorConfig?: readonly AuthenticatorConfigRep[];
  readonly requiredActions?: readonly RequiredActionRep[];
  readonly clientProfiles?: { readonly profiles?: readonly ClientProfileRep[] };
  readonly clientPolicies?: { readonly policies?: readonly ClientPolicyRep[] };
  /** Texts of pages and mail by locale, where somebody has changed them. */
  readonly localizationTexts?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly identityProviders?: readonly IdentityProviderRep[];
  readonly identityProviderMappers?: readonly IdentityProviderMapperRep[];
};

/** The role that every account of a realm has; it is Keycloak's own, and never part of a spec. */
export const defaultRoleOf = ({ realm, defaultRole }: Pick<RealmRep, 'realm' | 'defaultRole'>): string =>
  defaultRole?.name ?? defaultRoleNamed(realm);
