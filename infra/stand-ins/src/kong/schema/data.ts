import { readFileSync } from 'node:fs';
import type { EntityKind } from '../contract.ts';
import type { EntitySchema, PluginSchema, Schema } from './types.ts';

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(`../../../data/kong/${path}.json`, import.meta.url), 'utf8'));

/** In the order in which Kong loads them: a declarative configuration is checked in it. A blueprint reaches each by `raw.kong.entities`. */
const ENTITIES = [
  'services', 'routes', 'consumers', 'plugins', 'jwt_secrets', 'acls', 'keyauth_credentials', 'basicauth_credentials', 'hmacauth_credentials',
  'upstreams', 'targets', 'certificates', 'ca_certificates', 'snis', 'key_sets', 'keys', 'vaults',
] as const satisfies readonly EntityKind[];

/** A blueprint may state each. The proxy runs them but for basic-auth, prometheus and opentelemetry, with which it refuses every request. */
const PLUGINS = [
  'jwt', 'acl', 'key-auth', 'basic-auth', 'cors', 'ip-restriction', 'correlation-id', 'request-size-limiting', 'request-termination',
  'pre-function', 'post-function', 'prometheus', 'request-transformer', 'response-transformer', 'rate-limiting', 'http-log', 'opentelemetry',
] as const;

// What the files hold is held to a genuine Kong's answers by the replay of its recordings; nothing else writes them.
export const entitySchemas = ENTITIES.map((name) => read(`entities/${name}`) as EntitySchema);
export const bundledPluginSchemas = PLUGINS.map((name) => read(`plugins/${name}`) as PluginSchema);
/** The vaults of open-source Kong by name: environment variables. */
export const vaultSchemas = read('vaults') as Readonly<Record<string, Schema>>;

const { http, stream, grpc } = read('protocols') as Readonly<Record<'http' | 'stream' | 'grpc', Schema>>;
/** By protocol; a route takes the first one that its protocols name. */
export const routeSubschemas: Readonly<Record<string, Schema>> = {
  http, https: http, tcp: stream, tls: stream, udp: stream, tls_passthrough: stream, grpc, grpcs: grpc,
};
