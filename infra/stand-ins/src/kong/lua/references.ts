import { loadPluginSchema } from './schema.ts';

type Row = Readonly<Record<string, unknown>>;
const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What `{vault://env/NAME}` stands for: the environment variable, in capitals, "-" as "_". Undefined for other texts, vaults and names. */
export const environmentReference = (reference: string): string | undefined => {
  const found = /^\{vault:\/\/env\/([A-Za-z0-9_-]+)\}$/.exec(reference);
  return found?.[1] === undefined ? undefined : process.env[found[1].toUpperCase().replaceAll('-', '_')];
};

/** The names of a plugin's settings that Kong takes from a vault when they hold a reference (`referenceable = true` in its schema.lua). */
export const referenceableFields = async (pluginDir: string, name: string): Promise<ReadonlySet<string>> => {
  const schema = await loadPluginSchema(pluginDir, name);
  const named = (list: unknown): [string, unknown][] => (Array.isArray(list) ? list.filter(isRow).flatMap((field) => Object.entries(field))
    : []);
  const config = isRow(schema) ? named(schema['fields']).find(([field]) => field === 'config')?.[1] : undefined;
  const settings = isRow(config) ? named(config['fields']) : [];
  return new Set(settings.filter(([, field]) => isRow(field) && field['referenceable'] === true).map(([field]) => field));
};

/** A configuration with its references resolved. What cannot be resolved becomes an empty text, as in Kong, and is told to `log`. */
export const resolveReferences = (config: Row, fields: ReadonlySet<string>, log: (line: string) => void): Row =>
  Object.fromEntries(Object.entries(config).map(([name, value]) => {
    if (!fields.has(name) || typeof value !== 'string' || !/^\{vault:\/\/.+\}$/.test(value)) return [name, value];
    const resolved = environmentReference(value);
    if (resolved === undefined) log(`[warn] unable to resolve reference ${value}`);
    return [name, resolved ?? ''];
  }));
