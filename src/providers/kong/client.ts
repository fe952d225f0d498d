import { isObject, objectOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import { Problem } from '../../core/problem.ts';
import type { Http } from '../http.ts';
import type { Field } from './schema-fields.ts';
import { refused, shownUrl } from '../http.ts';
import { loadErrors } from './load-errors.ts';

/** The entities that authctl writes, by their Admin API path, each with its name in declarative configurations, tags and schemas. */
export const DECLARATIVE = {
  services: 'services',
  routes: 'routes',
  consumers: 'consumers',
  plugins: 'plugins',
  jwts: 'jwt_secrets',
  acls: 'acls',
  'key-auths': 'keyauth_credentials',
  'basic-auths': 'basicauth_credentials',
  'hmac-auths': 'hmacauth_credentials',
  upstreams: 'upstreams',
  targets: 'targets',
  certificates: 'certificates',
  ca_certificates: 'ca_certificates',
  snis: 'snis',
  'key-sets': 'key_sets',
  keys: 'keys',
  vaults: 'vaults',
} as const;
export type EntityName = keyof typeof DECLARATIVE;
/** The field by which a row is called. */
export const nameField = (entity: EntityName): 'name' | 'instance_name' => (entity === 'plugins' ? 'instance_name' : 'name');
/** A list that can be read: targets are only listed below their upstream, and a tag lists what carries it. */
export type ListPath = Exclude<EntityName, 'targets'> | `upstreams/${string}/targets` | `tags/${string}` | 'filter-chains' | 'workspaces';

/** One row as the Admin API shows it; foreign keys are `{ id }` or null. */
export interface Entity {
  readonly id: string;
  readonly tags?: readonly string[] | null;
  readonly [field: string]: unknown;
}

/** What `GET /` says about the node, as far as authctl acts on it. */
export interface KongNode {
  readonly version: string;
  readonly store: 'database' | 'dbless';
  readonly plugins: ReadonlySet<string>;
  /** Of those that say theirs. */
  readonly pluginVersions: ReadonlyMap<string, string>;
  /** It runs filters in WebAssembly. */
  readonly wasm: boolean;
  /** Seconds between two looks of a worker at what has changed. */
  readonly frequency: number;
  /** Seconds for which workers may differ: 0 with one worker or strict consistency. */
  readonly spread: number;
}

/** Why a schema refuses an entity. */
export interface Refusal {
  readonly message: string;
  /** Kong's words by field; `@entity` holds those about several fields. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The Admin API, and nothing that knows what the objects mean. */
export interface KongAdmin {
  /** Reads `GET /` once. Throws `KONG_NOT_KONG` when something else answers. */
  readonly node: () => Promise<KongNode>;
  /** Every row of a list, page after page. */
  readonly list: (path: ListPath) => Promise<readonly Entity[]>;
  /** One row by name or id, or `undefined` when there is none. */
  readonly find: (path: string) => Promise<Entity | undefined>;
  /** Kong's words for what is taken (an id, a unique field, or a plugin twice in one place); `undefined` when the row was created. */
  readonly create: (path: string, body: object) => Promise<string | undefined>;
  readonly patch: (path: string, body: object) => Promise<void>;
  readonly replace: (path: string, body: object) => Promise<void>;
  /** Deleting what is not there is success. */
  readonly remove: (path: string) => Promise<void>;
  /** The schema's answer to an entity that is not stored: `undefined` when it would be accepted, else why not. */
  readonly validate: (schema: string, body: object) => Promise<Refusal | undefined>;
  /** The fields of an entity (`services`), a plugin (`plugins/jwt`) or a vault (`vaults/env`); `undefined` when the node has none of the name. */
  readonly schema: (name: string) => Promise<Field | undefined>;
  /** The first page of a log of Enterprise's (`audit_log`); `off` where the node keeps none, `forbidden` where this login may not read it. */
  readonly audit: (log: 'objects' | 'requests') => Promise<readonly JsonObject[] | 'off' | 'forbidden'>;
  /** The whole configuration of a DB-less node: flat lists, references by id, as YAML text that can be loaded again. */
  readonly dump: () => Promise<string>;
  /** The hash of what a DB-less node holds; another one means that somebody has loaded something else. */
  readonly hash: () => Promise<string>;
  /**
   * Replaces the whole configuration of a DB-less node, once. A refused one leaves the one before in force. `busy` when the node is
   * loading another: nothing has changed.
   */
  readonly load: (configuration: object) => Promise<'loaded' | 'busy'>;
}

const PRIMARY_KEY = 3;

interface AdminOptions {
  readonly url: string;
  readonly workspace?: string | undefined;
  readonly mask: (text: string) => string;
}

export const createAdmin = (http: Http, { url, workspace, mask }: AdminOptions): KongAdmin => {
  const prefix = workspace === undefined ? '' : `/${encodeURIComponent(workspace)}`;
  const refusal = (doing: string, answer: { status: number; body: unknown }): Problem =>
    refused({ target: 'kong', url, mask }, doing, answer);
  let known: Promise<KongNode> | undefined;

  return {
    node: () => {
      known ??= http.send('GET', '/').then((answer) => {
        if (answer.status === 401 || answer.status === 403 || answer.status >= 500) throw refusal('read what it is', answer);
        return nodeOf(answer.body, url);
      });
      known.catch(() => (known = undefined));
      return known;
    },

    list: async (path) => {
      const rows: Entity[] = [];
      let next: string | null = `${prefix}/${path}?size=1000`;
      while (next !== null) {
        const answer = await http.send('GET', next);
        const { data, next: more } = objectOf(answer.body);
        if (answer.status !== 200 || !Array.isArray(data) || !data.every(isEntity)) throw refusal(`list ${path}`, answer);
        rows.push(...data);
        // An Enterprise workspace may or may not be part of "next".
        next = typeof more !== 'string' ? null : more.startsWith(`${prefix}/`) ? more : `${prefix}${more}`;
      }
      return rows;
    },

    find: async (path) => {
      const answer = await http.send('GET', `${prefix}${path}`);
      if (answer.status === 404) return undefined;
      if (answer.status !== 200 || !isEntity(answer.body)) throw refusal(`read ${path}`, answer);
      return answer.body;
    },

    create: async (path, body) => {
      const answer = await http.send('POST', `${prefix}${path}`, { body, repeatable: true });
      const { code, message } = objectOf(answer.body);
      // A row of the same id, from an attempt whose answer was lost, is a primary key violation: 400 with code 3.
      const there = answer.status === 400 && code === PRIMARY_KEY;
      if (answer.status === 409 || there) return mask(String(message ?? 'conflict'));
      if (answer.status !== 201 || !isEntity(answer.body)) throw refusal(`create in ${path}`, answer);
      return undefined;
    },

    patch: async (path, body) => {
      const answer = await http.send('PATCH', `${prefix}${path}`, { body });
      // A page of something in between has 200, too.
      if (answer.status !== 200 || !isEntity(answer.body)) throw refusal(`change ${path}`, answer);
    },

    replace: async (path, body) => {
      const answer = await http.send('PUT', `${prefix}${path}`, { body });
      if (answer.status !== 200 || !isEntity(answer.body)) throw refusal(`replace ${path}`, answer);
    },

    remove: async (path) => {
      const answer = await http.send('DELETE', `${prefix}${path}`);
      if (answer.status !== 204 && answer.status !== 404) throw refusal(`delete ${path}`, answer);
    },

    validate: async (schema, body) => {
      const answer = await http.send('POST', `${prefix}/schemas/${schema}/validate`, { body, reads: true });
      if (answer.status === 200) return undefined;
      if (answer.status !== 400) throw refusal(`validate against its schema of ${schema}`, answer);
      const { message, fields } = objectOf(answer.body);
      return {
        message: mask(String(message ?? 'refused by the schema')),
        fields: objectOf(JSON.parse(mask(JSON.stringify(fields ?? {})))),
      };
    },

    schema: async (name) => {
      const answer = await http.send('GET', `${prefix}/schemas/${name.split('/').map(encodeURIComponent).join('/')}`);
      if (answer.status === 404) return undefined;
      if (answer.status !== 200 || !isSchema(answer.body)) throw refusal(`describe ${name}`, answer);
      return answer.body;
    },

    audit: async (log) => {
      const answer = await http.send('GET', `${prefix}/audit/${log}?size=1000`);
      if (answer.status === 404) return 'off';
      if (answer.status === 401 || answer.status === 403) return 'forbidden';
      const { data } = objectOf(answer.body);
      if (answer.status !== 200 || !Array.isArray(data)) throw refusal(`read /audit/${log}`, answer);
      return data.filter(isObject);
    },

    dump: async () => {
      const answer = await http.send('GET', '/config');
      const { config } = objectOf(answer.body);
      if (answer.status !== 200 || typeof config !== 'string') throw refusal('show its configuration', answer);
      return config;
    },

    hash: async () => {
      const answer = await http.send('GET', '/status');
      const { configuration_hash: hash } = objectOf(answer.body);
      if (answer.status !== 200 || typeof hash !== 'string') throw refusal('show the hash of its configuration', answer);
      return hash;
    },

    load: async (configuration) => {
      // As text: only then does Kong compare it with what it holds (check_hash).
      const how = { body: { config: JSON.stringify(configuration) }, timeoutMs: 30_000, once: true };
      const answer = await http.send('POST', '/config?check_hash=1&flatten_errors=1', how);
      if (answer.status === 201 || answer.status === 304) return 'loaded';
      if (answer.status === 429) return 'busy';
      if (answer.status !== 400) throw refusal('load the configuration', answer);
      const why = loadErrors(answer.body);
      if (why !== undefined) throw refusal('load the configuration', { status: 400, body: { message: why } });
      // The reason got lost on its way into flattened_errors: without it Kong names it.
      const plain = await http.send('POST', '/config?check_hash=1', how);
      if (plain.status === 201 || plain.status === 304) return 'loaded';
      throw refusal('load the configuration', plain);
    },
  };
};

/** A row; one of a tag's list has the id of what carries the tag. */
export const isEntity = (value: unknown): value is Entity => isObject(value) && (typeof value.id === 'string' || typeof value.entity_id === 'string');
export const isSchema = (value: unknown): value is Field => isObject(value) && Array.isArray(value.fields);

const nodeOf = (body: unknown, url: string): KongNode => {
  const { version, configuration, plugins } = objectOf(body);
  const { database, worker_consistency, worker_state_update_frequency, nginx_worker_processes, nginx_main_worker_processes, wasm } = objectOf(configuration);
  if (typeof version !== 'string' || typeof database !== 'string')
    throw new Problem('KONG_NOT_KONG', `what answers at ${shownUrl(url)} is not a Kong Admin API`, {
      expected: 'GET / with "version" and "configuration", as Kong answers it',
      hint: 'targets.kong.admin.url is the Admin API (port 8001 by default), not the proxy or Kong Manager',
    });
  const available = objectOf(objectOf(plugins).available_on_server);
  const workers = String(nginx_worker_processes ?? nginx_main_worker_processes ?? 'auto');
  const strict = worker_consistency === 'strict';
  const stated = Number(worker_state_update_frequency ?? 5);
  const frequency = Number.isFinite(stated) ? stated : 5;
  return {
    version,
    store: database === 'off' ? 'dbless' : 'database',
    plugins: new Set(Object.keys(available)),
    pluginVersions: new Map(
      Object.entries(available).flatMap(([name, about]) => {
        const { version: own } = objectOf(about);
        return typeof own === 'string' ? [[name, own] as const] : [];
      }),
    ),
    wasm: wasm === true || wasm === 'on',
    frequency,
    spread: strict || workers === '1' ? 0 : frequency,
  };
};
