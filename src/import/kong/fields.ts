import { isObject } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Fields } from '../../core/spec.ts';

/** Kong's own, and what the name of an entry says. */
const OWN = new Set(['id', 'tags', 'created_at', 'updated_at', 'ws_id']);

const canonical = (value: unknown): string => JSON.stringify(Array.isArray(value) ? value.map((item) => JSON.stringify(item)).toSorted() : value) ?? 'null';

/** What somebody decided: neither Kong's own, nor what is there when nobody says anything. */
export const decided = (row: JsonObject, fields: Fields, said: readonly string[] = []): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(row).flatMap(([name, value]) => {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (OWN.has(name) || said.includes(name) || value === null || value === undefined || field?.readOnly) return [];
      if (field?.default !== undefined && canonical(value) === canonical(field.default)) return [];
      if (!field?.fields || !isObject(value)) return [[name, value] as const];
      const inside = decided(value, field.fields);
      return Object.keys(inside).length === 0 ? [] : [[name, inside] as const];
    }),
  );

/** `url: http://host:81/path`, as Kong takes it apart. */
export const withoutUrl = ({ url, ...row }: JsonObject): JsonObject => {
  if (typeof url !== 'string' || !URL.canParse(url)) return url === undefined ? row : { ...row, url };
  const { protocol, hostname, port, pathname } = new URL(url);
  const scheme = protocol.slice(0, -1);
  return { ...row, protocol: scheme, host: hostname, port: port === '' ? (scheme === 'https' || scheme === 'grpcs' ? 443 : 80) : Number(port), ...(pathname !== '/' && pathname !== '' && { path: pathname }) };
};
