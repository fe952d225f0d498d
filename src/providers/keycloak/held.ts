import type { ClientRep, ClientScopeRep, CredentialRep, PartialExport, RealmSettings, RoleRep, UserRep } from './representations.ts';

export interface UserState extends UserRep {
  readonly owner: string | undefined;
  /** Given directly, without the role that everybody has; sorted. Absent of an account that is made once: nobody compares what it has. */
  readonly realmRoles?: readonly string[];
  /** What a persona proves itself by; `undefined` where this login may not see it, or nobody asked. */
  readonly proofs: readonly CredentialRep[] | undefined;
}

/** One realm as it was at one moment: what every kind's `list` shows is cut out of it. */
export interface Snapshot {
  readonly realm: RealmSettings;
  readonly roles: readonly RoleRep[];
  readonly scopes: readonly ClientScopeRep[];
  /** With their secrets in clear: compared in memory, never shown. */
  readonly clients: readonly ClientRep[];
  /** Realm roles in the scope of a client or client scope, by its name. Absent means that it was not read, not that there are none. */
  readonly clientRoles: ReadonlyMap<string, readonly string[]>;
  readonly scopeRoles: ReadonlyMap<string, readonly string[]>;
  /** Realm roles of service accounts, by clientId. */
  readonly accountRoles: ReadonlyMap<string, readonly string[]>;
  /** Users with our mark, and those that have a persona's name. */
  readonly users: readonly UserState[];
  /** Who has a realm role directly, by its name, where that was read for those users. */
  readonly holders: ReadonlyMap<string, readonly UserRep[]>;
  /** `ADMIN_EDIT`, `ENABLED`...; `undefined` drops every attribute that the user profile does not declare. */
  readonly unmanagedAttributePolicy: string | undefined;
  /** Everything that an export shows; `undefined` where this login may not export. */
  readonly exported: PartialExport | undefined;
}

/** Whose objects are read in detail where Keycloak has no bulk read. */
export interface Interest {
  readonly realm: string;
  /** The blueprint's name. */
  readonly owner: string;
  readonly clients: ReadonlySet<string>;
  readonly scopes: ReadonlySet<string>;
  readonly personas: readonly string[];
  /** Accounts that are made once, and are nobody's business afterwards. */
  readonly seeds: readonly string[];
  /** The blueprint states objects that only an export shows. */
  readonly whole: boolean;
}
