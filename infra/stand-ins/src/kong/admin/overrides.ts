import type { EntityKind } from '../contract.ts';
import type { Row } from '../schema/types.ts';
import { isUuid } from '../schema/validators.ts';
import { COMPOSITE } from '../store.ts';
import { inferArguments, unescapeUri } from './arguments.ts';
import { select, update } from './dao.ts';
import type { Database } from './database.ts';
import { Answer, missing, plain } from './errors.ts';
import { keyIn, ok, selectOr404, show } from './endpoints.ts';
import type { Call, Endpoint, Handler } from './routing.ts';

/** What one endpoint does differently from what its schema says; `parent` is the handler that follows from the schema. */
type Override = (parent: Handler) => Handler;
export type Overrides = Readonly<Record<string, Readonly<Record<string, Override>>>>;

/** PATCH of a plugin needs its name, or nobody knows what its config means: it is read first (`kong/api/routes/plugins.lua`). */
const patchPlugin = (db: Database): Override => (parent) => (call) => {
  if (call.post['name'] !== undefined) return parent(call);
  const { name } = selectOr404(db, call, 'plugins');
  const post = { ...call.post, name };
  return parent({ ...call, post: call.isForm ? inferArguments(db.rules, post, db.schema('plugins')) : post });
};

const listConsumers = (db: Database): Override => (parent) => (call) => {
  const custom = call.query['custom_id'];
  if (custom === undefined) return parent(call);
  if (typeof custom !== 'string' || custom === '') throw plain(400, 'custom_id must be an unempty string');
  const row = select(db, 'consumers', { field: 'custom_id', value: custom });
  return ok({ data: row ? [show(db, 'consumers', row)] : [], next: null });
};

/** The 404 that Kong's own error template makes: it carries a request id. */
const templated404 = (db: Database): Answer =>
  new Answer(404, { message: 'Not found', request_id: db.rules.uuid().replaceAll('-', '') });

/** A group of a consumer may stand in the path in the place of its id (`kong/plugins/acl/api.lua`). */
const groupOfConsumer = (db: Database): Override => (parent) => (call) => {
  const group = unescapeUri(call.params['acls'] ?? '');
  if (isUuid(group)) return parent(call);
  const consumer = select(db, 'consumers', keyIn(db, call, 'consumers'));
  if (!consumer) throw templated404(db);
  const held = db.store.find('acls', COMPOSITE, { consumer: { id: consumer['id'] }, group });
  if (!held && call.method !== 'PUT') throw templated404(db);
  const id = String(held?.['id'] ?? db.rules.uuid());
  const post = call.method === 'PUT' && !call.post['group'] ? { ...call.post, group } : call.post;
  return parent({ ...call, params: { ...call.params, acls: id }, post });
};

const each = (methods: readonly string[], override: Override): Readonly<Record<string, Override>> =>
  Object.fromEntries(methods.map((method) => [method, override]));

export const entityOverrides = (db: Database): Overrides => ({
  '/consumers': { GET: listConsumers(db) },
  '/consumers/:consumers/acls/:acls': each(['GET', 'PUT', 'PATCH', 'DELETE'], groupOfConsumer(db)),
  ...Object.fromEntries(
    ['', '/routes/:routes', '/services/:services', '/consumers/:consumers']
      .map((above) => [`${above}/plugins/:plugins`, { PATCH: patchPlugin(db) }]),
  ),
});

/** Paths that follow from the schemas and that Kong turns off (`targets.lua`, `snis.lua`). */
const DISABLED: ReadonlySet<string> = new Set([
  '/targets', '/targets/:targets', '/targets/:targets/upstream', '/snis/:snis/certificate',
]);

export const applyOverrides = (endpoints: readonly Endpoint[], overrides: Overrides): Endpoint[] =>
  endpoints.map((endpoint) => {
    const own = overrides[endpoint.path] ?? {};
    const methods = Object.entries(endpoint.methods).map(([method, handler]) => [method, own[method]?.(handler) ?? handler] as const);
    return { ...endpoint, methods: Object.fromEntries(methods), disabled: DISABLED.has(endpoint.path) };
  });

/** The target of an upstream at a path, by id or by `host:port`. Throws 404. */
export const targetAt = (db: Database, call: Call): Row => {
  const upstream = selectOr404(db, call, 'upstreams');
  const text = unescapeUri(call.params['targets'] ?? '');
  const rows = db.store.rows('targets').filter((row) => (row['upstream'] as Row)['id'] === upstream['id']);
  const found = rows.find((row) => row['id'] === text.toLowerCase() || row['target'] === text);
  if (!found) throw missing();
  return found;
};

export const updateRow = (db: Database, kind: EntityKind, row: Row, change: Row): Row =>
  update(db, kind, { field: 'id', value: String(row['id']) }, change);
