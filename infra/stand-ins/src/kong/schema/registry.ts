import { balancingEntities } from '../data/balancing.ts';
import { coreEntities } from '../data/core.ts';
import { credentialEntities } from '../data/credentials.ts';
import { otherPlugins } from '../data/limiting.ts';
import { materialEntities, vaultSchemas } from '../data/material.ts';
import { commonPlugins } from '../data/plugins.ts';
import { routeSubschemas } from '../data/routes.ts';
import { transformerPlugins } from '../data/transformers.ts';
import type { EntitySchema, PluginSchema, Schemas } from './types.ts';

export const entitySchemas: readonly EntitySchema[] = [...coreEntities, ...credentialEntities, ...balancingEntities, ...materialEntities];

const bundled: readonly PluginSchema[] = [...commonPlugins, ...transformerPlugins, ...otherPlugins];

/** Without a database, rate-limiting cannot count in one. */
const withoutCluster = (plugin: PluginSchema): PluginSchema =>
  plugin.name === 'rate-limiting'
    ? (JSON.parse(JSON.stringify(plugin), (key, value: unknown) =>
      key === 'one_of' && Array.isArray(value) && value.includes('cluster') ? ['local', 'redis'] : value) as PluginSchema)
    : plugin;

/** The bundled plugins that have a description here, and the given ones of our own, by name. */
export const pluginSchemas = (own: readonly PluginSchema[], dbless: boolean): ReadonlyMap<string, PluginSchema> =>
  new Map([...bundled.map((plugin) => (dbless ? withoutCluster(plugin) : plugin)), ...own].map((plugin) => [plugin.name, plugin]));

/** Finds schemas by name: entities, and the subschemas of plugins and routes. */
export const makeSchemas = (plugins: ReadonlyMap<string, PluginSchema>): Schemas => {
  const entities = new Map<string, EntitySchema>(entitySchemas.map((schema) => [schema.name, schema]));
  return {
    entity: (kind) => entities.get(kind),
    subschema: (parent, key) =>
      parent.subschema_key === 'protocols'
        ? Object.hasOwn(routeSubschemas, key) ? routeSubschemas[key] : undefined
        : parent.name === 'vaults' ? (Object.hasOwn(vaultSchemas, key) ? vaultSchemas[key] : undefined) : plugins.get(key),
  };
};
