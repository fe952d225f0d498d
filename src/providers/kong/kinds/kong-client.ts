import type { RouteSpec } from '../specs/index.ts';
import type { Entity, ListPath } from '../client.ts';
import type { Exposure } from '../exposure.ts';
import type { Opening } from '../opening.ts';
import type { Narrowing } from '../narrowing.ts';
import type { RawEntities } from '../raw-entities.ts';
import type { RowStore } from '../row-store.ts';
import type { Withdrawal } from '../withdrawal.ts';

/** What the kinds work with: rows of one round, the store, and the routes that are still closed. */
export interface KongClient {
  /** The blueprint name. */
  readonly name: string;
  readonly store: RowStore;
  readonly rawEntities: RawEntities;
  /** The rows of an entity, read once per round. Asked for as `subject` a second time, a new round begins. */
  readonly rows: (list: ListPath, as?: 'subject' | 'reference') => Promise<readonly Entity[]>;
  /** Whether a new route may be written open, and when what guarded one may go. */
  readonly exposure: Omit<Exposure, 'prepare'>;
  /** New services that lead nowhere until `settle` opens them. */
  readonly opening: Omit<Opening, 'prepare'>;
  readonly withdrawal: Omit<Withdrawal, 'prepare'>;
  readonly narrowing: Omit<Narrowing, 'prepare'>;
  /** Names of routes written in this run that match nothing until `settle` opens them, with the fields that do. */
  readonly closed: Map<string, Partial<RouteSpec>>;
}

/** The server's handle of a row, as `Live.ref`. */
export interface RowRef {
  readonly id: string;
  readonly tags: readonly string[];
  /** When it was last changed, in seconds since 1970; credentials have none. */
  readonly updatedAt?: number;
}
