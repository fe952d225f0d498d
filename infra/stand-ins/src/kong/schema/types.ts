import type { EntityKind } from '../contract.ts';

/**
 * A JSON object as a request carries it and a row keeps it. `undefined` is "not given", `null` is "given as null": Kong tells them
 * apart.
 */
export type Row = Record<string, unknown>;

type FieldType =
  | 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'set' | 'map' | 'record' | 'foreign' | 'any';

interface Pattern {
  readonly pattern: string;
  readonly err: string;
}

/** One field, in the words that Kong's own schemas use (`kong/db/schema/init.lua`); patterns are Lua patterns. */
export interface Field {
  readonly type?: FieldType;
  readonly required?: boolean;
  readonly default?: unknown;
  readonly auto?: boolean;
  readonly abstract?: boolean;
  readonly unique?: boolean;
  readonly unique_across_ws?: boolean;
  readonly transient?: boolean;
  readonly immutable?: boolean;
  readonly referenceable?: boolean;
  readonly encrypted?: boolean;
  readonly reference?: string;
  readonly on_delete?: string;
  readonly err?: string;
  readonly eq?: unknown;
  readonly ne?: unknown;
  readonly gt?: number;
  readonly one_of?: readonly unknown[];
  readonly not_one_of?: readonly unknown[];
  readonly timestamp?: boolean;
  readonly uuid?: boolean;
  readonly is_regex?: boolean;
  readonly between?: readonly number[];
  readonly len_eq?: number;
  readonly len_min?: number;
  readonly len_max?: number;
  readonly starts_with?: string;
  readonly match?: string;
  readonly not_match?: string;
  readonly match_all?: readonly Pattern[];
  readonly match_none?: readonly Pattern[];
  readonly match_any?: { readonly patterns: readonly string[]; readonly err?: string };
  readonly contains?: unknown;
  readonly mutually_exclusive_subsets?: readonly (readonly string[])[];
  readonly elements?: Field;
  readonly keys?: Field;
  readonly values?: Field;
  readonly fields?: readonly NamedField[];
  readonly entity_checks?: readonly EntityCheck[];
  readonly shorthand_fields?: readonly NamedField[];
  readonly deprecation?: Deprecation;
  /** A record that stands for a whole entity, as in a declarative configuration, is one of its kind in these too. */
  readonly name?: string;
  readonly subschema_key?: string;
  readonly subschema_error?: string;
  readonly ttl?: boolean;
  /** The name of a function in functions.ts: what a Kong schema keeps as `custom_validator` or `func`. */
  readonly fn?: string;
}

interface Deprecation {
  readonly message?: string;
  readonly removal_in_version?: string;
  readonly old_default?: unknown;
  readonly replaced_with?: readonly { readonly path: readonly string[] }[];
}

/** `{ name: field }`: an ordered list of them keeps Kong's order, which decides the order of checks. */
export type NamedField = Readonly<Record<string, Field>>;

/** `{ checker: argument }`. */
export type EntityCheck = Readonly<Record<string, unknown>>;

/** What holds fields: an entity, a plugin, a record. */
export interface Schema {
  readonly name?: string;
  readonly fields: readonly NamedField[];
  readonly entity_checks?: readonly EntityCheck[];
  readonly shorthand_fields?: readonly NamedField[];
  readonly subschema_key?: string;
  readonly subschema_error?: string;
  readonly ttl?: boolean;
}

export interface EntitySchema extends Schema {
  readonly name: EntityKind;
  readonly endpoint_key?: string;
  readonly cache_key?: readonly string[];
  readonly admin_api_name?: string;
  readonly admin_api_nested_name?: string;
}

export interface PluginSchema extends Schema {
  readonly name: string;
  /** Its place in the order of plugins, as `GET /` shows it. */
  readonly priority: number;
  readonly version?: string;
}

/** A schema with its subschemas at hand: `plugins` by name, `routes` by protocol. */
export interface Schemas {
  readonly entity: (kind: string) => EntitySchema | undefined;
  readonly subschema: (parent: Schema, key: string) => Schema | undefined;
}

/** Errors by field: text, or the same again for what is inside. Arrays are sparse: a good element has no entry. */
export type ErrorTree = string | ErrorTree[] | { [field: string]: ErrorTree };
export type FieldErrors = Record<string, ErrorTree>;
