import { createHash } from 'node:crypto';
import type { EntityKind } from '../contract.ts';
import { getPath, isObject } from '../schema/errors.ts';
import { loadCertificate } from '../schema/keys.ts';
import { fieldsOf } from '../schema/lookup.ts';
import { mergeValues, processFields, ShorthandFault } from '../schema/process.ts';
import type { Context } from '../schema/rules.ts';
import type { EntitySchema, FieldErrors, Row } from '../schema/types.ts';
import { validate, validateField } from '../schema/validate.ts';
import { isUuid } from '../schema/validators.ts';
import { COMPOSITE, uniquesOf, uniqueText } from '../store.ts';
import type { Database, Key } from './database.ts';
import {
  crashed, foreignKeyMissing, invalidOptions, invalidPrimaryKey, invalidUnique, notFound, notFoundBy, primaryKeyViolation,
  schemaViolation, stillReferenced, uniqueViolation, unresolvedForeign, unresolvedText, unsupported,
} from './errors.ts';
import { beforeWrite } from './special.ts';

const MAX_TTL = 100_000_000;

/** Reads a key of a URL: a uuid is an id; anything else is the endpoint key where the kind has one, and no id where it has none. */
export const keyOf = (db: Database, kind: EntityKind, text: string): Key => {
  const schema = db.schema(kind);
  if (isUuid(text)) return { field: 'id', value: text.toLowerCase() };
  return { field: schema.endpoint_key ?? 'id', value: text };
};

const checkKey = (db: Database, kind: EntityKind, { field, value }: Key): void => {
  const described = fieldsOf(db.schema(kind)).get(field) ?? {};
  const fault = validateField(db.rules, described, value);
  if (fault === undefined) return;
  throw field === 'id' ? invalidPrimaryKey({ id: fault }) : invalidUnique(field, fault);
};

const lookUp = (db: Database, kind: EntityKind, { field, value }: Key): Row | undefined =>
  field === 'id' ? db.store.row(kind, value) : db.store.find(kind, field, value);

/** The raw row at a key, or `undefined`. Throws when the key is not one at all. */
export const select = (db: Database, kind: EntityKind, key: Key): Row | undefined => {
  checkKey(db, kind, key);
  return lookUp(db, kind, key);
};

const process = (db: Database, schema: EntitySchema, input: Row, context: Context): Row => {
  try {
    return processFields(db.rules, schema, input, context);
  } catch (thrown) {
    if (thrown instanceof ShorthandFault) throw schemaViolation(thrown.errors);
    throw thrown;
  }
};

/** A row as the Admin API shows it. */
export const present = (db: Pick<Database, 'rules'>, schema: EntitySchema, row: Row): Row => {
  const shown = processFields(db.rules, schema, row, 'select');
  if (!schema.ttl) return shown;
  const until = row['ttl'];
  return { ...shown, ttl: typeof until === 'number' ? Math.max(0, Math.ceil(until - db.rules.clock()) - 1) : null };
};

/** Replaces `{ name }` by `{ id }` where a unique field of the other entity is given in the place of its id. */
const resolveForeign = (db: Database, schema: EntitySchema, row: Row): void => {
  const unresolved: Record<string, Row> = {};
  for (const [name, field] of fieldsOf(schema)) {
    const value = row[name];
    const other = field.type === 'foreign' ? db.rules.schemas.entity(field.reference ?? '') : undefined;
    if (!other || !isObject(value) || isUuid(value['id'])) continue;
    const tried: Row = {};
    for (const [unique, described] of fieldsOf(other)) {
      const wanted = value[unique];
      if (!described.unique || wanted === undefined || wanted === null) continue;
      if (validateField(db.rules, described, wanted) !== undefined) continue;
      const found = db.store.find(other.name, unique, wanted);
      if (found) row[name] = { id: found['id'] };
      else tried[unique] = unresolvedText(unique, wanted, other.name);
      if (found) break;
    }
    const still = row[name];
    if (still === value && Object.keys(tried).length > 0) unresolved[name] = tried;
  }
  if (Object.keys(unresolved).length > 0) throw unresolvedForeign(unresolved);
};

