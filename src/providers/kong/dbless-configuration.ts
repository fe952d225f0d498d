import { randomUUID } from 'node:crypto';
import { parse } from 'yaml';
import { diffSpec } from '../../core/diff.ts';
import { isObject, objectOf, textOf, textsOf } from '../../core/json.ts';
import { Problem } from '../../core/problem.ts';
import type { Spec } from '../../core/resource.ts';
import { DECLARATIVE } from './client.ts';
import { nameField } from './client.ts';
import type { Entity, EntityName } from './client.ts';
import { formerNameTaken, taken } from './database-store.ts';
import type { RowWrite } from './row-store.ts';
import { stored } from './derived-fields.ts';
import { formerName, tagsWithout } from './specs/marks.ts';

type Row = Record<string, unknown>;
/** The flat form of `GET /config`: a list per entity, references as ids or names. Lists that authctl does not know are kept as they are. */
export type Configuration = Record<string, unknown>;

/** Fields that point at a row of another list, and that list. */
const REFERENCES: Readonly<Record<string, EntityName>> = {
  service: 'services',
  route: 'routes',
  consumer: 'consumers',
  upstream: 'upstreams',
  certificate: 'certificates',
  client_certificate: 'certificates',
  set: 'key-sets',
};
/** Keys that are unique below their parent only. */
const LOCAL_KEYS: readonly string[] = ['group', 'target'];

/** The configuration of a DB-less node, from the text of `GET /config`. Throws `KONG_CONFIG`. */
export const parsed = (text: string): Configuration => {
  const configuration: unknown = parse(text);
  if (!isObject(configuration) || !('_format_version' in configuration))
    throw new Problem('KONG_CONFIG', 'GET /config of this Kong is not a declarative configuration', {
      hint: 'is it a DB-less node of Kong 3?',
    });
  return { ...configuration };
};

const isList = (value: unknown): value is Row[] => Array.isArray(value);
/** The rows of a list, to be changed in place; one that is not there begins empty. */
const rowsOf = (configuration: Configuration, list: string): Row[] => {
  const held = configuration[list];
  if (isList(held)) return held;
  const rows: Row[] = [];
  configuration[list] = rows;
  return rows;
};

/** What carries a tag, as `GET /tags/<tag>` of a Kong with a database lists it. */
export const carriersOf = (configuration: Configuration, tag: string): readonly (Entity & { readonly entity_name: string })[] =>
  Object.entries(configuration).flatMap(([list, rows]) =>
    isList(rows) ? rows.filter(({ tags }) => textsOf(tags).includes(tag)).map(({ id }) => ({ id: textOf(id) ?? '', entity_name: list })) : [],
  );

/** Writes one row as the database would take it. Throws `KONG_NAME_TAKEN`. */
export const putRow = (configuration: Configuration, row: RowWrite, mark: string): void => {
  const rows = rowsOf(configuration, DECLARATIVE[row.entity]);
  const { existing, key } = row;
  const scope = flat(scopeOf(row.path));
  const siblings = LOCAL_KEYS.includes(key.field) ? rows.filter((item) => below(configuration, item, scope)) : rows;
  // Somebody may have loaded since the row was read, and a row without a name gets a new id at every load.
  const there = (existing && rows.find((item) => item.id === existing.id)) ?? siblings.find((item) => item[key.field] === key.value);
  const kept = (fields: Readonly<Row>): Row => ({
    ...fields,
    ...stored(row.entity, fields, () => consumerId(configuration, scope.consumer ?? there?.consumer)),
  });
  const body = kept({ ...flat(row.body), ...scope });
  const wanted = [mark, ...(row.tags ?? [])];
  if (there === undefined) {
    rows.push({ ...body, tags: wanted });
    return;
  }
  const tags = textsOf(there.tags);
  if (!tags.includes(mark) && there.id !== existing?.id) throw taken(row);
  const whole = existing?.whole === true;
  const changes = whole || existing === undefined ? body : kept(flat(existing.changes));
  const config = 'config' in changes && !whole && { config: { ...objectOf(there.config), ...objectOf(changes.config) } };
  const before = whole ? { id: there.id } : there;
  const field = nameField(row.entity);
  if (changes[field] != null && changes[field] !== there[field] && rows.some((other) => other !== there && other[field] === changes[field])) throw taken(row);
  if ('name' in changes) renamed(configuration, row.entity, { from: there.name, to: changes.name });
  rows[rows.indexOf(there)] = { ...before, ...changes, ...config, tags: [...tags, ...wanted.filter((tag) => !tags.includes(tag))] };
};

