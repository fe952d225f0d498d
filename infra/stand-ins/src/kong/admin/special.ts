import type { EntityKind } from '../contract.ts';
import { getPath, isObject } from '../schema/errors.ts';
import { formatTarget } from '../schema/typedefs.ts';
import type { Row } from '../schema/types.ts';
import type { Database, Key } from './database.ts';
import { schemaViolation } from './errors.ts';

const protocolsOf = (row: Row | undefined): readonly unknown[] => (Array.isArray(row?.['protocols']) ? row['protocols'] : []);

const share = (left: readonly unknown[], right: readonly unknown[]): boolean => left.some((protocol) => right.includes(protocol));

/** A plugin that states protocols must share one with its route, or with some route of its service (`kong/db/dao/plugins.lua`). */
const checkProtocols = (db: Database, given: Row, before: Row | undefined): void => {
  const protocols = given['protocols'] ?? (given['service'] || given['route'] ? before?.['protocols'] : undefined);
  if (!Array.isArray(protocols)) return;
  const route = getPath(given['route'] ?? before?.['route'], 'id');
  const service = getPath(given['service'] ?? before?.['service'], 'id');
  if (isObject(given['route'] ?? before?.['route'])) {
    const found = typeof route === 'string' ? db.store.row('routes', route) : undefined;
    if (found && !share(protocols, protocolsOf(found))) throw schemaViolation({ protocols: "must match the associated route's protocols" });
  } else if (typeof service === 'string') {
    const routes = db.store.rows('routes').filter((row) => getPath(row, 'service.id') === service);
    if (routes.length > 0 && !routes.some((row) => share(protocols, protocolsOf(row)))) {
      throw schemaViolation({ protocols: "must match the protocols of at least one route pointing to this Plugin's service" });
    }
  }
};

/** A target is kept with its port stated. */
const formatted = (given: Row): Row => {
  if (typeof given['target'] !== 'string') return given;
  const target = formatTarget(given['target']);
  if (target === undefined) throw schemaViolation({ target: 'Invalid target; not a valid hostname or ip address' });
  return { ...given, target };
};

/**
 * What a kind does with a request's fields before anything is checked. `before` is the row in an update. A plugin that is written by
 * its instance name is not held to its route's protocols, in Kong as here.
 */
export const beforeWrite = (db: Database, kind: EntityKind, given: Row, before: Row | undefined, key?: Key): Row => {
  if (kind === 'plugins' && (key === undefined || key.field === 'id')) checkProtocols(db, given, before);
  return kind === 'targets' && before === undefined ? formatted(given) : given;
};
