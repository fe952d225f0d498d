import { nameTag, rareTag } from '../../../blueprint/kong-marks.ts';
import { defineKind } from '../../../core/provider.ts';
import type { Kind } from '../../../core/provider.ts';
import type { Live, Spec, SpecValue } from '../../../core/resource.ts';
import { Secret } from '../../../core/secret.ts';
import type { Entity, EntityName } from '../client.ts';
import type { RowKey } from '../store.ts';
import { fieldsOf, inUse, live, namesIn, taggedName, toWrite } from './rows.ts';
import type { KongClient, RowRef } from './rows.ts';

interface RareOptions {
  readonly name: string;
  readonly entity: Exclude<EntityName, 'targets'>;
  readonly after?: readonly string[];
  readonly removeAfter?: readonly string[];
  readonly immutable?: readonly string[];
  /** The field that names a row. A row of an entity without one has an id made of its name, and the name in a tag. */
  readonly key: RowKey;
  /** What the entity is called below its consumer: `key-auth`. */
  readonly below?: string;
  /** Text fields that hold secrets, at the top or one level down (`pem.private_key`). */
  readonly secrets?: readonly string[];
  /** What of a row is compared otherwise than Kong shows it. */
  readonly toSpec?: (row: Entity, spec: Spec, kong: KongClient) => Spec | Promise<Spec>;
  /** Fields of which Kong checks one against the other: they are sent together. */
  readonly together?: readonly string[];
}

/** An entity that only `raw.kong.entities` asks for: its list is read only while the blueprint states such rows, or left some there. */
export const rareKind = (options: RareOptions): Kind<KongClient> => {
  const { name, entity, after = [], removeAfter, immutable = [], key, below, secrets = [], together = [] } = options;
  return defineKind<KongClient>()({
    name,
    after: below === undefined ? after : ['kong.consumer', ...after],
    ...(removeAfter && { removeAfter }),
    immutable,
    list: async (kong) => {
      if (!(await inUse(kong, entity))) return [];
      const [rows, consumers] = await Promise.all([kong.rows(entity, 'subject'), below === undefined ? [] : kong.rows('consumers')]);
      const holderOf = namesIn(consumers, 'username');
      return Promise.all(
        rows.map(async (row): Promise<Live> => {
          const fields = { ...wrapped(fieldsOf(row), secrets), ...(key === 'id' && { id: row.id }) };
          const holder = below === undefined ? {} : { consumer: holderOf(row.consumer) };
          const spec = { ...fields, ...holder };
          const own = key === 'id' ? taggedName(row) : row[key];
          const id = below === undefined || own === undefined ? own : `${holderName(holder.consumer)}/${String(own)}`;
          return live(name, id, row, (await options.toSpec?.(row, spec, kong)) ?? spec, kong.name);
        }),
      );
    },
    put: (kong, desired, held) => {
      const { consumer, ...fields } = desired.spec;
      const path = below === undefined ? `/${entity}` : `/consumers/${encodeURIComponent(holderName(consumer))}/${below}`;
      const tags = [rareTag(kong.name), ...(key === 'id' ? [nameTag(desired.id)] : [])];
      const write = toWrite({ ...desired, spec: fields }, held, { entity, key: { field: key, value: String(fields[key]) }, path, tags });
      return kong.store.put(write.existing ? { ...write, existing: { ...write.existing, changes: whole(write.existing.changes, write.body, together) } } : write);
    },
    remove: (kong, held) => kong.store.remove(entity, (held.ref as RowRef).id),
  });
};

const holderName = (consumer: SpecValue | undefined): string => {
  const { username, id } = (consumer ?? {}) as { username?: string; id?: string };
  return username ?? `#${String(id)}`;
};

type Fields = Readonly<Record<string, unknown>>;
const whole = (changes: Fields, body: Fields, together: readonly string[]): Fields =>
  together.some((field) => field in changes)
    ? { ...Object.fromEntries(together.filter((field) => field in body).map((field) => [field, body[field]])), ...changes }
    : changes;

const wrapped = (spec: Spec, secrets: readonly string[]): Spec =>
  Object.fromEntries(
    Object.entries(spec).map(([field, value]) => {
      if (typeof value === 'string' && secrets.includes(field) && !value.startsWith('{vault://')) return [field, new Secret(value)];
      const inner = secrets.filter((secret) => secret.startsWith(`${field}.`)).map((secret) => secret.slice(field.length + 1));
      return [field, inner.length > 0 && value !== null ? wrapped(value as Spec, inner) : value];
    }),
  );
