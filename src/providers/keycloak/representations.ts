import type ClientRepresentation from '@keycloak/keycloak-admin-client/lib/defs/clientRepresentation.js';
import type ClientScopeRepresentation from '@keycloak/keycloak-admin-client/lib/defs/clientScopeRepresentation.js';
import type ProtocolMapperRepresentation from '@keycloak/keycloak-admin-client/lib/defs/protocolMapperRepresentation.js';
import type RealmRepresentation from '@keycloak/keycloak-admin-client/lib/defs/realmRepresentation.js';
import type RoleRepresentation from '@keycloak/keycloak-admin-client/lib/defs/roleRepresentation.js';
import type UserRepresentation from '@keycloak/keycloak-admin-client/lib/defs/userRepresentation.js';

/** Keycloak's own representations, with the fields that are always there in an answer. */
export type RealmRep = RealmRepresentation & { readonly realm: string };
export type RoleRep = Omit<RoleRepresentation, 'composites'> & NamedRef & { readonly composites?: { readonly realm?: readonly string[] } };
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

/** What a role or scope is called in requests that link it: Keycloak wants both. */
export interface NamedRef {
  readonly id: string;
  readonly name: string;
}

/** A realm's partial export: what `RealmRep` leaves open, as far as it is read. */
export type PartialExport = Omit<RealmRep, 'roles' | 'clientScopes' | 'clients' | 'users' | 'components' | 'scopeMappings'> & {
  readonly roles?: { readonly realm?: readonly RoleRep[] };
  readonly clientScopes?: readonly ClientScopeRep[];
  readonly clients?: readonly ClientRep[];
  readonly scopeMappings?: readonly { readonly client?: string; readonly clientScope?: string; readonly roles?: readonly string[] }[];
  /** Service accounts only. */
  readonly users?: readonly (UserRep & { readonly serviceAccountClientId?: string })[];
  readonly components?: Readonly<Record<string, readonly { readonly config?: Readonly<Record<string, readonly string[]>> }[]>>;
};

/** The role that every account of a realm has; it is Keycloak's own, and never part of a spec. */
export const defaultRoleOf = ({ realm, defaultRole }: Pick<RealmRep, 'realm' | 'defaultRole'>): string =>
  defaultRole?.name ?? `default-roles-${realm.toLowerCase()}`;
