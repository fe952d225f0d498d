import type { EntityKind } from '../contract.ts';
import { isObject, isTable } from '../schema/errors.ts';
import { eachField, fieldsOf, subschemaOf } from '../schema/lookup.ts';
import { processFields } from '../schema/process.ts';
import type { Rules } from '../schema/rules.ts';
import type { ErrorTree, FieldErrors, Row } from '../schema/types.ts';
import { validate } from '../schema/validate.ts';
import { assignIds, derivedId, eachItem } from './ids.ts';
import { childrenOf, foreignFields, KINDS, resolvedSchema, schemaOf, writtenSchema } from './schema.ts';

/** A configuration's entities, flat: what was nested stands by itself and points at its parent. */
export type Entities = ReadonlyMap<EntityKind, ReadonlyMap<string, Row>>;

/** A configuration that cannot be loaded, by section. */
export class InvalidConfig extends Error {
  readonly errors: FieldErrors;
  constructor(errors: FieldErrors) {
    super('the declarative configuration is not valid');
    this.errors = errors;
  }
}

const alreadyDeclared = (kind: string, field: string, value: string): string =>
  `uniqueness violation: '${kind}' entity with ${field} set to '${value}' already declared`;

type Found = (kind: EntityKind, key: string) => Row | undefined;

/** A copy with every id filled in and every reference resolved, so that checks across entities can be made. */
const resolved = (rules: Rules, input: Row): Row => {
  const copy = structuredClone(input);
  const byKey = new Map<string, Row>();
  eachItem(copy, ({ kind, item, parent }) => {
    item['id'] ??= derivedId(kind, item, parent) ?? rules.uuid();
    const endpoint = schemaOf(kind).endpoint_key;
    for (const key of [item['id'], endpoint === undefined ? undefined : item[endpoint]]) {
      if (typeof key === 'string' && !byKey.has(`${kind}/${key}`)) byKey.set(`${kind}/${key}`, item);
    }
    if (parent && item[parent.field] === undefined) item[parent.field] = { id: parent.id };
  });
  eachItem(copy, ({ kind, item }) => {
    for (const [name, reference] of foreignFields(kind)) {
      const value = item[name];
      const found = typeof value === 'string' ? byKey.get(`${reference}/${value}`) : undefined;
      if (found) item[name] = { id: found['id'] };
    }
  });
  return copy;
};

/** Of a tree of errors, those that say that a value must be null. */
const nullErrors = (errors: ErrorTree): ErrorTree | undefined => {
  if (typeof errors === 'string') return errors === 'value must be null' ? errors : undefined;
  const kept: Row | ErrorTree[] = Array.isArray(errors) ? [] : {};
  for (const [key, error] of Object.entries(errors)) {
    const inner = nullErrors(error as ErrorTree);
    if (inner !== undefined) (kept as Row)[key] = inner;
  }
  return Object.keys(kept).length > 0 ? (kept as ErrorTree) : undefined;
};

const merged = (base: ErrorTree, over: ErrorTree | undefined): ErrorTree => {
  if (over === undefined) return base;
  if (!isTable(base) || !isTable(over)) return over;
  const result: Row | ErrorTree[] = Array.isArray(base) ? [...base.keys()].reduce<ErrorTree[]>((list, at) => {
    if (at in base) list[at] = base[at] as ErrorTree;
    return list;
  }, []) : { ...base };
  for (const [key, error] of Object.entries(over)) {
    const before = (result as Row)[key] as ErrorTree | undefined;
    (result as Row)[key] = before === undefined ? error : merged(before, error as ErrorTree);
  }
  return result as ErrorTree;
};

/**
 * Checks the configuration as it is written. What fails may be right once references are known, so it is looked at again with
 * them; what fails then is reported, with what the first look found where nothing may stand.
 */
const check = (rules: Rules, input: Row): void => {
  const first = validate(rules, writtenSchema, input);
  const second = first && validate(rules, resolvedSchema, resolved(rules, input));
  if (first && second) throw new InvalidConfig(merged(second, nullErrors(first)) as FieldErrors);
};

/** A reference that must lead somewhere; `at` names the entity that has it. */
interface Expected {
  readonly kind: EntityKind;
  readonly field: string;
  readonly reference: EntityKind;
  readonly value: unknown;
  readonly at: string;
}

interface Collected {
  readonly entities: Map<EntityKind, Map<string, Row>>;
  readonly expected: Expected[];
  readonly find: Found;
}

