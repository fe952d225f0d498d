import { LuaCrash } from '../schema/validate.ts';
import type { Row } from '../schema/types.ts';
import { fieldsOf } from '../schema/lookup.ts';
import { unescapeUri } from './arguments.ts';
import type { Database } from './database.ts';
import { ok } from './endpoints.ts';
import { decodeOffset, encodeOffset, readSize } from './paging.ts';
import type { Call, Endpoint, Reply } from './routing.ts';

interface Tagged {
  readonly entity_name: string;
  readonly entity_id: string;
  readonly tag: string;
  readonly ordinal: number;
}

const tagged = (db: Database): Tagged[] =>
  db.schemas.filter((schema) => fieldsOf(schema).has('tags')).flatMap(({ name }) =>
    db.store.rows(name).flatMap((row: Row) =>
      (Array.isArray(row['tags']) ? row['tags'] : []).map((tag: unknown, index) => ({
        entity_name: name, entity_id: String(row['id']), tag: String(tag), ordinal: index + 1,
      }))))
    .sort((left, right) => (left.entity_id === right.entity_id ? left.ordinal - right.ordinal : left.entity_id < right.entity_id ? -1 : 1));

const page = (call: Call, rows: readonly Tagged[], path: string, repeat: boolean): Reply => {
  const size = readSize(call.query['size']);
  const after = decodeOffset(call.query['offset']);
  const [lastId = '', lastOrdinal] = after ?? [];
  const rest = rows.filter(({ entity_id: id, ordinal }) =>
    id > String(lastId) || (id === lastId && typeof lastOrdinal === 'number' && ordinal > lastOrdinal));
  const items = rest.slice(0, size);
  const last = items.at(-1);
  const offset = rest.length > size && last ? encodeOffset([last.entity_id, last.ordinal]) : undefined;
  const sizeAgain = repeat && call.query['size'] !== undefined ? `&size=${String(call.query['size'])}` : '';
  return ok({
    data: items.map(({ ordinal: _, ...item }) => item),
    ...(offset !== undefined && { offset }),
    next: offset === undefined ? null : `${path}?offset=${encodeURIComponent(offset)}${sizeAgain}`,
  });
};

/** Every tag with what carries it, and the same for one tag. */
export const tagEndpoints = (db: Database): Endpoint[] => [
  { path: '/tags', methods: { GET: (call) => page(call, tagged(db), '/tags', true) } },
  {
    path: '/tags/:tags',
    methods: {
      GET: (call) => {
        // Kong's own fault, 3.9.3: without a database it stumbles over any row that has no tags.
        if (db.strategy === 'off' && db.schemas.some((schema) => fieldsOf(schema).has('tags') && db.store.rows(schema.name).some((row) => !Array.isArray(row['tags'])))) throw new LuaCrash('tags');
        const wanted = unescapeUri(call.params['tags'] ?? '');
        return page(call, tagged(db).filter(({ tag }) => tag === wanted), `/tags/${call.params['tags']}`, false);
      },
    },
  },
];