/** Foreign keys keep their id and nothing else; ids are kept in lower case, as PostgreSQL does. */
const bareForeign = (schema: EntitySchema, row: Row): Row => {
  const bare: Row = { ...row, id: String(row['id']).toLowerCase() };
  for (const [name, field] of fieldsOf(schema)) {
    const value = bare[name];
    if (field.type === 'foreign' && isObject(value)) bare[name] = { id: String(value['id']).toLowerCase() };
    if (field.transient) delete bare[name];
  }
  return bare;
};

const checkConstraints = (db: Database, schema: EntitySchema, row: Row): void => {
  for (const unique of uniquesOf(schema)) {
    if (uniqueText(schema, unique, row) === undefined) continue;
    const other = db.store.find(schema.name, unique, unique === COMPOSITE ? row : row[unique]);
    if (!other || other['id'] === row['id']) continue;
    const names = unique === COMPOSITE ? (schema.cache_key ?? []) : [unique];
    throw uniqueViolation(Object.fromEntries(names.map((name) => [name, row[name] ?? null])));
  }
  for (const [name, field] of fieldsOf(schema)) {
    const value = row[name];
    if (field.type !== 'foreign' || !isObject(value)) continue;
    const parent = field.reference as EntityKind;
    if (!db.store.row(parent, String(value['id']))) throw foreignKeyMissing({ id: value['id'] }, name, parent);
  }
};

/** Kong keeps a basic-auth password as the SHA-1 of itself and the consumer's id, and a CA certificate's digest beside it. */
export const transform = (schema: EntitySchema, row: Row, given: Row): Row => {
  if (schema.name === 'basicauth_credentials' && typeof given['password'] === 'string') {
    const salted = `${given['password']}${String(getPath(row, 'consumer.id'))}`;
    return { ...row, password: createHash('sha1').update(salted).digest('hex') };
  }
  if (schema.name === 'ca_certificates' && typeof given['cert'] === 'string') {
    const digest = loadCertificate(given['cert'])?.fingerprint256;
    return { ...row, cert_digest: digest?.replaceAll(':', '').toLowerCase() };
  }
  return row;
};

const writable = (db: Database, action: string, kind: EntityKind, by: string | undefined): void => {
  if (db.strategy !== 'off') return;
  const how = by === undefined || by === 'id' ? '' : ` by '${by}'`;
  throw unsupported(`cannot ${action} '${kind}' entities${how} when not using a database`);
};

const refuse = (errors: FieldErrors | undefined): void => {
  if (errors) throw schemaViolation(errors);
};

/** Takes `ttl` (seconds) out of what a request carries and returns when the row will end. */
const takeTtl = (db: Database, schema: EntitySchema, given: Row): { rest: Row; until: number | null | undefined } => {
  if (!schema.ttl || given['ttl'] === undefined) return { rest: given, until: undefined };
  const { ttl, ...rest } = given;
  if (typeof ttl !== 'number' && (typeof ttl !== 'string' || ttl.trim() === '' || Number.isNaN(Number(ttl)))) throw crashed();
  if (typeof ttl === 'string' || !Number.isInteger(ttl) || ttl < 0 || ttl > MAX_TTL) {
    throw invalidOptions({ ttl: `must be an integer between 0 and ${MAX_TTL}` });
  }
  return { rest, until: ttl === 0 ? null : db.rules.clock() + ttl };
};

const store = (db: Database, schema: EntitySchema, row: Row): Row => {
  const bare = bareForeign(schema, row);
  checkConstraints(db, schema, bare);
  db.store.put(schema.name, bare);
  return bare;
};

