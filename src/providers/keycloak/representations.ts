import type { Attributes } from './mark.ts';

/**
 * Keycloak's representations, as far as authctl acts on them (Admin REST API 26). Other fields are carried along unread.
 */
interface Representation {
  readonly [field: string]: unknown;
}
export interface RealmRep extends Representation {
  readonly id?: string;
  readonly realm: string;
  readonly attributes?: Attributes;
  readonly defaultRole?: { readonly name: string };
}
export interface RoleRep extends Representation {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly composite?: boolean;
  readonly composites?: { readonly realm?: readonly string[] };
  readonly attributes?: Attributes;
}
export interface MapperRep extends Representation {
  readonly id?: string;
  readonly name: string;
  readonly protocol?: string;
  readonly protocolMapper: string;
  readonly config?: Readonly<Record<string, string>>;
}
export interface ClientScopeRep extends Representation {
  readonly id: string;
  readonly name: string;
  readonly protocol?: string;
  readonly attributes?: Attributes;
  readonly protocolMappers?: readonly MapperRep[];
}
export interface ClientRep extends Representation {
  readonly id: string;
  readonly clientId: string;
  readonly secret?: string;
  readonly attributes?: Attributes;
  readonly protocolMappers?: readonly MapperRep[];
  readonly defaultClientScopes?: readonly string[];
  readonly optionalClientScopes?: readonly string[];
}
export interface UserRep extends Representation {
  readonly id: string;
  readonly username: string;
  readonly attributes?: Attributes;
  /** In an export only. */
  readonly serviceAccountClientId?: string;
  readonly realmRoles?: readonly string[];
}
/** What a role or scope is called in requests that link it: Keycloak wants both. */
export interface NamedRef {
  readonly id: string;
  readonly name: string;
}
export interface PartialExport extends RealmRep {
  readonly roles?: { readonly realm?: readonly RoleRep[] };
  readonly clientScopes?: readonly ClientScopeRep[];
  readonly scopeMappings?: readonly { readonly client?: string; readonly clientScope?: string; readonly roles?: readonly string[] }[];
  readonly users?: readonly UserRep[];
  readonly components?: Readonly<Record<string, readonly { readonly config?: Readonly<Record<string, readonly string[]>> }[]>>;
}

/** The role that every account of a realm has; it is Keycloak's own, and never part of a spec. */
export const defaultRoleOf = (realm: RealmRep): string => realm.defaultRole?.name ?? `default-roles-${realm.realm.toLowerCase()}`;