/** Rows that point at this one by its name go on to. */
const renamed = (configuration: Configuration, entity: EntityName, { from, to }: { readonly from: unknown; readonly to: unknown }): void => {
  if (from == null) return;
  const fields = Object.keys(REFERENCES).filter((field) => REFERENCES[field] === entity);
  for (const rows of Object.values(configuration))
    if (isList(rows)) for (const row of rows) for (const field of fields) if (row[field] === from) row[field] = to;
};

/** The id of a consumer by id or name; one that has none yet gets the one that Kong keeps from then on. */
const consumerId = (configuration: Configuration, consumer: unknown): string => {
  const found = rowsOf(configuration, 'consumers').find(({ id, username }) => id === consumer || username === consumer);
  if (found === undefined) return String(consumer);
  const id = textOf(found.id) ?? randomUUID();
  found.id = id;
  return id;
};

/** True for a row that points where `scope` points, by id or by name. */
const below = (configuration: Configuration, row: Readonly<Row>, scope: Readonly<Row>): boolean =>
  Object.entries(scope).every(([field, parent]) => {
    const list = DECLARATIVE[REFERENCES[field] ?? 'services'];
    const same = rowsOf(configuration, list).find(({ id, name, username }) => [id, name, username].includes(parent));
    return row[field] === parent || (same !== undefined && row[field] === same.id);
  });

/** True when the row is there with everything that was written. */
export const holds = (configuration: Configuration, { entity, key, body }: RowWrite, mark: string): boolean => {
  const row = rowsOf(configuration, DECLARATIVE[entity]).find((item) => item[key.field] === key.value);
  const { service: _service, route: _route, consumer: _consumer, ...own } = body;
  if (row === undefined || !textsOf(row.tags).includes(mark)) return false;
  return diffSpec(json(own), json(row)).length === 0;
};

/** Both came as JSON or go as JSON: secrets have been revealed. */
const json = (row: Readonly<Row>): Spec => row as Spec;

/** References go in as text: the id or the name. An object is refused here, other than by the database's Admin API. */
const flat = (body: Readonly<Row>): Row =>
  Object.fromEntries(
    Object.entries(body).map(([field, value]) => {
      const reference = field in REFERENCES && typeof value === 'object' && value !== null;
      return [field, reference ? Object.values(value)[0] : value];
    }),
  );

/** `/routes/<name>/plugins` says the scope by its path. */
const scopeOf = (path: string): Row => {
  const [parent = '', name, child] = path.split('/').slice(1);
  return child === undefined || name === undefined ? {} : { [parent.slice(0, -1)]: { name: decodeURIComponent(name) } };
};

/** Takes along what a database would: the plugins of a route, the credentials of a consumer. Kong refuses to lose a service in use. */
export const removeRow = (configuration: Configuration, entity: EntityName, id: string): void => {
  const list = DECLARATIVE[entity];
  const gone = rowsOf(configuration, list).find((row) => row.id === id);
  if (gone === undefined) return;
  configuration[list] = rowsOf(configuration, list).filter((row) => row !== gone);
  const names = new Set([id, gone.name ?? gone.username]);
  const fields = Object.keys(REFERENCES).filter((field) => REFERENCES[field] === entity && field !== 'client_certificate');
  for (const [name, rows] of Object.entries(configuration))
    if (isList(rows) && !(entity === 'services' && name === 'routes'))
      configuration[name] = rows.filter((row) => !fields.some((field) => row[field] != null && names.has(row[field])));
};

/** Takes our tags off one row, gives it the name back that it had before it was taken over, and leaves it as it is otherwise. */
export const releaseRow = (configuration: Configuration, entity: EntityName, id: string, mark: string): void => {
  const row = rowsOf(configuration, DECLARATIVE[entity]).find((item) => item.id === id);
  if (row === undefined) return;
  const [tags, field] = [textsOf(row.tags), nameField(entity)];
  const [before, name] = [row[field], formerName(tags, mark)];
  row.tags = tagsWithout(tags, mark);
  if (name === undefined) return;
  if (name !== null && rowsOf(configuration, DECLARATIVE[entity]).some((other) => other !== row && other[field] === name && !textsOf(other.tags).includes(mark))) throw formerNameTaken(entity, name);
  renamed(configuration, entity, { from: before, to: name ?? id });
  row[field] = name;
};

/** True when the row of that id, if there is one, carries no tag that letting go of it takes off. */
export const isReleased = (configuration: Configuration, entity: EntityName, id: string, mark: string): boolean =>
  rowsOf(configuration, DECLARATIVE[entity]).every((row) => row.id !== id || tagsWithout(textsOf(row.tags), mark).length === textsOf(row.tags).length);

/** True when no row of that id is there. */
export const lacks = (configuration: Configuration, entity: EntityName, id: string): boolean =>
  !rowsOf(configuration, DECLARATIVE[entity]).some((row) => row.id === id);
