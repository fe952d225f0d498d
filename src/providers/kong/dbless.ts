import { parse } from 'yaml';
import { Problem } from '../../core/problem.ts';
import type { Entity, EntityName, KongAdmin } from './client.ts';
import { taken } from './database.ts';
import type { KongStore, RowWrite } from './store.ts';

type Row = Record<string, unknown>;
/** The flat form of `GET /config`: a list per entity, references as ids or names. Lists that authctl does not know are kept as they are. */
type Configuration = Record<string, unknown>;

const LISTS: Readonly<Record<EntityName, string>> = {
  services: 'services',
  routes: 'routes',
  consumers: 'consumers',
  plugins: 'plugins',
  jwts: 'jwt_secrets',
};
const REFERENCES = ['service', 'route', 'consumer'] as const;

/**
 * Kong without a database: its configuration is one document, replaced as a whole. Writes are held back and sent together by `flush`, on
 * top of what the node holds at that moment, so that other people's objects stay, and nothing is in force before everything is.
 */
export const createDblessStore = (admin: KongAdmin, mark: string): KongStore => {
  let writes = 0;
  let held: ((configuration: Configuration) => void)[] = [];
  const hold = (edit: (configuration: Configuration) => void): Promise<void> => {
    writes += 1;
    held.push(edit);
    return Promise.resolve();
  };

  return {
    atomic: true,
    read: (entity): Promise<readonly Entity[]> => admin.list(entity),
    find: (entity, key) => admin.find(`/${entity}/${encodeURIComponent(key)}`),
    put: (row) => hold((configuration) => putRow(configuration, row, mark)),
    remove: (entity, id) => hold((configuration) => removeRow(configuration, entity, id)),
    flush: async () => {
      if (held.length === 0) return;
      const configuration = parsed(await admin.dump());
      for (const edit of held) edit(configuration);
      await admin.load(configuration);
      held = [];
    },
    writes: () => writes,
  };
};

const parsed = (text: string): Configuration => {
  const configuration = parse(text) as unknown;
  if (typeof configuration !== 'object' || configuration === null || !('_format_version' in configuration))
    throw new Problem('KONG_CONFIG', 'GET /config of this Kong is not a declarative configuration', {
      hint: 'is it a DB-less node of Kong 3?',
    });
  return configuration as Configuration;
};

const rowsOf = (configuration: Configuration, list: string): Row[] => {
  const rows = (configuration[list] ?? []) as Row[];
  configuration[list] = rows;
  return rows;
};

const putRow = (configuration: Configuration, row: RowWrite, mark: string): void => {
  const rows = rowsOf(configuration, LISTS[row.entity]);
  const { existing, key } = row;
  const there = rows.find((item) => (existing ? item.id === existing.id : item[key.field] === key.value));
  const body = { ...flat(row.body), ...flat(scopeOf(row.path)) };
  if (there === undefined) {
    rows.push({ ...body, tags: [mark] });
    return;
  }
  const tags = (there.tags ?? []) as readonly string[];
  if (existing === undefined && !tags.includes(mark)) throw taken(row);
  const whole = existing?.whole === true;
  const changes = whole || existing === undefined ? body : flat(existing.changes);
  const config = 'config' in changes && !whole && { config: { ...(there.config as Row), ...(changes.config as Row) } };
  const kept = whole ? { id: there.id } : there;
  rows[rows.indexOf(there)] = { ...kept, ...changes, ...config, tags: tags.includes(mark) ? tags : [...tags, mark] };
};

/** References go in as text: the id or the name. An object is refused here, other than by the database's Admin API. */
const flat = (body: Readonly<Row>): Row =>
  Object.fromEntries(
    Object.entries(body).map(([field, value]) => {
      const reference = (REFERENCES as readonly string[]).includes(field) && typeof value === 'object' && value !== null;
      return [field, reference ? Object.values(value)[0] : value];
    }),
  );

/** `/routes/<name>/plugins` says the scope by its path. */
const scopeOf = (path: string): Row => {
  const [parent = '', name, child] = path.split('/').slice(1);
  return child === undefined || name === undefined ? {} : { [parent.slice(0, -1)]: { name: decodeURIComponent(name) } };
};

/** Takes along what a database would: the plugins of a route, the credentials of a consumer. Kong refuses to lose a service in use. */
const removeRow = (configuration: Configuration, entity: EntityName, id: string): void => {
  const list = LISTS[entity];
  const gone = rowsOf(configuration, list).find((row) => row.id === id);
  if (gone === undefined) return;
  configuration[list] = rowsOf(configuration, list).filter((row) => row !== gone);
  const names = new Set([id, gone.name ?? gone.username]);
  const reference = entity.slice(0, -1);
  for (const [name, rows] of Object.entries(configuration))
    if (Array.isArray(rows) && !(entity === 'services' && name === 'routes'))
      configuration[name] = (rows as Row[]).filter((row) => row[reference] == null || !names.has(row[reference]));
};
