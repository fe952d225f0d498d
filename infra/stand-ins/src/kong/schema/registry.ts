import { bundledPluginSchemas, entitySchemas, routeSubschemas, vaultSchemas } from './data.ts';
import type { EntitySchema, PluginSchema, Schemas } from './types.ts';

/** Without a database, rate-limiting cannot count in one. */
const withoutCluster = (plugin: PluginSchema): PluginSchema =>
  plugin.name === 'rate-limiting'
    ? (JSON.parse(JSON.stringify(plugin), (key, value: unknown) =>
      key === 'one_of' && Array.isArray(value) && value.includes('cluster') ? ['local', 'redis'] : value) as PluginSchema)
    : plugin;

/** The bundled plugins that have a description here, and the given ones of our own, by name. */
export const pluginSchemas = (own: readonly PluginSchema[], dbless: boolean): ReadonlyMap<string, PluginSchema> =>
  new Map([...bundledPluginSchemas.map((plugin) => (dbless ? withoutCluster(plugin) : plugin)), ...own].map((plugin) => [plugin.name, plugin]));

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
