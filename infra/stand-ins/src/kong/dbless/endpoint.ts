import type { EntityKind } from '../contract.ts';
import { transform } from '../admin/dao.ts';
import type { Database } from '../admin/database.ts';
import { Answer, crashed, plain } from '../admin/errors.ts';
import type { Call, Endpoint, Reply } from '../admin/routing.ts';
import type { Row } from '../schema/types.ts';
import { flattenedErrors, invalidConfig } from './errors.ts';
import { flattenConfig, InvalidConfig, type Entities } from './flatten.ts';
import { upgradePaths } from './migrate.ts';
import { schemaOf } from './schema.ts';
import { exportConfig, md5, parseConfig } from './text.ts';

interface Hash {
  readonly hash: () => string;
  readonly setHash: (hash: string) => void;
}

interface Given {
  readonly table: Row;
  /** The hash of the text; a configuration that comes as fields has none before it is read. */
  readonly hash: string | undefined;
}

const refuseInDatabaseMode = (db: Database): void => {
  if (db.strategy !== 'off') throw plain(400, 'this endpoint is only available when Kong is configured to not use a database');
};

const truthy = (value: unknown): boolean =>
  value === true || value === 1 || (typeof value === 'string' && ['true', '1', 'on', 'yes'].includes(value.toLowerCase()));

/** The configuration may be the fields of the request themselves, text in its field `config`, or its whole body. */
const readConfig = (fields: Row, text: string): Given => {
  if (fields['_format_version'] !== undefined && fields['_format_version'] !== null) return { table: fields, hash: undefined };
  const config = fields['config'] ?? (text === '' ? undefined : text);
  if (config === undefined) throw plain(400, 'expected a declarative configuration');
  if (typeof config !== 'string') throw crashed();
  return parseConfig(config);
};

/** Rows as a database would keep them, unless the configuration says that they are (`_transform: false`). */
const take = (db: Database, entities: Entities, transformed: boolean): void => {
  const now = db.rules.clock();
  const withEnd = (row: Row): Row => (typeof row['ttl'] === 'number' ? { ...row, ttl: now + row['ttl'] } : row);
  db.store.replaceAll(new Map([...entities].map(([kind, rows]): [EntityKind, Row[]] => [
    kind, [...rows.values()].map(withEnd).map((row) => (transformed ? row : transform(schemaOf(kind), row, row))),
  ])));
};

const load = (db: Database, state: Hash, call: Call): Reply => {
  const { flatten_errors: flatten, check_hash: checkHash, ...fields } = { ...call.query, ...call.post };
  let given: Given | undefined;
  try {
    given = readConfig(fields, call.text);
    if (String(checkHash) === '1' && given.hash === state.hash()) return { status: 304 };
    const hash = given.hash ?? md5(JSON.stringify(given.table));
    upgradePaths(given.table);
    const entities = flattenConfig(db.rules, given.table);
    take(db, entities, given.table['_transform'] === false);
    state.setHash(hash);
    return { status: 201, body: Object.fromEntries([...entities].map(([kind, rows]) => [kind, Object.fromEntries(rows)])) };
  } catch (thrown) {
    if (!(thrown instanceof InvalidConfig)) throw thrown;
    const body = given && truthy(flatten) ? flattenedErrors(thrown.errors, given.table) : invalidConfig(thrown.errors);
    throw new Answer(400, body);
  }
};

/** `/config`: the whole configuration at once, in DB-less mode only (`kong/api/routes/config.lua`). A bad one leaves the one in force. */
export const configEndpoint = (db: Database, state: Hash): Endpoint => ({
  path: '/config',
  methods: {
    GET: () => {
      refuseInDatabaseMode(db);
      return { status: 200, body: { config: exportConfig(db) } };
    },
    POST: (call) => {
      refuseInDatabaseMode(db);
      return load(db, state, call);
    },
  },
});
