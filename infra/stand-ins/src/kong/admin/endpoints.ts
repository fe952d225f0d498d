import type { EntityKind } from '../contract.ts';
import { getPath } from '../schema/errors.ts';
import { fieldsOf } from '../schema/lookup.ts';
import type { EntitySchema, Row } from '../schema/types.ts';
import { unescapeUri } from './arguments.ts';
import { children, insert, keyOf, present, remove, select, update, upsert } from './dao.ts';
import type { Database, Key } from './database.ts';
import { missing, plain } from './errors.ts';
import { hasTags, pageById, readSize, readTags } from './paging.ts';
import type { Call, Endpoint, Reply } from './routing.ts';

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const created = (body: unknown): Reply => ({ status: 201, body });
export const noContent: Reply = { status: 204 };

/** The key that a part of the path stands for. */
export const keyIn = (db: Database, call: Call, kind: EntityKind): Key => keyOf(db, kind, unescapeUri(call.params[kind] ?? ''));

/** The row that a part of the path stands for. Throws 404. */
export const selectOr404 = (db: Database, call: Call, kind: EntityKind): Row => {
  const row = select(db, kind, keyIn(db, call, kind));
  if (!row) throw missing();
  return row;
};

export const show = (db: Database, kind: EntityKind, row: Row): Row => present(db, db.schema(kind), row);

const adminName = (schema: EntitySchema): string => schema.admin_api_name ?? schema.name;
const nestedName = (schema: EntitySchema): string => schema.admin_api_nested_name ?? adminName(schema);

interface Listing {
  readonly rows: readonly Row[];
  /** The path of the next page, without its arguments. */
  readonly path: string;
  /** Repeats size and tags in the link to the next page, which lists below another entity do not. */
  readonly repeat: boolean;
}

/** One page of rows. The link repeats the arguments as they were given. */
export const list = (db: Database, call: Call, kind: EntityKind, { rows, path, repeat }: Listing): Reply => {
  const { tags, size, offset } = call.query;
  const filter = readTags(tags);
  const page = pageById(filter && repeat ? rows.filter((row) => hasTags(row, filter)) : rows, readSize(size), offset);
  const given = Array.isArray(tags) ? String(tags[0]) : undefined;
  const again = [
    ...(given === undefined ? [] : [`&tags=${encodeURIComponent(given)}`]),
    ...(size === undefined ? [] : [`&size=${String(size)}`]),
  ];
  const rest = repeat ? again.join('') : '';
  return ok({
    data: page.items.map((row) => show(db, kind, row)),
    ...(page.offset !== undefined && { offset: page.offset }),
    next: page.offset === undefined ? null : `${path}?offset=${encodeURIComponent(page.offset)}${rest}`,
  });
};

const collection = (db: Database, schema: EntitySchema): Endpoint => {
  const kind = schema.name;
  return {
    path: `/${adminName(schema)}`,
    schema,
    methods: {
      GET: (call) => list(db, call, kind, { rows: db.store.rows(kind), path: `/${adminName(schema)}`, repeat: true }),
      POST: ({ post }) => created(show(db, kind, insert(db, kind, post))),
    },
  };
};

const single = (db: Database, schema: EntitySchema): Endpoint => {
  const kind = schema.name;
  return {
    path: `/${adminName(schema)}/:${kind}`,
    schema,
    methods: {
      GET: (call) => ok(show(db, kind, selectOr404(db, call, kind))),
      PUT: (call) => ok(show(db, kind, upsert(db, kind, keyIn(db, call, kind), call.post))),
      PATCH: (call) => ok(show(db, kind, update(db, kind, keyIn(db, call, kind), call.post))),
      DELETE: (call) => {
        remove(db, kind, keyIn(db, call, kind));
        return noContent;
      },
    },
  };
};

