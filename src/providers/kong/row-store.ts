import type { Entity, EntityName, ListPath } from './client.ts';

export type RowKey = 'id' | 'name' | 'username' | 'instance_name' | 'key' | 'prefix' | 'group' | 'target';

/** One row to be written: everything that is owned, and what of it differs when the row is there already. */
export interface RowWrite {
  readonly entity: EntityName;
  /** The field that names the row: unique, or (`group`, `target`) unique below its parent. */
  readonly key: { readonly field: RowKey; readonly value: string };
  /** Where a new row is created: `/routes/<name>/plugins` keeps the scope, which a top-level write could lose. */
  readonly path: string;
  /** Rows that Kong serves below `path` only. */
  readonly nested?: boolean;
  /** Tags beside the mark. */
  readonly tags?: readonly string[];
  /** Every owned field as Kong takes it, tags left out. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Set when the row is known to exist. */
  readonly existing?: {
    readonly id: string;
    readonly tags: readonly string[];
    /** The owned fields that differ. */
    readonly changes: Readonly<Record<string, unknown>>;
    /** The row must be written as a whole: a plugin that changes its name cannot be patched. */
    readonly whole?: boolean;
  };
}

/**
 * How rows get into a Kong: one by one into its database, or all together into a DB-less node. Kinds do not know which.
 * Every write carries the mark and keeps other people's tags.
 */
export interface RowStore {
  /**
   * True when writes are held back and sent together. Even so Kong takes the routes of a configuration first, in place, and its plugins some milliseconds
   * later (kong/runloop/handler.lua, reconfigure_handler, 3.9.3): what is new comes after what guards it, as with a database. What goes may go at
   * once: plugins stay for as long as a route does.
   */
  readonly atomic: boolean;
  /** A fresh read of one list. */
  readonly read: (list: ListPath) => Promise<readonly Entity[]>;
  /** A fresh read of one row by its unique field. */
  readonly find: (entity: EntityName, key: string) => Promise<Entity | undefined>;
  readonly put: (row: RowWrite) => Promise<void>;
  /** `path` where rows are served below another one only. */
  readonly remove: (entity: EntityName, id: string, path?: string) => Promise<void>;
  /** Takes our tags off a row; `tags` are those that it carried when it was read. */
  readonly release: (entity: EntityName, row: { readonly id: string; readonly tags: readonly string[] }, path?: string) => Promise<void>;
  /** Sends what is still held back. */
  readonly flush: () => Promise<void>;
  /** Writes since the beginning. */
  readonly writes: () => number;
}
