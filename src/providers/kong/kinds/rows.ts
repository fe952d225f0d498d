import { MARK, NAME_TAG, markOf, rareTag } from '../../../blueprint/kong-marks.ts';
import { diffSpec } from '../../../core/diff.ts';
import type { Desired, Live, Spec, SpecValue } from '../../../core/resource.ts';
import { Secret } from '../../../core/secret.ts';
import { DECLARATIVE } from '../client.ts';
import type { Entity, EntityName, ListPath } from '../client.ts';
import type { Gate } from '../gate.ts';
import type { KongStore, RowWrite } from '../store.ts';

/** What the kinds work with: rows of one round, the store, and the routes that are still closed. */
export interface KongClient {
  /** The blueprint name. */
  readonly name: string;
  readonly store: KongStore;
  /** What `raw.kong.entities` of the blueprint states. */
  readonly stated: Stated;
  /** The rows of an entity, read once per round. Asked for as `subject` a second time, a new round begins. */
  readonly rows: (list: ListPath, as?: 'subject' | 'reference') => Promise<readonly Entity[]>;
  /** Whether a new route may be written open, and when what guarded one may go. */
  readonly gate: Pick<Gate, 'manner' | 'departed'>;
  /** Names of routes written in this run that match nothing until `settle` opens them, with the fields that do. */
  readonly closed: Map<string, Spec>;
}

/** The server's handle of a row, as `Live.ref`. */
export interface RowRef {
  readonly id: string;
  readonly tags: readonly string[];
}

/** What of the raw entities a kind must know before it has seen a desired object. */
export interface Stated {
  /** The entities that may be there by the blueprint's word. */
  readonly entities: ReadonlySet<EntityName>;
  /** The password of a login of basic-auth, by `<consumer>/<username>`. */
  readonly password: (id: string) => Secret | undefined;
}

/** The name that all three bookkeeping rows of a blueprint have. */
export const markerName = (name: string): string => `${name}.authctl-marker`;

/** The blueprint in a row's mark; ours when a row carries several. */
export const ownerOf = (row: Entity, name: string): string | undefined => {
  if (row.tags?.includes(markOf(name))) return name;
  return row.tags?.find((tag) => tag.startsWith(MARK))?.slice(MARK.length);
};

/** The name of a row that Kong knows by its id only. */
export const taggedName = (row: Entity): string | undefined =>
  row.tags?.find((tag) => tag.startsWith(NAME_TAG))?.slice(NAME_TAG.length);

/** True when the blueprint states such rows, or left some there. */
export const inUse = async (kong: KongClient, entity: EntityName): Promise<boolean> =>
  kong.stated.entities.has(entity) ||
  (await kong.rows(`tags/${encodeURIComponent(rareTag(kong.name))}`)).some(({ entity_name }) => entity_name === DECLARATIVE[entity]);

const BOOKKEEPING = new Set(['id', 'tags', 'created_at', 'updated_at']);
/** A text in a plugin's config under such a name is a secret whoever wrote it: compared, never shown. A reference to a vault is none. */
const SECRET_FIELD = /(^|_)(secret|password|passwd|token|credential|credentials|bearer|api_key|private_key)$/;

/** A row's fields without the server's own; set-like lists sorted, secrets wrapped. */
export const fieldsOf = (row: Entity, sets: readonly string[] = []): Record<string, SpecValue> =>
  Object.fromEntries(
    Object.entries(row)
      .filter(([field]) => !BOOKKEEPING.has(field))
      .map(([field, value]) => [field, sets.includes(field) ? sortedSet(value) : (value as SpecValue)]),
  );

export const sortedSet = (value: unknown): SpecValue => (Array.isArray(value) ? (value as string[]).toSorted() : (value as SpecValue));

export const withSecretsWrapped = (value: SpecValue, field = ''): SpecValue => {
  if (typeof value === 'string') return SECRET_FIELD.test(field) && !value.startsWith('{vault://') ? new Secret(value) : value;
  if (Array.isArray(value)) return value.map((item: SpecValue) => withSecretsWrapped(item, field));
  if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withSecretsWrapped(item, name)]));
  return value;
};

/** Turns `{ id }` of a foreign key into `{ name }`; the id stays where the row it points to has no name. */
export const namesIn = (rows: readonly Entity[], field: 'name' | 'username'): ((reference: unknown) => SpecValue) => {
  const names = new Map(rows.map((row) => [row.id, row[field]]));
  return (reference) => {
    if (typeof reference !== 'object' || reference === null) return null;
    const { id } = reference as { id: string };
    const name = names.get(id);
    return typeof name === 'string' ? { [field]: name } : { id };
  };
};

export const live = (kind: string, id: unknown, row: Entity, spec: Spec, name: string): Live => ({
  kind,
  id: typeof id === 'string' ? id : `#${row.id}`,
  spec,
  owner: ownerOf(row, name),
  ref: { id: row.id, tags: row.tags ?? [] } satisfies RowRef,
});

/** Turns a desired object into a write: everything for a new row, only the differing fields for one that is there. */
export const toWrite = (
  desired: Desired,
  held: Live | undefined,
  row: Pick<RowWrite, 'entity' | 'key' | 'path' | 'nested' | 'tags'> & { readonly whole?: boolean },
): RowWrite => {
  const { whole, ...rest } = row;
  const body = wire(desired.spec) as Record<string, unknown>;
  if (held === undefined) return { ...rest, body };
  const ref = held.ref as RowRef;
  return { ...rest, body, existing: { ...ref, changes: changesOf(desired.spec, held.spec), ...(whole === true && { whole }) } };
};

/**
 * Only the top-level fields that differ. Inside `config` only the fields that differ, each whole: PATCH merges records but replaces
 * maps, so what the field holds beside ours is sent back with it.
 */
const changesOf = (wanted: Spec, held: Spec): Record<string, unknown> => {
  const differing = Object.entries(wanted).filter(([field, value]) => diffSpec({ [field]: value }, held).length > 0);
  return Object.fromEntries(
    differing.map(([field, value]) => {
      const current = held[field];
      if (!isPlain(value) || !isPlain(current)) return [field, wire(value)];
      if (field === 'config') return [field, configChanges(value, current)];
      return [field, wire(RECORDS.has(field) ? merged(value, current) : value)];
    }),
  );
};

/** Fields that Kong's schemas call a record: what of them is not ours is sent back as it is. */
const RECORDS = new Set(['healthchecks', 'pem']);

const configChanges = (wanted: Spec, held: Spec): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(wanted)
      .filter(([field, value]) => diffSpec({ [field]: value }, held).length > 0)
      .map(([field, value]) => [field, wire(merged(value, held[field]))]),
  );

const merged = (wanted: SpecValue, held: SpecValue | undefined): SpecValue =>
  isPlain(wanted) && isPlain(held)
    ? { ...held, ...Object.fromEntries(Object.entries(wanted).map(([name, item]) => [name, merged(item, held[name])])) }
    : wanted;

const isPlain = (value: SpecValue | undefined): value is Spec =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Secret);

/** A spec as it is sent: the one place in this provider where secrets are revealed. */
export const wire = (value: SpecValue): unknown => {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map((item: SpecValue) => wire(item));
  if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, wire(item)]));
  return value;
};