/** `/services/:services/routes`: the children of one entity. */
const nestedCollection = (db: Database, schema: EntitySchema, parent: EntitySchema, field: string): Endpoint => {
  const kind = schema.name;
  return {
    path: `/${adminName(parent)}/:${parent.name}/${nestedName(schema)}`,
    schema,
    methods: {
      GET: (call) => {
        const { id } = selectOr404(db, call, parent.name);
        const path = `/${adminName(parent)}/${call.params[parent.name]}/${nestedName(schema)}`;
        return list(db, call, kind, { rows: children(db, kind, field, id), path, repeat: false });
      },
      POST: (call) => {
        const { id } = selectOr404(db, call, parent.name);
        return created(show(db, kind, insert(db, kind, { ...call.post, [field]: { id } })));
      },
    },
  };
};

/** The row at the path, provided it belongs to the parent at the path. Throws 404. */
const ownChild = (
  db: Database, call: Call, kind: EntityKind, parent: EntityKind, field: string,
): { row: Row; parentId: unknown } => {
  const { id: parentId } = selectOr404(db, call, parent);
  const row = selectOr404(db, call, kind);
  if (getPath(row[field], 'id') !== parentId) throw missing();
  return { row, parentId };
};

/** `/services/:services/routes/:routes`: one child of one entity. */
const nestedSingle = (db: Database, schema: EntitySchema, parent: EntitySchema, field: string): Endpoint => {
  const kind = schema.name;
  return {
    path: `/${adminName(parent)}/:${parent.name}/${nestedName(schema)}/:${kind}`,
    schema,
    methods: {
      GET: (call) => ok(show(db, kind, ownChild(db, call, kind, parent.name, field).row)),
      PUT: (call) => {
        const { id } = selectOr404(db, call, parent.name);
        return ok(show(db, kind, upsert(db, kind, keyIn(db, call, kind), { ...call.post, [field]: { id } })));
      },
      PATCH: (call) => {
        const { parentId } = ownChild(db, call, kind, parent.name, field);
        return ok(show(db, kind, update(db, kind, keyIn(db, call, kind), { [field]: { id: parentId }, ...call.post })));
      },
      DELETE: (call) => {
        ownChild(db, call, kind, parent.name, field);
        remove(db, kind, keyIn(db, call, kind));
        return noContent;
      },
    },
  };
};

/** `/routes/:routes/service`: what one entity points at. */
const foreignSingle = (db: Database, schema: EntitySchema, foreign: EntitySchema, field: string): Endpoint => {
  const kind = schema.name;
  const pointed = (call: Call): Key | undefined => {
    const id = getPath(selectOr404(db, call, kind)[field], 'id');
    return typeof id === 'string' ? { field: 'id', value: id } : undefined;
  };
  const must = (call: Call): Key => {
    const key = pointed(call);
    if (!key) throw missing();
    return key;
  };
  return {
    path: `/${adminName(schema)}/:${kind}/${field}`,
    schema: foreign,
    methods: {
      GET: (call) => {
        const row = select(db, foreign.name, must(call));
        if (!row) throw missing();
        return ok(show(db, foreign.name, row));
      },
      PUT: (call) => {
        const key = pointed(call);
        const row = upsert(db, foreign.name, key ?? { field: 'id', value: db.rules.uuid() }, call.post);
        if (!key) update(db, kind, keyIn(db, call, kind), { [field]: { id: row['id'] } });
        return ok(show(db, foreign.name, row));
      },
      PATCH: (call) => ok(show(db, foreign.name, update(db, foreign.name, must(call), call.post))),
      DELETE: (call) => {
        must(call);
        throw plain(405, 'Method not allowed');
      },
    },
  };
};

/** Every endpoint that follows from the schemas alone (`kong/api/endpoints.lua`). */
export const generateEndpoints = (db: Database): Endpoint[] =>
  db.schemas.flatMap((schema) => [
    collection(db, schema),
    single(db, schema),
    ...[...fieldsOf(schema)].flatMap(([field, { type, reference }]) => {
      const other = type === 'foreign' ? db.rules.schemas.entity(reference ?? '') : undefined;
      return other
        ? [foreignSingle(db, schema, other, field), nestedCollection(db, schema, other, field), nestedSingle(db, schema, other, field)]
        : [];
    }),
  ]);