/** Creates a row. Throws an `Answer` when it may not be. */
export const insert = (db: Database, kind: EntityKind, given: Row): Row => {
  const schema = db.schema(kind);
  const { rest, until } = takeTtl(db, schema, beforeWrite(db, kind, given, undefined));
  const row = process(db, schema, rest, 'insert');
  resolveForeign(db, schema, row);
  refuse(validate(db.rules, schema, row));
  writable(db, 'create', kind, undefined);
  if (db.store.row(kind, String(row['id']).toLowerCase())) throw primaryKeyViolation({ id: row['id'] });
  return store(db, schema, { ...transform(schema, row, rest), ...(schema.ttl && { ttl: until ?? null }) });
};

/** Changes the fields that are given and leaves the others. */
export const update = (db: Database, kind: EntityKind, key: Key, given: Row): Row => {
  const schema = db.schema(kind);
  checkKey(db, kind, key);
  const { rest, until } = takeTtl(db, schema, given);
  const before = lookUp(db, kind, key);
  const change = process(db, schema, beforeWrite(db, kind, rest, before, key), 'update');
  if (!before) throw key.field === 'id' ? notFound({ id: key.value }) : notFoundBy({ [key.field]: key.value });
  const shown = processFields(db.rules, schema, before, 'select', { hideShorthands: true });
  const row = mergeValues(db.rules, schema, change, shown);
  resolveForeign(db, schema, row);
  refuse(validate(db.rules, schema, row, { partial: true, updating: true }));
  writable(db, 'update', kind, key.field);
  const ttl = until === undefined ? before['ttl'] : until;
  return store(db, schema, { ...transform(schema, row, rest), id: before['id'], ...(schema.ttl && { ttl: ttl ?? null }) });
};

/** Creates a row or takes the place of the one at the key: what is not given returns to its default. */
export const upsert = (db: Database, kind: EntityKind, key: Key, given: Row): Row => {
  const schema = db.schema(kind);
  checkKey(db, kind, key);
  const { rest, until } = takeTtl(db, schema, beforeWrite(db, kind, given, undefined, key));
  const row = process(db, schema, rest, 'upsert');
  const before = lookUp(db, kind, key);
  row[key.field] = key.value;
  resolveForeign(db, schema, row);
  refuse(validate(db.rules, schema, row));
  writable(db, 'create or update', kind, key.field);
  if (before) row['id'] = before['id'];
  else if (key.field !== 'id' && db.store.row(kind, String(row['id']))) throw primaryKeyViolation({ [key.field]: key.value });
  return store(db, schema, { ...transform(schema, row, rest), ...(schema.ttl && { ttl: until ?? null }) });
};

interface Reference {
  readonly child: EntitySchema;
  readonly field: string;
  readonly cascade: boolean;
}

const referencesTo = (db: Database, kind: EntityKind): Reference[] =>
  db.schemas.flatMap((child) =>
    [...fieldsOf(child)].flatMap(([field, { type, reference, on_delete: action }]) =>
      type === 'foreign' && reference === kind ? [{ child, field, cascade: action === 'cascade' }] : []));

/** Rows of a kind that point at another row. */
export const children = (db: Database, kind: EntityKind, field: string, id: unknown): readonly Row[] =>
  db.store.rows(kind).filter((row) => getPath(row[field], 'id') === id);

const removeRow = (db: Database, kind: EntityKind, id: string): void => {
  const references = referencesTo(db, kind).map((reference) => ({
    ...reference, rows: children(db, reference.child.name, reference.field, id),
  }));
  const holding = references.find(({ cascade, rows }) => !cascade && rows.length > 0);
  if (holding) throw stillReferenced(kind, holding.child.name);
  for (const { child, rows } of references) for (const row of rows) removeRow(db, child.name, String(row['id']));
  db.store.remove(kind, id);
};

/** Deletes a row with everything that hangs on it; one that is not there is deleted already. */
export const remove = (db: Database, kind: EntityKind, key: Key): void => {
  const row = select(db, kind, key);
  if (!row) return;
  writable(db, 'remove', kind, key.field);
  removeRow(db, kind, String(row['id']));
};
