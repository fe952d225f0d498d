import { randomInt, randomUUID } from 'node:crypto';
import { makeAdminApp, type AdminReply } from './admin/app.ts';
import { present } from './admin/dao.ts';
import type { Database } from './admin/database.ts';
import { EMPTY_HASH } from './admin/information.ts';
import type { RawRequest } from './admin/request.ts';
import type { Clock, EntityKind } from './contract.ts';
import { configEndpoint } from './dbless/endpoint.ts';
import { entitySchemas } from './schema/data.ts';
import { makeFunctions, type LuaSyntax } from './schema/functions.ts';
import { makeSchemas, pluginSchemas } from './schema/registry.ts';
import type { Rules } from './schema/rules.ts';
import type { PluginSchema } from './schema/types.ts';
import { createStore, type Store } from './store.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const randomSecret = (): string => Array.from({ length: 32 }, () => LETTERS[randomInt(LETTERS.length)]).join('');

interface ControlOptions {
  readonly clock: Clock;
  readonly dbless: boolean;
  readonly plugins: readonly PluginSchema[];
  readonly luaSyntax: LuaSyntax;
  readonly proxyUrl: () => string | undefined;
  /** Ids and secrets that the gateway makes up; random unless given. */
  readonly uuid?: () => string;
  readonly secret?: () => string;
}

/** The control plane without a socket: its memory, and the Admin API as a function. */
export interface ControlPlane {
  readonly store: Store;
  readonly app: (request: RawRequest) => AdminReply;
  readonly count: (method: string) => void;
  readonly requests: () => { readonly reads: number; readonly writes: number };
}

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

export const createControlPlane = (options: ControlOptions): ControlPlane => {
  const { clock, dbless, plugins: own, luaSyntax, proxyUrl, uuid = () => randomUUID(), secret = randomSecret } = options;
  const plugins = pluginSchemas(own, dbless);
  const rules: Rules = { schemas: makeSchemas(plugins), functions: makeFunctions(luaSyntax), clock, uuid, secret };
  const store = createStore(entitySchemas, (schema, row) => present({ rules }, schema, row), clock);
  const schemas = new Map(entitySchemas.map((schema) => [schema.name, schema]));
  const db: Database = {
    rules,
    store,
    schemas: entitySchemas,
    schema: (kind: EntityKind) => {
      const schema = schemas.get(kind);
      if (!schema) throw new Error(`there is no entity ${kind}`);
      return schema;
    },
    strategy: dbless ? 'off' : 'postgres',
  };
  let reads = 0;
  let writes = 0;
  let hash = EMPTY_HASH;
  const node = {
    id: randomUUID(), plugins, requests: () => reads + writes, configurationHash: () => (dbless ? hash : undefined), proxyUrl,
  };
  const config = configEndpoint(db, { hash: () => hash, setHash: (next) => { hash = next; } });
  return {
    store,
    app: makeAdminApp(db, node, config),
    count: (method) => {
      if (READS.has(method)) reads += 1;
      else writes += 1;
    },
    requests: () => ({ reads, writes }),
  };
};

