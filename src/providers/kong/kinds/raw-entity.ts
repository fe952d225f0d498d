import { defineKind } from '../../../core/provider.ts';
import type { Kind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import type { Live, Spec, SpecValue } from '../../../core/resource.ts';
import { isSpec } from '../../../core/spec.ts';
import type { SpecType } from '../../../core/spec.ts';
import { textOf } from '../../../core/json.ts';
import { DECLARATIVE } from '../client.ts';
import type { Entity, EntityName } from '../client.ts';
import type { RowKey } from '../row-store.ts';
import { kong as specs } from '../specs/index.ts';
import { nameTag, rareTag } from '../specs/marks.ts';
import type { KongClient, RowRef } from './kong-client.ts';
import { fieldsOf, liveRow, namesIn, taggedName } from './live-row.ts';
import { toWrite } from './row-write.ts';

interface Options<S extends Spec> {
  readonly entity: Exclude<EntityName, 'targets'>;
  readonly after?: readonly string[];
  readonly removeAfter?: readonly string[];
  /** The field that names a row. A row of an entity without one has an id made of its name, and the name in a tag. */
  readonly key: RowKey;
  /** What of a row is compared otherwise than Kong shows it. */
  readonly toSpec?: (row: Entity, spec: S, kong: KongClient) => S | Promise<S>;
  /** What rows of it may hang on: where the blueprint has such, theirs of others are looked at, too. */
  readonly hangsOn?: readonly EntityName[];
  /** Fields of which Kong checks one against the other: they are sent together. */
  readonly together?: readonly string[];
}

type Typed<S extends Spec, Parts extends readonly string[]> = Pick<SpecType<S, Parts>, 'kind' | 'id' | 'read' | 'immutable'>;

/** An entity that only `raw.kong.entities` asks for: its list is read only while the blueprint states such rows, or left some there. */
export const rawEntityKind = <S extends Spec>(type: Typed<S, [name: string]>, options: Options<S>): Kind<KongClient, S, RowRef> =>
  entityKind(type, (own) => type.id(own), options);

/** One that belongs to a consumer: written below it, under a name of its own, which no write can move to another. */
export const credentialKind = <S extends Spec>(
  type: Typed<S, [consumer: string, name: string]>,
  options: Options<S> & { readonly below: string },
): Kind<KongClient, S, RowRef> =>
  // It opens nothing, and goes whenever.
  entityKind(type, (own, holder) => type.id(holder, own), { after: [specs.consumer.kind], removeAfter: [], ...options });

const entityKind = <S extends Spec>(
  type: Omit<Typed<S, never>, 'id'>,
  idOf: (own: string, holder: string) => string,
  { entity, after = [], removeAfter, key, below, toSpec, hangsOn = [], together = [] }: Options<S> & { readonly below?: string },
): Kind<KongClient, S, RowRef> =>
  defineKind<KongClient, S, RowRef>()({
    name: type.kind,
    after,
    ...(removeAfter && { removeAfter }),
    immutable: type.immutable,
    list: async (kong) => {
      if (!(await Promise.all([entity, ...hangsOn].map((one) => inUse(kong, one)))).includes(true)) return [];
      const [rows, consumers] = await Promise.all([kong.rows(entity, 'subject'), below === undefined ? [] : kong.rows('consumers')]);
      const holderOf = namesIn(consumers, 'username');
      return Promise.all(
        rows.map(async (row): Promise<Live<S, RowRef>> => {
          const holder = below === undefined ? {} : { consumer: holderOf(row.consumer) };
          const spec = type.read({ ...fieldsOf(row), ...(key === 'id' && { id: row.id }), ...holder });
          const own = key === 'id' ? taggedName(row) : textOf(row[key]);
          const id = own === undefined ? undefined : idOf(own, holderName(holder.consumer));
          return liveRow(type, id, row, (await toSpec?.(row, spec, kong)) ?? spec, kong.name);
        }),
      );
    },
    put: (kong, desired, held) => {
      const stated: Spec = desired.spec;
      const { consumer, ...fields } = stated;
      const path = below === undefined ? `/${entity}` : `/consumers/${encodeURIComponent(holderName(consumer))}/${below}`;
      const tags = [rareTag(kong.name), ...(key === 'id' ? [nameTag(desired.id)] : [])];
      const row = { entity, key: { field: key, value: String(fields[key]) }, path, tags };
      const write = toWrite({ ...desired, spec: fields }, held, row);
      return kong.store.put(write.existing ? { ...write, existing: { ...write.existing, changes: whole(write.existing.changes, write.body, together) } } : write);
    },
    remove: (kong, held) => kong.store.remove(entity, refOf(held).id),
    release: (kong, held) => kong.store.release(entity, refOf(held)),
  });

/** True when the blueprint states such rows, or left some there. */
export const inUse = async (kong: KongClient, entity: EntityName): Promise<boolean> =>
  kong.rawEntities.present.has(entity) ||
  (await kong.rows(`tags/${encodeURIComponent(rareTag(kong.name))}`)).some(({ entity_name }) => entity_name === DECLARATIVE[entity]);

const holderName = (consumer: SpecValue | undefined): string => {
  const { username, id } = isSpec(consumer) ? consumer : {};
  return typeof username === 'string' ? username : `#${String(id)}`;
};

type Fields = Readonly<Record<string, unknown>>;
const whole = (changes: Fields, body: Fields, together: readonly string[]): Fields =>
  together.some((field) => field in changes)
    ? { ...Object.fromEntries(together.filter((field) => field in body).map((field) => [field, body[field]])), ...changes }
    : changes;
