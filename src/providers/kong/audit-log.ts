import { objectOf, textOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Traces } from '../../core/provider.ts';
import { addressOf } from '../../core/resource.ts';
import type { Address, Changed, Live } from '../../core/resource.ts';
import { momentOf } from '../../core/traces.ts';
import type { KongAdmin } from './client.ts';
import { kong as specs } from './specs/index.ts';
import { stampOf, tracesIn } from './traces.ts';

/**
 * When and by whom, as the audit log of Kong Enterprise has it beside the rows themselves: the newest thousand of what was written, and of the requests
 * that wrote it. By the documented fields; no live one was asked.
 * https://developer.konghq.com/gateway/audit-logs/
 */
export const withAuditLog = async (admin: Pick<KongAdmin, 'audit'>, found: readonly Address[], live: readonly Live[]): Promise<Traces> => {
  const { changed } = tracesIn(found, live);
  const [objects, requests] = await Promise.all([admin.audit('objects'), admin.audit('requests')]);
  const off = [objects, requests].includes('off');
  if (typeof objects === 'string' || typeof requests === 'string')
    return { changed, untold: off ? 'who changed it is not recorded: the audit log of Kong is off (audit_log in kong.conf)' : 'who changed it is not known: this login may not read the audit log of Kong (/audit/objects, /audit/requests)' };
  const written = writtenIn(objects, requests);
  const there = new Map(live.map((object) => [addressOf(object), object]));
  const told = found.flatMap((address) => {
    const object = there.get(address);
    const trace = object ? ofRow(written, object, changed.get(address)) : ofGone(written, address);
    return trace === undefined ? [] : [[address, trace] as const];
  });
  return { changed: new Map([...changed, ...told]) };
};

/** One thing that was written, and by which request. */
interface Written {
  readonly table: string | undefined;
  readonly id: string | undefined;
  readonly operation: string | undefined;
  /** The row as it was written. */
  readonly row: JsonObject;
  /** Seconds; none where the request is not among those that were read. */
  readonly at: number | undefined;
  readonly by: string | undefined;
}

const writtenIn = (objects: readonly JsonObject[], requests: readonly JsonObject[]): readonly Written[] => {
  const byId = new Map(requests.map((request) => [request['request_id'], request]));
  return objects.map((object) => {
    const request = byId.get(object['request_id']);
    const at = request?.['request_timestamp'];
    return {
      table: textOf(object['dao_name']), id: textOf(object['entity_key']), operation: textOf(object['operation']),
      row: rowIn(object['entity']), at: typeof at === 'number' ? at : undefined, by: request && byOf(request),
    };
  });
};

/** The log holds it as text. */
const rowIn = (entity: unknown): JsonObject => {
  try {
    return objectOf(typeof entity === 'string' ? JSON.parse(entity) : entity);
  } catch {
    return {};
  }
};

const byOf = (request: JsonObject): string | undefined => {
  const who = textOf(request['rbac_user_name']) ?? textOf(request['rbac_user_id']);
  const from = textOf(request['client_ip']);
  const said = [...(who === undefined ? [] : [`user ${who}`]), ...(from === undefined ? [] : [`from ${from}`])];
  return said.length === 0 ? undefined : said.join(' ');
};

/** Who wrote the very row that is there, by its id and the second in which Kong says that it was changed. Two writes within one say nothing of who was last. */
const ofRow = (written: readonly Written[], object: Live, changed: Changed | undefined): Changed | undefined => {
  const { id, updatedAt } = stampOf(object);
  if (changed === undefined || id === undefined || updatedAt === undefined) return undefined;
  const who = new Set(written.filter((one) => one.id === id && one.row['updated_at'] === updatedAt).map(({ by }) => by));
  const [by] = who;
  return who.size === 1 && by !== undefined ? { ...changed, by } : undefined;
};

/** What is gone is known by its name alone, where its kind has one. */
const NAMED: Readonly<Record<string, readonly [table: string, field: string]>> = {
  [specs.service.kind]: ['services', 'name'],
  [specs.route.kind]: ['routes', 'name'],
  [specs.consumer.kind]: ['consumers', 'username'],
};

/** Whoever deleted it, where that was the last that was written by its name: what was made again since is gone in another way, which nobody noted by that name. */
const ofGone = (written: readonly Written[], address: Address): Changed | undefined => {
  const kind = address.slice(0, address.indexOf('/'));
  const [table, field = ''] = NAMED[kind] ?? [];
  const ofName = written.filter((one) => table !== undefined && one.table === table && one.row[field] === address.slice(kind.length + 1));
  // A request that is not among those that were read is older than they are.
  const [last] = ofName.toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0));
  if (last?.operation !== 'delete' || ofName.some(({ operation, at }) => operation !== 'delete' && at === last.at)) return undefined;
  const at = last.at === undefined ? undefined : momentOf(last.at * 1000);
  return at === undefined ? undefined : { at, ...(last.by !== undefined && { by: last.by }) };
};
