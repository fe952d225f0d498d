import type { AddressInfo } from 'node:net';

/** The entity lists the stand-in keeps, by the names Kong's declarative format gives them. */
export type EntityKind =
  | 'services' | 'routes' | 'consumers' | 'plugins' | 'jwt_secrets' | 'acls' | 'keyauth_credentials' | 'basicauth_credentials'
  | 'hmacauth_credentials' | 'upstreams' | 'targets' | 'certificates' | 'ca_certificates' | 'snis' | 'key_sets' | 'keys' | 'vaults';

/** One row as the Admin API shows it: every field stated, foreign keys as `{ id }` or null. */
export interface Entity {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** What the data plane sees of the control plane: read only, with a version that moves at every committed write. */
export interface EntityStore {
  readonly all: (kind: EntityKind) => readonly Entity[];
  readonly byId: (kind: EntityKind, id: string) => Entity | undefined;
  readonly version: () => number;
  /** Tells of each configuration that takes the place of all there is (`POST /config`), once it has. */
  readonly replaced?: (listener: () => void) => void;
}

/** Seconds since the epoch; a replay passes its own. */
export type Clock = () => number;

/** A listening server: its base URL (`http://127.0.0.1:8000`) and how to stop it. */
export interface Listening {
  readonly url: string;
  readonly address: AddressInfo;
  readonly close: () => Promise<void>;
}
