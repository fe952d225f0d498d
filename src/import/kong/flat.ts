import { objectOf, textOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import { isObject } from '../../core/json.ts';
import { pathOf3 } from './old-paths.ts';

export const SECTIONS = ['services', 'routes', 'plugins', 'consumers', 'upstreams', 'vaults', 'key_sets', 'keys', 'certificates', 'ca_certificates', 'consumer_groups', 'jwt_secrets', 'acls', 'keyauth_credentials', 'basicauth_credentials', 'hmacauth_credentials', 'oauth2_credentials', 'mtls_auth_credentials', 'targets', 'snis', 'filter_chains'] as const; // prettier-ignore
export type Section = (typeof SECTIONS)[number];
/** Rows by section, each beside the others; what belongs to something names it. */
export type Flat = Readonly<Record<Section, readonly JsonObject[]>>;

/** What stands inside what in a file of decK: the section, the field that holds it, the field that then names the outer one. */
const INSIDE: readonly (readonly [outer: Section, section: Section, field: string])[] = [
  ['services', 'routes', 'service'], ['services', 'plugins', 'service'], ['routes', 'plugins', 'route'], ['consumers', 'plugins', 'consumer'],
  ['consumers', 'jwt_secrets', 'consumer'], ['consumers', 'acls', 'consumer'], ['consumers', 'keyauth_credentials', 'consumer'], ['consumers', 'basicauth_credentials', 'consumer'],
  ['consumers', 'hmacauth_credentials', 'consumer'], ['consumers', 'oauth2_credentials', 'consumer'], ['consumers', 'mtls_auth_credentials', 'consumer'], ['upstreams', 'targets', 'upstream'],
  ['certificates', 'snis', 'certificate'], ['consumer_groups', 'plugins', 'consumer_group'], ['services', 'filter_chains', 'service'], ['routes', 'filter_chains', 'route'],
]; // prettier-ignore

/** What a row is called by whoever refers to it. */
export const nameOf = (row: JsonObject): string | undefined => textOf(row.name) ?? textOf(row.username) ?? textOf(row.custom_id);

const rowsOf = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** A declarative configuration, nested as decK writes it or flat as Kong shows it, with every reference by name. */
export const flatOf = (content: JsonObject): Flat => {
  const flat = Object.fromEntries(SECTIONS.map((section) => [section, [] as JsonObject[]])) as Record<Section, JsonObject[]>;
  const usual = objectOf(objectOf(content._info).defaults);
  const shared = objectOf(content._plugin_configs);
  // Written before 3.0, a path is a pattern by its letters alone.
  const isOld = ['1.1', '2.1'].includes(String(content._format_version));
  const take = (section: Section, written: JsonObject, outer: JsonObject): void => {
    const stated = withoutRemarks(isOld && section === 'routes' && Array.isArray(written.paths) ? { ...written, paths: written.paths.map((path: unknown) => (typeof path === 'string' ? pathOf3(path) : path)) } : written);
    const row = section === 'plugins' ? withShared(stated, shared) : { ...objectOf(usual[section.slice(0, -1)]), ...stated };
    const inside = INSIDE.filter(([holder]) => holder === section);
    const nested = new Set(inside.map(([, field]) => field as string));
    flat[section].push(Object.fromEntries(Object.entries({ ...row, ...outer }).filter(([field, value]) => !(nested.has(field) && Array.isArray(value)))));
    for (const [, field, back] of inside) for (const own of rowsOf(row[field])) take(field, own, { [back]: { name: nameOf(row) ?? null, id: row.id ?? null } });
  };
  for (const section of SECTIONS) for (const row of rowsOf(content[section])) take(section, row, {});
  const names = new Map(Object.values(flat).flat().flatMap((row) => (textOf(row.id) === undefined ? [] : [[String(row.id), nameOf(row)] as const])));
  return Object.fromEntries(SECTIONS.map((section) => [section, flat[section].map((row) => named(row, names))])) as Record<Section, JsonObject[]>;
};

/** What a declarative file may say of any row, and Kong keeps nothing of. */
const withoutRemarks = ({ _comment, _ignore, ...row }: JsonObject): JsonObject => row;

/** `_config: NAME` of a plugin: what it says itself counts before what is said once for several. */
const withShared = ({ _config: name, ...row }: JsonObject, shared: JsonObject): JsonObject => {
  const common = typeof name === 'string' ? shared[name] : undefined;
  return isObject(common) ? { ...row, config: { ...common, ...objectOf(row.config) } } : { ...row, ...(name !== undefined && { _config: name }) };
};

const REFERENCES = ['service', 'route', 'consumer', 'upstream', 'certificate', 'set', 'consumer_group'];

/** `{ id }` and `{ name }` as the name itself; nothing of what has none. */
const named = (row: JsonObject, names: ReadonlyMap<string, string | undefined>): JsonObject =>
  Object.fromEntries(
    Object.entries(row).map(([field, value]) => {
      if (!REFERENCES.includes(field) || value === null || value === undefined) return [field, value];
      const stated = typeof value === 'string' ? value : (nameOf(objectOf(value)) ?? textOf(objectOf(value).id));
      return [field, stated === undefined ? '' : (names.get(stated) ?? stated)];
    }),
  );
