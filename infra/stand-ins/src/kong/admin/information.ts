import { hostname } from 'node:os';
import type { PluginSchema } from '../schema/types.ts';
import type { Database } from './database.ts';
import { missing } from './errors.ts';
import { ok } from './endpoints.ts';
import type { Endpoint } from './routing.ts';

export const KONG_VERSION = '3.9.3';

/** What the node says of itself. */
export interface Node {
  readonly id: string;
  readonly plugins: ReadonlyMap<string, PluginSchema>;
  /** Requests to the Admin API so far. */
  readonly requests: () => number;
  /** The hash of the configuration in force; DB-less only. */
  readonly configurationHash: () => string | undefined;
  readonly proxyUrl: () => string | undefined;
}

/** All zeros until a configuration was loaded. */
export const EMPTY_HASH = '0'.repeat(32);

const configuration = (db: Database, node: Node): Record<string, unknown> => {
  const proxy = node.proxyUrl();
  return {
    database: db.strategy,
    role: 'traditional',
    router_flavor: 'traditional_compatible',
    worker_consistency: 'strict',
    worker_state_update_frequency: 5,
    untrusted_lua: 'sandbox',
    anonymous_reports: false,
    log_level: 'notice',
    plugins: [...node.plugins.keys()],
    loaded_plugins: Object.fromEntries([...node.plugins.keys()].map((name) => [name, true])),
    loaded_vaults: {},
    proxy_listen: proxy === undefined ? [] : [new URL(proxy).host],
    trusted_ips: [],
    real_ip_header: 'X-Real-IP',
    headers: ['server_tokens', 'latency_tokens', 'X-Kong-Request-Id'],
    nginx_admin_client_max_body_size: '10m',
    lua_max_req_headers: 100,
    lua_max_uri_args: 100,
    lua_max_post_args: 100,
  };
};

const memory = (): Record<string, unknown> => ({
  workers_lua_vms: [{ pid: process.pid, http_allocated_gc: `${(process.memoryUsage().heapUsed / 1024 / 1024).toFixed(2)} MiB` }],
  lua_shared_dicts: {},
});

/** The node, its state and its endpoints: `/`, `/status`, `/plugins/enabled` and what else does not belong to one entity. */
export const informationEndpoints = (db: Database, node: Node): Endpoint[] => [
  {
    path: '/',
    methods: {
      GET: () => ok({
        version: KONG_VERSION,
        edition: 'community',
        tagline: 'Welcome to kong',
        hostname: hostname(),
        node_id: node.id,
        lua_version: 'Lua 5.4',
        timers: { running: 0, pending: 0 },
        pids: { master: process.pid, workers: [process.pid] },
        plugins: {
          available_on_server: Object.fromEntries(
            [...node.plugins.values()].map(({ name, priority, version }) => [name, { version: version ?? KONG_VERSION, priority }]),
          ),
          enabled_in_cluster: [...new Set(db.store.rows('plugins').map((row) => row['name']))],
        },
        configuration: configuration(db, node),
      }),
    },
  },
  {
    path: '/status',
    methods: {
      GET: () => {
        const total = node.requests();
        const hash = node.configurationHash();
        return ok({
          memory: memory(),
          server: {
            connections_accepted: total, connections_handled: total, connections_active: 1, connections_reading: 0,
            connections_writing: 1, connections_waiting: 0, total_requests: total,
          },
          ...(hash === undefined ? { database: { reachable: true } } : { configuration_hash: hash }),
        });
      },
    },
  },
  {
    path: '/status/ready',
    methods: {
      GET: () =>
        node.configurationHash() === EMPTY_HASH
          ? { status: 503, body: { message: 'no configuration available (empty configuration present)' } }
          : ok({ message: 'ready' }),
    },
  },
  { path: '/plugins/enabled', methods: { GET: () => ok({ enabled_plugins: [...node.plugins.keys()] }) } },
  {
    path: '/cache/:key',
    methods: {
      GET: () => {
        throw missing();
      },
    },
  },
  { path: '/debug/node/log-level', methods: { GET: () => ok({ message: 'log level: notice' }) } },
];
