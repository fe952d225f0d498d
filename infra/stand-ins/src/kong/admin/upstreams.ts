import type { Row } from '../schema/types.ts';
import { getPath } from '../schema/errors.ts';
import { children, remove } from './dao.ts';
import type { Database } from './database.ts';
import { invalidSize, plain } from './errors.ts';
import { list, noContent, ok, selectOr404, show } from './endpoints.ts';
import { targetAt, updateRow } from './overrides.ts';
import { readSize } from './paging.ts';
import type { Call, Endpoint, Handler, Reply } from './routing.ts';

const newestFirst = (left: Row, right: Row): number => {
  const difference = Number(right['created_at']) - Number(left['created_at']);
  return difference !== 0 ? difference : String(left['id']) < String(right['id']) ? 1 : -1;
};

/** Pages by position, as the list of an upstream's targets does: its offset is a plain number. */
const pageTargets = (db: Database, call: Call, path: string, extra: Row): Reply => {
  const upstream = selectOr404(db, call, 'upstreams');
  const size = readSize(call.query['size']);
  const start = call.query['offset'] === undefined ? 0 : Number(call.query['offset']);
  if (!Number.isInteger(start) || start < 0) throw invalidSize('offset must be a number');
  const rows = [...children(db, 'targets', 'upstream', upstream['id'])].sort(newestFirst);
  const more = rows.length > start + size;
  return ok({
    data: rows.slice(start, start + size).map((row) => show(db, 'targets', row)),
    ...(more && { offset: String(start + size) }),
    next: more ? `${path}?offset=${start + size}` : null,
    ...extra,
  });
};

const setHealth = (db: Database): Handler => (call) => {
  const target = targetAt(db, call);
  const upstream = String(getPath(target, 'upstream.id'));
  // The stand-in's balancer runs no health checks, so there is nothing that could be marked; Kong says so of an unknown upstream.
  throw plain(400, `no upstream found for id ${upstream}`);
};

/** The endpoints below an upstream, which Kong writes by hand (`kong/api/routes/upstreams.lua`). */
export const upstreamEndpoints = (db: Database, nodeId: string): Endpoint[] => {
  const at = '/upstreams/:upstreams/targets/:targets';
  const write: Handler = (call) => ok(show(db, 'targets', updateRow(db, 'targets', targetAt(db, call), call.post)));
  const health = { PUT: setHealth(db) };
  const schema = db.schema('targets');
  return [
    {
      path: '/upstreams/:upstreams/health',
      schema,
      methods: { GET: (call) => pageTargets(db, call, `/upstreams/${call.params['upstreams']}/health`, { node_id: nodeId }) },
    },
    {
      path: '/upstreams/:upstreams/targets/all',
      schema,
      methods: {
        GET: (call) => {
          const rows = children(db, 'targets', 'upstream', selectOr404(db, call, 'upstreams')['id']);
          return list(db, call, 'targets', { rows, path: `/upstreams/${call.params['upstreams']}/targets/all`, repeat: false });
        },
      },
    },
    {
      path: at,
      schema,
      methods: {
        GET: (call) => ok(show(db, 'targets', targetAt(db, call))),
        PUT: write,
        PATCH: write,
        DELETE: (call) => {
          remove(db, 'targets', { field: 'id', value: String(targetAt(db, call)['id']) });
          return noContent;
        },
      },
    },
    ...[`${at}/healthy`, `${at}/unhealthy`, `${at}/:address/healthy`, `${at}/:address/unhealthy`]
      .map((path): Endpoint => ({ path, schema, methods: health })),
  ];
};

/** The list of an upstream's targets, newest first. */
export const listTargets = (db: Database): Handler => (call) =>
  pageTargets(db, call, `/upstreams/${call.params['upstreams']}/targets`, {});