/** Takes every entity out of where it stands; the same key or id twice is an error. Children go before their parent, as in Kong. */
const collect = (processed: Row): Collected => {
  const entities = new Map<EntityKind, Map<string, Row>>();
  const byKey = new Map<string, Row>();
  const expected: Expected[] = [];
  const errors: FieldErrors = {};
  const report = (path: readonly (string | number)[], message: string): void => {
    const [kind, ...rest] = path;
    const lists = (errors[String(kind)] ??= []) as ErrorTree[];
    const last = rest.pop();
    let current = lists as unknown as Row;
    for (const step of rest) current = (current[String(step)] ??= typeof step === 'number' ? {} : []) as Row;
    current[String(last)] = message;
  };
  const walk = (input: Row, above: { kind: EntityKind; index: number } | undefined): void => {
    const inside = above ? childrenOf(above.kind) : KINDS.map((kind) => ({ kind, field: undefined }));
    for (const { kind, field } of inside) {
      const list = input[kind];
      const transient = above && fieldsOf(schemaOf(above.kind)).get(kind);
      if (!Array.isArray(list) || (transient && !transient.transient)) continue;
      const schema = schemaOf(kind);
      const endpoint = schema.endpoint_key;
      const unique = endpoint !== undefined && fieldsOf(schema).get(endpoint)?.unique ? endpoint : undefined;
      list.forEach((item: unknown, index) => {
        if (!isObject(item)) return;
        walk(item, { kind, index });
        const id = String(item['id']);
        const key = unique === undefined ? undefined : item[unique];
        const named = typeof key === 'string' ? `${kind}/${key}` : undefined;
        const taken = named !== undefined && byKey.has(named);
        if (taken) report([kind, index], alreadyDeclared(kind, unique ?? '', String(key)));
        else if (named !== undefined) byKey.set(named, item);
        const rows = entities.get(kind) ?? new Map<string, Row>();
        entities.set(kind, rows);
        if (!taken && rows.has(id)) {
          report(above ? [above.kind, above.index, kind, index] : [kind, index], alreadyDeclared(kind, 'primary key', id));
        } else rows.set(id, item);
        for (const [name, reference] of foreignFields(kind)) {
          const value = item[name];
          const at = typeof key === 'string' ? key : id;
          if (value !== undefined && value !== null) expected.push({ kind, field: name, reference, value, at });
        }
        if (field !== undefined) item[field] = { id: input['id'] };
      });
    }
  };
  walk(processed, undefined);
  const find: Found = (kind, key) => byKey.get(`${kind}/${key}`) ?? entities.get(kind)?.get(key);
  if (Object.keys(errors).length > 0) throw new InvalidConfig(errors);
  return { entities, expected, find };
};

const checkReferences = ({ expected, find }: Collected): void => {
  const errors: FieldErrors = {};
  for (const { kind, field, reference, value, at } of expected) {
    const key: unknown = isObject(value) ? value['id'] : value;
    if (typeof key === 'string' && find(reference, key)) continue;
    const shown = typeof value === 'string' ? value : JSON.stringify(value);
    const section = (errors[kind] ??= {}) as FieldErrors;
    const before = section[at];
    section[at] = [...(Array.isArray(before) ? before : []), `invalid reference '${field}: ${shown}' (no such entry in '${reference}')`];
  }
  if (Object.keys(errors).length > 0) throw new InvalidConfig(errors);
};

const flatRow = (rules: Rules, kind: EntityKind, item: Row, find: Found): Row => {
  const schema = schemaOf(kind);
  const row: Row = {};
  for (const [name, field] of eachField(schema, subschemaOf(rules.schemas, schema, item))) {
    const value = item[name];
    const found = field.type === 'foreign' && typeof value === 'string' ? find(field.reference as EntityKind, value) : undefined;
    row[name] = found ? { id: found['id'] } : (value ?? null);
  }
  return schema.ttl && item['ttl'] !== undefined ? { ...row, ttl: item['ttl'] } : row;
};

const checkUnique = (entities: Entities): void => {
  const errors: FieldErrors = {};
  for (const [kind, rows] of entities) {
    const schema = schemaOf(kind);
    for (const [name, field] of fieldsOf(schema)) {
      const seen = new Set<unknown>();
      for (const [id, row] of field.unique ? rows : []) {
        const value = row[name];
        const at = schema.endpoint_key === undefined ? id : String(row[schema.endpoint_key] ?? id);
        if (seen.has(value)) ((errors[kind] ??= {}) as Row)[at] = alreadyDeclared(kind, name, String(value));
        if (value !== null) seen.add(value);
      }
    }
  }
  if (Object.keys(errors).length > 0) throw new InvalidConfig(errors);
};

/**
 * Turns a declarative configuration into entities: checked, ids derived from names, defaults filled, nesting undone, references
 * resolved. Throws `InvalidConfig`. The input gets the ids that follow from its names, so that errors can show them.
 */
export const flattenConfig = (rules: Rules, input: Row): Entities => {
  check(rules, input);
  assignIds(input);
  const collected = collect(processFields(rules, writtenSchema, input, 'insert'));
  checkReferences(collected);
  const flat = new Map([...collected.entities].map(([kind, rows]) =>
    [kind, new Map([...rows].map(([id, item]) => [id, flatRow(rules, kind, item, collected.find)]))] as const));
  checkUnique(flat);
  return flat;
};
