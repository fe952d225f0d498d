import type { EntityKind } from '../contract.ts';
import type { Rules } from '../schema/rules.ts';
import type { EntitySchema } from '../schema/types.ts';
import type { Store } from '../store.ts';

/** The control plane's memory and the rules that hold it together. */
export interface Database {
  readonly rules: Rules;
  readonly store: Store;
  readonly schemas: readonly EntitySchema[];
  readonly schema: (kind: EntityKind) => EntitySchema;
  /** `off` is the DB-less mode: every write but `POST /config` is refused. */
  readonly strategy: 'postgres' | 'off';
}

/** A row's place: its id, or the value of the field that stands for it in a URL. */
export interface Key {
  readonly field: string;
  readonly value: string;
}
